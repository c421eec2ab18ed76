/**
 * Every option of every command: one table. Flags, environment, config file, help, documentation and error messages are
 * all made from it; its rows are in `rows/`, by subject. On the start-up path of `token`.
 *
 * @module
 */

import type { CommandName, OptionRow, OptionValue, ValueOf } from "./option.ts";
import { CLIENT_ROWS } from "./rows/client.ts";
import { GENERAL_ROWS, PLUGIN, STS_ROWS } from "./rows/general.ts";
import { MAPPINGS_ROWS } from "./rows/mappings.ts";
import { SERVER_ROWS } from "./rows/server.ts";

/** The table. A key is the flag's name and the name by which code asks for the value. */
export const OPTIONS = {
  ...GENERAL_ROWS,
  ...CLIENT_ROWS,
  ...MAPPINGS_ROWS,
  ...SERVER_ROWS,
  ...STS_ROWS,
} as const;

/** The name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** What {@linkcode Settings.get} yields for an option: `undefined` is possible only where there is no default. */
export type SettingOf<Name extends OptionName> =
  | ValueOf<(typeof OPTIONS)[Name]>
  | ((typeof OPTIONS)[Name] extends { readonly default: unknown } ? never : undefined);

/** A row and its name. */
export type NamedRow = readonly [name: OptionName, row: OptionRow];

/** The table in order. */
export const OPTION_ROWS = Object.entries(OPTIONS) as readonly unknown[] as readonly NamedRow[];

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

/** The options that a command takes, those it ignores among them. */
export function optionsOf(command: CommandName): readonly NamedRow[] {
  return OPTION_ROWS.filter(([, row]) => isUsed(row, command) || isIgnored(row, command));
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
