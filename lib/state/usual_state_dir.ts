/**
 * The state folder where nobody names one: ours, or that of another tool who served here before. kube-apiserver trusts
 * the other tool's certificate until it is restarted with another kubeconfig, so a new one would lock everybody out.
 *
 * @module
 */

import { exists } from "../folders.ts";
import type { World } from "../world.ts";
import { STATE_FILES, type StateFile, statePath } from "./state_files.ts";

/** Where the other tools keep their state unless they are told otherwise. */
const PEERS_DIRS: readonly string[] = ["/var/ack-ram-authenticator", "/var/aws-iam-authenticator"];

/** Which folder to use: `ours`, unless it holds no certificate and another tool's holds a pair. */
export async function usualStateDir(world: World, ours: string, peers = PEERS_DIRS): Promise<string> {
  if (await exists(world, statePath(ours, STATE_FILES.certificate))) return ours;
  for (const folder of peers) {
    if (await hasAll(world, folder, [STATE_FILES.certificate, STATE_FILES.key])) return folder;
  }
  return ours;
}

/** Whether a folder holds what another tool made: a certificate and its key, and no CA. */
export async function holdsPeersPair(world: World, folder: string): Promise<boolean> {
  const { certificate, key, ca } = STATE_FILES;
  const [hasPair, hasCa] = await Promise.all([hasAll(world, folder, [certificate, key]), hasAll(world, folder, [ca])]);
  return hasPair && !hasCa;
}

async function hasAll(world: World, folder: string, files: readonly StateFile[]): Promise<boolean> {
  return (await Promise.all(files.map((file) => exists(world, statePath(folder, file))))).every(Boolean);
}
