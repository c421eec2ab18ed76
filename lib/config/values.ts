/**
 * The text of one option becomes its value.
 *
 * @module
 */

import { quoted } from "../quote.ts";
import { Secret } from "../secret.ts";
import type { ChoiceRow, ListRow, OptionRow, Sourced, StructureRow } from "./option.ts";

/** A value, or what is wrong with the text and what to give in its place. */
export type Reading = Pick<Sourced, "value" | "respelled"> | { readonly refusal: string };

/** Rows whose values can be written as text. */
export type TextualRow = Exclude<OptionRow, StructureRow>;

/**
 * Reads the value of an option. `parts` are the items of a list, and one text for every other type.
 *
 * Trust: whoever starts the process or writes its config file chose the text.
 */
export function readValue(row: TextualRow, parts: readonly string[]): Reading {
  const text = parts[0] ?? "";
  switch (row.type) {
    case "text":
      return { value: row.isHost ? text.replace(/^\[(.*:.*)\]$/, "$1") : text };
    case "secret":
      return { value: new Secret(text) };
    case "integer": {
      const number = /^(0|[1-9]\d*)$/.test(text) ? Number(text) : NaN;
      return number >= row.min && number <= row.max ? { value: number } : { refusal: `give ${wanted(row)}` };
    }
    case "boolean": {
      const value = SWITCHES.get(text.toLowerCase());
      return value === undefined ? { refusal: `give ${wanted(row)}` } : { value };
    }
    case "choice":
      return readChoice(row, row.choices, text);
    case "list":
      return readList(row, parts);
  }
}

/** `1` and `0` because people write them in the environment, and the other tools take them. */
const SWITCHES: ReadonlyMap<string, boolean> = new Map([["true", true], ["1", true], ["false", false], ["0", false]]);

function readChoice(row: ChoiceRow | ListRow, choices: readonly string[], text: string): Reading {
  const lower = text.toLowerCase();
  const meant = row.spellings?.[lower]?.toLowerCase() ?? lower;
  const value = choices.find((choice) => choice.toLowerCase() === meant);
  if (value !== undefined) return { value };
  return { refusal: `give ${wanted(row)}` };
}

function readList(row: ListRow, parts: readonly string[]): Reading {
  if (parts.includes("")) return { refusal: "an item is empty; take the extra comma out" };
  if (row.choices === undefined) return { value: parts };
  if (parts.length === 0) return { refusal: `it is empty; give ${wanted(row)}` };
  const values: string[] = [];
  const respelled: string[] = [];
  for (const part of parts) {
    const item = readChoice(row, row.choices, part);
    if ("refusal" in item) return item;
    const value = String(item.value);
    if (values.includes(value)) return { refusal: `${quoted(value)} is named twice; name it once` };
    values.push(value);
    if (value.toLowerCase() !== part.toLowerCase()) respelled.push(value);
  }
  return respelled.length === 0 ? { value: values } : { value: values, respelled };
}

/** The items of a text. */
export function splitList(text: string, { separator = /,/ }: Pick<ListRow, "separator"> = {}): string[] {
  return text.split(separator).map((item) => item.trim());
}

/** What an option takes, in words: `a whole number from 0 to 65535`. */
export function wanted(row: OptionRow): string {
  switch (row.type) {
    case "text":
    case "secret":
      return "text";
    case "integer":
      return `a whole number from ${row.min} to ${row.max}${row.unit === undefined ? "" : ` (${row.unit})`}`;
    case "boolean":
      return "true or false";
    case "choice":
      return row.choices.length === 1 ? `"${row.choices[0]}"` : `one of ${row.choices.join(", ")}`;
    case "list":
      return row.choices === undefined ? "a list" : `a list of ${row.choices.join(", ")}`;
    case "structure":
      return "a list in the config file";
  }
}
