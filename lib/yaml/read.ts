/**
 * YAML as operators write it, read into a small tree that keeps where each value stood and how it was written. Has the
 * caps against hostile files.
 *
 * @module
 */

import {
  type Alias,
  Composer,
  type CST,
  Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  Scalar,
  visit,
  type YAMLError,
  type YAMLMap,
  YAMLParseError,
} from "yaml";
import { atOnce } from "../steps.ts";
import { isPrintable, printableYaml } from "../quote.ts";
import {
  MAX_DEPTH,
  MAX_NODES,
  type Position,
  type YamlEntry,
  YamlError,
  type YamlNode,
  type YamlProblem,
} from "./node.ts";
import { diagnose, MARKS } from "./diagnosis.ts";
import { TOO_DEEP, TWICE } from "./fault_words.ts";
import { isOddSpace } from "./slips.ts";
import { assertUnusual, readingUsualYaml } from "./usual_yaml.ts";

export { type Position, type YamlEntry, YamlError, type YamlNode, type YamlProblem } from "./node.ts";

/** Most pieces of a text that the package is given: words, marks, spaces, line ends. It takes up to 600 bytes for each. */
const MAX_LEXEMES = 1_000_000;

const TOO_MANY = `It has more than ${MAX_LEXEMES} words and marks; make the text smaller`;

/** Most values that may be open at a time; each takes the package some of the stack. */
const MAX_OPEN = 1_000;

/**
 * Reads one YAML document (JSON is YAML too).
 *
 * Duplicate keys, custom tags and keys that are not plain text are refused: each is a way for one file to mean two
 * things. Aliases are written out, up to a cap. An empty document is a scalar `null`.
 *
 * A text of more than {@linkcode MAX_UNUSUAL_CHARS} must be written as {@linkcode readingUsualYaml} reads it.
 *
 * @throws {YamlError} with every problem and its position
 */
export function parseYaml(text: string): YamlNode {
  try {
    return atOnce(readingUsualYaml(text));
  } catch (unusual) {
    assertUnusual(unusual, text);
    return parseAnyYaml(text);
  }
}

/** Reads any YAML, as {@linkcode parseYaml}, by the package alone. */
export function parseAnyYaml(text: string): YamlNode {
  const lines = new LineCounter();
  const document = documentOf(text, lines);
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) throw new YamlError(diagnose(text, faults, lines));
  const reader = new TreeReader(text, document, lines);
  const root = document.contents === null ? emptyScalar({ line: 1, column: 1 }) : reader.read(document.contents, 1);
  const problems = [...reader.problems, ...diagnose(text, reader.faults, lines)];
  if (problems.length > 0) throw new YamlError(problems.sort((a, b) => a.line - b.line || a.column - b.column));
  return root;
}

/** As the package's `parseDocument`, but within bounds: a Worker that runs out of memory would end the process. */
function documentOf(text: string, lines: LineCounter): Document.Parsed {
  // The package compares each key with each other one of its map; the tree's reader looks them up.
  const composer = new Composer({ uniqueKeys: false, version: "1.2" });
  const [first, second] = composer.compose(tokensOf(text, lines), true, text.length);
  if (second !== undefined) {
    const [start, end] = second.range;
    first!.errors.push(new YAMLParseError([start, end], "MULTIPLE_DOCS", ""));
  }
  return first!;
}

function* tokensOf(text: string, lines: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  let offset = 0;
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    lexemes += 1;
    if (!MARKS.has(lexeme)) offset += lexeme.length;
    const message = lexemes > MAX_LEXEMES ? TOO_MANY : parser.stack.length > MAX_OPEN ? TOO_DEEP : undefined;
    if (message !== undefined) throw new YamlError([{ ...position(lines, offset), message }]);
  }
  yield* parser.end();
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
  readonly #text: string;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly problems: YamlProblem[] = [];
  /** Keys that are no text: mostly, a placeholder without quotes. */
  readonly faults: Pick<YAMLError, "code" | "message" | "pos">[] = [];
  #targets: ReadonlyMap<Alias, Node> | undefined;

  constructor(text: string, document: Document.Parsed, lines: LineCounter) {
    this.#text = text;
    this.#document = document;
    this.#lines = lines;
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
      this.#assertIndented(node);
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
        if (names.has(name)) this.#refuse(at, TWICE);
        names.add(name);
        this.#assertIndented(key);
        const child = value === null ? emptyScalar(at) : this.read(value as Node, depth + 1);
        entries.push({ key: name, value: child, ...at });
      } else {
        const [start, end] = (key as Node).range ?? [0, 0];
        this.faults.push({ code: "NON_STRING_KEY", message: "", pos: [start, end] });
      }
    }
    return entries;
  }

  /** To YAML a no-break space is a letter: it would be part of the key, or make a text of a list. */
  #assertIndented({ range }: Scalar): void {
    const start = range?.[0] ?? 0;
    if (!isOddSpace(this.#text[start] ?? "")) return;
    if (/[^ ]/.test(this.#text.slice(this.#text.lastIndexOf("\n", start - 1) + 1, start))) return;
    this.faults.push({ code: "TAB_AS_INDENT", message: "", pos: [start, start + 1] });
  }

  #refuse(at: Position, message: string): YamlNode {
    this.problems.push({ ...at, message });
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
