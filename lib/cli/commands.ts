/**
 * Every command: one table. A command's module is loaded only when it runs.
 *
 * @module
 */

import { type CommandLine, splitAtCommand } from "../config/flags.ts";
import type { CommandName } from "../config/option.ts";
import { importLater } from "../import_later.ts";
import type { CommandModule } from "./command.ts";

/**
 * A permission that not every command needs: to reach the network, to write files, to start the shell (which starts
 * what a profile of AWS names), to read the release of the system (AWS's own clients send it) and who runs it (files of
 * others need care).
 */
export type Need = "net" | "write" | "run" | "osRelease" | "userId";

/** A command, as the runner has it. */
export interface CommandRow {
  /** What it may do beside reading files and the environment; every other permission is given up before it runs. */
  readonly needs: readonly Need[];
  /** What it may do beside that where it is to keep credentials on disk. */
  readonly needsToCache?: readonly Need[];
  /** Whether it runs until it is stopped, so that the signal for that is heard before its modules are loaded. */
  readonly isService?: boolean;
  /** Whether it runs with what can be read of a config file that is broken or missing. */
  readonly takesAnyConfig?: true;
  readonly load: () => Promise<CommandModule>;
}

/** The table, in the order of the overview. What help says of each is in `command_help.ts`. */
export const COMMANDS: Readonly<Record<CommandName, CommandRow>> = {
  token: {
    needs: ["net", "run"],
    needsToCache: ["write", "userId"],
    load: () => import("./login/token.ts"),
  },
  "eks get-token": {
    needs: ["net", "run"],
    load: () => importLater<typeof import("./login/eks_get_token.ts")>("./login/eks_get_token.ts", import.meta.url),
  },
  "credential-plugin get-token": {
    needs: ["net", "run"],
    load: () =>
      importLater<typeof import("./login/credential_plugin.ts")>("./login/credential_plugin.ts", import.meta.url),
  },
  whoami: {
    needs: ["net", "run"],
    needsToCache: ["write", "userId"],
    load: () => importLater<typeof import("./verdicts/whoami.ts")>("./verdicts/whoami.ts", import.meta.url),
  },
  login: {
    needs: ["net", "write", "run", "userId"],
    load: () => importLater<typeof import("./login/login.ts")>("./login/login.ts", import.meta.url),
  },
  "cache list": {
    needs: ["userId"],
    load: async () => (await importLater<typeof import("./login/cache.ts")>("./login/cache.ts", import.meta.url)).list,
  },
  logout: {
    needs: ["write", "userId"],
    load: async () =>
      (await importLater<typeof import("./login/cache.ts")>("./login/cache.ts", import.meta.url)).logout,
  },
  completion: {
    needs: [],
    load: () => importLater<typeof import("./completion/completion.ts")>("./completion/completion.ts", import.meta.url),
  },
  kubeconfig: {
    needs: ["net", "write", "run", "osRelease", "userId"],
    load: () => importLater<typeof import("./kubeconfig/kubeconfig.ts")>("./kubeconfig/kubeconfig.ts", import.meta.url),
  },
  server: {
    needs: ["net", "write", "osRelease", "userId"],
    isService: true,
    load: () => importLater<typeof import("./serve/server.ts")>("./serve/server.ts", import.meta.url),
  },
  verify: {
    needs: ["net"],
    load: () => importLater<typeof import("./verdicts/verify.ts")>("./verdicts/verify.ts", import.meta.url),
  },
  explain: {
    needs: ["net"],
    load: () => importLater<typeof import("./verdicts/explain.ts")>("./verdicts/explain.ts", import.meta.url),
  },
  check: {
    needs: [],
    load: () => importLater<typeof import("./mappings/check.ts")>("./mappings/check.ts", import.meta.url),
  },
  "mappings list": {
    needs: ["net"],
    load: () => importLater<typeof import("./mappings/list.ts")>("./mappings/list.ts", import.meta.url),
  },
  convert: {
    needs: [],
    load: () => importLater<typeof import("./mappings/convert.ts")>("./mappings/convert.ts", import.meta.url),
  },
  "add user": {
    needs: ["net"],
    load: async () => (await importLater<typeof import("./edit/add.ts")>("./edit/add.ts", import.meta.url)).user,
  },
  "add role": {
    needs: ["net"],
    load: async () => (await importLater<typeof import("./edit/add.ts")>("./edit/add.ts", import.meta.url)).role,
  },
  "remove user": {
    needs: ["net"],
    load: async () => (await importLater<typeof import("./edit/remove.ts")>("./edit/remove.ts", import.meta.url)).user,
  },
  "remove role": {
    needs: ["net"],
    load: async () => (await importLater<typeof import("./edit/remove.ts")>("./edit/remove.ts", import.meta.url)).role,
  },
  "deny add": {
    needs: ["write", "userId"],
    load: async () => (await importLater<typeof import("./edit/deny.ts")>("./edit/deny.ts", import.meta.url)).add,
  },
  "deny remove": {
    needs: ["write", "userId"],
    load: async () => (await importLater<typeof import("./edit/deny.ts")>("./edit/deny.ts", import.meta.url)).remove,
  },
  "deny list": {
    needs: [],
    load: async () => (await importLater<typeof import("./edit/deny.ts")>("./edit/deny.ts", import.meta.url)).list,
  },
  init: {
    needs: ["write", "userId"],
    load: () => importLater<typeof import("./install/init.ts")>("./install/init.ts", import.meta.url),
  },
  "webhook-token rotate": {
    needs: ["write", "userId"],
    load: async () =>
      (await importLater<typeof import("./install/webhook_token.ts")>("./install/webhook_token.ts", import.meta.url))
        .rotate,
  },
  "webhook-token retire": {
    needs: ["write", "userId"],
    load: async () =>
      (await importLater<typeof import("./install/webhook_token.ts")>("./install/webhook_token.ts", import.meta.url))
        .retire,
  },
  uninstall: {
    needs: ["write", "run", "userId"],
    load: () => importLater<typeof import("./install/uninstall.ts")>("./install/uninstall.ts", import.meta.url),
  },
  "apiserver configure": {
    needs: ["net", "write", "run", "userId"],
    load: () => importLater<typeof import("./apiserver/configure.ts")>("./apiserver/configure.ts", import.meta.url),
  },
  "apiserver undo": {
    needs: ["net", "write", "run", "userId"],
    load: () => importLater<typeof import("./apiserver/undo.ts")>("./apiserver/undo.ts", import.meta.url),
  },
  manifests: {
    needs: [],
    load: () => importLater<typeof import("./manifests/manifests.ts")>("./manifests/manifests.ts", import.meta.url),
  },
  dev: {
    needs: ["net", "write", "osRelease", "userId"],
    isService: true,
    load: () => importLater<typeof import("./serve/dev.ts")>("./serve/dev.ts", import.meta.url),
  },
  config: {
    needs: [],
    load: () => importLater<typeof import("./serve/config.ts")>("./serve/config.ts", import.meta.url),
  },
  doctor: {
    needs: ["net", "userId"],
    takesAnyConfig: true,
    load: () => importLater<typeof import("./doctor/doctor.ts")>("./doctor/doctor.ts", import.meta.url),
  },
  version: {
    needs: [],
    load: () => importLater<typeof import("./version.ts")>("./version.ts", import.meta.url),
  },
};

/** The command of that name. Trust: whoever starts the process chose the word. */
export function commandNamed(word: string): { readonly name: CommandName; readonly row: CommandRow } | undefined {
  if (!Object.hasOwn(COMMANDS, word)) return undefined;
  const name = word as CommandName;
  return { name, row: COMMANDS[name] };
}

/** Parts the command from its flags. Trust: whoever starts the process chose the arguments. */
export function splitCommandLine(args: readonly string[]): CommandLine {
  return splitAtCommand(args, (name) => commandNamed(name) !== undefined);
}
