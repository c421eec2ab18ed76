/**
 * Every command: one table. The runner and help are made from it; a command's module is loaded only when it runs.
 *
 * @module
 */

import type { CommandName } from "../config/option.ts";
import { importLater } from "../import_later.ts";
import type { CommandModule } from "./command.ts";

/** What a command says of itself. */
export interface CommandRow {
  /** One line, an imperative without a full stop. */
  readonly summary: string;
  /** What follows `ram-auth`. */
  readonly usage: string;
  /** Command lines that work, each with what it does. */
  readonly examples: readonly { readonly line: string; readonly does: string }[];
  readonly load: () => Promise<CommandModule>;
}

/** The table, in the order of the overview. */
export const COMMANDS: Readonly<Partial<Record<CommandName, CommandRow>>> = {
  token: {
    summary: "Sign a token for a cluster with your cloud credentials",
    usage: "token -i <cluster id> [options]",
    examples: [
      { line: "ram-auth token -i my-cluster", does: "an ExecCredential, as kubectl's exec plugin" },
      { line: "ram-auth token -i my-cluster --token-only", does: "the bare token, for curl" },
    ],
    load: () => import("./token.ts"),
  },
  server: {
    summary: "Verify tokens for kube-apiserver",
    usage: "server -i <cluster id> [-c <file>] [options]",
    examples: [
      {
        line: "ram-auth server -i my-cluster -c /etc/ram-auth/config.yaml",
        does: "with the mappings of the config file",
      },
      { line: "ram-auth server -c config.yaml --state-dir . -l json", does: "from the current folder, logging JSON" },
    ],
    load: () => importLater<typeof import("./server.ts")>("./server.ts", import.meta.url),
  },
  verify: {
    summary: "Verify one token, and say which step refused it and why",
    usage: "verify -t <token> -i <cluster id> [options]",
    examples: [
      {
        line: "ram-auth token -i my-cluster --token-only | ram-auth verify -i my-cluster -t -",
        does: "a token of your own",
      },
      { line: "ram-auth verify -i my-cluster -t - -o json", does: "a token from standard input, for a program" },
    ],
    load: () => importLater<typeof import("./verify.ts")>("./verify.ts", import.meta.url),
  },
  init: {
    summary: "Make the certificates and the webhook kubeconfig of a server",
    usage: "init -i <cluster id> [options]",
    examples: [
      { line: "ram-auth init -i my-cluster", does: "into the current folder; says what to copy where" },
      {
        line: "ram-auth init -i my-cluster --state-dir /var/lib/ram-auth " +
          "--generate-kubeconfig /etc/kubernetes/ram-auth/kubeconfig.yaml",
        does: "where the server and kube-apiserver look for them",
      },
    ],
    load: () => importLater<typeof import("./init.ts")>("./init.ts", import.meta.url),
  },
  dev: {
    summary: "Run the whole product on loopback, with an STS emulator and demo users",
    usage: "dev",
    examples: [{ line: "ram-auth dev", does: "prints what to export and which commands to try" }],
    load: () => importLater<typeof import("./dev.ts")>("./dev.ts", import.meta.url),
  },
  config: {
    summary: "Print the server's options in force, and where each comes from",
    usage: "config [-c <file>] [-o text|json] [options of server]",
    examples: [
      { line: "ram-auth config -c /etc/ram-auth/config.yaml", does: "what the server would use" },
      { line: "RAM_AUTH_PORT=8443 ram-auth config -o json", does: "the same, for a program" },
    ],
    load: () => importLater<typeof import("./config.ts")>("./config.ts", import.meta.url),
  },
  version: {
    summary: "Print the version",
    usage: "version",
    examples: [{ line: "ram-auth version", does: "the version of this build" }],
    load: () => importLater<typeof import("./version.ts")>("./version.ts", import.meta.url),
  },
};

/** The command of that name. Trust: whoever starts the process chose the word. */
export function commandNamed(word: string): { readonly name: CommandName; readonly row: CommandRow } | undefined {
  if (!Object.hasOwn(COMMANDS, word)) return undefined;
  const name = word as CommandName;
  const row = COMMANDS[name];
  return row && { name, row };
}
