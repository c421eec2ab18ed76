/**
 * The container of kube-apiserver in the manifest of a static pod: its command line and its mounts.
 *
 * @module
 */

import { listAt, textAt, valueAt } from "../../yaml/access.ts";
import type { YamlNode } from "../../yaml/read.ts";
import { bare, type Mount } from "./flags.ts";

/** The containers of a pod. */
export function containersOf(root: YamlNode): readonly YamlNode[] {
  const spec = valueAt(root, "spec");
  return spec === undefined ? [] : listAt(spec, "containers");
}

/** Words of `command:` and `args:`, in their order. */
export function wordsOf(container: YamlNode): readonly string[] {
  return ["command", "args"].flatMap((key) => textsAt(container, key));
}

/** The texts of a list under a key; what is no text is left out. */
export function textsAt(node: YamlNode, key: string): readonly string[] {
  return listAt(node, key).flatMap((item) => item.kind === "scalar" ? [String(item.value)] : []);
}

/** What the container sees of the node. */
export function mountsOf(root: YamlNode, container: YamlNode): readonly Mount[] {
  const folders = foldersOf(root);
  return listAt(container, "volumeMounts").flatMap((mount) => {
    const inside = textAt(mount, "mountPath");
    if (inside === undefined) return [];
    const [folder, below] = [folders.get(textAt(mount, "name") ?? ""), textAt(mount, "subPath")];
    const isKnown = folder !== undefined && valueAt(mount, "subPathExpr") === undefined;
    return [{
      inside: bare(inside),
      outside: isKnown ? bare(below === undefined ? folder : `${bare(folder)}/${below}`) : undefined,
      isReadOnly: isTrue(valueAt(mount, "readOnly")),
    }];
  });
}

/** The volumes that are paths of the node, by name. */
export function foldersOf(root: YamlNode): ReadonlyMap<string, string> {
  return new Map(
    volumesOf(root).flatMap((volume) => {
      const hostPath = valueAt(volume, "hostPath");
      const [name, path] = [textAt(volume, "name"), hostPath && textAt(hostPath, "path")];
      return name === undefined || path === undefined ? [] : [[name, path] as const];
    }),
  );
}

/** What container images of Kubernetes start a program with to write its log to a file. */
const RUNNER = "/go-runner";

/** The words of kube-apiserver with itself as the first, where a command line starts it; `undefined` elsewhere. */
export function programOf(words: readonly string[]): readonly string[] | undefined {
  const at = words[0] === RUNNER ? words.findIndex((word, i) => i > 0 && !word.startsWith("-")) : 0;
  return words[at]?.split("/").at(-1) === "kube-apiserver" ? words.slice(at) : undefined;
}

/** The volumes of a pod. */
export function volumesOf(root: YamlNode): readonly YamlNode[] {
  const spec = valueAt(root, "spec");
  return spec === undefined ? [] : listAt(spec, "volumes");
}

function isTrue(node: YamlNode | undefined): boolean {
  return node?.kind === "scalar" && node.value === true;
}
