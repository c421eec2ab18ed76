import assert from "node:assert/strict";
import { RamAuthError } from "../lib/errors.ts";
import { readTextFile } from "../lib/files.ts";
import { connect } from "../lib/kube/connection.ts";
import { readProxies } from "../lib/review/https/proxy.ts";
import { Secret } from "../lib/secret.ts";
import { readCertificate } from "../lib/state/certificate.ts";
import { parseHost } from "../lib/state/host.ts";
import { publicKeyOf } from "../lib/state/private_key.ts";
import { readTlsPair } from "../lib/tls_pair.ts";
import { parseCaBundle } from "../lib/trust.ts";
import { realWorld } from "../lib/world.ts";
import { mutateDer } from "./support/certificates/der.ts";
import { asOldForm, asPss, asVersion1, derOf, makePair, ODD_KEYS, pemOf } from "./support/certificates/made_pairs.ts";
import { below, pick, type Random, seededRandom } from "./support/seeded_random.ts";

/** Inputs of each kind. */
const COUNT = Number(Deno.env.get("RAM_AUTH_TEST_NATIVE_INPUTS") ?? 150);

/** Of the first input; the next one has the next number. */
const SEED = Number(Deno.env.get("RAM_AUTH_TEST_NATIVE_SEED") ?? 1);

const [P256, P384, ED25519, RSA] = [
  await makePair("P-256"),
  await makePair("P-384", { isAuthority: true }),
  await makePair("Ed25519"),
  await makePair("RSA 2048"),
];
const PAIRS = [P256, P384, ED25519, RSA];
const CERTIFICATES = [...PAIRS.map(({ certPem }) => certPem), asVersion1(P256.certPem), asVersion1(RSA.certPem)];
const KEYS = [
  ...PAIRS.map(({ keyPem }) => keyPem),
  ...Object.values(ODD_KEYS),
  asPss(RSA.keyPem),
  asOldForm(RSA.keyPem, "RSA PRIVATE KEY"),
  asOldForm(P256.keyPem, "EC PRIVATE KEY"),
];

/** What becomes of a PEM text by editors, mail and other programs. */
const SHAPES: readonly ((pem: string, random: Random) => string)[] = [
  (pem) => pem,
  (pem) => pem,
  (pem) => pem.replaceAll("\n", "\r\n"),
  (pem) => pem.replaceAll("\n", "\r"),
  (pem) => pem.replaceAll("\n", ""),
  (pem) => pem.replaceAll("\n", " \n"),
  (pem) => `\ufeff${pem}`,
  (pem) => pem + pem,
  (pem) => pem.replace("-----BEGIN", "----BEGIN"),
  (pem) => pem.replace("=", ""),
  (pem) => pem.replace("\n", "\n\0"),
  (pem) => pem.replace("\n", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"),
  (pem, random) => pem.slice(0, below(pem.length, random)),
  (pem) => pem.replace(/END [A-Z ]+/, "END X"),
  (pem, random) => pem.replaceAll(/(?<=BEGIN |END )[A-Z ]+/g, pick(["CERTIFICATE", "PRIVATE KEY", "X509 CRL"], random)),
];

function spoilt(pem: string, random: Random): string {
  const label = /BEGIN ([A-Z ]+)/.exec(pem)![1]!;
  return pick(SHAPES, random)(random() < 0.7 ? pemOf(label, mutateDer(derOf(pem), random)) : pem, random);
}

const HOST_PARTS = [
  "a",
  "-",
  "_",
  ".",
  "..",
  "a".repeat(63),
  "a".repeat(64),
  "xn--",
  "ü",
  "\0",
  "\n",
  " ",
  "[",
  "]",
  ":",
];
const MORE_PARTS = [
  "::1",
  "%25lo",
  "127.0.0.1",
  "256",
  "0x7f",
  "@",
  "/",
  "*",
  "\ud800",
  "\u202e",
  "65536",
  "-1",
  "%00",
];

function odd(random: Random, parts: readonly string[] = [...HOST_PARTS, ...MORE_PARTS]): string {
  return Array.from({ length: below(6, random) }, () => pick(parts, random)).join("");
}

const SCHEMES = ["http://", "https://", "socks5://", "socks4://", "ftp://", "vsock:", "unix:/", ""];

/** Whatever it is, it is an error of ours, or it is taken. */
async function taken(act: () => unknown): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (refusal) {
    if (!(refusal instanceof RamAuthError)) throw refusal;
    assert.doesNotMatch(refusal.message, /TypeError|undefined|ASN\.?1|DECODER|is not a function|BEGIN/);
    return false;
  }
}

class Refused extends RamAuthError {
  readonly code = "ERR_OF_THE_TEST";
}

const refuse = (why: string) => new Refused(why);

async function connectWith(kubeconfig: unknown): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "native-" });
  try {
    await Deno.writeTextFile(path, typeof kubeconfig === "string" ? kubeconfig : JSON.stringify(kubeconfig));
    (await connect(realWorld(), { kubeconfig: path, master: undefined })).close();
  } finally {
    await Deno.remove(path);
  }
}

const kubeconfigOf = (cluster: unknown, user: unknown) => ({
  clusters: [{ name: "c", cluster }],
  users: [{ name: "u", user }],
  contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
  "current-context": "x",
});

const data = (text: string) => new TextEncoder().encode(text).toBase64();

/** What is done with an input, and whether it is taken in the end. What native code throws, or aborts by, is a finding. */
const KINDS: Readonly<Record<string, (random: Random) => Promise<boolean>>> = {
  // Where 2.9 throws at the client, 2.7 aborts the process.
  "certificates and keys": (random) =>
    taken(() => {
      const keyPem = new Secret(spoilt(pick(KEYS, random), random));
      const certPem = spoilt(pick(CERTIFICATES, random), random);
      const pair = readTlsPair({ certPem, keyPem }, { certificate: refuse, key: refuse });
      Deno.createHttpClient({ cert: pair.certPem, key: pair.keyPem.reveal() }).close();
    }),
  "certificates alone": (random) =>
    taken(() => {
      const [certPem, keyPem] = [spoilt(P256.certPem, random), new Secret(P256.keyPem)];
      const pair = readTlsPair({ certPem, keyPem }, { certificate: refuse, key: refuse });
      Deno.createHttpClient({ cert: pair.certPem, key: pair.keyPem.reveal() }).close();
    }),
  "keys alone": (random) =>
    taken(() => {
      const { certPem, keyPem } = pick(PAIRS, random);
      const pair = readTlsPair({ certPem, keyPem: new Secret(spoilt(keyPem, random)) }, {
        certificate: refuse,
        key: refuse,
      });
      Deno.createHttpClient({ cert: pair.certPem, key: pair.keyPem.reveal() }).close();
    }),
  "CA bundles": (random) =>
    taken(() => {
      const caCerts = parseCaBundle(spoilt(pick(CERTIFICATES, random), random), "the CA bundle");
      Deno.createHttpClient({ caCerts: [...caCerts] }).close();
    }),
  "certificates of the state": (random) =>
    taken(() => readCertificate(spoilt(pick(CERTIFICATES, random), random), "cert.pem")),
  "keys of the state": (random) => taken(() => publicKeyOf(new Secret(spoilt(pick(KEYS, random), random)), "key.pem")),
  "kubeconfigs": (random) => {
    const values = [undefined, null, 5, true, [], {}, "", "x", odd(random)];
    const text = JSON.stringify(kubeconfigOf(
      { server: pick([...values, "https://127.0.0.1:1"], random), "proxy-url": pick(values, random) },
      {
        "client-certificate-data": pick([...values, data(P256.certPem)], random),
        "client-key-data": pick([...values, data(spoilt(P256.keyPem, random))], random),
        token: pick(values, random),
        exec: pick([undefined, ...values], random),
      },
    ));
    return taken(() => connectWith(random() < 0.2 ? text.slice(0, below(text.length, random)) : text));
  },
  "addresses of API servers and proxies": (random) => {
    const [server, proxy] = [pick(SCHEMES, random) + odd(random), pick(SCHEMES, random) + odd(random)];
    return taken(() => connectWith(kubeconfigOf({ server, "proxy-url": proxy }, {})));
  },
  "proxies of the environment": (random) => {
    const value = pick(SCHEMES, random) + odd(random);
    return taken(() => readProxies({ env: (name) => name === "HTTPS_PROXY" ? value : undefined })("sts.example"));
  },
  "host names": (random) =>
    taken(async () => {
      const { text } = parseHost(odd(random));
      // The name is what the certificate of the other end would have to be for; nothing is sent.
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const [accepted, tcp] = await Promise.all([
        listener.accept(),
        Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
      ]);
      accepted.close();
      (await Deno.startTls(tcp, { hostname: text })).close();
    }),
  "paths": (random) => {
    const path = odd(random, [
      "/",
      "a",
      "\0",
      "x".repeat(300),
      "..",
      "\ud800",
      "~",
      "\n",
      "file://",
      "/tmp/",
      "/dev/full",
    ]);
    return taken(() => readTextFile(realWorld(), path, { what: "the file", maxBytes: 1_000 }));
  },
};

for (const [kind, feed] of Object.entries(KINDS)) {
  Deno.test(`no ${kind} that are made up reach native code unread`, async () => {
    for (let seed = SEED; seed < SEED + COUNT; seed++) {
      try {
        await feed(seededRandom(seed));
      } catch (finding) {
        throw new Error(`Again: RAM_AUTH_TEST_NATIVE_INPUTS=1 RAM_AUTH_TEST_NATIVE_SEED=${seed}`, { cause: finding });
      }
    }
  });
}
