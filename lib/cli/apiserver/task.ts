/**
 * What `apiserver configure` and `apiserver undo` have in common: the options, the signals, and what is said meanwhile.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import { RamAuthError, UsageError } from "../../errors.ts";
import { folderOf } from "../../files.ts";
import { linkedController } from "../../time.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";
import { takeHangUps } from "../signals.ts";
import { writeIfRead } from "../terminal.ts";
import { ApiserverError } from "./apiserver_error.ts";
import { type ApiserverKind, isPlainPath } from "./change.ts";
import { type HealthCheck, healthCheckAt } from "./running/health.ts";
import { findTarget, type Target } from "./node_type.ts";
import { withTargetLock } from "./target_file.ts";

/** How long kube-apiserver may take, in seconds: the kubelet was seen to take 45 on a busy machine. */
const USUAL_TIMEOUT_S: Readonly<Record<ApiserverKind, number>> = { kubeadm: 120, k3s: 120, systemd: 120, rke2: 180 };

/** One run of a command; `using` gives its signals back. */
export interface ApiserverTask extends Disposable {
  readonly world: World;
  readonly target: Target;
  readonly backupDir: string;
  readonly timeoutMs: number;
  readonly isWaiting: boolean;
  /** Where to ask for the health, where that is not by the flags. */
  readonly healthAt: HealthCheck | undefined;
  /** A line for the person; never a reason to fail, since nobody may be reading any more. */
  readonly say: (line: string) => void;
  /** The same for what came of it. */
  readonly conclude: (line: string) => void;
  /** Aborts at Ctrl-C, SIGTERM and the end of the terminal. */
  readonly signal: AbortSignal;
}

/**
 * Reads the options, finds out what is to be changed, and takes the signals.
 *
 * @throws {UsageError} if an option cannot be used
 * @throws {ApiserverError} if there is no kube-apiserver here
 */
export async function startTask({ settings, world, stopSignal }: Invocation): Promise<ApiserverTask> {
  const healthUrl = settings.get("health-url");
  const healthAt = healthUrl === undefined ? undefined : healthCheckAt(healthUrl);
  const backupDir = plainPath(settings.get("backup-dir"), "--backup-dir");
  const target = await findTarget(world, {
    type: settings.get("apiserver-type"),
    file: settings.get("apiserver-file"),
  });
  const backupFolder = await realPath(world, backupDir);
  if (backupFolder !== undefined && backupFolder === await realPath(world, folderOf(target.path))) {
    throw new UsageError(
      `Cannot keep backups in "${backupDir}": what stands there may be run or read as config; give another --backup-dir`,
    );
  }
  const timeoutS = settings.get("timeout") ?? USUAL_TIMEOUT_S[target.kind];
  const ended = linkedController(await stopSignal());
  const hangUps = takeHangUps();
  hangUps.obey(() => {
    ended.abort();
    return Promise.resolve();
  });
  return {
    world,
    target,
    backupDir,
    healthAt,
    timeoutMs: timeoutS * 1_000,
    isWaiting: settings.get("wait"),
    say: (line) => writeIfRead(world.stderr, `${line}\n`),
    conclude: (line) => writeIfRead(world.stdout, `${line}\n`),
    signal: ended.signal,
    [Symbol.dispose]() {
      hangUps[Symbol.dispose]();
      ended[Symbol.dispose]();
    },
  };
}

/**
 * The webhook kubeconfig that the flag is to name.
 *
 * @throws {UsageError} if it cannot stand in YAML, units and command lines, or its folder is not its own
 */
export function webhookKubeconfig(settings: Settings): string {
  const path = plainPath(settings.get("generate-kubeconfig"), "--kubeconfig");
  if (folderOf(folderOf(path)) !== "/") return path;
  throw new UsageError(
    `Cannot use --kubeconfig "${path}": its folder is mounted into the API server; give it one of its own`,
  );
}

/**
 * Does the work while no other run changes the file.
 *
 * @throws {ApiserverError} if it is interrupted before anything was changed
 */
export async function doAlone<T>({ world, target, signal, say }: ApiserverTask, work: () => Promise<T>): Promise<T> {
  const onWait = () => say("Waiting for another run of this command to end");
  try {
    return await withTargetLock(world, target, { signal, onWait }, work);
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    throw new ApiserverError("Interrupted: nothing was changed", { cause: error });
  }
}

/**
 * Notes what became of the file. A backup folder that is full or gone by now is no reason to fail, or to leave the API
 * server as it is: the next run goes by the file itself.
 */
export async function noteIfPossible({ say }: Pick<ApiserverTask, "say">, note: () => Promise<void>): Promise<void> {
  try {
    await note();
  } catch (error) {
    if (!(error instanceof RamAuthError)) throw error;
    say(`Note: ${error.message}`);
  }
}

/** Where a person finds out more. */
export function whereToLook({ service }: Target): string {
  return service === undefined
    ? "crictl ps -a --name kube-apiserver, crictl logs <id> and journalctl -u kubelet say more"
    : `journalctl -u ${service} says more`;
}

function plainPath(path: string, option: string): string {
  if (isPlainPath(path)) return path;
  throw new UsageError(
    `Cannot use ${option} "${path}": it is not an absolute path of letters, digits and / . _ @ + -; give another`,
  );
}

async function realPath(world: World, path: string): Promise<string | undefined> {
  return await world.fs.realPath(path).catch(() => undefined);
}
