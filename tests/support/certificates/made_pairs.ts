/**
 * Certificates and keys of many kinds, made when they are asked for, and some keys of kinds that nothing here can make.
 *
 * @module
 */

import "reflect-metadata";
import { BasicConstraintsExtension, X509CertificateGenerator } from "@peculiar/x509";
import { type Element, elementsOf, encode, replaceElement } from "./der.ts";

/** A self-signed certificate and its key, in PEM. */
export interface MadePair {
  readonly certPem: string;
  readonly keyPem: string;
}

const ALGORITHMS = {
  "P-256": { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  "P-384": { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" },
  "Ed25519": { name: "Ed25519" },
  "RSA 2048": rsa(2_048),
  "RSA 1024": rsa(1_024),
} as const;

/** What a pair can be made of. */
export type PairKind = keyof typeof ALGORITHMS;

/** Makes a pair. @param of.isAuthority whether the certificate is that of a CA */
export async function makePair(
  kind: PairKind,
  { notBefore = new Date(Date.now() - 60_000), notAfter = new Date(Date.now() + 86_400_000), isAuthority = false } = {},
): Promise<MadePair> {
  const algorithm = ALGORITHMS[kind];
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as CryptoKeyPair;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=made up ${kind}`,
    keys,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(isAuthority, undefined, true)],
  });
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { certPem: `${certificate.toString("pem")}\n`, keyPem: pemOf("PRIVATE KEY", pkcs8) };
}

/** DER as PEM, in lines of 64. */
export function pemOf(label: string, der: Uint8Array): string {
  return [`-----BEGIN ${label}-----`, ...der.toBase64().match(/.{1,64}/g) ?? [], `-----END ${label}-----`, ""].join(
    "\n",
  );
}

/** The bytes of the first PEM block. */
export function derOf(pem: string): Uint8Array {
  return Uint8Array.fromBase64(/-----BEGIN [A-Z0-9 ]+-----([^-]+)-----END/.exec(pem)![1]!);
}

/** The certificate as it would be in version 1, which has no extensions. Its signature is that of before. */
export function asVersion1(certPem: string): string {
  const der = derOf(certPem);
  const [, body, version] = elementsOf(der);
  const withoutVersion = replaceElement(der, version!.at, new Uint8Array());
  const extensions = elementsOf(withoutVersion).find(({ at }) => withoutVersion[at] === 0xa3 && at > body!.at)!;
  return pemOf("CERTIFICATE", replaceElement(withoutVersion, extensions.at, new Uint8Array()));
}

/** The key of a pair in another form that holds the same: `PKCS #1` of an RSA key, `SEC 1` of a key on a curve. */
export function asOldForm(keyPem: string, label: "RSA PRIVATE KEY" | "EC PRIVATE KEY"): string {
  const der = derOf(keyPem);
  const [octets] = elementsOf(der).filter(({ at }) => der[at] === 0x04);
  const inner = contentOf(der, octets!);
  if (label === "RSA PRIVATE KEY") return pemOf(label, inner);
  // SEC 1 alone must name the curve, which PKCS #8 names outside.
  const curve = Uint8Array.fromHex("a00a06082a8648ce3d030107");
  const [, version, secret, ...rest] = elementsOf(inner);
  const parts = [version!, secret!].map((part) => inner.slice(part.at, part.at + part.header + part.length));
  const publicKey = rest.find(({ at }) => inner[at] === 0xa1)!;
  const tail = inner.slice(publicKey.at, publicKey.at + publicKey.header + publicKey.length);
  return pemOf(label, encode(0x30, Uint8Array.from([...parts[0]!, ...parts[1]!, ...curve, ...tail])));
}

/** An RSA key that says it is for PSS alone. */
export function asPss(rsaKeyPem: string): string {
  const der = derOf(rsaKeyPem);
  const kind = elementsOf(der).find(({ at }) => der[at] === 0x06)!;
  return pemOf("PRIVATE KEY", replaceElement(der, kind.at, Uint8Array.fromHex("06092a864886f70d01010a")));
}

function contentOf(der: Uint8Array, { at, header, length }: Element): Uint8Array {
  return der.slice(at + header, at + header + length);
}

function rsa(modulusLength: number) {
  return {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength,
    publicExponent: Uint8Array.of(1, 0, 1),
  } as const;
}

/** Keys made up for tests by OpenSSL, on curves and of kinds that TLS here does not sign with. */
export const ODD_KEYS: Readonly<Record<string, string>> = {
  "a key on P-224": odd(
    "MHgCAQAwEAYHKoZIzj0CAQYFK4EEACEEYTBfAgEBBBwxffJjhpg5oGdhkjqHqvy/N4H9XTwYwc9LhRwaoTwDOgAEhf9evtgX5WyWAPReH/09NqKM" +
      "RykwsLmG0eYzYsdl9ub/3tLoVGEnFmr7CQvzvbzQAbN4P7IkXZ8=",
  ),
  "a key on secp256k1": odd(
    "MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgRLWGYB1pg8EQybBLEVzj05scn0ywg0VC8u9cALsHXWyhRANCAATaWs8DxpqiTbNjROBh" +
      "gl1YKL2T10jd8ZOKhPAsBYZeJvpiBbJYba/JkmD2e0Ruzb3lqCH5GRLrAtbPa7jI9ehQ",
  ),
  "a key on a Brainpool curve": odd(
    "MIGIAgEAMBQGByqGSM49AgEGCSskAwMCCAEBBwRtMGsCAQEEIBfnHFrM8HwjrWVRZHG8NrRRLWe5D72dQEch4ygf2y5/oUQDQgAEIjzgN1OxzL16" +
      "QT5eUR4YeVrf62qfkOl7N1ajQiULV3Cof3KHmlGYgm7dBwEQMTshqFzwvYZX8otVv7sJBBQ45g==",
  ),
  "an Ed448 key": odd(
    "MEcCAQAwBQYDK2VxBDsEObvLaQ8GPyJxWmXlCrg5MziOtRzZ1yEu4TKHo0lAeL1LiZd1RbOz/Sm87VyF4+iSL3VT0cKjibhQmA==",
  ),
};

function odd(base64: string): string {
  return pemOf("PRIVATE KEY", Uint8Array.fromBase64(base64));
}
