import assert from "node:assert/strict";
import type { Certificate } from "../../lib/certificate.ts";
import { Secret } from "../../lib/secret.ts";
import {
  createAuthority,
  isSignedBy,
  issueServingCertificate,
  readCertificate,
  renewAt,
  type StoredKey,
} from "../../lib/state/certificate.ts";
import { parseHost } from "../../lib/state/host.ts";
import { generatePrivateKey, importSigningKey, publicKeyOf } from "../../lib/state/private_key.ts";
import { StateError } from "../../lib/state/state_error.ts";
import { testNeeding } from "../support/needs.ts";
import { daysAfter, inFolder, peerPair, START } from "./stored_files.ts";

const NAMES = ["localhost", "ram.example", "127.0.0.1", "::1"].map(parseHost);
const MINUTES_MS = 60_000;

async function newKey(): Promise<StoredKey> {
  return { pem: await generatePrivateKey(), path: "test-key.pem" };
}

async function issue(now: Date): Promise<{ ca: Certificate; caKey: StoredKey; leaf: Certificate; key: StoredKey }> {
  const [caKey, key] = [await newKey(), await newKey()];
  const ca = await createAuthority(caKey, { name: "test, CA=1", now });
  const leaf = await issueServingCertificate({ certificate: ca, key: caKey }, { key, names: NAMES, now });
  return { ca, caKey, leaf, key };
}

Deno.test("A CA may sign, lives ten years, and starts five minutes ago", async () => {
  const { ca, caKey } = await issue(START);
  assert.equal(ca.isAuthority, true);
  assert.equal(ca.notBefore.getTime(), START.getTime() - 5 * MINUTES_MS);
  assert.deepEqual(ca.notAfter, daysAfter(START, 3_650));
  assert.deepEqual(ca.publicKey, publicKeyOf(caKey.pem, caKey.path));
  assert.equal(await isSignedBy(ca, ca), true);
});

Deno.test("A serving certificate carries its names, lives a year, and may not sign", async () => {
  const { ca, leaf, key } = await issue(START);
  assert.equal(leaf.isAuthority, false);
  assert.deepEqual([...leaf.sans], ["localhost", "ram.example", "127.0.0.1", "::1"]);
  assert.equal(leaf.notBefore.getTime(), START.getTime() - 5 * MINUTES_MS);
  assert.deepEqual(leaf.notAfter, daysAfter(START, 365));
  assert.deepEqual(leaf.publicKey, publicKeyOf(key.pem, key.path));
  assert.equal(await isSignedBy(leaf, ca), true);
});

Deno.test("A serving certificate ends with its CA", async () => {
  const { ca, caKey, key } = await issue(START);
  const late = await issueServingCertificate(
    { certificate: ca, key: caKey },
    { key, names: NAMES, now: daysAfter(START, 3_600) },
  );
  assert.deepEqual(late.notAfter, ca.notAfter);
});

Deno.test("Two certificates never share a serial number or a key", async () => {
  const [one, other] = [await issue(START), await issue(START)];
  assert.notDeepEqual(one.ca.publicKey, other.ca.publicKey);
  assert.notEqual(one.ca.pem, other.ca.pem);
});

Deno.test("A certificate of a CA with the same name and another key is not taken for ours", async () => {
  const [one, other] = [await issue(START), await issue(START)];
  assert.equal(one.ca.subject, other.ca.subject);
  assert.equal(await isSignedBy(one.leaf, other.ca), false);
});

Deno.test("readCertificate() reads back what was issued", async () => {
  const { leaf } = await issue(START);
  assert.deepEqual(readCertificate(leaf.pem, "cert.pem"), leaf);
  assert.deepEqual(readCertificate(`subject=test\r\n${leaf.pem.replaceAll("\n", "\r\n")}`, "cert.pem"), leaf);
});

Deno.test("renewAt() is two thirds of the life", () => {
  assert.deepEqual(renewAt({ notBefore: START, notAfter: daysAfter(START, 30) }), daysAfter(START, 20));
});

Deno.test("A private key prints as [redacted]", async () => {
  const key = await generatePrivateKey();
  assert.match(key.reveal(), /^-----BEGIN PRIVATE KEY-----\n([\w+/=]{1,64}\n)+-----END PRIVATE KEY-----\n$/);
  assert.equal(`${key} ${JSON.stringify({ key })} ${Deno.inspect(key)}`, '[redacted] {"key":"[redacted]"} [redacted]');
});

Deno.test("publicKeyOf() reads the RSA keys of the peers", async () => {
  const { certPem, keyPem } = await peerPair();
  assert.match(keyPem, /^-----BEGIN RSA PRIVATE KEY-----/);
  assert.deepEqual(publicKeyOf(new Secret(keyPem), "key.pem"), readCertificate(certPem, "cert.pem").publicKey);
});

const { leaf: sample } = await issue(START);

for (
  const [why, text] of [
    ["nothing", ""],
    ["text", "made-up"],
    ["a key", (await generatePrivateKey()).reveal()],
    ["two certificates", sample.pem + sample.pem],
    ["a certificate cut short", sample.pem.replace(/\n[^\n]+\n[^\n]+\n-----END/, "\n-----END")],
    ["base64 that is no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
    ["a PEM block that is not base64", "-----BEGIN CERTIFICATE-----\n****\n-----END CERTIFICATE-----\n"],
  ] as const
) {
  Deno.test(`readCertificate() refuses ${why}`, () => {
    assert.throws(() => readCertificate(text, "cert.pem"), StateError);
  });
}

for (
  const [why, text] of [
    ["nothing", ""],
    ["a certificate", sample.pem],
    ["a damaged key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
    ["an encrypted key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"],
  ] as const
) {
  Deno.test(`publicKeyOf() refuses ${why}`, () => {
    assert.throws(() => publicKeyOf(new Secret(text), "key.pem"), StateError);
  });
}

Deno.test("importSigningKey() refuses a key of another kind", async () => {
  const { keyPem } = await peerPair();
  await assert.rejects(importSigningKey(new Secret(keyPem), "ca-key.pem"), StateError);
});

testNeeding(["openssl"], "OpenSSL takes CA and certificate in its strict mode, for every name", async () => {
  await inFolder(async (folder) => {
    const { ca, leaf } = await issue(new Date());
    await Deno.writeTextFile(`${folder}/ca.pem`, ca.pem);
    await Deno.writeTextFile(`${folder}/cert.pem`, leaf.pem);
    for (const name of [["-verify_hostname", "ram.example"], ["-verify_ip", "127.0.0.1"], ["-verify_ip", "::1"]]) {
      const { code, stderr } = await new Deno.Command("openssl", {
        args: ["verify", "-x509_strict", "-purpose", "sslserver", ...name, "-CAfile", "ca.pem", "cert.pem"],
        cwd: folder,
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
    }
  });
});
