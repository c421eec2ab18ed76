import assert from "node:assert/strict";
import { pemCertificates, pemPrivateKey, pkcs8Bytes, pkcs8Pem } from "../lib/pem.ts";

const block = (label: string, body: string) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

Deno.test("pemCertificates() finds each certificate among other text", () => {
  const text = `subject=x\n${block("CERTIFICATE", "YQ==")}${block("PRIVATE KEY", "Yg==")}${
    block("CERTIFICATE", "Yw==")
  }`;
  assert.deepEqual(pemCertificates(text), [block("CERTIFICATE", "YQ==").trim(), block("CERTIFICATE", "Yw==").trim()]);
  for (const none of ["", "YQ==", block("X509 CRL", "YQ=="), "-----BEGIN CERTIFICATE-----\nYQ=="]) {
    assert.deepEqual(pemCertificates(none), []);
  }
});

for (
  const [label, want] of [
    ["PRIVATE KEY", "plain"],
    ["RSA PRIVATE KEY", "plain"],
    ["ENCRYPTED PRIVATE KEY", "encrypted"],
    ["PUBLIC KEY", undefined],
    ["CERTIFICATE", undefined],
  ] as const
) {
  Deno.test(`pemPrivateKey() finds ${want === undefined ? "no" : `an unread, ${want}`} key in a ${label}`, () => {
    const found = pemPrivateKey(`text\n${block(label, "YQ==")}text`);
    const wanted = { block: block(label, "YQ==").trim(), isEncrypted: want === "encrypted" };
    assert.deepEqual(found, want === undefined ? undefined : wanted);
  });
}

Deno.test("pemPrivateKey() knows the header of old that a passphrase protects a key", () => {
  const old = block("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nYQ==");
  assert.deepEqual(pemPrivateKey(old), { block: old.trim(), isEncrypted: true });
  assert.equal(pemPrivateKey(old.slice(0, -9)), undefined);
});

Deno.test("a PKCS #8 key goes through PEM and back, in lines of at most 64", () => {
  const bytes = crypto.getRandomValues(new Uint8Array(138));
  const pem = pkcs8Pem(bytes);
  assert.deepEqual(pkcs8Bytes(pem), bytes);
  assert(pem.split("\n").every((line) => line.length <= 64));
  assert.equal(pkcs8Bytes(block("RSA PRIVATE KEY", "YQ==")), undefined);
  assert.equal(pkcs8Bytes(block("PRIVATE KEY", "=not base64=")), undefined);
});
