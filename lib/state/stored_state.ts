/**
 * What a state folder holds, judged as a whole: whose files they are and whether they belong together. Reads only.
 *
 * @module
 */

import type { Secret } from "../secret.ts";
import { readTlsPair, type Refuse } from "../tls_pair.ts";
import type { World } from "../world.ts";
import type { Certificate } from "../certificate.ts";
import { isSignedBy } from "./certificate.ts";
import { publicKeyOf } from "./private_key.ts";
import { StateError } from "./state_error.ts";
import {
  CREATION_ORDER,
  readCertificateFile,
  readKeyFile,
  START_OVER,
  STATE_FILES,
  type StateFile,
  statePath,
} from "./state_files.ts";

/** The files as read; `undefined` where there is none. */
export interface StoredFiles {
  readonly caKey: Secret | undefined;
  readonly ca: Certificate | undefined;
  readonly key: Secret | undefined;
  readonly certificate: Certificate | undefined;
}

/**
 * A folder that can be used.
 *
 * - `own`: made here. Files at the end of the creation order may be missing, because a first run was cut short.
 * - `pair`: a self-signed certificate and its key, as the other tools make them. There is no CA to renew it from.
 */
export type StoredState =
  | { readonly kind: "own" } & StoredFiles
  | { readonly kind: "pair"; readonly key: Secret; readonly certificate: Certificate };

/**
 * Reads a state folder; a missing one is an `own` state without files.
 *
 * The files are read against their creation order, so that one process can read while another creates: whatever is
 * there when it is read, everything before it in the order was there already.
 *
 * @throws {StateError} with what is wrong and what to do, if the folder cannot be used
 */
export async function readStoredState(world: World, stateDir: string): Promise<StoredState> {
  const certificate = await readCertificateFile(world, stateDir, STATE_FILES.certificate);
  const key = await readKeyFile(world, stateDir, STATE_FILES.key);
  const ca = await readCertificateFile(world, stateDir, STATE_FILES.ca);
  const caKey = await readKeyFile(world, stateDir, STATE_FILES.caKey);
  const folder = { stateDir, now: world.now() };
  if (ca === undefined && caKey === undefined && key !== undefined && certificate !== undefined) {
    await demandSelfSigned(folder, { key, certificate });
    return { kind: "pair", key, certificate };
  }
  const files = { caKey, ca, key, certificate };
  demandNoGap(folder, files);
  await demandSoundAuthority(folder, files);
  return { kind: "own", ...files };
}

/** Whether a key and a certificate belong together. The path names the key in an error. */
export function isPair(key: Secret, certificate: Certificate, path: string): boolean {
  return publicKeyOf(key, path).toHex() === certificate.publicKey.toHex();
}

/** A folder at one moment. */
interface Folder {
  readonly stateDir: string;
  readonly now: Date;
}

async function demandSelfSigned(
  folder: Folder,
  { key, certificate }: { readonly key: Secret; readonly certificate: Certificate },
): Promise<void> {
  if (!isPair(key, certificate, statePath(folder.stateDir, STATE_FILES.key))) {
    refuse(
      folder,
      STATE_FILES.certificate,
      `it is not for the key in key.pem; restore the two together, or ${START_OVER}`,
    );
  }
  demandValid(folder, STATE_FILES.certificate, certificate);
  readTlsPair({ certPem: certificate.pem, keyPem: key }, {
    certificate: refusing(folder, STATE_FILES.certificate),
    key: refusing(folder, STATE_FILES.key),
  });
  if (await isSignedBy(certificate, certificate)) return;
  refuse(
    folder,
    STATE_FILES.certificate,
    `"${certificate.issuer}" issued it, and that CA is not in the folder; ` +
      `restore ca.pem and ca-key.pem, or ${START_OVER}`,
  );
}

/** A run cut short leaves the first files of the creation order; other gaps mean that something was lost. */
function demandNoGap({ stateDir }: Folder, files: StoredFiles): void {
  const isThere = CREATION_ORDER.map((role) => files[role] !== undefined);
  const last = isThere.lastIndexOf(true);
  const lost = CREATION_ORDER.filter((_, index) => index < last && !isThere[index]).map((role) =>
    STATE_FILES[role].name
  );
  if (lost.length === 0) return;
  throw new StateError(
    `Cannot use the state in "${stateDir}": ${STATE_FILES[CREATION_ORDER[last]!].name} is there without ` +
      `${lost.join(" and ")}; restore what is missing, or ${START_OVER}`,
  );
}

/** The CA must be able to issue, and must have issued the certificate, if there is one. */
async function demandSoundAuthority(folder: Folder, { caKey, ca, certificate }: StoredFiles): Promise<void> {
  if (caKey === undefined || ca === undefined) return;
  if (!isPair(caKey, ca, statePath(folder.stateDir, STATE_FILES.caKey))) {
    refuse(folder, STATE_FILES.ca, `it is not for the key in ca-key.pem; restore the two together, or ${START_OVER}`);
  }
  demandValid(folder, STATE_FILES.ca, ca);
  if (!ca.isAuthority) {
    refuse(folder, STATE_FILES.ca, `it is not the certificate of a CA; restore it, or ${START_OVER}`);
  }
  if (certificate !== undefined && !await isSignedBy(certificate, ca)) {
    refuse(folder, STATE_FILES.certificate, "the CA in ca.pem did not issue it; move it away, and a new one is issued");
  }
}

function demandValid(folder: Folder, file: StateFile, { notBefore, notAfter }: Certificate): void {
  if (notBefore > folder.now) {
    refuse(folder, file, `it is valid from ${notBefore.toISOString()} on; set the clock of this machine`);
  }
  if (notAfter <= folder.now) refuse(folder, file, `it expired on ${notAfter.toISOString()}; ${START_OVER}`);
}

function refuse(folder: Folder, file: StateFile, why: string): never {
  throw refusing(folder, file)(why);
}

function refusing({ stateDir }: Folder, file: StateFile): Refuse {
  return (why) => new StateError(`Cannot use ${file.what} "${statePath(stateDir, file)}": ${why}`);
}
