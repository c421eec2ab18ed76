/**
 * What an X.509 certificate says (RFC 5280), read without native code: a certificate that a runtime cannot use must not
 * come that far.
 *
 * @module
 */

import "reflect-metadata";
import { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509Certificate } from "@peculiar/x509";

/** What a certificate says. */
export interface Certificate {
  /** One PEM block with a line feed at its end. */
  readonly pem: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Whether it has the version that came with extensions, the only one that TLS takes of a client or a server. */
  readonly isVersion3: boolean;
  /** Whether its key may sign other certificates. */
  readonly isAuthority: boolean;
  /** Subject alternative names: addresses in their canonical form, DNS names in lower case. */
  readonly sans: ReadonlySet<string>;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
}

/** Two headers of SEQUENCEs, and then what only a version above 1 has: `[0] INTEGER`, which is 2 for version 3. */
const VERSION_3 = /^(?:30(?:[0-7].|81..|82.{4}|83.{6})){2}a003020102/;

/** How much of the DER is looked at for that, in bytes. */
const VERSION_BYTES = 15;

/** Reads a certificate; `undefined` where it is damaged. Trust: whoever wrote the file chose it. */
export function parseCertificate(pem: string): Certificate | undefined {
  try {
    return describeCertificate(new X509Certificate(pem));
  } catch {
    return undefined;
  }
}

/** The same of a certificate that was decoded. @throws whatever the package does, where it is damaged */
export function describeCertificate(certificate: X509Certificate): Certificate {
  const names = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  return {
    pem: `${certificate.toString("pem")}\n`,
    subject: certificate.subject,
    issuer: certificate.issuer,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    isVersion3: VERSION_3.test(new Uint8Array(certificate.rawData).subarray(0, VERSION_BYTES).toHex()),
    isAuthority: certificate.getExtension(BasicConstraintsExtension)?.ca ?? false,
    sans: new Set(names.map(({ type, value }) => type === "ip" ? canonicalAddress(value) : value.toLowerCase())),
    publicKey: new Uint8Array(certificate.publicKey.rawData),
  };
}

function canonicalAddress(address: string): string {
  return address.includes(":") ? new URL(`https://[${address}]`).hostname.slice(1, -1) : address;
}
