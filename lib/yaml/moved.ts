/**
 * The tree of a part of a text, with the places that its values have in the whole.
 *
 * @module
 */

import type { Position, YamlNode } from "./node.ts";

/** A tree that was read from a part which starts here. */
export function movedTo(node: YamlNode, start: Position): YamlNode {
  const position = movedBy(node, start);
  switch (node.kind) {
    case "scalar":
      return { ...node, ...position };
    case "list":
      return { ...node, ...position, items: node.items.map((item) => movedTo(item, start)) };
    case "map":
      return {
        ...node,
        ...position,
        entries: node.entries.map((entry) => ({
          key: entry.key,
          value: movedTo(entry.value, start),
          ...movedBy(entry, start),
        })),
      };
  }
}

/** A place in a part, as a place in the whole. */
export function movedBy({ line, column }: Position, start: Position): Position {
  return { line: line + start.line - 1, column: line === 1 ? column + start.column - 1 : column };
}

/** How many values a tree has. */
export function countOf(node: YamlNode): number {
  if (node.kind === "scalar") return 1;
  const children = node.kind === "list" ? node.items : node.entries.map(({ value }) => value);
  return children.reduce((sum, child) => sum + countOf(child), 1);
}
