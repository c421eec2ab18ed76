/**
 * What a private key in PEM is, without its use.
 *
 * It goes through node:crypto, because the tools that wrote it may have written PKCS #1 or SEC 1, which WebCrypto does
 * not read.
 *
 * @module
 */

import { createPrivateKey, createPublicKey } from "node:crypto";
import { pemPrivateKey } from "./pem.ts";
import type { Secret } from "./secret.ts";

/** Makes the error of whoever wants the key, of which only they know where it is. `why` says what to do, too. */
export type Refuse = (why: string) => Error;

/** What a key is. */
export interface PrivateKeyFacts {
  /** The key alone, in PEM. Secret. */
  readonly block: string;
  /** DER of the SubjectPublicKeyInfo of its public half. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** Such as `rsa` and `ec`; the names are those of node:crypto. */
  readonly kind: string;
  /** Of an RSA key, in bits. */
  readonly bits: number | undefined;
  /** Of a key on a curve that has several, as OpenSSL calls it. */
  readonly curve: string | undefined;
}

/** Reads a key. @throws what `refuse` makes, where the text holds none that can be read without a passphrase */
export function readPrivateKey(key: Secret, refuse: Refuse): PrivateKeyFacts {
  const found = pemPrivateKey(key.reveal());
  if (found === undefined) throw refuse("it contains no PEM private key; put the private key there");
  const { block, isEncrypted } = found;
  if (isEncrypted) {
    throw refuse("it is encrypted; remove the passphrase (openssl pkey -in KEY -out KEY.plain)");
  }
  try {
    const { asymmetricKeyType: kind = "unknown", asymmetricKeyDetails: details = {} } = createPrivateKey(block);
    const publicKey = Uint8Array.from(createPublicKey(block).export({ type: "spki", format: "der" }));
    return { block, publicKey, kind, bits: details.modulusLength, curve: details.namedCurve };
  } catch {
    // What the runtime says of it differs from version to version, and names its libraries.
    throw refuse("it is damaged, or uses an unknown curve; restore it, or issue a new key and certificate");
  }
}
