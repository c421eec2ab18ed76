/**
 * The flags of this node's kube-apiserver, by the files that start it: a static pod, K3s or RKE2, a unit of systemd. The
 * running process itself is not looked at: the runtime shows `/proc` only to programs that may do everything.
 *
 * @module
 */

import { readTextFileIfThere } from "../../files.ts";
import type { World } from "../../world.ts";
import { listAt, textAt, valueAt } from "../../yaml/access.ts";
import { parseYaml, type YamlNode } from "../../yaml/read.ts";
import type { NodePlaces } from "./node_places.ts";
import { readUnit, settingOf, type Unit } from "./unit_files.ts";

/** Largest file that is read. */
const MAX_BYTES = 1_048_576;

/** A folder of the node as kube-apiserver sees it, where that is another one. */
interface Mount {
  readonly inside: string;
  readonly outside: string;
}

/** How kube-apiserver is started. Trust: root wrote the file. */
export interface ApiserverFlags {
  /** The file that says so. */
  readonly path: string;
  /** By name, with dashes, without those in front. */
  readonly flags: ReadonlyMap<string, string>;
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
    const unit = await readUnit(world, path);
    if (unit !== undefined) return { path, flags: flagsOf(commandOf(unit)), mounts: undefined };
  }
  return undefined;
}

/** Where a file is on the node that kube-apiserver knows by a path; `undefined` where it is not mounted. */
export function outsideOf(path: string, mounts: readonly Mount[] | undefined): string | undefined {
  if (mounts === undefined) return path;
  const mount = mounts.filter(({ inside }) => path === inside || path.startsWith(`${inside}/`))
    .sort((a, b) => b.inside.length - a.inside.length)[0];
  return mount === undefined ? undefined : `${mount.outside}${path.slice(mount.inside.length)}`;
}

async function read(world: World, path: string): Promise<string | undefined> {
  return await readTextFileIfThere(world, path, { what: "the file that starts kube-apiserver", maxBytes: MAX_BYTES });
}

function ofPod(root: YamlNode): Pick<ApiserverFlags, "flags" | "mounts"> {
  const spec = valueAt(root, "spec");
  const containers = spec === undefined ? [] : listAt(spec, "containers");
  const container = containers.find((one) => textAt(one, "name") === "kube-apiserver") ?? containers[0];
  if (spec === undefined || container === undefined) return { flags: new Map(), mounts: [] };
  const folders = new Map(
    listAt(spec, "volumes").flatMap((volume) => {
      const hostPath = valueAt(volume, "hostPath");
      const path = hostPath && textAt(hostPath, "path");
      return path === undefined ? [] : [[textAt(volume, "name"), path] as const];
    }),
  );
  const mounts = listAt(container, "volumeMounts").flatMap((mount) => {
    const [inside, outside] = [textAt(mount, "mountPath"), folders.get(textAt(mount, "name"))];
    return inside === undefined || outside === undefined ? [] : [{ inside: bare(inside), outside: bare(outside) }];
  });
  return { flags: flagsOf([...textsAt(container, "command"), ...textsAt(container, "args")]), mounts };
}

function bare(path: string): string {
  return path.replace(/\/+$/, "");
}

function textsAt(node: YamlNode, key: string): string[] {
  return listAt(node, key).flatMap((item) => item.kind === "scalar" ? [String(item.value)] : []);
}

/** The words of the command that a unit starts. */
function commandOf(unit: Unit): string[] {
  return (settingOf(unit, "ExecStart") ?? "").split(/\s+/).map((word) => word.replace(/^["'](.*)["']$/, "$1"));
}

function flagsOf(words: readonly string[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  words.forEach((word, at) => {
    if (!word.startsWith("--")) return;
    const end = word.indexOf("=");
    const name = word.slice(2, end < 0 ? undefined : end).replaceAll("_", "-");
    const next = words[at + 1] ?? "";
    flags.set(name, end < 0 ? (next.startsWith("-") ? "" : next) : word.slice(end + 1));
  });
  return flags;
}
