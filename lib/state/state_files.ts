/**
 * The files of a state folder: their names, modes and order, and the reading and writing of keys and certificates.
 *
 * @module
 */

import { FileError, type Owner, writeFileAtomic } from "../files.ts";
import { type GuardedText, readGuarded } from "../guarded_file.ts";
import { Secret } from "../secret.ts";
import type { World } from "../world.ts";
import type { Certificate } from "../certificate.ts";
import { readCertificate } from "./certificate.ts";
import { StateError } from "./state_error.ts";

/** Largest PEM file: an RSA key of 16,384 bits has 13 KB. */
const MAX_PEM_BYTES = 65_536;

/** Permission bits that let every user of the machine read a file. */
const READ_BY_OTHERS = 0o004;

/** One file of a state folder. */
export interface StateFile {
  readonly name: string;
  /** The file's role, as it is in errors and reports. */
  readonly what: string;
  readonly mode: number;
}

/** The files. */
export const STATE_FILES = {
  caKey: { name: "ca-key.pem", what: "the private key of the CA", mode: 0o600 },
  ca: { name: "ca.pem", what: "the certificate of the CA", mode: 0o644 },
  key: { name: "key.pem", what: "the private key of the server", mode: 0o600 },
  certificate: { name: "cert.pem", what: "the certificate of the server", mode: 0o644 },
  tokens: { name: "webhook-tokens", what: "the digests of the webhook tokens", mode: 0o600 },
} as const satisfies Record<string, StateFile>;

/** Their names. */
export const STATE_NAMES: ReadonlySet<string> = new Set(Object.values(STATE_FILES).map(({ name }) => name));

/** Name of the file in the folder that is locked while somebody writes there. */
export const LOCK_NAME = ".lock";

/** How a folder in it begins that a server makes for its sockets while it runs. */
export const SOCKETS_PREFIX = "door-";

/** Mode of the folder. */
export const STATE_FOLDER_MODE = 0o700;

/** What a draft is in a report. */
export const LEFT_BEHIND = "left by a process that was killed";

/** What became of one file. */
export interface FileReport {
  readonly path: string;
  /** The file's role. */
  readonly what: string;
  readonly mode: number;
  /** `mended`: its owner or its mode was wrong. `removed`: a draft of a process that was killed. */
  readonly status: "written" | "kept" | "renewed" | "mended" | "removed";
}

/** The order in which keys and certificates are made: each needs only those before it. */
export const CREATION_ORDER = ["caKey", "ca", "key", "certificate"] as const;

/** What to do about a folder that no restored file can mend. */
export const START_OVER =
  'move the folder away, run "ram-auth init", and restart kube-apiserver with the new webhook kubeconfig';

/** Where a file of the folder is. */
export function statePath(stateDir: string, file: StateFile): string {
  return `${stateDir.replace(/\/+$/, "")}/${file.name}`;
}

/**
 * Reads a private key; `undefined` where there is no such file.
 *
 * A key that every user of the machine can read is refused rather than reported: the server's port needs no privilege,
 * so that whoever has the key can answer kube-apiserver while the server is down, and be cluster administrator. A group
 * may have access, as in pods with an `fsGroup`.
 *
 * @throws {StateError} if it cannot be read, is empty or is open to everybody
 */
export async function readKeyFile(world: World, stateDir: string, file: StateFile): Promise<Secret | undefined> {
  const found = await readPem(world, stateDir, file);
  if (found === undefined) return undefined;
  const path = statePath(stateDir, file);
  if (world.userId() !== undefined && (found.facts.mode & READ_BY_OTHERS) !== 0) {
    throw new StateError(
      `Cannot use ${file.what} "${path}": every user of this machine can read it; ` +
        `if one may have, ${START_OVER}, else run: chmod 600 ${path}`,
    );
  }
  return new Secret(found.text);
}

/**
 * Reads a certificate; `undefined` where there is no such file.
 *
 * @throws {StateError} if it cannot be read, is empty or holds no certificate
 */
export async function readCertificateFile(
  world: World,
  stateDir: string,
  file: StateFile,
): Promise<Certificate | undefined> {
  const found = await readPem(world, stateDir, file);
  return found === undefined ? undefined : readCertificate(found.text, statePath(stateDir, file));
}

/**
 * Writes a key or a certificate, whole or not at all, and returns it.
 *
 * @param part.heir to whom to give it; `undefined` where it stays ours
 * @throws {FileError} if the folder is not writable
 */
export async function saveStateFile<T extends Secret | Certificate>(
  world: World,
  stateDir: string,
  { file, value, heir }: { readonly file: StateFile; readonly value: T; readonly heir: Owner | undefined },
): Promise<T> {
  const text = value instanceof Secret ? value.reveal() : value.pem;
  const { what, mode } = file;
  await writeFileAtomic(world, statePath(stateDir, file), text, { what, mode, owner: heir });
  return value;
}

async function readPem(world: World, stateDir: string, file: StateFile): Promise<GuardedText | undefined> {
  const path = statePath(stateDir, file);
  try {
    const found = await readGuarded(world, path, { what: file.what, maxBytes: MAX_PEM_BYTES });
    if (found === undefined || found.text.trim() !== "") return found;
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    throw new StateError(`${cause.message}; if the file is lost, ${START_OVER}`, { cause });
  }
  throw new StateError(`Cannot read ${file.what} "${path}": it is empty; restore it from a backup, or ${START_OVER}`);
}
