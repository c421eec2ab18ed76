/**
 * State folders for tests: real files in a temporary folder, a clock that stands still, and a pair as the peers make it.
 *
 * @module
 */

import "reflect-metadata";
import { generateKeyPairSync } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { StateOptions } from "../../lib/state/state_dir.ts";
import { realWorld, type World } from "../../lib/world.ts";

export const DAY_MS = 86_400_000;

/** When these tests take place, unless they need a TLS client, which goes by the machine's clock. */
export const START = new Date("2026-03-01T12:00:00Z");

export function worldAt(now: Date): World {
  return { ...realWorld(), now: () => now };
}

export function daysAfter(start: Date, days: number): Date {
  return new Date(start.getTime() + days * DAY_MS);
}

export function optionsFor(stateDir: string): StateOptions {
  return { stateDir, hostname: "localhost", address: "127.0.0.1" };
}

/** Runs a test in a temporary folder, which is removed after. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every file of a folder and what is in it. */
export async function contentsOf(folder: string): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for await (const { name } of Deno.readDir(folder)) contents[name] = await Deno.readTextFile(`${folder}/${name}`);
  return contents;
}

/** The mode bits of a file, as `ls` groups them. */
export async function modeOf(path: string): Promise<string> {
  return ((await Deno.stat(path)).mode! & 0o777).toString(8);
}

/** What aws-iam-authenticator 0.7 writes (observed 2026-11): RSA 2048 in PKCS #1, self-signed, CA:TRUE, 100 years. */
export async function peerPair(
  { notAfter = daysAfter(START, 36_500), selfSigned = true }: { notAfter?: Date; selfSigned?: boolean } = {},
): Promise<{ certPem: string; keyPem: string }> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const pkcs8 = Uint8Array.from(privateKey.export({ type: "pkcs8", format: "der" }));
  const signingKey = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, true, ["sign"]);
  const { e, n } = await crypto.subtle.exportKey("jwk", signingKey);
  const publicKey = await crypto.subtle.importKey("jwk", { kty: "RSA", e: e!, n: n! }, algorithm, true, ["verify"]);
  const certificate = await X509CertificateGenerator.create({
    subject: "CN=aws-iam-authenticator",
    issuer: selfSigned ? "CN=aws-iam-authenticator" : "CN=Example Corporation",
    notBefore: daysAfter(START, -30),
    notAfter,
    publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new KeyUsagesExtension(
        KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment | KeyUsageFlags.keyCertSign,
        true,
      ),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new BasicConstraintsExtension(true, undefined, true),
      new SubjectAlternativeNameExtension([{ type: "dns", value: "localhost" }, { type: "ip", value: "127.0.0.1" }]),
    ],
  });
  return {
    certPem: `${certificate.toString("pem")}\n`,
    keyPem: String(privateKey.export({ type: "pkcs1", format: "pem" })),
  };
}

/** Writes a pair where the peers write it, with their modes. */
export async function storePair(folder: string, pair: { certPem: string; keyPem: string }): Promise<void> {
  await Deno.writeTextFile(`${folder}/cert.pem`, pair.certPem, { mode: 0o644 });
  await Deno.writeTextFile(`${folder}/key.pem`, pair.keyPem, { mode: 0o600 });
}
