/**
 * Runs one command line: finds the command, reads its options, runs it, and turns what it throws into a message and an
 * exit code. On the start-up path of `token`: whatever is not needed for every command is loaded on demand.
 *
 * @module
 */

import { parseFlags } from "../config/flags.ts";
import { loadSettings } from "../config/settings.ts";
import { messageOf, RamAuthError, UsageError } from "../errors.ts";
import { importLater } from "../import_later.ts";
import type { Output, World } from "../world.ts";
import type { Invocation } from "./command.ts";
import { commandNamed, COMMANDS, splitCommandLine } from "./commands.ts";
import { printableLines, quoted } from "../quote.ts";

const EXIT_DONE = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/**
 * Runs the command line and prints what goes wrong.
 *
 * Trust: whoever starts the process chose the arguments.
 *
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage
 */
export async function run(
  args: readonly string[],
  world: World,
  stopSignal: Invocation["stopSignal"] = realStopSignal,
): Promise<number> {
  const { word = "" } = splitCommandLine(args);
  if (!commandNamed(word)?.row.isService) return await runIn(world, { args, word, stopSignal });
  // Nobody may be reading the errors of a service, and it serves and ends all the same.
  const { startLogQueue } = await importLater<typeof import("../telemetry/log_queue.ts")>(
    "../telemetry/log_queue.ts",
    import.meta.url,
  );
  await using queue = startLogQueue(world, { lossLine: (lines) => `ram-auth: ${lines} lines lost\n` });
  return await runIn({ ...world, stderr: writingBy(world.stderr, queue.write) }, { args, word, stopSignal });
}

interface CommandRun {
  readonly args: readonly string[];
  /** The command as it is written, for messages. */
  readonly word: string;
  readonly stopSignal: Invocation["stopSignal"];
}

async function runIn(world: World, { args, word, stopSignal }: CommandRun): Promise<number> {
  try {
    if (TELEMETRY in globalThis) await keepRequestsPrivate();
    return await dispatch(args, world, stopSignal);
  } catch (thrown) {
    return report(thrown, word, world);
  }
}

/** What is there only where Deno exports telemetry (`OTEL_DENO`). */
const TELEMETRY = Symbol.for("opentelemetry.js.api.1");

/** Deno would export the URLs of requests, and a presigned one is a token. */
async function keepRequestsPrivate(): Promise<void> {
  const { claimSpans } = await importLater<typeof import("../telemetry/spans.ts")>(
    "../telemetry/spans.ts",
    import.meta.url,
  );
  claimSpans();
}

async function realStopSignal(): Promise<AbortSignal> {
  return (await importLater<typeof import("./signals.ts")>("./signals.ts", import.meta.url)).stopSignal();
}

async function dispatch(
  args: readonly string[],
  world: World,
  stopSignal: Invocation["stopSignal"],
): Promise<number> {
  const { word, rest } = splitCommandLine(aliased(args));
  if (word === undefined) return await help(undefined, world, world.stderr, EXIT_USAGE);
  if (word === "help") return await help(undefined, world, world.stdout, EXIT_DONE);
  const command = commandNamed(word);
  if (command === undefined) return await group(word, rest, world);
  if (rest.includes("--all") && rest.some(isHelpFlag)) return await help(word, world, world.stdout, EXIT_DONE, true);
  const flags = await parseFlags(command.name, rest);
  if (flags.get("help")?.[0] === "true") return await help(word, world, world.stdout, EXIT_DONE);
  const settings = await loadSettings(command.name, flags, world, { isLenient: command.row.takesAnyConfig });
  for (const notice of settings.notices) world.stderr.write(`ram-auth: notice: ${printableLines(notice)}\n`);
  const stopped = command.row.isService ? await stopSignal() : undefined;
  const { run } = await command.row.load();
  const shown = { ...world, stdout: printing(world.stdout), stderr: printing(world.stderr) };
  return await run({ settings, world: shown, stopSignal: () => stopped ?? stopSignal() });
}

/** An output of commands: whoever chose a part of a text, the terminal obeys none of it. Only help writes styles. */
function printing(output: Output): Output {
  return writingBy(output, (text) => output.write(printableLines(text)));
}

/** The same terminal, written to in another way. */
function writingBy(output: Output, write: Output["write"]): Output {
  return {
    write,
    get isTerminal() {
      return output.isTerminal;
    },
    get columns() {
      return output.columns;
    },
  };
}

/** `help token` is `token --help`, `--version` and `-v` are `version`, and `--help` alone is `help`. */
function aliased(args: readonly string[]): readonly string[] {
  const [first, second] = args;
  if (first === "--version" || first === "-v") return ["version", ...args.slice(1)];
  if (first !== "help" && !isHelpFlag(first)) return args;
  return second === undefined || isHelpFlag(second) ? ["help"] : [...args.slice(1), "--help"];
}

function isHelpFlag(word: string | undefined): boolean {
  return word === "--help" || word === "-h";
}

async function help(
  word: string | undefined,
  world: World,
  output: Output,
  exitCode: number,
  all = false,
): Promise<number> {
  const { commandHelp, overview, styleFor } = await loadHelp();
  const command = word === undefined ? undefined : commandNamed(word);
  const style = styleFor(output, world);
  output.write(command === undefined ? overview(style) : commandHelp(command.name, style, { all }));
  return exitCode;
}

/** A word that is no command by itself: the first word of several, or none at all. */
async function group(word: string, rest: readonly string[], world: World): Promise<number> {
  const { groupHelp, styleFor } = await loadHelp();
  const isAsked = rest.some(isHelpFlag);
  const output = isAsked ? world.stdout : world.stderr;
  const text = groupHelp(word, styleFor(output, world));
  if (text === undefined) throw await unknownCommand(word);
  const [second] = rest;
  if (second !== undefined && !second.startsWith("-")) throw await unknownCommand(`${word} ${second}`);
  output.write(text);
  return isAsked ? EXIT_DONE : EXIT_USAGE;
}

async function loadHelp(): Promise<typeof import("./help.ts")> {
  return await importLater<typeof import("./help.ts")>("./help.ts", import.meta.url);
}

async function unknownCommand(word: string): Promise<UsageError> {
  if (word.startsWith("-")) {
    return new UsageError(`Cannot use ${quoted(word)} here: flags follow a command; write ram-auth COMMAND ${word}`);
  }
  const { nearest } = await importLater<typeof import("../nearest.ts")>("../nearest.ts", import.meta.url);
  const meant = nearest(word, [...Object.keys(COMMANDS), "help"]);
  const advice = meant === undefined ? "see the list of commands" : `did you mean "${meant}"?`;
  return new UsageError(`Cannot run ${quoted(word)}: there is no such command; ${advice}`);
}

function report(thrown: unknown, word: string, world: World): number {
  if (thrown instanceof RamAuthError) {
    world.stderr.write(`ram-auth: ${printableLines(thrown.message)}\n`);
    if (!(thrown instanceof UsageError)) return EXIT_FAILED;
    world.stderr.write(`try: ram-auth ${commandNamed(word) === undefined ? "" : `${word} `}--help\n`);
    return EXIT_USAGE;
  }
  // Whoever read our output has left, as in `ram-auth config | head -1`.
  if (thrown instanceof Deno.errors.BrokenPipe) return EXIT_FAILED;
  const fault = outputFault(thrown);
  if (fault !== undefined) {
    world.stderr.write(`ram-auth: Cannot write the output: ${fault}\n`);
    return EXIT_FAILED;
  }
  const what = thrown instanceof Error ? `${thrown.name}: ${messageOf(thrown)}` : messageOf(thrown);
  world.stderr.write(
    `ram-auth: internal error: ${quoted(what)}; please report it, with the output of RAM_AUTH_DEBUG=1\n`,
  );
  if (thrown instanceof Error && wantsStack(world)) world.stderr.write(`${printableLines(String(thrown.stack))}\n`);
  return EXIT_FAILED;
}

/** What the system says of an output that takes no more, and what to do; files have errors of their own. */
function outputFault(thrown: unknown): string | undefined {
  const { code } = thrown as { readonly code?: unknown };
  switch (code) {
    case "ENOSPC":
      return "the disk is full; free some space and run it again";
    case "EDQUOT":
      return "your disk quota is used up; free some space and run it again";
    case "EFBIG":
      return "the file would be larger than the system allows; write to another one";
    case "EIO":
      return "the device reports an error; write to another one";
    default:
      return undefined;
  }
}

/** The environment may be what cannot be read. */
function wantsStack(world: World): boolean {
  try {
    return Boolean(world.env("RAM_AUTH_DEBUG"));
  } catch {
    return false;
  }
}
