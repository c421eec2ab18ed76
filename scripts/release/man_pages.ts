/**
 * The man pages of a release, made from the tables of commands and options as the help is: `ram-auth.1`, and one page for
 * each command.
 *
 * Source: man(7) of groff and mandoc.
 *
 * @module
 */

import { COMMAND_HELP, type CommandHelp } from "../../lib/cli/command_help.ts";
import { origins, spelling } from "../../lib/cli/help.ts";
import { isFileOnly, isIgnored, optionsOf } from "../../lib/config/command_options.ts";
import type { CommandName } from "../../lib/config/option.ts";
import { type NamedRow, OPTION_ROWS } from "../../lib/config/options.ts";

/** The texts by file name. */
export function manPages(version: string): ReadonlyMap<string, string> {
  const commands = Object.entries(COMMAND_HELP) as readonly (readonly [CommandName, CommandHelp])[];
  return new Map([
    ["ram-auth.1", overviewPage(commands, version)],
    ...commands.map(([name, help]) => [`${pageName(name)}.1`, commandPage(name, help, version)] as const),
  ]);
}

function pageName(command: CommandName): string {
  return `ram-auth-${command.replaceAll(" ", "-")}`;
}

function overviewPage(commands: readonly (readonly [CommandName, CommandHelp])[], version: string): string {
  return page("ram-auth", version, [
    ".SH NAME",
    text("ram-auth - log in to Kubernetes with your cloud identity"),
    ".SH SYNOPSIS",
    ".B ram\\-auth",
    text("<command> [options]"),
    ".SH COMMANDS",
    ...commands.flatMap(([name, { summary }]) => tagged(name, [`${summary}. See ${pageName(name)}(1).`])),
    ".SH ENVIRONMENT",
    text("Most flags can also be set as RAM_AUTH_<FLAG>; the page of a command names the variable."),
    ".SH EXIT STATUS",
    text("0: done; 1: failed; 2: wrong usage."),
  ]);
}

function commandPage(name: CommandName, { summary, usage, examples }: CommandHelp, version: string): string {
  const options = optionsOf(name, OPTION_ROWS).filter(([, row]) => !isIgnored(row, name));
  const inFile = options.filter(([, row]) => isFileOnly(row, name));
  return page(pageName(name), version, [
    ".SH NAME",
    text(`${pageName(name)} - ${summary}`),
    ".SH SYNOPSIS",
    ".B ram\\-auth",
    text(usage),
    ".SH OPTIONS",
    ...options.filter(([, row]) => !isFileOnly(row, name)).flatMap((option) => described(option, name)),
    ...(inFile.length === 0 ? [] : [".SS Only in the config file", ...inFile.flatMap((one) => described(one, name))]),
    ".SH EXAMPLES",
    ...examples.flatMap(({ line, does }, index) => [
      ...(index === 0 ? [] : [".PP"]),
      text(`${does}:`),
      ".PP",
      ".nf",
      ".RS 4",
      text(line),
      ".RE",
      ".fi",
    ]),
    ".SH SEE ALSO",
    ".BR ram\\-auth (1)",
  ]);
}

function described(option: NamedRow, command: CommandName): string[] {
  const facts = origins(option, command);
  return tagged(spelling(option, command).trim(), [
    `${option[1].help}.`,
    ...(facts.length === 0 ? [] : [`[${facts.join("; ")}]`]),
  ]);
}

function tagged(tag: string, lines: readonly string[]): string[] {
  return [".TP", `.B ${escaped(tag)}`, ...lines.map(text)];
}

/** Without a date, so that a commit gives the same bytes on every day. */
function page(name: string, version: string, lines: readonly string[]): string {
  return [`.TH ${escaped(name.toUpperCase())} 1 "" "ram\\-auth ${escaped(version)}" "ram\\-auth"`, ...lines, ""].join(
    "\n",
  );
}

/** A line of text, which begins no request. */
function text(line: string): string {
  return escaped(line).replace(/^(?=[.'])/, "\\&");
}

/** A hyphen that can be copied into a command line is written with a backslash. */
function escaped(line: string): string {
  return line.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll('"', "\\(dq").replaceAll("~", "\\(ti")
    .replaceAll("^", "\\(ha").replaceAll("`", "\\(ga").replaceAll("'", "\\(aq");
}
