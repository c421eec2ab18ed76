/**
 * The kubelet, as far as a static pod needs it: runs what the manifest of kube-apiserver says, anew when the manifest
 * changes or the process ends, and never two at a time. Knows nothing of who changes the manifest.
 *
 * @module
 */

import { parse } from "yaml";
import type { RunningProcess } from "../process.ts";

const LOOK_EVERY_MS = 50;

/** A process that ended is started again after so many looks; the real kubelet waits longer each time. */
const LOOKS_BEFORE_RESTART = 20;

/** A kubelet; as a process, it is whatever runs at the moment, so that it has no id. */
export interface Kubelet extends Omit<RunningProcess, "pid"> {
  /** Files of the manifest's folder that the real kubelet would have run as pods, too. */
  strangers(): readonly string[];
  /** How often it has started a process. */
  starts(): number;
}

/** Watches `<folder>/kube-apiserver.yaml`, and starts each command of the container kube-apiserver by `run`. */
export function startKubelet(folder: string, run: (args: readonly string[]) => RunningProcess): Kubelet {
  const strangers = new Set<string>();
  const past: RunningProcess[] = [];
  let current: RunningProcess | undefined;
  let manifest: string | undefined;
  let lastSeen: string | undefined;
  let isStopped = false;
  let endSignal: Deno.Signal = "SIGTERM";

  const watcher = Deno.watchFs(folder);
  const watched = (async () => {
    for await (const { paths } of watcher) {
      const names = paths.map((path) => path.slice(path.lastIndexOf("/") + 1));
      for (const name of names) if (!name.startsWith(".") && name !== "kube-apiserver.yaml") strangers.add(name);
    }
  })();
  const watch = async () => {
    let looksAtTheDead = 0;
    for (; !isStopped; await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))) {
      const text = await readIfThere(`${folder}/kube-apiserver.yaml`);
      if (current?.hasEnded()) looksAtTheDead++;
      // Who writes it may not be done: what counts is what two looks agree on, and what can be run.
      const isSettled = text === lastSeen;
      lastSeen = text;
      if (!isSettled || (text === manifest && looksAtTheDead < LOOKS_BEFORE_RESTART)) continue;
      const args = text === undefined ? undefined : apiserverArgs(text);
      if (text !== undefined && args === undefined) continue;
      await current?.stop("SIGTERM");
      looksAtTheDead = 0;
      manifest = text;
      current = args === undefined ? undefined : run(args);
      if (current !== undefined) past.push(current);
    }
    watcher.close();
    await watched;
    return await current?.stop(endSignal) ?? { success: true, code: 0, signal: null };
  };
  const end = watch();
  const stop = async (signal: Deno.Signal) => {
    endSignal = signal;
    isStopped = true;
    return await end;
  };

  return {
    strangers: () => [...strangers],
    starts: () => past.length,
    stdout: () => past.map((process) => process.stdout()).join(""),
    stderr: () => past.map((process) => process.stderr()).join(""),
    hasEnded: () => isStopped,
    signal: (signal) => current?.signal(signal),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop("SIGKILL");
    },
  };
}

/**
 * What follows the program in `command:` and `args:` of the API server's container; `undefined` where the manifest cannot
 * be run, at which the real kubelet, too, looks again later.
 */
function apiserverArgs(manifest: string): string[] | undefined {
  try {
    const containers: Array<{ command: string[]; args?: string[] }> = parse(manifest).spec.containers;
    const found = containers.find(({ command }) => command[0] === "kube-apiserver");
    return found && [...found.command.slice(1), ...(found.args ?? [])];
  } catch {
    return undefined;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
