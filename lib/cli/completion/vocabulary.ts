/**
 * What can be typed after `ram-auth`, for the shells to complete: made from the tables of commands and options.
 *
 * @module
 */

import { flagNames, isFileOnly, isIgnored, optionsOf, shortOf } from "../../config/command_options.ts";
import type { CommandName, OptionRow } from "../../config/option.ts";
import { type NamedRow, OPTION_ROWS } from "../../config/options.ts";
import { COMMAND_HELP } from "../command_help.ts";

/** What a flag or an argument takes. */
export type Taken =
  | { readonly kind: "nothing" | "text" | "file" | "folder" }
  | { readonly kind: "choice"; readonly values: readonly string[]; readonly isList: boolean };

/** A flag, in every spelling. */
export interface Flag {
  /** With their dashes. */
  readonly names: readonly string[];
  /** A few words. */
  readonly help: string;
  readonly takes: Taken;
}

/** A command and what may follow it. */
export interface Command {
  /** One word or two. */
  readonly words: readonly string[];
  readonly help: string;
  readonly flags: readonly Flag[];
  /** What it takes without a flag. */
  readonly argument: Taken;
}

/** The commands, in the order of the overview. */
export function commands(): readonly Command[] {
  return Object.entries(COMMAND_HELP).map(([name, { summary }]) => {
    const command = name as CommandName;
    const options = optionsOf(command, OPTION_ROWS).filter(([, row]) =>
      !isFileOnly(row, command) && !isIgnored(row, command)
    );
    const argument = options.find(([, row]) => row.positional?.includes(command));
    return {
      words: name.split(" "),
      help: summary,
      flags: options.map((option) => flagOf(option, command)),
      argument: argument === undefined ? { kind: "nothing" } : takenBy(argument[1]),
    };
  });
}

/** The words that may come first, and what each is, in order: commands, and the first words of commands of two. */
export function firstWords(): readonly { readonly word: string; readonly help: string }[] {
  const words = new Map<string, string>();
  for (const { words: [first = "", second], help } of commands()) {
    words.set(first, second === undefined ? help : secondWords(first).map(({ word }) => word).join(", "));
  }
  return [...[...words].map(([word, help]) => ({ word, help })), { word: "help", help: "Show help" }];
}

/** The words that may follow a first one; none where that is a command by itself. */
export function secondWords(first: string): readonly { readonly word: string; readonly help: string }[] {
  return commands().flatMap(({ words: [one, word], help }) =>
    one === first && word !== undefined ? [{ word, help }] : []
  );
}

function flagOf(option: NamedRow, command: CommandName): Flag {
  const [, row] = option;
  const short = shortOf(row, command);
  const long = flagNames(option, command);
  const names = row.type === "boolean" && row.default
    ? long.flatMap((name) => [`--${name}`, `--no-${name}`])
    : long.map((name) => `--${name}`);
  return {
    names: [...names, ...(short === undefined ? [] : [`-${short}`])],
    help: briefly(row.help),
    takes: takenBy(row),
  };
}

function takenBy(row: OptionRow): Taken {
  if (row.type === "boolean") return { kind: "nothing" };
  if ("choices" in row && row.choices !== undefined) {
    return { kind: "choice", values: row.choices, isList: row.type === "list" };
  }
  switch (row.placeholder) {
    case "file":
    case "file,...":
      return { kind: "file" };
    case "directory":
      return { kind: "folder" };
    default:
      return { kind: "text" };
  }
}

/** The sentence up to its first aside. */
function briefly(help: string): string {
  return help.replace(/(?:[;:]| \().*$/s, "");
}
