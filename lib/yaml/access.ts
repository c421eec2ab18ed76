/**
 * Values in a YAML tree by their keys, which count in exact spelling, as Kubernetes and kubeconfigs have it.
 *
 * @module
 */

import type { YamlNode } from "./read.ts";

/** The value of a key; `undefined` where there is none. */
export function valueAt(node: YamlNode, key: string): YamlNode | undefined {
  return node.kind === "map" ? node.entries.find((entry) => entry.key === key)?.value : undefined;
}

/** A text that stands under a key. */
export function textAt(node: YamlNode, key: string): string | undefined {
  const value = valueAt(node, key);
  return value?.kind === "scalar" && typeof value.value === "string" ? value.value : undefined;
}

/** The items of a list that stands under a key. */
export function listAt(node: YamlNode, key: string): readonly YamlNode[] {
  const value = valueAt(node, key);
  return value?.kind === "list" ? value.items : [];
}

/** Whether a value is left out. */
export function isNull(node: YamlNode): boolean {
  return node.kind === "scalar" && node.value === null;
}

/** The value of a node. */
export function plainOf(node: YamlNode): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(plainOf);
    case "map":
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, plainOf(value)]));
  }
}
