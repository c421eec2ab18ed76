/**
 * A certificate and its key as TLS shows them: judged here before native code gets them, because Deno 2.7 aborts the
 * whole process on a client certificate that its TLS cannot use.
 *
 * @module
 */

import { createPrivateKey, createPublicKey } from "node:crypto";
import { type Certificate, parseCertificate } from "./certificate.ts";
import { beginsCertificate, pemCertificates, pemPrivateKey } from "./pem.ts";
import { Secret } from "./secret.ts";

/** RSA keys that TLS signs with, in bits. */
const MIN_RSA_BITS = 2_048;
const MAX_RSA_BITS = 8_192;

/** Curves that TLS signs on, as OpenSSL calls them. */
const CURVES: readonly string[] = ["prime256v1", "secp384r1", "secp521r1"];

/** What to do about a key that TLS does not sign with. */
const WANTED = `use a P-256 key, or RSA with ${MIN_RSA_BITS} bits, and issue a certificate for it`;

/** Makes the error of whoever wants the key, of which only they know where it is. `why` says what to do, too. */
export type Refuse = (why: string) => Error;

/** What a key is. */
export interface PrivateKeyFacts {
  /** The key alone. */
  readonly pem: Secret;
  /** DER of the SubjectPublicKeyInfo of its public half. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** Such as `rsa` and `ec`; the names are those of node:crypto. */
  readonly kind: string;
  /** Of an RSA key, in bits. */
  readonly bits: number | undefined;
  /** Of a key on a curve that has several, as OpenSSL calls it. */
  readonly curve: string | undefined;
}

/** A certificate and its key. Built only by {@linkcode readTlsPair}, so that TLS takes it. */
export interface TlsPair {
  /** The chain as far as it was given, leaf first; nothing but certificates. */
  readonly certPem: string;
  /** The key alone. */
  readonly keyPem: Secret;
  readonly leaf: Certificate;
}

/**
 * Reads a certificate and its key. What they are valid for, and when, is not judged: the other side does that, by its own
 * clock.
 *
 * @param refuse makes the errors about each; together they know where the two are
 * @throws what `refuse` makes, where TLS could not use them
 */
export function readTlsPair(
  { certPem, keyPem }: { readonly certPem: string; readonly keyPem: Secret },
  refuse: { readonly certificate: Refuse; readonly key: Refuse },
): TlsPair {
  const chain = pemCertificates(certPem);
  const leaf = readLeaf(certPem, chain, refuse.certificate);
  const key = readPrivateKey(keyPem, refuse.key);
  const useless = whyUseless(key);
  if (useless !== undefined) throw refuse.key(`${useless}; ${WANTED}`);
  if (key.publicKey.toHex() !== leaf.publicKey.toHex()) {
    throw refuse.key("it does not belong to the certificate; use the key that the certificate was issued for");
  }
  const pair = { certPem: `${chain.join("\n")}\n`, keyPem: key.pem, leaf };
  demandTaken(pair, refuse.certificate);
  return pair;
}

/**
 * Reads a key. It goes through node:crypto, because the tools that wrote it may have written PKCS #1 or SEC 1, which
 * WebCrypto does not read.
 *
 * @throws what `refuse` makes, where the text holds none that can be read without a passphrase
 */
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
    return { pem: new Secret(`${block}\n`), publicKey, kind, bits: details.modulusLength, curve: details.namedCurve };
  } catch {
    // What the runtime says of it differs from version to version, and names its libraries.
    throw refuse("it is damaged, or uses an unknown curve; restore it, or issue a new key and certificate");
  }
}

function readLeaf(text: string, chain: readonly string[], refuse: Refuse): Certificate {
  const [first] = chain;
  if (first === undefined) {
    throw refuse(
      beginsCertificate(text)
        ? "it is cut short; copy the whole file again"
        : "it contains no PEM certificate; put the certificate there",
    );
  }
  const leaf = parseCertificate(first);
  if (leaf === undefined) throw refuse("it is damaged; restore it, or issue a new one");
  if (leaf.isVersion3) return leaf;
  throw refuse(
    "it is an X.509 version 1 certificate, and TLS here needs version 3; issue a new one with an extension, such as " +
      "extendedKeyUsage (openssl x509 -extfile)",
  );
}

/** Why no TLS signs with a key; `undefined` where it does. */
function whyUseless({ kind, bits = 0, curve = "" }: PrivateKeyFacts): string | undefined {
  switch (kind) {
    case "rsa":
      return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS
        ? undefined
        : `an RSA key of ${bits} bits is not supported by TLS`;
    case "ec":
      return CURVES.includes(curve) ? undefined : `an EC key on ${curve} is not supported by TLS`;
    case "ed25519":
      return undefined;
    default:
      return `a key of type ${kind} is not supported by TLS`;
  }
}

/**
 * The same code of the runtime that a client certificate goes through, in the one place where it answers with an error:
 * a listener on loopback, which is closed before anybody could connect. A command that may not listen has no use for the
 * pair either, but to look at it.
 */
function demandTaken({ certPem, keyPem }: Omit<TlsPair, "leaf">, refuse: Refuse): void {
  try {
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: certPem, key: keyPem.reveal() }).close();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) return;
    const isOfSystem = cause instanceof Error && "code" in cause;
    throw refuse(
      isOfSystem
        ? `it cannot be tested (${cause.code}); check the limits of this process`
        : "TLS rejects it; issue a new one",
    );
  }
}
