/**
 * The private keys of the state: made, and made ready to sign.
 *
 * @module
 */

import { pkcs8Bytes, pkcs8Pem } from "../pem.ts";
import { readPrivateKey } from "../tls_pair.ts";
import { Secret } from "../secret.ts";
import { StateError } from "./state_error.ts";

/** ECDSA on P-256 with SHA-256: what every TLS client in Kubernetes takes, and the smallest of them. */
export const SIGNING_ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** Makes a key for {@linkcode SIGNING_ALGORITHM}, as PEM of PKCS #8 (RFC 5958). */
export async function generatePrivateKey(): Promise<Secret> {
  const { privateKey } = await crypto.subtle.generateKey(SIGNING_ALGORITHM, true, ["sign", "verify"]);
  return new Secret(pkcs8Pem(new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey))));
}

/**
 * The public half, as DER of a SubjectPublicKeyInfo.
 *
 * @param path names the key in an error
 * @throws {StateError} if the text is not an unencrypted private key
 */
export function publicKeyOf(key: Secret, path: string): Uint8Array<ArrayBuffer> {
  return readPrivateKey(key, (why) => new StateError(`Cannot use the private key "${path}": ${why}`)).publicKey;
}

/**
 * Makes a key of {@linkcode generatePrivateKey} ready to sign.
 *
 * @param path names the key in an error
 * @throws {StateError} if it is a key of another kind
 */
export async function importSigningKey(key: Secret, path: string): Promise<CryptoKey> {
  const pkcs8 = pkcs8Bytes(key.reveal()) ?? new Uint8Array();
  try {
    return await crypto.subtle.importKey("pkcs8", pkcs8, SIGNING_ALGORITHM, false, ["sign"]);
  } catch (cause) {
    throw new StateError(
      `Cannot sign with the private key "${path}": it is not a PKCS #8 key on P-256; restore the one that ram-auth made`,
      { cause },
    );
  }
}
