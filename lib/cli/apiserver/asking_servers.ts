/**
 * What makes kube-apiserver ask a webhook on this node, wherever `configure` can have written that, so that nobody takes
 * the webhook's kubeconfig from a server that needs it to start.
 *
 * @module
 */

import { FileError } from "../../files.ts";
import { readGuarded } from "../../guarded_file.ts";
import type { World } from "../../world.ts";
import { ApiserverError } from "./apiserver_error.ts";
import { backedUpFiles } from "./backup.ts";
import { flagsOf, namesPath, valueOf, WEBHOOK_FLAG } from "./flags.ts";
import { APISERVER_UNITS, dropInFolders, MANIFESTS, RANCHER, UNIT_FOLDERS } from "./places.ts";
import { environmentFilesOf } from "./plan.ts";
import { listApiservers } from "./running/processes.ts";
import { namesIn } from "./unit_texts.ts";

/** Largest file that is looked at: 8 MiB. */
const MAX_BYTES = 8 * 1_048_576;

/**
 * The files that may name a webhook for kube-apiserver, those that are there or not. Trust: root wrote them.
 *
 * @param root the tree that holds them; empty for this system's own
 * @throws {FileError} if one cannot be read
 */
export async function filesThatMayAsk(world: World, root: string): Promise<readonly string[]> {
  const rancher = Object.values(RANCHER);
  const configs = await Promise.all(
    rancher.map(async ({ config }) => [`${root}${config}`, ...await namesIn(world, `${root}${config}.d`, [""])]),
  );
  const units = [
    ...APISERVER_UNITS,
    ...rancher.flatMap(({ service }) => UNIT_FOLDERS.map((folder) => `${folder}/${service}.service`)),
  ];
  const dropIns = await Promise.all(
    [...new Set(units.flatMap(dropInFolders))].map((folder) => namesIn(world, `${root}${folder}`, [".conf"])),
  );
  const ofSystemd = [...units.map((unit) => `${root}${unit}`), ...dropIns.flat()];
  const texts = await Promise.all(ofSystemd.map((path) => readIfAllowed(world, path)));
  const environment = environmentFilesOf(texts.flatMap((text) => text ?? [])).map((path) => `${root}${path}`);
  return [
    ...new Set([
      ...MANIFESTS.map((path) => `${root}${path}`),
      ...configs.flat(),
      ...ofSystemd,
      ...environment,
      ...await backedUpFiles(world, root),
    ]),
  ];
}

/** Those of the files that name the kubeconfig, or its folder, as {@linkcode namesPath} says. @throws {FileError} */
export async function filesThatName(
  world: World,
  paths: readonly string[],
  named: string,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) if (namesPath(await readIfAllowed(world, path) ?? "", named)) found.push(path);
  return found;
}

/**
 * The processes of kube-apiserver that were started with the kubeconfig; none where this program may not look.
 *
 * @throws {ApiserverError} if it may, and they cannot be listed
 */
export async function processesThatAsk(kubeconfig: string): Promise<readonly number[]> {
  const listed = await listApiservers(new AbortController().signal);
  if (listed.kind === "impossible") return [];
  if (listed.kind === "cut") {
    throw new ApiserverError(
      `Cannot see whether a kube-apiserver of this node asks ram-auth: ${listed.why}; mend that, and run this again`,
    );
  }
  return listed.processes
    .filter(({ words }) => valueOf(flagsOf(words), WEBHOOK_FLAG) === kubeconfig)
    .map(({ pid }) => pid);
}

/** Who may not read the flags will not be let change anything either. */
async function readIfAllowed(world: World, path: string): Promise<string | undefined> {
  try {
    return (await readGuarded(world, path, { what: "the flags of kube-apiserver", maxBytes: MAX_BYTES }))?.text;
  } catch (error) {
    if (error instanceof FileError && error.cause instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}
