import assert from "node:assert/strict";
import { Secret } from "../lib/secret.ts";
import { readTlsPair } from "../lib/tls_pair.ts";
import { asOldForm, asPss, asVersion1, makePair, ODD_KEYS, type PairKind } from "./support/certificates/made_pairs.ts";

const PAIR = await makePair("P-256");
const OTHER = await makePair("P-256");
const RSA = await makePair("RSA 2048");
const WEAK = await makePair("RSA 1024");

/** The errors name what is wrong and what to do, nothing of the texts, and no library. */
function refusing(what: string): (why: string) => Error {
  return (why) => new Error(`Cannot use the ${what}: ${why}`);
}

function read(certPem: string, keyPem: string) {
  return readTlsPair({ certPem, keyPem: new Secret(keyPem) }, {
    certificate: refusing("certificate"),
    key: refusing("key"),
  });
}

for (const kind of ["P-256", "P-384", "Ed25519", "RSA 2048"] as const satisfies readonly PairKind[]) {
  Deno.test(`readTlsPair() takes a pair of ${kind}, and so does the runtime`, async () => {
    const { certPem, keyPem } = await makePair(kind);
    const pair = read(certPem, keyPem);
    Deno.createHttpClient({ cert: pair.certPem, key: pair.keyPem.reveal() }).close();
  });
}

for (
  const [what, certPem, keyPem] of [
    ["a chain, with text around", `subject=made up\n${PAIR.certPem}issuer\n${OTHER.certPem}`, PAIR.keyPem],
    ["an RSA key as PKCS #1", RSA.certPem, asOldForm(RSA.keyPem, "RSA PRIVATE KEY")],
    ["a key as SEC 1", PAIR.certPem, asOldForm(PAIR.keyPem, "EC PRIVATE KEY")],
    [
      "a key behind its parameters, as openssl ecparam writes it",
      PAIR.certPem,
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${
        asOldForm(PAIR.keyPem, "EC PRIVATE KEY")
      }`,
    ],
    ["lines that end as on Windows", PAIR.certPem.replaceAll("\n", "\r\n"), PAIR.keyPem.replaceAll("\n", "\r\n")],
    ["certificate and key in one file", PAIR.certPem + PAIR.keyPem, PAIR.certPem + PAIR.keyPem],
  ] as const
) {
  Deno.test(`readTlsPair() takes ${what}`, () => {
    const pair = read(certPem, keyPem);
    Deno.createHttpClient({ cert: pair.certPem, key: pair.keyPem.reveal() }).close();
  });
}

const [weak, odd] = ["is not supported by TLS; use a P-256 key", Object.entries(ODD_KEYS)];

for (
  const [what, certPem, keyPem, want] of [
    ["no certificate", "", PAIR.keyPem, "certificate: it contains no PEM certificate"],
    ["a key in place of the certificate", PAIR.keyPem, PAIR.keyPem, "certificate: it contains no PEM certificate"],
    ["half a certificate", PAIR.certPem.slice(0, 200), PAIR.keyPem, "certificate: it is cut short"],
    ["other bytes", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", PAIR.keyPem, "it is damaged"],
    ["no Base64", "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----", PAIR.keyPem, "it is damaged"],
    ["a certificate of version 1", asVersion1(PAIR.certPem), PAIR.keyPem, "X.509 version 1"],
    ["one of version 1 with an RSA key", asVersion1(RSA.certPem), RSA.keyPem, "X.509 version 1"],
    ["no key", PAIR.certPem, "", "key: it contains no PEM private key"],
    ["a certificate in place of the key", PAIR.certPem, PAIR.certPem, "key: it contains no PEM private key"],
    ["half a key", PAIR.certPem, PAIR.keyPem.slice(0, 100), "key: it contains no PEM private key"],
    ["a damaged key", PAIR.certPem, PAIR.keyPem.replace("M", "A"), "key: it is damaged"],
    [
      "a key with a passphrase",
      PAIR.certPem,
      PAIR.keyPem.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"),
      "key: it is encrypted",
    ],
    [
      "a key with a passphrase, of old",
      RSA.certPem,
      asOldForm(RSA.keyPem, "RSA PRIVATE KEY").replace("\n", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"),
      "key: it is encrypted",
    ],
    ["the key of another certificate", PAIR.certPem, OTHER.keyPem, "key: it does not belong to the certificate"],
    ["the key of another kind", PAIR.certPem, RSA.keyPem, "key: it does not belong to the certificate"],
    ["an issuer before the leaf", OTHER.certPem + PAIR.certPem, PAIR.keyPem, "it does not belong to the certificate"],
    ["a weak RSA key", WEAK.certPem, WEAK.keyPem, weak],
    ["an RSA key for PSS alone", RSA.certPem, asPss(RSA.keyPem), "key: "],
    ...odd.map(([name, key]) => [name, PAIR.certPem, key, "key: "] as const),
  ] as const
) {
  Deno.test(`readTlsPair() refuses ${what}`, () => {
    assert.throws(() => read(certPem, keyPem), (e) => {
      assert(e instanceof Error);
      assert(e.message.includes(want), e.message);
      assert.match(e.message, /^Cannot use the (certificate|key): .+; .+$/);
      assert.doesNotMatch(e.message, /BEGIN|TypeError|ASN|error:|undefined|decode/);
      return true;
    });
  });
}
