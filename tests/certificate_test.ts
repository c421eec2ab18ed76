import assert from "node:assert/strict";
import "reflect-metadata";
import { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509Certificate } from "@peculiar/x509";
import { type Certificate, parseCertificate } from "../lib/certificate.ts";
import { createAuthority, issueServingCertificate } from "../lib/state/issue.ts";
import { generatePrivateKey } from "../lib/state/private_key.ts";
import { parseHost } from "../lib/state/host.ts";
import { elementsOf, encode, mutateDer, replaceElement } from "./support/certificates/der.ts";
import { asVersion1, derOf, makePair, pemOf } from "./support/certificates/made_pairs.ts";
import { pick, seededRandom } from "./support/seeded_random.ts";
import { peerPair } from "./state/stored_files.ts";

const now = new Date();
const key = { pem: await generatePrivateKey(), path: "test-key.pem" };
const authority = await createAuthority(key, { name: 'test, CA="1" + ', now });
const names = ["Ram.Example", "*.example.com", "127.0.0.1", "::1", "2001:db8::a:0:1"].map((text) =>
  text.includes("*") ? { kind: "dns", text } as const : parseHost(text)
);
const leaf = await issueServingCertificate({ certificate: authority, key }, { key, names, now });
const kinds = ["P-256", "P-384", "Ed25519", "RSA 2048"] as const;
const pairs = await Promise.all(kinds.map((kind) => makePair(kind, { isAuthority: kind === "P-384" })));
const ofEachKind: readonly (readonly [string, string])[] = [
  ["a CA of ours", authority.pem],
  ["a serving certificate of ours", leaf.pem],
  ["aws-iam-authenticator", (await peerPair()).certPem],
  ...kinds.map((kind, i) => [kind, pairs[i]!.certPem] as const),
  ["version 1", asVersion1(pairs[0]!.certPem)],
  [
    "a life from 1960 to 9999",
    (await makePair("P-256", { notBefore: new Date("1960-01-02Z"), notAfter: new Date("9999-12-31T23:59:59Z") }))
      .certPem,
  ],
];

/** What the package that makes certificates reads; `undefined` where it refuses. */
function asPackage(pem: string): Omit<Certificate, "isVersion3" | "signature"> | undefined {
  try {
    const certificate = new X509Certificate(pem);
    const sans = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
    return {
      pem: `${certificate.toString("pem")}\n`,
      subject: certificate.subject,
      issuer: certificate.issuer,
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
      isAuthority: certificate.getExtension(BasicConstraintsExtension)?.ca ?? false,
      sans: new Set(
        sans.filter(({ type }) => type === "dns" || type === "ip").map(({ type, value }) =>
          type === "ip" && value.includes(":")
            ? new URL(`https://[${value}]`).hostname.slice(1, -1)
            : value.toLowerCase()
        ),
      ),
      publicKey: new Uint8Array(certificate.publicKey.rawData),
    };
  } catch {
    return undefined;
  }
}

for (const [what, pem] of ofEachKind) {
  Deno.test(`parseCertificate() reads what the package reads: ${what}`, () => {
    const { isVersion3, signature, ...facts } = parseCertificate(pem)!;
    assert.deepEqual(facts, asPackage(pem));
    assert.equal(isVersion3, what !== "version 1");
    assert.match(signature.algorithm, /^1(\.\d+){3,}$/);
  });
}

Deno.test("parseCertificate() reads the names and addresses that a certificate is for", () => {
  const sans = ["ram.example", "*.example.com", "127.0.0.1", "::1", "2001:db8::a:0:1"];
  assert.deepEqual([...parseCertificate(leaf.pem)!.sans], sans);
});

Deno.test("whatever is made of a certificate, what decides over it is read as the package reads it, or it is refused", () => {
  let both = 0;
  for (let seed = 1; seed <= 1_500; seed += 1) {
    const random = seededRandom(seed);
    const pem = pemOf("CERTIFICATE", mutateDer(derOf(pick(ofEachKind, random)[1]), random));
    const [ours, theirs] = [parseCertificate(pem), asPackage(pem)];
    if (ours === undefined || theirs === undefined) continue;
    both += 1;
    for (const fact of ["pem", "notBefore", "notAfter", "isAuthority", "sans"] as const) {
      assert.deepEqual(ours[fact], theirs[fact], `${fact} of seed ${seed}:\n${pem}`);
    }
  }
  assert(both > 50, `${both} were read`);
});

const der = derOf(leaf.pem);
const elements = elementsOf(der);
const whole = ({ at, header, length }: (typeof elements)[number]) => der.slice(at, at + header + length);
const alternativeNames = elements.find((element) =>
  whole(element).toHex().startsWith("30", 0) &&
  whole(element).subarray(2, 7).toHex() === "0603551d11"
)!;

for (
  const [what, changed] of [
    ["bytes behind it", Uint8Array.from([...der, 0])],
    ["another element behind it", Uint8Array.from([...der, 0x05, 0x00])],
    ["a length that is not said", Uint8Array.from([0x30, 0x80, ...der.subarray(4), 0, 0])],
    ["a length beyond its end", der.map((byte, at) => at === 3 ? byte + 1 : byte)],
    ["a length of five bytes", Uint8Array.from([0x30, 0x85, 0, 0, 0, ...der.subarray(2)])],
    ["nothing in it", Uint8Array.of(0x30, 0x00)],
    ["no bytes at all", new Uint8Array()],
    [
      "the same extension twice",
      replaceElement(
        der,
        alternativeNames.at,
        Uint8Array.from([...whole(alternativeNames), ...whole(alternativeNames)]),
      ),
    ],
    [
      "an address of five bytes",
      replaceElement(
        der,
        alternativeNames.at,
        encode(
          0x30,
          Uint8Array.from([
            ...Uint8Array.fromHex("0603551d11"),
            ...encode(0x04, encode(0x30, encode(0x87, Uint8Array.of(1, 2, 3, 4, 5)))),
          ]),
        ),
      ),
    ],
    [
      "a month that there is not",
      replaceElement(
        der,
        elements.find(({ at }) => der[at] === 0x17)!.at,
        encode(0x17, new TextEncoder().encode("261301000000Z")),
      ),
    ],
  ] as const
) {
  Deno.test(`parseCertificate() refuses a certificate with ${what}`, () => {
    assert.equal(parseCertificate(pemOf("CERTIFICATE", changed)), undefined);
  });
}
