import assert from "node:assert/strict";
import { hasPlainPrivateKey, pemCertificates, pkcs8Bytes, pkcs8Pem } from "../lib/pem.ts";

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
    ["PRIVATE KEY", true],
    ["RSA PRIVATE KEY", true],
    ["ENCRYPTED PRIVATE KEY", false],
    ["PUBLIC KEY", false],
    ["CERTIFICATE", false],
  ] as const
) {
  Deno.test(`hasPlainPrivateKey() says ${want} of a ${label}`, () => {
    assert.equal(hasPlainPrivateKey(block(label, "YQ==")), want);
  });
}

Deno.test("a PKCS #8 key goes through PEM and back, in lines of at most 64", () => {
  const bytes = crypto.getRandomValues(new Uint8Array(138));
  const pem = pkcs8Pem(bytes);
  assert.deepEqual(pkcs8Bytes(pem), bytes);
  assert(pem.split("\n").every((line) => line.length <= 64));
  assert.equal(pkcs8Bytes(block("RSA PRIVATE KEY", "YQ==")), undefined);
  assert.equal(pkcs8Bytes(block("PRIVATE KEY", "=not base64=")), undefined);
});
