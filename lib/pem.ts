/**
 * PEM (RFC 7468): the blocks of a text. Their number and size are limited.
 *
 * @module
 */

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

const PRIVATE_KEY = /^-----BEGIN ((?!ENCRYPTED )[A-Z]+ )?PRIVATE KEY-----$/m;

const PKCS8_KEY = /-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----/;

const LINE = /.{1,64}/g;

/** The certificates of a text, each with its two border lines. Text between them is passed over. */
export function pemCertificates(text: string): string[] {
  return text.match(CERTIFICATE) ?? [];
}

/** Whether a text holds a private key of any kind that no passphrase protects. */
export function hasPlainPrivateKey(text: string): boolean {
  return PRIVATE_KEY.test(text);
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
