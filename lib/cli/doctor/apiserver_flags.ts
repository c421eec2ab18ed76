/**
 * The flags of this node's kube-apiserver, by the files that start it: a static pod, K3s or RKE2, a unit of systemd. The
 * running process itself is not looked at: `/proc` is shown to the system's shell alone, which this command may not start.
 *
 * @module
 */

import { readTextFileIfThere } from "../../files.ts";
import type { World } from "../../world.ts";
import { textAt } from "../../yaml/access.ts";
import { parseYaml, type YamlNode } from "../../yaml/read.ts";
import { type Flag, flagsOf, type Mount } from "../apiserver/flags.ts";
import { containersOf, mountsOf, textsAt, wordsOf } from "../apiserver/pod.ts";
import { ARGS, listsThatCount } from "../apiserver/rancher_config.ts";
import { commandOf } from "../apiserver/unit.ts";
import type { NodePlaces } from "./node_places.ts";
import { namesIn, readUnitTexts, textsOf } from "../apiserver/unit_texts.ts";

/** Largest file that is read. */
const MAX_BYTES = 1_048_576;

/** How kube-apiserver is started. Trust: root wrote the file. */
export interface ApiserverFlags {
  /** The file that says so. */
  readonly path: string;
  readonly flags: readonly Flag[];
  /** `undefined` where it sees the node's files as they are. */
  readonly mounts: readonly Mount[] | undefined;
}

/**
 * Reads them; `undefined` where no file starts a kube-apiserver here.
 *
 * @throws {FileError} {YamlError} if one is there and cannot be read
 */
export async function readApiserverFlags(world: World, places: NodePlaces): Promise<ApiserverFlags | undefined> {
  for (const path of places.manifests) {
    const manifest = await read(world, path);
    if (manifest !== undefined) return { path, ...ofPod(parseYaml(manifest)) };
  }
  for (const path of places.rancher) {
    const texts = await textsOf(world, [path, ...await namesIn(world, `${path}.d`, [".yaml", ".yml"])]);
    if (texts.size > 0) return { path, ...ofConfigs(texts), mounts: undefined };
  }
  for (const path of places.units) {
    const unit = await readUnitTexts(world, path);
    if (unit !== undefined) return { path, flags: flagsOf(commandOf(unit) ?? []), mounts: undefined };
  }
  return undefined;
}

async function read(world: World, path: string): Promise<string | undefined> {
  return await readTextFileIfThere(world, path, { what: "the file that starts kube-apiserver", maxBytes: MAX_BYTES });
}

/** Of K3s and RKE2. */
function ofConfigs(texts: ReadonlyMap<string, string>): Pick<ApiserverFlags, "flags"> {
  const roots = [...texts.values()].map(parseYaml);
  const args = listsThatCount(roots, ARGS).flatMap(({ at, key }) => textsAt(roots[at]!, key));
  return { flags: flagsOf(args.map((arg) => `--${arg.replace(/^--/, "")}`)) };
}

function ofPod(root: YamlNode): Pick<ApiserverFlags, "flags" | "mounts"> {
  const containers = containersOf(root);
  const container = containers.find((one) => textAt(one, "name") === "kube-apiserver") ?? containers[0];
  if (container === undefined) return { flags: [], mounts: [] };
  return { flags: flagsOf(wordsOf(container)), mounts: mountsOf(root, container) };
}
