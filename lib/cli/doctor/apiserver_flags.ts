/**
 * The flags of this node's kube-apiserver, by the files that start it: a static pod, K3s or RKE2, a unit of systemd. The
 * running process itself is not looked at: the runtime shows `/proc` only to programs that may do everything.
 *
 * @module
 */

import { readTextFileIfThere } from "../../files.ts";
import type { World } from "../../world.ts";
import { textAt } from "../../yaml/access.ts";
import { parseYaml, type YamlNode } from "../../yaml/read.ts";
import { type Flag, flagsOf, type Mount } from "../apiserver/flags.ts";
import { containersOf, mountsOf, textsAt, wordsOf } from "../apiserver/pod.ts";
import { commandOf } from "../apiserver/unit.ts";
import type { NodePlaces } from "./node_places.ts";
import { readUnitTexts } from "../apiserver/unit_texts.ts";

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
  const manifest = await read(world, places.manifest);
  if (manifest !== undefined) return { path: places.manifest, ...ofPod(parseYaml(manifest)) };
  for (const path of places.rancher) {
    const text = await read(world, path);
    if (text === undefined) continue;
    const root = parseYaml(text);
    const args = ["kube-apiserver-arg", "kube-apiserver-arg+"].flatMap((key) => textsAt(root, key));
    return { path, flags: flagsOf(args.map((arg) => `--${arg}`)), mounts: undefined };
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

function ofPod(root: YamlNode): Pick<ApiserverFlags, "flags" | "mounts"> {
  const containers = containersOf(root);
  const container = containers.find((one) => textAt(one, "name") === "kube-apiserver") ?? containers[0];
  if (container === undefined) return { flags: [], mounts: [] };
  return { flags: flagsOf(wordsOf(container)), mounts: mountsOf(root, container) };
}
