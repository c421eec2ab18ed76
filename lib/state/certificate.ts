/**
 * How a stored certificate is read and judged: what it says, who signed it, and when it is due.
 *
 * @module
 */

import { createPublicKey, verify } from "node:crypto";
import { type Certificate, parseCertificate } from "../certificate.ts";
import { importLater } from "../import_later.ts";
import { pemCertificates, publicKeyPem } from "../pem.ts";
import { StateError } from "./state_error.ts";

/** How the usual signatures are checked, by their object identifiers: the hash, and the kind of key that makes them. */
const USUAL_SIGNATURES: Readonly<Record<string, { readonly hash: string | null; readonly key: string }>> = {
  "1.2.840.10045.4.3.2": { hash: "sha256", key: "ec" },
  "1.2.840.10045.4.3.3": { hash: "sha384", key: "ec" },
  "1.2.840.113549.1.1.11": { hash: "sha256", key: "rsa" },
  "1.2.840.113549.1.1.12": { hash: "sha384", key: "rsa" },
  "1.2.840.113549.1.1.13": { hash: "sha512", key: "rsa" },
  "1.3.101.112": { hash: null, key: "ed25519" },
};

/**
 * Reads the one certificate of a PEM text.
 *
 * @param path names the certificate in an error
 * @throws {StateError} if the text holds none, several or a broken one
 */
export function readCertificate(text: string, path: string): Certificate {
  const attempt = `Cannot use the certificate "${path}"`;
  const blocks = pemCertificates(text);
  if (blocks.length !== 1) {
    throw new StateError(`${attempt}: it holds ${blocks.length} PEM certificates; restore the file with the one`);
  }
  const certificate = parseCertificate(blocks[0]!);
  if (certificate !== undefined) return certificate;
  throw new StateError(`${attempt}: its content is damaged; restore it from a backup`);
}

/** Whether the key of `issuer` signed the certificate. A certificate that is its own issuer is self-signed. */
export async function isSignedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  if (certificate.issuer !== issuer.subject) return false;
  if (isUsuallySigned(certificate, issuer)) return true;
  const { verifies } = await importLater<typeof import("./issue.ts")>("./issue.ts", import.meta.url);
  return await verifies(certificate, issuer);
}

/** Whether that is certain without the package, which takes longer to load than everything else of a start. */
function isUsuallySigned({ signature }: Certificate, { publicKey }: Certificate): boolean {
  const usual = USUAL_SIGNATURES[signature.algorithm];
  if (usual === undefined) return false;
  try {
    const key = createPublicKey(publicKeyPem(publicKey));
    return key.asymmetricKeyType === usual.key && verify(usual.hash, signature.content, key, signature.value);
  } catch {
    return false;
  }
}

/** When to replace a certificate: after two thirds of its life. */
export function renewAt({ notBefore, notAfter }: Pick<Certificate, "notBefore" | "notAfter">): Date {
  return new Date(notBefore.getTime() + (notAfter.getTime() - notBefore.getTime()) * 2 / 3);
}
