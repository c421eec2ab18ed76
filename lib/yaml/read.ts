/**
 * YAML as operators write it, read into a small tree that keeps where each value stood and how it was written. Has the
 * caps against hostile files.
 *
 * @module
 */

import {
  type Alias,
  Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
  visit,
  type YAMLMap,
} from "yaml";
import { RamAuthError } from "../errors.ts";
import { isPrintable, printableYaml } from "../quote.ts";

/** Deepest nesting of lists and maps; what we read needs 5. */
const MAX_DEPTH = 32;

const TOO_DEEP = `It is nested deeper than ${MAX_DEPTH} levels`;

/** Most values in one file, aliases written out: 100,000 mappings fit, a "billion laughs" bomb does not. */
const MAX_NODES = 1_000_000;

/** Most problems in the message of an error; `problems` has them all. */
const MAX_TOLD_PROBLEMS = 20;

/** Where a value is in its file, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * One value of a YAML file.
 *
 * A scalar keeps its `text` beside its value, because `012345678901` is an account to the person who wrote it and an
 * octal number to YAML 1.1.
 */
export type YamlNode =
  & Position
  & (
    | { readonly kind: "scalar"; readonly value: string | number | boolean | null; readonly text: string }
    | { readonly kind: "list"; readonly items: readonly YamlNode[] }
    | { readonly kind: "map"; readonly entries: readonly YamlEntry[] }
  );

/** One key of a map and its value; the position is the key's. */
export interface YamlEntry extends Position {
  readonly key: string;
  readonly value: YamlNode;
}

/** One thing that is wrong in a YAML file, and where. */
export interface YamlProblem extends Position {
  readonly message: string;
}

/** The text is not YAML, or YAML that ram-auth does not read. Holds every problem found, not only the first. */
export class YamlError extends RamAuthError {
  readonly code = "ERR_YAML";
  readonly problems: readonly YamlProblem[];

  constructor(problems: readonly YamlProblem[]) {
    const told = problems.slice(0, MAX_TOLD_PROBLEMS).map(({ line, column, message }) =>
      `${line}:${column}: ${message}`
    );
    const more = problems.length - told.length;
    super([...told, ...(more > 0 ? [`and ${more} more`] : [])].join("; "));
    this.problems = problems;
  }
}

/**
 * Reads one YAML document (JSON is YAML too).
 *
 * Duplicate keys, custom tags and keys that are not plain text are refused: each is a way for one file to mean two
 * things. Aliases are written out, up to a cap. An empty document is a scalar `null`.
 *
 * @throws {YamlError} with every problem and its position
 */
export function parseYaml(text: string): YamlNode {
  const lines = new LineCounter();
  // The package compares each key with each other one of its map; the tree's reader looks them up.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false, version: "1.2" });
  const problems = problemsOf(document, lines);
  if (problems.length > 0) throw new YamlError(problems);
  const reader = new TreeReader(document, lines, problems);
  const root = document.contents === null ? emptyScalar({ line: 1, column: 1 }) : reader.read(document.contents, 1);
  if (problems.length > 0) throw new YamlError(problems);
  return root;
}

function problemsOf({ errors, warnings }: Document.Parsed, lines: LineCounter): YamlProblem[] {
  const tooDeep = errors.find(({ code }) => code === "RESOURCE_EXHAUSTION");
  if (tooDeep !== undefined) return [{ ...position(lines, tooDeep.pos[0]), message: TOO_DEEP }];
  return [...errors, ...warnings].map(({ pos, message }) => ({ ...position(lines, pos[0]), message }));
}

/**
 * Writes a value that JSON could hold. Texts that YAML 1.1 takes for something else, as `yes` is, get quotes; so do those
 * with characters that a terminal might obey, which are written with YAML's own escapes.
 */
export function writeYaml(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false, compat: "yaml-1.1" });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === "string" && !isPrintable(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return printableYaml(document.toString({ lineWidth: 0 }));
}

/** Turns the package's nodes into ours; what it cannot read becomes a problem and an empty value. */
class TreeReader {
  #nodes = 0;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #problems: YamlProblem[];
  #targets: ReadonlyMap<Alias, Node> | undefined;

  constructor(document: Document.Parsed, lines: LineCounter, problems: YamlProblem[]) {
    this.#document = document;
    this.#lines = lines;
    this.#problems = problems;
  }

  read(node: Node, depth: number): YamlNode {
    const at = position(this.#lines, node.range?.[0] ?? 0);
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) {
      return this.#nodes === MAX_NODES + 1
        ? this.#refuse(at, `It holds more than ${MAX_NODES} values, aliases written out`)
        : emptyScalar(at);
    }
    if (depth > MAX_DEPTH) return this.#refuse(at, TOO_DEEP);
    if (isAlias(node)) {
      this.#targets ??= targetsOf(this.#document);
      const target = this.#targets.get(node);
      return target === undefined
        ? this.#refuse(at, `Nothing is anchored as "&${node.source}"`)
        : this.read(target, depth + 1);
    }
    if (isSeq(node)) {
      return { kind: "list", items: node.items.map((item) => this.read(item as Node, depth + 1)), ...at };
    }
    if (isMap(node)) return { kind: "map", entries: this.#readEntries(node, depth), ...at };
    if (isScalar(node) && isPlain(node.value)) {
      return { kind: "scalar", value: node.value, text: node.source ?? String(node.value ?? ""), ...at };
    }
    return this.#refuse(at, "Only text, numbers, true, false and null are read here");
  }

  #readEntries(map: YAMLMap, depth: number): YamlEntry[] {
    const entries: YamlEntry[] = [];
    const names = new Set<string>();
    for (const { key, value } of map.items) {
      const at = position(this.#lines, (key as Node).range?.[0] ?? 0);
      if (isScalar(key) && isPlain(key.value) && key.value !== null) {
        const name = key.source ?? String(key.value);
        if (names.has(name)) this.#refuse(at, "This key comes twice in its map; keep one of them");
        names.add(name);
        const child = value === null ? emptyScalar(at) : this.read(value as Node, depth + 1);
        entries.push({ key: name, value: child, ...at });
      } else {
        this.#refuse(at, "A key must be plain text");
      }
    }
    return entries;
  }

  #refuse(at: Position, message: string): YamlNode {
    this.#problems.push({ ...at, message });
    return emptyScalar(at);
  }
}

/** What each alias stands for: the last value before it that has its anchor. One walk, however many there are. */
function targetsOf(document: Document.Parsed): ReadonlyMap<Alias, Node> {
  const anchored = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node(_, node) {
      if (!isAlias(node)) return void (node.anchor && anchored.set(node.anchor, node));
      const target = anchored.get(node.source);
      if (target !== undefined) targets.set(node, target);
    },
  });
  return targets;
}

function isPlain(value: unknown): value is string | number | boolean | null {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

function emptyScalar(at: Position): YamlNode {
  return { kind: "scalar", value: null, text: "", ...at };
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
