/**
 * A YAML tree on its way from one thread to another: in parts of plain values, each of which is quick to take over.
 *
 * @module
 */

import type { Position, YamlEntry, YamlNode, YamlProblem } from "./node.ts";

/** Values in a part. One of them takes about a microsecond to take over. */
const NODES_PER_PART = 1_000;

/** Fields of a value in a part. */
const FIELDS = 8;

/** Values in the order in which they are read, {@linkcode FIELDS} fields each. */
export type TreePart = readonly (string | number | boolean | null)[];

/** Instead of a kind: an entry that is not YAML, with what is wrong with it as its value. */
const BROKEN = "broken";

/** A list or a map that still waits for some of its values. */
interface Open {
  left: number;
  readonly put: (value: YamlNode, key: string, at: Position) => void;
}

/** Takes a tree apart. */
export function* partsOf(root: YamlNode): Generator<TreePart> {
  let part: (string | number | boolean | null)[] = [];
  for (const fields of fieldsOf(root, "", root)) {
    part.push(...fields);
    if (part.length < NODES_PER_PART * FIELDS) continue;
    yield part;
    part = [];
  }
  yield part;
}

function* fieldsOf(node: YamlNode, key: string, keyAt: Position): Generator<TreePart> {
  const { kind, line, column } = node;
  const place = [line, column, key, keyAt.line, keyAt.column];
  if (kind === "scalar") {
    if (node.broken === undefined) return yield [kind, ...place, node.value, node.text];
    return yield [BROKEN, ...place, JSON.stringify(node.broken), node.text];
  }
  if (kind === "list") {
    yield [kind, ...place, node.items.length, ""];
    for (const item of node.items) yield* fieldsOf(item, "", item);
    return;
  }
  yield [kind, ...place, node.entries.length, ""];
  for (const entry of node.entries) yield* fieldsOf(entry.value, entry.key, entry);
}

/** Puts a tree together again. */
export class TreeBuilder {
  readonly #open: Open[] = [];
  #root: YamlNode | undefined;

  /** The whole tree, once its last part was taken. */
  get root(): YamlNode | undefined {
    return this.#open.length === 0 ? this.#root : undefined;
  }

  /** Takes the next part. */
  take(part: TreePart): void {
    for (let i = 0; i < part.length; i += FIELDS) {
      // Made by partsOf() alone, on the other side.
      const fields = part.slice(i, i + FIELDS) as unknown as [
        YamlNode["kind"] | typeof BROKEN,
        number,
        number,
        string,
        number,
        number,
        string | number | boolean | null,
        string,
      ];
      const [kind, line, column, key, keyLine, keyColumn, value, text] = fields;
      this.#put(kind, { line, column }, { key, at: { line: keyLine, column: keyColumn }, value, text });
    }
  }

  #put(
    kind: YamlNode["kind"] | typeof BROKEN,
    place: Position,
    { key, at, value, text }: {
      readonly key: string;
      readonly at: Position;
      readonly value: string | number | boolean | null;
      readonly text: string;
    },
  ): void {
    const items: YamlNode[] = [];
    const entries: YamlEntry[] = [];
    const node: YamlNode = kind === "scalar"
      ? { kind, value, text, ...place }
      : kind === BROKEN
      ? { kind: "scalar", value: text, text, ...place, broken: JSON.parse(value as string) as YamlProblem[] }
      : kind === "list"
      ? { kind, items, ...place }
      : { kind, entries, ...place };
    const into = this.#open.at(-1);
    if (into === undefined) this.#root = node;
    else {
      into.put(node, key, at);
      into.left -= 1;
    }
    if (kind === "list") this.#open.push({ left: Number(value), put: (item) => items.push(item) });
    if (kind === "map") {
      this.#open.push({ left: Number(value), put: (value, key, at) => entries.push({ key, value, ...at }) });
    }
    while (this.#open.at(-1)?.left === 0) this.#open.pop();
  }
}
