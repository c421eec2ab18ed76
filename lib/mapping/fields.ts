/**
 * The keys of one entry, read in any case: `roleARN`, `rolearn`.
 *
 * @module
 */

import { foldAsciiCase } from "../identity/ascii_case.ts";
import type { Position, YamlNode } from "../yaml/read.ts";
import { nearest } from "../nearest.ts";
import { quoted } from "../quote.ts";

/** Most wrong keys of one map that are looked at one by one. */
const MAX_FAULTS = 100;

/** Each table of names is asked for once for each entry, of which there may be 100,000. */
const FOLDED = new WeakMap<readonly string[], readonly string[]>();

/** A wrong key, in words that follow a colon. */
export interface FieldFault {
  readonly at: Position;
  readonly why: string;
}

/**
 * Reads the keys of a map into the spelling of `known`.
 *
 * A key that nobody knows and a key that comes twice, also where the two differ by case, are faults: skipping either
 * would put a rule in force that says less than what was written, such as one without its `userid`.
 */
export function readFields<Known extends string>(
  node: YamlNode & { readonly kind: "map" },
  known: readonly Known[],
): { readonly fields: ReadonlyMap<Known, YamlNode>; readonly faults: readonly FieldFault[] } {
  const fields = new Map<Known, YamlNode>();
  const faults: FieldFault[] = [];
  const folded = foldedNames(known);
  let more = 0;
  for (const { key, value, line, column } of node.entries) {
    const at = { line, column };
    const name = known[folded.indexOf(foldAsciiCase(key))];
    if (faults.length >= MAX_FAULTS && (name === undefined || fields.has(name))) {
      more += 1;
    } else if (name === undefined) {
      const meant = nearest(key, known);
      const advice = meant === undefined ? `known are ${known.join(", ")}` : `did you mean "${meant}"?`;
      faults.push({ at, why: `nothing is known as ${quoted(key)} here; ${advice}` });
    } else if (fields.has(name)) {
      faults.push({ at, why: `"${name}" comes twice; keep one of them` });
    } else {
      fields.set(name, value);
    }
  }
  if (more > 0) faults.push({ at: faults.at(-1)!.at, why: `${more} more of its keys are not known, or come twice` });
  return { fields, faults };
}

/** The names in small letters. */
function foldedNames(known: readonly string[]): readonly string[] {
  let folded = FOLDED.get(known);
  if (folded === undefined) FOLDED.set(known, folded = known.map(foldAsciiCase));
  return folded;
}

/** What a value is, in words that follow "it is": for saying what was found where something else belongs. */
export function kindOf(node: YamlNode): string {
  if (node.kind !== "scalar") return `a ${node.kind}`;
  if (node.value === null) return "empty";
  if (typeof node.value === "boolean") return "true or false";
  return typeof node.value === "number" ? "a number" : "a text";
}
