/**
 * YAML read while the thread has more important things to do: in slices of a few milliseconds, or on a thread of its own
 * where the package has to read it, which knows no pauses (ADR 29).
 *
 * @module
 */

import { importLater } from "../import_later.ts";
import { atOnce, inSlices } from "../steps.ts";
import { YamlError, type YamlNode } from "./node.ts";
import { TreeBuilder } from "./tree_parts.ts";
import { assertUnusual, readingUsualYaml } from "./usual_yaml.ts";
import type { WorkerAnswer, WorkerQuestion } from "./yaml_worker.ts";

/** Longest text that the package reads at once, in UTF-16 code units: it takes up to some 5 µs for each. */
const MAX_AT_ONCE = 2_048;

/** The package asks for these at each token: they would show it on standard output. Nothing else is allowed. */
const PERMISSIONS: Deno.PermissionOptionsObject = { env: ["LOG_TOKENS", "LOG_STREAM"] };

/** The package's reader, once it is loaded on this thread: that alone would hold up the thread for longer than any text. */
let anyYaml: typeof import("./any_yaml.ts") | undefined;

let last: Promise<unknown> = Promise.resolve();

/**
 * As `parseYaml`, whose package is loaded only where the text is unusual.
 *
 * @throws {YamlError} with every problem and its position
 */
export async function readYamlAtOnce(text: string): Promise<YamlNode> {
  try {
    return atOnce(readingUsualYaml(text));
  } catch (unusual) {
    assertUnusual(unusual, text);
    anyYaml ??= await importLater<typeof import("./any_yaml.ts")>("./any_yaml.ts", import.meta.url);
    return anyYaml.parseAnyYaml(text);
  }
}

/**
 * As `parseYaml`, without holding up the thread.
 *
 * @throws {YamlError} with the problems and their positions: the first 100, and how many there are
 */
export function readYaml(text: string): Promise<YamlNode> {
  return read(text, false);
}

/**
 * As `parseEntries`, without holding up the thread.
 *
 * @throws {YamlError} as {@linkcode readYaml} does
 */
export function readEntries(text: string): Promise<YamlNode> {
  return read(text, true);
}

async function read(text: string, byEntries: boolean): Promise<YamlNode> {
  try {
    return await inSlices(readingUsualYaml(text));
  } catch (unusual) {
    assertUnusual(unusual, text);
  }
  if (anyYaml !== undefined && text.length <= MAX_AT_ONCE) {
    try {
      return anyYaml.parseAnyYaml(text);
    } catch (error) {
      // Each entry is a text of its own to the package: of 2 KiB there may be hundreds.
      if (!byEntries) throw error;
    }
  }
  // One at a time: each takes a core and some memory.
  const own = last.then(() => readInThread({ text, byEntries }));
  last = own.catch(() => {});
  return await own;
}

async function readInThread(question: WorkerQuestion): Promise<YamlNode> {
  const worker = new Worker(new URL("./yaml_worker.ts", import.meta.url), {
    type: "module",
    name: "yaml",
    deno: { permissions: PERMISSIONS },
  });
  try {
    const ask = (question: WorkerQuestion) =>
      new Promise<WorkerAnswer>((resolve, reject) => {
        worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => resolve(data);
        worker.onerror = (event) => {
          event.preventDefault();
          reject(unreadable());
        };
        worker.postMessage(question);
      });
    return await readWith(ask, question);
  } finally {
    worker.terminate();
  }
}

async function readWith(
  ask: (question: WorkerQuestion) => Promise<WorkerAnswer>,
  first: WorkerQuestion,
): Promise<YamlNode> {
  const builder = new TreeBuilder();
  for (let answer = await ask(first);; answer = await ask("next")) {
    if ("problems" in answer) throw new YamlError(answer.problems, answer.count);
    builder.take(answer.part);
    if (answer.isLast) return builder.root!;
    // Messages that are there already are delivered without a pause.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** The thread came to an end, with words of the runtime. */
function unreadable(): YamlError {
  const message = "This YAML takes more memory than there is; make the text smaller, or write it as JSON";
  return new YamlError([{ line: 1, column: 1, message }]);
}
