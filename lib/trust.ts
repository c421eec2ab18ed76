/**
 * Whom our TLS connections trust: the public CAs, by the settings of the runtime, and those of a CA bundle.
 *
 * @module
 */

import { RamAuthError, UsageError } from "./errors.ts";
import { beginsCertificate, pemCertificates } from "./pem.ts";

/** The CA bundle cannot be used. */
export class CaBundleError extends RamAuthError {
  readonly code = "ERR_CA_BUNDLE";
}

/**
 * Reads a bundle. Text between the certificates is passed over, and so is one that is cut short after a whole one.
 *
 * Trust: whoever wrote the file chose it.
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
    createHttpClient({ caCerts: [...caCerts] }).close();
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new CaBundleError(`${attempt}: a certificate in it is damaged; copy the whole file again`, { cause });
  }
  return caCerts;
}

/**
 * Makes a client of the runtime.
 *
 * @throws {UsageError} if the public CAs cannot be loaded, which the environment chooses
 * @throws whatever the runtime does, where it is about the options
 */
export function createHttpClient(options: Deno.CreateHttpClientOptions): Deno.HttpClient {
  try {
    return Deno.createHttpClient(options);
  } catch (cause) {
    demandPublicRoots();
    throw cause;
  }
}

function demandPublicRoots(): void {
  try {
    Deno.createHttpClient({}).close();
  } catch (cause) {
    throw new UsageError(
      "Cannot load the public CAs: DENO_TLS_CA_STORE or DENO_CERT names something else; correct it, or unset it",
      { cause },
    );
  }
}

/**
 * Whether the runtime refused a server whose certificate is a CA's own, as `openssl req -x509` and aws-iam-authenticator
 * make one: its TLS takes that of no server, whoever is trusted (webpki has the word, in Deno 2.7 and 2.9).
 */
export function isCaAsServer(text: string): boolean {
  return text.includes("CaUsedAsEndEntity");
}

/**
 * What to say of it, after a colon.
 *
 * @param place where CAs are named, such as `--sts-ca-file`
 */
export function caAsServer(place: string): string {
  return "its certificate is a CA's own, which is accepted of no server; give it a certificate that a CA issued, and " +
    `name that CA in ${place}`;
}
