/**
 * A CA bundle: the certificates of a PEM text, each of which TLS can trust.
 *
 * @module
 */

import { RamAuthError } from "./errors.ts";
import { beginsCertificate, pemCertificates } from "./pem.ts";

/** The CA bundle cannot be used. */
export class CaBundleError extends RamAuthError {
  readonly code = "ERR_CA_BUNDLE";
}

/**
 * Reads a bundle. Text between the certificates is passed over, and so is one that is cut short after a whole one. Trust: whoever wrote the file chose it.
 *
 * @param name where it is, for errors: `the CA bundle "/etc/ca.pem"`
 * @throws {CaBundleError} if it holds no certificate, or a damaged one
 */
export function parseCaBundle(text: string, name: string): readonly string[] {
  const attempt = `Cannot use ${name}`;
  const caCerts = pemCertificates(text);
  if (caCerts.length === 0) {
    const why = beginsCertificate(text)
      ? "it is cut short; copy the whole file again"
      : "it contains no PEM certificate; name a PEM file";
    throw new CaBundleError(`${attempt}: ${why}`);
  }
  try {
    // Nothing else in Deno says whether a certificate can be trusted.
    Deno.createHttpClient({ caCerts }).close();
  } catch (cause) {
    throw new CaBundleError(`${attempt}: a certificate in it is damaged; copy the whole file again`, { cause });
  }
  return caCerts;
}
