/**
 * PEM (RFC 7468): the blocks of a text. Their number and size are limited.
 *
 * @module
 */

const CERTIFICATE_BEGIN = "-----BEGIN CERTIFICATE-----";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

const PRIVATE_KEY = /^-----BEGIN ([A-Z]+ )?PRIVATE KEY-----$[^]+?^-----END \1?PRIVATE KEY-----$/m;

/** In PKCS #8 by the label, in the older forms by a header. */
const ENCRYPTED = /^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m;

const PKCS8_KEY = /-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----/;

const LINE = /.{1,64}/g;

/** The certificates of a text, each with its two border lines. Text between them is passed over. */
export function pemCertificates(text: string): string[] {
  return text.match(CERTIFICATE) ?? [];
}

/** Whether a certificate begins in a text, though it may not end there. */
export function beginsCertificate(text: string): boolean {
  return text.includes(CERTIFICATE_BEGIN);
}

/**
 * The first private key of a text, of any kind, with its border lines, and whether a passphrase protects it; `undefined`
 * where there is none. What stands before it, such as the parameters that openssl writes there, is passed over.
 */
export function pemPrivateKey(text: string): { readonly block: string; readonly isEncrypted: boolean } | undefined {
  const block = PRIVATE_KEY.exec(text)?.[0];
  return block === undefined ? undefined : { block, isEncrypted: ENCRYPTED.test(block) };
}

/** The bytes of the first PKCS #8 key (RFC 5958); `undefined` where there is none, or it is not Base64. */
export function pkcs8Bytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  const body = PKCS8_KEY.exec(text)?.[1];
  try {
    return body === undefined ? undefined : Uint8Array.fromBase64(body);
  } catch {
    return undefined;
  }
}

/** A PKCS #8 key as PEM. */
export function pkcs8Pem(bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(LINE)!;
  return ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----", ""].join("\n");
}
