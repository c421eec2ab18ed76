/**
 * A folder that stands for a control plane node, and `scripts/configure-apiserver` run on it: by the system's `sh` with
 * its tools, by bash, which is the `sh` of Red Hat, and by busybox with nothing but its own tools, as on Alpine.
 *
 * @module
 */

import { whyMissing } from "../../support/needs.ts";
import { type RunningProcess, startProcess } from "../../support/process.ts";

const SCRIPT = `${Deno.cwd()}/scripts/configure-apiserver`;

/** What the script said. */
export interface ScriptResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

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
  /** Runs the script with the kubeconfig and backup folder of this node, unless `args` name others. */
  run(...args: readonly string[]): Promise<ScriptResult>;
  /** The same, and goes on. */
  start(...args: readonly string[]): RunningProcess;
}

/** A shell and its tools. */
export type Shell = "sh" | "bash" | "busybox";

/** Makes an empty node. */
export async function prepareNode(shell: Shell): Promise<ControlPlaneNode> {
  await using preparing = new AsyncDisposableStack();
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "node-" }));
  preparing.defer(() => Deno.remove(folder, { recursive: true }));
  const [manifests, webhookDir] = [`${folder}/manifests`, `${folder}/webhook`];
  for (const path of [manifests, webhookDir]) await Deno.mkdir(path);
  const kubeconfig = `${webhookDir}/kubeconfig.yaml`;
  await Deno.writeTextFile(kubeconfig, "made up\n");
  const backupDir = `${folder}/backup`;
  const env: Record<string, string> = {};
  if (shell === "busybox") {
    const tools = env["PATH"] = await Deno.makeTempDir({ prefix: "busybox-" });
    preparing.defer(() => Deno.remove(tools, { recursive: true }));
    await new Deno.Command("busybox", { args: ["--install", "-s", tools] }).output();
  }
  const [program, ...flags] = { sh: ["sh"], bash: ["bash", "--posix"], busybox: [`${env["PATH"]}/sh`] }[shell];
  const withDefaults = (
    args: readonly string[],
  ) => [...flags, SCRIPT, "--kubeconfig", kubeconfig, "--backup-dir", backupDir, ...args];
  const prepared = preparing.move();
  return {
    folder,
    manifests,
    manifest: `${manifests}/kube-apiserver.yaml`,
    kubeconfig,
    webhookDir,
    backupDir,
    flag: `--authentication-token-webhook-config-file=${kubeconfig}`,
    run: async (...args) => {
      const { code, stdout, stderr } = await new Deno.Command(program!, {
        args: withDefaults(args),
        env,
        stdin: "null",
      }).output();
      return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
    },
    start: (...args) => startProcess(program!, { args: withDefaults(args), env }),
    [Symbol.asyncDispose]: () => prepared.disposeAsync(),
  };
}

/**
 * Registers a test for each shell, skipped with the reason where that is missing. What waits for long and tells the shells
 * apart no more than other tests do names one; what the shells are known to do differently, all.
 */
export function testOnNodes(
  name: string,
  fn: (node: ControlPlaneNode) => Promise<void>,
  shells: readonly Shell[] = ["sh", "busybox"],
): void {
  for (const shell of shells) {
    const reason = shell === "sh" ? undefined : whyMissing([shell]);
    Deno.test({
      name: `${name}, by ${shell}${reason === undefined ? "" : ` (skipped: ${reason})`}`,
      ignore: reason !== undefined,
      fn: async () => {
        await using node = await prepareNode(shell);
        await fn(node);
      },
    });
  }
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
