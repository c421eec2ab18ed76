/**
 * Help, made from the tables of commands and options. Pure text.
 *
 * @module
 */

import {
  defaultOf,
  environmentNames,
  flagNames,
  isFileOnly,
  isIgnored,
  optionsOf,
  shortOf,
} from "../config/command_options.ts";
import type { CommandName, OptionRow } from "../config/option.ts";
import { type NamedRow, OPTION_ROWS } from "../config/options.ts";
import { wanted } from "../config/values.ts";
import type { Output, World } from "../world.ts";
import { COMMAND_HELP, type CommandHelp } from "./command_help.ts";

/** Width in columns where no terminal tells one. */
const USUAL_WIDTH = 80;

/** Narrowest width in columns to wrap to: the longest name and the longest default, indented, still fit. */
const MIN_WIDTH = 53;

/** In front of what is said of an option: right of the flag's name, so that the eye finds the names. */
const DETAIL = " ".repeat(10);

/** Widest line in columns that is easy to read. */
const MAX_WIDTH = 100;

/** How help may look. */
export interface Style {
  /** Columns. */
  readonly width: number;
  /** Whether headings are bold. */
  readonly bold: boolean;
}

/** The style for an output: its width, and bold headings on a terminal unless `NO_COLOR` is set (no-color.org). */
export function styleFor(output: Output, world: World): Style {
  const width = Math.min(Math.max(output.columns || USUAL_WIDTH, MIN_WIDTH), MAX_WIDTH);
  return { width, bold: output.isTerminal && !world.env("NO_COLOR") };
}

/** All commands. */
export function overview(style: Style): string {
  return page([
    ...wrap("ram-auth: log in to Kubernetes with your cloud identity", style.width),
    "",
    heading("Usage", style),
    "  ram-auth <command> [options]",
    "  ram-auth help <command>",
    "",
    heading("Commands", style),
    ...summaries(Object.entries(COMMAND_HELP), style),
    "",
    heading("Environment", style),
    ...wrap("Most flags can also be set as RAM_AUTH_<FLAG>; a command's help names the variable.", style.width, "  "),
    ...wrap("NO_COLOR: no bold headings", style.width, "  "),
    ...wrap("RAM_AUTH_DEBUG: print the stack trace of an internal error", style.width, "  "),
  ]);
}

/** The commands whose names start with a word: `mappings` of `mappings list`; `undefined` where there is none. */
export function groupHelp(group: string, style: Style): string | undefined {
  const commands = Object.entries(COMMAND_HELP).filter(([name]) => name.startsWith(`${group} `));
  if (commands.length === 0) return undefined;
  return page([
    heading("Usage", style),
    `  ram-auth ${group} <command> [options]`,
    "",
    heading("Commands", style),
    ...summaries(commands, style),
  ]);
}

function summaries(commands: readonly (readonly [string, CommandHelp])[], { width }: Style): string[] {
  const column = Math.max(...commands.map(([name]) => name.length)) + 4;
  return commands.flatMap(([name, { summary }]) => wrap(summary, width, `  ${name}`.padEnd(column), column));
}

/** One command and its options: those that most people need, or `all` of them. */
export function commandHelp(name: CommandName, style: Style, { all = false }: { readonly all?: boolean } = {}): string {
  const row = COMMAND_HELP[name];
  const options = optionsOf(name, OPTION_ROWS);
  const { common } = row;
  const isWhole = all || common === undefined;
  const shown = isWhole ? options : options.filter(([option]) => common.includes(option));
  const used = shown.filter(([, option]) => !isIgnored(option, name));
  return page([
    ...wrap(`ram-auth ${name}: ${row.summary}`, style.width),
    "",
    heading("Usage", style),
    ...wrap(`ram-auth ${row.usage}`, style.width, "  ", 4),
    "",
    heading("Examples", style),
    ...row.examples.flatMap(({ line, does }) => [
      ...wrap(`# ${does}`, style.width, "  "),
      ...wrap(line, style.width - 2, "  ", 4).map((part, index, parts) =>
        index < parts.length - 1 ? `${part} \\` : part
      ),
    ]),
    ...section("Options", used.filter(([, option]) => !isFileOnly(option, name)), name, style, isWhole),
    ...section("Only in the config file", used.filter(([, option]) => isFileOnly(option, name)), name, style),
    ...section(
      "Accepted for compatibility; ignored",
      shown.filter(([, option]) => isIgnored(option, name)),
      name,
      style,
    ),
    ...(isWhole ? [] : moreOptions(name, options.filter((option) => !shown.includes(option)), style)),
  ]);
}

function moreOptions(name: CommandName, hidden: readonly NamedRow[], style: Style): string[] {
  const flags = hidden.filter(([, row]) => !isFileOnly(row, name)).map((option) => `--${flagNames(option, name)[0]}`)
    .join(", ");
  return ["", heading(`More options (ram-auth ${name} --help --all)`, style), ...wrap(flags, style.width, "  ")];
}

function section(
  title: string,
  options: readonly NamedRow[],
  command: CommandName,
  style: Style,
  hasOrigins = true,
): string[] {
  if (options.length === 0) return [];
  return [
    "",
    heading(title, style),
    ...options.flatMap((option) => describe(option, command, style.width, hasOrigins)),
  ];
}

function describe(option: NamedRow, command: CommandName, width: number, hasOrigins: boolean): string[] {
  const [, row] = option;
  const details = hasOrigins ? origins(option, command) : [];
  const head = wrap(spelling(option, command), width, "  ");
  if (isIgnored(row, command)) {
    return [...head, ...wrap(`${row.help}. Ignored: ${row.ignored?.because}.`, width, DETAIL)];
  }
  return [
    ...head,
    ...wrap(`${row.help}.`, width, DETAIL),
    ...(details.length === 0 ? [] : wrap(`[${details.join("; ")}]`, width, DETAIL)),
  ];
}

/** The flag of an option on a command, with its letter and what it takes; in the config file alone, its key there. */
export function spelling(option: NamedRow, command: CommandName): string {
  const [name, row] = option;
  if (isFileOnly(row, command)) return row.yaml ?? name;
  const value = row.type === "boolean" ? "" : ` <${row.placeholder ?? usualPlaceholder(row)}>`;
  const short = shortOf(row, command);
  return `${short === undefined ? "    " : `-${short}, `}--${flagNames(option, command)[0]}${value}`;
}

function usualPlaceholder(row: OptionRow): string {
  switch (row.type) {
    case "integer":
      return "number";
    case "choice":
      return row.choices.join("|");
    case "list":
      return `${row.choices?.[0] ?? "item"},...`;
    default:
      return row.type;
  }
}

/** What an option takes beside what its spelling says, its default, and what else sets it. */
export function origins(option: NamedRow, command: CommandName): string[] {
  const [, row] = option;
  const variables = environmentNames(option, command);
  const fallback = defaultOf(row, command);
  return [
    ...(row.type === "integer" || row.type === "list" || (row.type === "choice" && row.placeholder)
      ? [wanted(row)]
      : []),
    ...(fallback === undefined || row.type === "boolean" ? [] : [`default ${fallback}`]),
    ...(variables.length === 0 ? [] : [`env ${variables.join(", ")}`]),
    ...(row.yaml === undefined || isFileOnly(row, command) ? [] : [`config file ${row.yaml}`]),
  ];
}

function heading(title: string, { bold }: Style): string {
  return bold ? `\x1b[1m${title}:\x1b[0m` : `${title}:`;
}

function page(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

/** Breaks a text at spaces. The first line starts with `lead`, the others with as many spaces as `indent` says. */
function wrap(text: string, width: number, lead = "", indent = lead.length): string[] {
  const lines: string[] = [];
  let line = lead;
  let isFresh = true;
  for (const word of text.split(" ")) {
    if (!isFresh && line.length + 1 + word.length > width) {
      lines.push(line);
      line = " ".repeat(indent);
      isFresh = true;
    }
    line += isFresh ? word : ` ${word}`;
    isFresh = false;
  }
  return [...lines, line];
}
