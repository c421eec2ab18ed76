/**
 * The command line of one command, read strictly against the option table. What a value means is for the settings to
 * judge.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { importLater } from "../import_later.ts";
import { flagNames, isFileOnly, loadOptions, shortOf } from "./command_options.ts";
import type { CommandName } from "./option.ts";
import type { NamedRow, OptionName } from "./options.ts";
import { quoted } from "../quote.ts";

/** Characters of a stray argument to repeat: it may be a token that was pasted in the wrong place. */
const MAX_STRAY = 16;

/** A command line in two parts. */
export interface CommandLine {
  /** What stands where the name of a command belongs. */
  readonly word: string | undefined;
  readonly rest: readonly string[];
}

/**
 * Parts a command from its flags. Another tool's command has two words, and kubeconfigs of EKS have a flag in front of
 * it: `--region eu-west-1 eks get-token`.
 *
 * @param isCommand whether two words are a command; anything counts as one of a single word
 */
export function splitAtCommand(args: readonly string[], isCommand: (name: string) => boolean): CommandLine {
  const isCommandAt = (index: number) => isCommand(`${args[index]} ${args[index + 1]}`);
  const isFlagFirst = args[0]?.startsWith("-") ?? false;
  const at = isFlagFirst ? args.findIndex((_, index) => isCommandAt(index)) : isCommandAt(0) ? 0 : -1;
  if (at < 0) return { word: args[0], rest: args.slice(1) };
  return { word: `${args[at]} ${args[at + 1]}`, rest: [...args.slice(0, at), ...args.slice(at + 2)] };
}

/** The texts that the command line gives to each option; more than one only for lists. */
export type Flags = ReadonlyMap<OptionName, readonly string[]>;

/**
 * Reads `--name value`, `--name=value`, `-n value`, `-n=value`, and for switches `--name` and `--no-name`.
 *
 * Trust: whoever starts the process chose the arguments.
 *
 * One argument may stand without a flag where a row of the command says so; several where the row is a list.
 *
 * @throws {UsageError} for a flag that the command does not have, one given twice, a missing value, or an argument that
 * belongs to no flag
 */
export async function parseFlags(command: CommandName, args: readonly string[]): Promise<Flags> {
  const known = (await loadOptions(command)).filter(([, row]) => !isFileOnly(row, command));
  const flags = new Map<OptionName, string[]>();
  const queue = [...args];
  for (let argument = queue.shift(); argument !== undefined; argument = queue.shift()) {
    if (argument === "--") {
      for (const rest of queue.splice(0)) setArgument(command, rest, known, flags);
      break;
    }
    if (argument === "-" || !argument.startsWith("-")) {
      setArgument(command, argument, known, flags);
      continue;
    }
    const [spelled, attached] = splitAtEquals(argument);
    const found = find(command, spelled, known);
    if (found === undefined) throw await unknownFlag(command, spelled, known);
    const { option: [name, row], negated } = found;
    if (flags.has(name) && row.type !== "list") {
      throw new UsageError(`Cannot use --${name} twice: it takes one value; keep one of them`);
    }
    const text = row.type === "boolean"
      ? switchText(spelled, attached, negated)
      : attached ?? valueAfter(spelled, queue);
    if (text === "") throw missingValue(spelled);
    flags.set(name, [...(flags.get(name) ?? []), text]);
  }
  return flags;
}

function setArgument(
  command: CommandName,
  argument: string,
  known: readonly NamedRow[],
  flags: Map<OptionName, string[]>,
): void {
  const option = known.find(([, row]) => row.positional?.includes(command));
  if (option === undefined || argument === "") throw stray(command, argument, "takes flags only; name the flag");
  const [name, row] = option;
  const texts = flags.get(name);
  if (texts !== undefined && row.type !== "list") {
    throw stray(command, argument, `has its "${name}" already; keep one of them`);
  }
  flags.set(name, [...(texts ?? []), argument]);
}

function splitAtEquals(argument: string): [spelled: string, attached: string | undefined] {
  const equals = argument.indexOf("=");
  return equals < 0 ? [argument, undefined] : [argument.slice(0, equals), argument.slice(equals + 1)];
}

function find(
  command: CommandName,
  spelled: string,
  known: readonly NamedRow[],
): { option: NamedRow; negated: boolean } | undefined {
  const option = known.find((row) =>
    spelled === `-${shortOf(row[1], command)}` || flagNames(row, command).some((name) => spelled === `--${name}`)
  );
  if (option !== undefined) return { option, negated: false };
  const switched = known.find(([name, row]) => row.type === "boolean" && spelled === `--no-${name}`);
  return switched === undefined ? undefined : { option: switched, negated: true };
}

function switchText(spelled: string, attached: string | undefined, negated: boolean): string {
  if (!negated) return attached ?? "true";
  if (attached === undefined) return "false";
  throw new UsageError(`Cannot give ${spelled} a value: it means "false" by itself; leave the value out`);
}

function valueAfter(spelled: string, queue: string[]): string {
  const [next] = queue;
  if (next === undefined || (next.startsWith("-") && next !== "-")) throw missingValue(spelled);
  return queue.shift()!;
}

function missingValue(spelled: string): UsageError {
  const example = spelled.startsWith("--") ? `${spelled}=VALUE` : `${spelled} VALUE`;
  return new UsageError(`Cannot use ${spelled} without a value: write it as ${example}`);
}

function stray(command: CommandName, argument: string, why: string): UsageError {
  const start = argument.length > MAX_STRAY ? `${argument.slice(0, MAX_STRAY)}…` : argument;
  return new UsageError(`Cannot use argument ${quoted(start)}: ram-auth ${command} ${why}`);
}

async function unknownFlag(command: CommandName, spelled: string, known: readonly NamedRow[]): Promise<UsageError> {
  const { nearest } = await importLater<typeof import("../nearest.ts")>("../nearest.ts", import.meta.url);
  const meant = nearest(spelled, known.flatMap((row) => flagNames(row, command)).map((name) => `--${name}`));
  const advice = meant === undefined ? "check its name" : `did you mean ${meant}?`;
  return new UsageError(`Cannot use flag ${quoted(spelled)}: ram-auth ${command} has no such flag; ${advice}`);
}
