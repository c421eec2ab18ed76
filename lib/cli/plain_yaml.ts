/**
 * A YAML tree without its places: the value that JSON would have.
 *
 * @module
 */

import type { YamlNode } from "../yaml.ts";

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
