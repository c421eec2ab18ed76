/**
 * The config file: YAML with the other tools' keys, in any case. Finds everything that is wrong with it in one go.
 *
 * @module
 */

import { RamAuthError } from "../errors.ts";
import { readTextAndHash, readTextFile } from "../files.ts";
import type { World } from "../world.ts";
import { type Position, type YamlEntry, YamlError, type YamlNode, type YamlProblem } from "../yaml/node.ts";
import { readYaml, readYamlAtOnce } from "../yaml/read_aside.ts";
import { valueAt } from "../yaml/access.ts";
import { DESCRIBED } from "../yaml/slips.ts";
import { isSection, placeOfKey, rowAt, siblingKeys } from "./keys.ts";
import { nearest } from "../nearest.ts";
import type { OptionRow, Sourced } from "./option.ts";
import type { OptionName } from "./options.ts";
import { type Reading, readValue, splitList, wanted } from "./values.ts";
import { printable, quoted } from "../quote.ts";

/** Keys with which `kubectl describe` begins. */
const DESCRIBED_KEYS = ["Name", "Labels", "Annotations"];

/** Largest config file in bytes: 8 MiB, room for 50,000 mappings. */
export const MAX_CONFIG_BYTES = 8 * 1024 * 1024;

/** Most problems to list: enough to correct a file in one go, and no flood from one that is something else. */
const MAX_LISTED_PROBLEMS = 20;

/** A config file can be read, but not used. The message lists the problems as `path:line:column: what`. */
export class ConfigError extends RamAuthError {
  readonly code = "ERR_CONFIG";
  readonly path: string;

  constructor(path: string, problems: readonly YamlProblem[], options: { cause?: unknown } = {}) {
    const listed = problems.slice(0, MAX_LISTED_PROBLEMS).map(({ line, column, message }) =>
      `\n  ${printable(`${path}:${line}:${column}: ${message}`)}`
    );
    const more = problems.length - listed.length;
    if (more > 0) listed.push(`\n  and ${more} more`);
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`Cannot use the config file "${printable(path)}": ${count} to correct${listed.join("")}`, options);
    this.path = path;
  }
}

/**
 * Reads a config file into the values of options. A key without a value, or with an empty text, counts as unset.
 *
 * Trust: the operator wrote the file.
 *
 * @param options `isAside`: whether other work goes on meanwhile, so that nothing may wait, default: no; `onRead`: takes
 * the hash of its bytes, whatever they hold
 * @throws {FileError} if it cannot be read, is larger than {@linkcode MAX_CONFIG_BYTES}, or is not UTF-8
 * @throws {ConfigError} with every problem: YAML, unknown keys, keys given twice, values of the wrong type
 */
export async function readConfigFile(
  world: World,
  path: string,
  { isAside = false, onRead = () => {} }: {
    readonly isAside?: boolean;
    readonly onRead?: (hash: string) => void;
  } = {},
): Promise<ReadonlyMap<OptionName, Sourced>> {
  const { text, hash } = await readTextAndHash(world, path, {
    what: "the config file",
    maxBytes: MAX_CONFIG_BYTES,
    onlyRegular: isAside,
  });
  onRead(hash);
  const content = text();
  try {
    return configValues(path, await (isAside ? readYaml : readYamlAtOnce)(content));
  } catch (cause) {
    throw namingFile(path, cause);
  }
}

/** The same as far as it can be read: nothing of a file that is missing or is not YAML. */
export async function readUsableConfig(world: World, path: string): Promise<ConfigReading["values"]> {
  try {
    const text = await readTextFile(world, path, { what: "the config file", maxBytes: MAX_CONFIG_BYTES });
    return inspectConfig(path, await readYamlAtOnce(text)).values;
  } catch (cause) {
    if (!(cause instanceof RamAuthError)) throw cause;
    return new Map();
  }
}

/** The values of a config file's tree. @throws {ConfigError} with every problem */
export function configValues(path: string, root: YamlNode): ConfigReading["values"] {
  const { values, problems } = inspectConfig(path, root);
  if (problems.length > 0) throw new ConfigError(path, problems);
  return values;
}

/** What `read` yields. @throws {ConfigError} with the file's path where it throws a `YamlError` */
export function inFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw namingFile(path, cause);
  }
}

/** What a config file says, as far as it can be read, and everything that is wrong with its keys and their values. */
export interface ConfigReading {
  readonly values: ReadonlyMap<OptionName, Sourced>;
  readonly problems: readonly YamlProblem[];
}

/** Reads the tree of a config file. `path` is for the origins of the values. */
export function inspectConfig(path: string, root: YamlNode): ConfigReading {
  const reader = new ConfigReader(path);
  reader.readSection(root, "");
  return reader;
}

function namingFile(path: string, cause: unknown): unknown {
  return cause instanceof YamlError ? new ConfigError(path, cause.problems, { cause }) : cause;
}

/** Walks the tree once and collects values and problems. A section is named by its keys with dots: `server.sts`. */
class ConfigReader {
  readonly values = new Map<OptionName, Sourced>();
  readonly problems: YamlProblem[] = [];
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  readSection(node: YamlNode, section: string): void {
    if (isEmpty(node)) return;
    if (section === "" && DESCRIBED_KEYS.every((key) => valueAt(node, key) !== undefined)) {
      return this.#refuse(node, DESCRIBED);
    }
    if (node.kind !== "map") {
      const what = section === "" ? "the file" : `"${section}"`;
      const keys = siblingKeys(section).slice(0, 2).map((key) => `"${key}"`).join(" and ");
      return this.#refuse(node, `${what} must hold keys such as ${keys}, not ${describe(node)}`);
    }
    const seen = new Map<string, YamlEntry>();
    for (const entry of node.entries) {
      const twin = seen.get(entry.key.toLowerCase());
      if (twin !== undefined) {
        const where = `line ${twin.line} has it as ${quoted(twin.key)}`;
        this.#refuse(entry, `key ${quoted(entry.key)} is given twice: ${where}; keep one of them`);
        continue;
      }
      seen.set(entry.key.toLowerCase(), entry);
      this.#readEntry(entry, section);
    }
  }

  #readEntry(entry: YamlEntry, section: string): void {
    if (isSection(section, entry.key)) {
      const name = section === "" ? entry.key : `${section}.${entry.key}`;
      return this.readSection(entry.value, name);
    }
    const option = rowAt(section, entry.key);
    if (option === undefined) return this.#refuse(entry, this.#unknown(entry.key, section));
    if (isEmpty(entry.value)) return;
    const [name, row] = option;
    const reading = readNode(row, entry.value);
    if ("value" in reading) {
      const origin = `${this.#path}:${entry.line}:${entry.column}`;
      this.values.set(name, {
        ...reading,
        setBy: "file",
        origin,
        at: { line: entry.line, column: entry.column },
      });
    } else this.#refuse(entry.value, `cannot use ${describe(entry.value)} for "${row.yaml}": ${reading.refusal}`);
  }

  #unknown(key: string, section: string): string {
    if (this.problems.length >= MAX_LISTED_PROBLEMS) return "unknown key";
    const place = placeOfKey(key);
    if (place !== undefined) {
      const where = place.section === "" ? "at the top level" : `under "${place.section}"`;
      return `unknown key ${quoted(key)} here; "${place.key}" belongs ${where}`;
    }
    const meant = nearest(key, siblingKeys(section));
    return `unknown key ${quoted(key)}; ${meant === undefined ? "check its name" : `did you mean "${meant}"?`}`;
  }

  #refuse({ line, column }: Position, message: string): void {
    this.problems.push({ line, column, message });
  }
}

function readNode(row: OptionRow, node: YamlNode): Reading {
  if (row.type === "structure") return { value: node };
  if (node.kind === "scalar") return readValue(row, row.type === "list" ? splitList(node.text, row) : [node.text]);
  if (row.type !== "list" || node.kind === "map") return { refusal: `give ${wanted(row)}` };
  const items: string[] = [];
  for (const item of node.items) {
    if (item.kind !== "scalar") return { refusal: `line ${item.line} holds ${describe(item)}; give plain text` };
    items.push(item.text);
  }
  return readValue(row, items);
}

function isEmpty(node: YamlNode): boolean {
  return node.kind === "scalar" && (node.value === null || node.value === "");
}

function describe(node: YamlNode): string {
  return node.kind === "scalar" ? quoted(node.text) : `a ${node.kind}`;
}
