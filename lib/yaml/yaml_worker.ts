/**
 * A thread that reads one text with the `yaml` package, and hands over what came of it part by part, as it is asked.
 *
 * @module
 */

import { parseAnyEntries } from "./entries.ts";
import { parseAnyYaml, YamlError, type YamlProblem } from "./read.ts";
import { partsOf, type TreePart } from "./tree_parts.ts";

/** What the thread is asked: first the text, and whether to read it entry by entry if need be; then for part after part. */
export type WorkerQuestion = { readonly text: string; readonly byEntries: boolean } | "next";

/** What it answers: a part, whether it was the last, or what is wrong with the text, of which there may be a lot. */
export type WorkerAnswer =
  | { readonly part: TreePart; readonly isLast: boolean }
  | { readonly problems: readonly YamlProblem[]; readonly count: number };

/** Most problems that are handed over. */
const MAX_PROBLEMS = 100;

/** The thread, as far as it is used here. */
interface Thread {
  onmessage: ((event: MessageEvent<WorkerQuestion>) => void) | null;
  postMessage(answer: WorkerAnswer): void;
}

// Each error of the package would keep its stack, which nobody reads.
Error.stackTraceLimit = 0;

const thread = globalThis as unknown as Thread;
let parts: Iterator<TreePart> | undefined;
let next: IteratorResult<TreePart> | undefined;

thread.onmessage = ({ data }) => {
  try {
    if (data !== "next") {
      parts = partsOf(data.byEntries ? parseAnyEntries(data.text) : parseAnyYaml(data.text));
      next = parts.next();
    }
    const part = next!.value as TreePart;
    next = parts!.next();
    thread.postMessage({ part, isLast: next.done === true });
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    thread.postMessage({ problems: error.problems.slice(0, MAX_PROBLEMS), count: error.problems.length });
  }
};
