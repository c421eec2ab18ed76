/**
 * X.509 certificates (RFC 5280): the private CA, the serving certificates it issues, and how a stored one is read.
 *
 * @module
 */

import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { type Certificate, describeCertificate, parseCertificate } from "../certificate.ts";
import { pemCertificates } from "../pem.ts";
import type { Secret } from "../secret.ts";
import type { Host } from "./host.ts";
import { importSigningKey, publicKeyOf, SIGNING_ALGORITHM } from "./private_key.ts";
import { StateError } from "./state_error.ts";

const DAY_MS = 86_400_000;

/** Life of a CA. kube-apiserver reads its trust once, so that a new CA means restarts: a matter of years. */
const AUTHORITY_LIFE_MS = 3_650 * DAY_MS;

/** Life of a serving certificate. */
const SERVING_LIFE_MS = 365 * DAY_MS;

/** How far the start of a certificate lies in the past, for clients whose clock is behind ours. */
const BACKDATE_MS = 300_000;

/** Serial numbers are at most 20 octets and positive (RFC 5280, section 4.1.2.2). */
const SERIAL_BYTES = 16;

/** A key and where it is stored. The path only names it in errors. */
export interface StoredKey {
  readonly pem: Secret;
  readonly path: string;
}

/**
 * Makes the certificate of a private CA, signed by its own key. It may sign serving certificates, and no other CA.
 *
 * @throws {StateError} if the key is not one of {@linkcode generatePrivateKey}
 */
export async function createAuthority(
  key: StoredKey,
  { name, now }: { name: string; now: Date },
): Promise<Certificate> {
  const publicKey = new PublicKey(publicKeyOf(key.pem, key.path));
  return await sign(key, {
    subject: name,
    issuer: name,
    publicKey,
    notBefore: new Date(now.getTime() - BACKDATE_MS),
    notAfter: new Date(now.getTime() + AUTHORITY_LIFE_MS),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
}

/**
 * Issues a certificate for a TLS server. It ends with its CA, if that ends sooner.
 *
 * @param serving.key the server's key, of any kind
 * @throws {StateError} if a key cannot be used
 */
export async function issueServingCertificate(
  authority: { readonly certificate: Certificate; readonly key: StoredKey },
  serving: { readonly key: StoredKey; readonly names: readonly Host[]; readonly now: Date },
): Promise<Certificate> {
  const issuer = new X509Certificate(authority.certificate.pem);
  const publicKey = new PublicKey(publicKeyOf(serving.key.pem, serving.key.path));
  const notAfter = Math.min(serving.now.getTime() + SERVING_LIFE_MS, issuer.notAfter.getTime());
  return await sign(authority.key, {
    subject: "ram-auth server",
    issuer: issuer.subjectName.toJSON(),
    publicKey,
    notBefore: new Date(serving.now.getTime() - BACKDATE_MS),
    notAfter: new Date(notAfter),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(serving.names.map(({ kind, text }) => ({ type: kind, value: text }))),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
}

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
  const { publicKey } = new X509Certificate(issuer.pem);
  try {
    return certificate.issuer === issuer.subject &&
      await new X509Certificate(certificate.pem).verify({ publicKey, signatureOnly: true });
  } catch {
    // A signature algorithm that does not fit the key is a signature that this key did not make.
    return false;
  }
}

/** When to replace a certificate: after two thirds of its life. */
export function renewAt({ notBefore, notAfter }: Pick<Certificate, "notBefore" | "notAfter">): Date {
  return new Date(notBefore.getTime() + (notAfter.getTime() - notBefore.getTime()) * 2 / 3);
}

type Name = ReturnType<X509Certificate["subjectName"]["toJSON"]>;

async function sign(
  key: StoredKey,
  { subject, issuer, ...content }: {
    readonly subject: string;
    readonly issuer: string | Name;
    readonly publicKey: PublicKey;
    readonly notBefore: Date;
    readonly notAfter: Date;
    readonly extensions: Extension[];
  },
): Promise<Certificate> {
  const certificate = await X509CertificateGenerator.create({
    ...content,
    subject: [{ CN: [subject] }],
    issuer: typeof issuer === "string" ? [{ CN: [issuer] }] : issuer,
    serialNumber: randomSerial(),
    signingAlgorithm: SIGNING_ALGORITHM,
    signingKey: await importSigningKey(key.pem, key.path),
  });
  return describeCertificate(certificate);
}

/** A random positive number without a leading zero octet: DER would drop the one and pad the other. */
function randomSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SERIAL_BYTES));
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toHex();
}
