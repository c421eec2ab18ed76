/**
 * Where in a kubeconfig's command another tool is called: as the command itself, or by way of a program that only sets
 * the stage for it, such as `aws-vault exec` or `sh -c`.
 *
 * @module
 */

import { isOurProgram, nameOf, type Peer, peerOf } from "./programs.ts";
import { quoted } from "../../quote.ts";

/** A program and its arguments. */
export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
}

/** A call of another tool. */
export interface PeerCall extends CommandLine {
  readonly peer: Peer;
  /** Variables that are set for it on the way. */
  readonly env: Readonly<Record<string, string>>;
  /** The whole command line with another call instead of this one. */
  replacedBy(call: CommandLine): CommandLine;
}

/** A way to call a program: what it calls, and the whole with another call in its place. */
interface Wrapper {
  readonly inner: CommandLine;
  readonly env?: Readonly<Record<string, string>>;
  around(inner: CommandLine): CommandLine;
}

/** Shells, of whose options only those are read that every one of them has. */
const SHELLS = new Set(["sh", "bash", "dash", "zsh", "ash"]);

/** Programs that run what follows `--` in an environment with credentials, by the words in front of it. */
const CREDENTIAL_RUNNERS = new Set(["aws-vault exec", "aws-okta exec", "saml2aws exec", "chamber exec", "op run"]);

/** A word that a shell takes as it is. */
const PLAIN_WORD = /^[\w@%+:,./-][\w@%+=:,./-]*$/;

const ASSIGNMENT = /^([A-Za-z_]\w*)=(.*)$/s;

/** A call of another tool, somewhere in a longer text. */
const MENTION =
  /(?:^|[\s;&|("'`=/\\])(?:aws2?(?:\.exe)?\b.*\beks\s+get-token|(?:ack-ram-authenticator|aws-iam-authenticator|heptio-authenticator-aws)(?:\.exe)?\b.*\btoken|ack-ram-tool(?:\.exe)?\b.*\bget-token)(?=$|[\s;&|)"'`])/s;

/**
 * Finds the call.
 *
 * @returns `undefined` where no other tool is called; why it cannot be found for certain, where one may be
 */
export function findPeerCall(whole: CommandLine): PeerCall | { readonly why: string } | undefined {
  const { command, args } = whole;
  if (isOurProgram(command)) return undefined;
  const peer = peerOf(command);
  if (peer !== undefined) return { peer, command, args, env: {}, replacedBy: (call) => call };
  const wrapper = wrapperOf(whole);
  if (wrapper !== undefined) {
    const found = findPeerCall(wrapper.inner);
    if (found === undefined || "why" in found) return found;
    return {
      ...found,
      env: { ...wrapper.env, ...found.env },
      replacedBy: (call) => wrapper.around(found.replacedBy(call)),
    };
  }
  if (!MENTION.test(args.join(" "))) return undefined;
  return {
    why: `it is not certain what ${quoted(nameOf(command))} makes of its arguments; replace the call there by hand`,
  };
}

function wrapperOf({ command, args }: CommandLine): Wrapper | undefined {
  const name = nameOf(command);
  if (name === "env") return assigned(args, (args) => ({ command, args }));
  if (SHELLS.has(name)) return inShell(command, args);
  if (!CREDENTIAL_RUNNERS.has(`${name} ${args[0]}`)) return undefined;
  const at = args.indexOf("--") + 1;
  const inner = at === 0 ? undefined : commandLine(args.slice(at));
  return inner && {
    inner,
    around: (inner) => ({ command, args: [...args.slice(0, at), inner.command, ...inner.args] }),
  };
}

/** `VAR=value … program argument …` */
function assigned(
  words: readonly string[],
  around: (words: readonly string[]) => CommandLine,
): Wrapper | undefined {
  const at = words.findIndex((word) => !ASSIGNMENT.test(word));
  const inner = at < 0 || words[at]!.startsWith("-") ? undefined : commandLine(words.slice(at));
  if (inner === undefined) return undefined;
  return {
    inner,
    env: Object.fromEntries(words.slice(0, at).map((word) => ASSIGNMENT.exec(word)!.slice(1, 3) as [string, string])),
    around: (inner) => around([...words.slice(0, at), inner.command, ...inner.args]),
  };
}

/** `sh -c "…"` with one command of plain words; quotes, variables and operators can make it mean more. */
function inShell(command: string, args: readonly string[]): Wrapper | undefined {
  const [flag, text, ...more] = args;
  if (!/^-l?c$/.test(flag ?? "") || text === undefined || more.length > 0) return undefined;
  const words = text.trim().split(/[ \t]+/);
  const start = words[0] === "exec" ? 1 : 0;
  if (!words.every((word) => PLAIN_WORD.test(word))) return undefined;
  return assigned(words.slice(start), (inner) => ({
    command,
    args: [flag!, [...words.slice(0, start), ...inner].join(" ")],
  }));
}

function commandLine([command, ...args]: readonly string[]): CommandLine | undefined {
  return command === undefined ? undefined : { command, args };
}
