/**
 * A folder that stands for a control plane node, and `ram-auth apiserver` run on it: in this process, which is fast, or as
 * the program that operators run.
 *
 * @module
 */

import { run } from "../../../lib/cli/run.ts";
import { realWorld } from "../../../lib/world.ts";
import { SERVER_PERMISSIONS } from "../../../scripts/permissions.ts";
import { type ChildProcess, startProcess } from "../process.ts";

const MAIN = `${Deno.cwd()}/main.ts`;

/** What a command said. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command has said so far. */
export type Said = { stdout: string; stderr: string };

/** The two commands. */
export type ApiserverCommand = "configure" | "undo";

/** A node; `await using` removes it. */
export interface ControlPlaneNode extends AsyncDisposable {
  readonly folder: string;
  /** The folder that a kubelet would watch. */
  readonly manifests: string;
  /** Where the manifest of kube-apiserver stands, once a test has written it. */
  readonly manifest: string;
  /** A webhook kubeconfig that exists, and its folder. */
  readonly kubeconfig: string;
  readonly webhookDir: string;
  readonly backupDir: string;
  /** `--authentication-token-webhook-config-file=<kubeconfig>` */
  readonly flag: string;
  /** Runs a command in this process, with the kubeconfig and the backup folder of this node unless `args` name others. */
  configure(...args: readonly string[]): Promise<CommandResult>;
  undo(...args: readonly string[]): Promise<CommandResult>;
  /** The same, until somebody stops it; what it said so far is in `said`. */
  configureUntil(stop: AbortSignal, said: Said, ...args: readonly string[]): Promise<CommandResult>;
  /** Starts the program, and goes on: the binary, where the tests have one. */
  start(command: ApiserverCommand, ...args: readonly string[]): ChildProcess;
  /** The same with other permissions than those that ship, from the sources. */
  startWith(permissions: readonly string[], command: ApiserverCommand, ...args: readonly string[]): ChildProcess;
}

/** The permissions of the sources with which the commands may do everything that the binary may. */
export const PERMISSIONS: readonly string[] = [...SERVER_PERMISSIONS, "--allow-run=/bin/sh"];

/** Makes an empty node. */
export async function prepareNode(): Promise<ControlPlaneNode> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "node-" }));
  const [manifests, webhookDir] = [`${folder}/manifests`, `${folder}/webhook`];
  for (const path of [manifests, webhookDir]) await Deno.mkdir(path, { mode: 0o755 });
  const kubeconfig = `${webhookDir}/kubeconfig.yaml`;
  await Deno.writeTextFile(kubeconfig, "made up\n", { mode: 0o600 });
  const backupDir = `${folder}/backup`;
  const own = {
    configure: ["--kubeconfig", kubeconfig, "--backup-dir", backupDir],
    undo: ["--backup-dir", backupDir],
  };
  const words = (command: ApiserverCommand, args: readonly string[]) => {
    const defaults: string[] = [];
    for (let at = 0; at < own[command].length; at += 2) {
      const option = own[command][at]!;
      if (!args.some((arg) => arg === option || arg.startsWith(`${option}=`))) {
        defaults.push(option, own[command][at + 1]!);
      }
    }
    return ["apiserver", command, ...defaults, ...args];
  };
  const here = async (
    command: ApiserverCommand,
    args: readonly string[],
    said: Said = { stdout: "", stderr: "" },
    stop = new AbortController().signal,
  ) => {
    const world = {
      ...realWorld(),
      env: () => undefined,
      stdout: { isTerminal: false, write: (text: string) => void (said.stdout += text) },
      stderr: { isTerminal: false, write: (text: string) => void (said.stderr += text) },
    };
    const code = await run(words(command, args), world, () => stop);
    return { code, ...said };
  };
  const startWith: ControlPlaneNode["startWith"] = (permissions, command, ...args) =>
    startProcess(Deno.execPath(), { args: ["run", "--quiet", ...permissions, MAIN, ...words(command, args)] });
  const binary = Deno.env.get("RAM_AUTH_TEST_BINARY");
  return {
    folder,
    manifests,
    manifest: `${manifests}/kube-apiserver.yaml`,
    kubeconfig,
    webhookDir,
    backupDir,
    flag: `--authentication-token-webhook-config-file=${kubeconfig}`,
    configure: (...args) => here("configure", args),
    undo: (...args) => here("undo", args),
    configureUntil: (stop, said, ...args) => here("configure", args, said, stop),
    start: (command, ...args) =>
      binary ? startProcess(binary, { args: words(command, args) }) : startWith(PERMISSIONS, command, ...args),
    startWith,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Registers a test of a node of its own. */
export function testOnNode(name: string, fn: (node: ControlPlaneNode) => Promise<void>): void {
  Deno.test(name, async () => {
    await using node = await prepareNode();
    await fn(node);
  });
}

/** Every file below a folder with its bytes, mode and owner, to see that nothing changed. */
export function treeOf(folder: string): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    const { mode, uid, gid } = Deno.lstatSync(path);
    tree[path] = `${mode} ${uid} ${gid}`;
    if (isDirectory) Object.assign(tree, treeOf(path));
    else tree[path] += ` ${new TextDecoder("latin1").decode(Deno.readFileSync(path))}`;
  }
  return tree;
}

/** Whether a file is there. */
export function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
