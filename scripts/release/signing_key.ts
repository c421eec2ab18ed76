/**
 * The key that signs a release: an Ed25519 key in the form that `ssh-keygen -t ed25519` writes. It is read, used and
 * dropped; no part of its private half, and not its comment, gets into a message or a file.
 *
 * Source: `PROTOCOL.key` of OpenSSH.
 *
 * @module
 */

import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { messageOf } from "../../lib/errors.ts";
import { concat, SshReader, sshString } from "./ssh_wire.ts";

/** What OpenSSH calls such keys, and their signatures. */
export const KEY_TYPE = "ssh-ed25519";

/** Most bytes of the file; a key has about 400. */
const MAX_BYTES = 16_384;

/** Stands before the 32 bytes of the key in PKCS #8 (RFC 8410, section 7). */
const PKCS8_START = Uint8Array.fromHex("302e020100300506032b657004220420");

/** A key to sign with. */
export interface SigningKey {
  /** The public key as OpenSSH encodes it. */
  readonly blob: Uint8Array;
  /** As `ssh-keygen -l` shows it: `SHA256:…`. */
  readonly fingerprint: string;
  /** The line of a `.pub` file. */
  readonly openSsh: string;
  /** The public key for `openssl`: SPKI in PEM. */
  readonly pem: string;
  /** The 64 bytes of an Ed25519 signature. */
  sign(message: Uint8Array): Uint8Array;
}

/**
 * Reads a key from a file that only its owner can read.
 *
 * @throws {Error} that says what to do, where the file cannot be read, is open to others, or holds no such key
 */
export async function readSigningKey(path: string): Promise<SigningKey> {
  try {
    return parseSigningKey(await readPrivateText(path));
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotFound
      ? "it does not exist; name one with --signing-key"
      : messageOf(cause);
    throw new Error(`Cannot use the signing key "${path}": ${why}`, { cause });
  }
}

async function readPrivateText(path: string): Promise<string> {
  using file = await Deno.open(path);
  const { mode } = await file.stat();
  if (mode !== null && (mode & 0o077) !== 0) throw new Error(`others can open it; run: chmod 600 ${path}`);
  const bytes = new Uint8Array(MAX_BYTES + 1);
  let length = 0;
  for (let read: number | null = 0; read !== null && length < bytes.length; length += read ?? 0) {
    read = await file.read(bytes.subarray(length));
  }
  if (length > MAX_BYTES) throw new Error(`it is longer than ${MAX_BYTES} bytes, so it is not an Ed25519 key`);
  return new TextDecoder().decode(bytes.subarray(0, length));
}

/**
 * Reads the text of a key file.
 *
 * @throws {Error} that says what to do, where it is none, has a passphrase, or is of another type
 */
function parseSigningKey(text: string): SigningKey {
  const base64 = /^-----BEGIN OPENSSH PRIVATE KEY-----\n([A-Za-z0-9+/=\n]+)-----END OPENSSH PRIVATE KEY-----\s*$/
    .exec(text.replaceAll("\r\n", "\n"))?.[1];
  if (base64 === undefined) throw new Error('it is not an OpenSSH private key; make one: ssh-keygen -t ed25519 -N ""');
  try {
    return keyOf(readSeed(Uint8Array.fromBase64(base64)));
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof SyntaxError)) throw cause;
    throw new Error("it is damaged; take it from its backup", { cause });
  }
}

/** The 32 bytes that the key is made from. */
function readSeed(bytes: Uint8Array): Uint8Array {
  const reader = new SshReader(bytes);
  if (new TextDecoder().decode(reader.bytes(15)) !== "openssh-key-v1\0") throw new RangeError("no key");
  const cipher = reader.text();
  if (cipher !== "none") {
    throw new Error(
      "it has a passphrase; sign with a copy without one, on a disk in memory: " +
        'cp KEY COPY && ssh-keygen -p -N "" -f COPY, and remove the copy afterwards',
    );
  }
  reader.string(); // How the passphrase was stretched, and its options: nothing here.
  reader.string();
  if (reader.uint32() !== 1) throw new Error("it holds several keys; use a file with one");
  const blob = reader.string();
  const secret = new SshReader(reader.string());
  if (secret.uint32() !== secret.uint32()) throw new RangeError("check numbers differ");
  const type = secret.text();
  if (type !== KEY_TYPE) throw new Error(`it is of type "${type}"; make one: ssh-keygen -t ed25519 -N ""`);
  secret.string();
  const seed = secret.string().subarray(0, 32);
  if (keyOf(seed).blob.toHex() !== blob.toHex()) throw new RangeError("halves differ");
  return seed;
}

function keyOf(seed: Uint8Array): SigningKey {
  if (seed.length !== 32) throw new RangeError("no seed");
  // deno-lint-ignore no-explicit-any -- Deno's types ask for a Buffer, and its runtime takes any bytes.
  const key: KeyObject = createPrivateKey({ key: concat(PKCS8_START, seed) as any, format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(key);
  const point = Uint8Array.fromBase64(publicKey.export({ format: "jwk" }).x!, { alphabet: "base64url" });
  const blob = concat(sshString(KEY_TYPE), sshString(point));
  return {
    blob,
    fingerprint: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`,
    openSsh: `${KEY_TYPE} ${blob.toBase64()} ram-auth release\n`,
    pem: publicKey.export({ format: "pem", type: "spki" }) as string,
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}
