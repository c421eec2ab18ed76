/**
 * What options are to one command: which of them it takes, what they are called there, and which variables set them. On
 * the start-up path of `token`, so that a login loads the rows of logins alone, and any other command the whole table.
 *
 * @module
 */

import { importLater } from "../import_later.ts";
import type { CommandName, OptionRow, OptionValue } from "./option.ts";
import type { NamedRow } from "./options.ts";
import { GENERAL_ROWS, LOGIN_ROWS, MINTING, PLUGIN, SHARED_ROWS } from "./rows/login.ts";

/** The options that a command takes, those it ignores among them, in the order of the table. */
export async function loadOptions(command: CommandName): Promise<readonly NamedRow[]> {
  return optionsOf(command, isLogin(command) ? LOGIN_TABLE : await wholeTable());
}

/** What commands that print a token take is here; a test compares it with the whole table. */
const LOGIN_TABLE = Object.entries({ ...GENERAL_ROWS, ...LOGIN_ROWS, ...SHARED_ROWS }) as readonly NamedRow[];

function isLogin(command: CommandName): boolean {
  return (MINTING as readonly CommandName[]).includes(command);
}

async function wholeTable(): Promise<readonly NamedRow[]> {
  return (await importLater<typeof import("./options.ts")>("./options.ts", import.meta.url)).OPTION_ROWS;
}

/** Those of the rows that a command takes, by use or to ignore them. */
export function optionsOf(command: CommandName, rows: readonly NamedRow[]): readonly NamedRow[] {
  return rows.filter(([, row]) => isUsed(row, command) || isIgnored(row, command));
}

/** Whether the command takes the option and does nothing with it. */
export function isIgnored(row: OptionRow, command: CommandName): boolean {
  return row.ignored?.by.includes(command) ?? false;
}

/** Whether the command takes the option from the config file alone. */
export function isFileOnly(row: OptionRow, command: CommandName): boolean {
  return row.only === "file" || (row.fileFor?.includes(command) ?? false);
}

/** Whether the value of the option means something to the command. */
export function isUsed(row: OptionRow, command: CommandName): boolean {
  return row.commands.includes(command) || (row.fileFor?.includes(command) ?? false);
}

/**
 * What the option's flag is called on the command, without the dashes; the other tool's name first where there is one.
 */
export function flagNames([name, row]: NamedRow, command: CommandName): readonly [string, ...string[]] {
  const peers = row.flagOn?.[command];
  return peers === undefined ? [name] : [peers, name];
}

/** The letter of the option on the command. */
export function shortOf(row: OptionRow, command: CommandName): string | undefined {
  return row.shortOn?.[command] ?? row.short;
}

/** What an option is to a command where nobody sets it. */
export function defaultOf(row: OptionRow, command: CommandName): OptionValue | undefined {
  const own = row.type === "text" ? row.defaultFor?.[command] : undefined;
  return own ?? ("default" in row ? row.default : undefined);
}

/** The environment variables of an option, the one that wins first: those that a command reads, or all of them. */
export function environmentNames([name, row]: NamedRow, command?: CommandName): readonly string[] {
  if (row.only !== undefined || row.commands.length === 0) return [];
  if (command !== undefined && isFileOnly(row, command)) return [];
  const counts = command === undefined || row.environmentFor === undefined || row.environmentFor.includes(command);
  return [
    variableOf("RAM_AUTH", name),
    ...(counts ? row.environment ?? [] : []),
    ...((command ?? PLUGIN) === PLUGIN && row.commands.includes(PLUGIN)
      ? [variableOf("ACK_RAM_TOOL", flagNames([name, row], PLUGIN)[0])]
      : []),
  ];
}

function variableOf(prefix: string, flag: string): string {
  return `${prefix}_${flag.replaceAll("-", "_").toUpperCase()}`;
}
