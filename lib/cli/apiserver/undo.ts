/**
 * `ram-auth apiserver undo`: puts back what `apiserver configure` changed, byte for byte, and waits until the API server
 * without the webhook is healthy.
 *
 * @module
 */

import { folderOf } from "../../files.ts";
import { unifiedDiff } from "../unified_diff.ts";
import type { Invocation } from "../command.ts";
import { OPTIONS } from "../../config/options.ts";
import { ApiserverError } from "./apiserver_error.ts";
import { type Backup, notePending, noteSettled, readBackup } from "./backup.ts";
import { type FileToChange, type Listener, ShapeError } from "./change.ts";
import { linesThatCount, mentionsWebhook, namesPath } from "./flags.ts";
import type { Target } from "./node_type.ts";
import { askHealth, healthCheckOf } from "./running/health.ts";
import { byHand, listenerIn } from "./plan.ts";
import { awaitOriginal } from "./roll_back.ts";
import { readTarget, swapText } from "./target_file.ts";
import { type ApiserverTask, doAlone, noteIfPossible, startTask, whereToLook } from "./task.ts";
import { witnessOf } from "./wait.ts";

/** Runs it. */
export async function run(invocation: Invocation): Promise<number> {
  using task = await startTask(invocation);
  if (invocation.settings.get("dry-run")) return await showChange(task);
  return await doAlone(task, () => undo(task));
}

async function showChange(task: ApiserverTask): Promise<number> {
  const { world, target } = task;
  const found = await findOriginal(task);
  if (found === undefined) {
    world.stdout.write(nothingText(target));
    return 0;
  }
  const { text, original } = found;
  world.stdout.write(
    text === original.text ? alreadyText(target.path) : unifiedDiff(target.path, text ?? "", original.text ?? ""),
  );
  return 0;
}

function alreadyText(path: string): string {
  return `Already undone: "${path}" is the original; nothing to do\n`;
}

function nothingText({ path, service }: Target): string {
  const restart = service === undefined ? "" : `; if it had one when ${service} started, restart that`;
  return `Nothing to undo: "${path}" has no webhook${restart}\n`;
}

async function undo(task: ApiserverTask): Promise<number> {
  const { world, target, backupDir, isWaiting, timeoutMs, say, conclude, signal } = task;
  const found = await findOriginal(task);
  if (found === undefined) {
    await noteIfPossible(task, () => noteSettled(world, backupDir, target.path));
    conclude(nothingText(target).trimEnd());
    return 0;
  }
  const { text, original, kubeconfig, file, isPending } = found;
  if (text === original.text && !isPending) {
    world.stdout.write(alreadyText(target.path));
    return 0;
  }
  const check = task.healthAt ?? healthCheckOf(listenerOf(file));
  using witness = isWaiting ? await witnessOf(task, { kubeconfig, check }) : undefined;
  await witness?.before(signal);
  const health = witness === undefined ? undefined : await askHealth(check, signal);
  signal.throwIfAborted();
  if (text === original.text) {
    say(`"${target.path}" was put back by a run that was killed; going on with it`);
  } else {
    await notePending(world, backupDir, target.path);
    await swapText(world, target, { from: text, to: original.text });
    say(`Put back "${target.path}"`);
  }
  if (witness !== undefined) {
    const watch = { witness, check, takesRefusal: health?.kind !== "healthy" };
    const { isHealthy, state } = await awaitOriginal(task, watch);
    if (!isHealthy) {
      throw new ApiserverError(
        `Cannot see the API server healthy within ${
          timeoutMs / 1_000
        } s (${state}); "${target.path}" is the original ` +
          `again: ${whereToLook(target)}`,
      );
    }
  }
  await noteIfPossible(task, () => noteSettled(world, backupDir, target.path));
  conclude(`Undone: "${target.path}" is the original again`);
  return 0;
}

/** What is to be put back, and where. */
interface Found {
  readonly text: string | undefined;
  readonly original: NonNullable<Backup["original"]>;
  /** The webhook kubeconfig of the change. */
  readonly kubeconfig: string;
  readonly file: FileToChange;
  readonly isPending: boolean;
}

/**
 * Finds it; `undefined` where the file was written again since, or never changed, and has nothing of a change.
 *
 * @throws {ApiserverError} if there is no original, or the file has changed since
 */
async function findOriginal({ world, target, backupDir }: ApiserverTask): Promise<Found | undefined> {
  const { text, file } = await readTarget(world, target);
  const { original, applied, replaced, isPending, appliedPath } = await readBackup(world, backupDir, target.path);
  const attempt = `Cannot undo the change of "${target.path}"`;
  const kubeconfig = webhookNamedIn(text === replaced ? replaced : applied) ?? OPTIONS["generate-kubeconfig"].default;
  const isKnown = original !== undefined && applied !== undefined && [original.text, applied, replaced].includes(text);
  if (!isKnown && isWithoutWebhook(file, kubeconfig)) return undefined;
  const lines = byHand(file, kubeconfig);
  if (original === undefined || applied === undefined) {
    throw new ApiserverError(
      `${attempt}: "${backupDir}" has no original of it; give the --backup-dir and --file of the change, or take this ` +
        `out by hand:\n${lines}`,
    );
  }
  if (!isKnown) {
    throw new ApiserverError(
      `${attempt}: it has changed since, and the original would take that back as well; see diff "${appliedPath}" ` +
        `"${target.path}", and take this out by hand:\n${lines}`,
    );
  }
  return { text, original, kubeconfig, file, isPending };
}

/** Whether nothing that starts kube-apiserver names a webhook, or mounts the folder of ours. */
function isWithoutWebhook({ before = "", beside, unit }: FileToChange, kubeconfig: string): boolean {
  const besides = [beside, unit?.dropIns, unit?.environment].flatMap((texts) => [...texts?.values() ?? []]);
  return [before, unit?.text ?? "", ...besides].every((text) =>
    !linesThatCount(text).some(mentionsWebhook) && !namesPath(text, folderOf(kubeconfig))
  );
}

/** In what we wrote, the flag stands in one form. */
function webhookNamedIn(applied: string | undefined): string | undefined {
  return linesThatCount(applied ?? "").map((line) =>
    /authentication-token-webhook-config-file=([A-Za-z0-9/._@+-]+)/.exec(line)?.[1]
  )
    .findLast((value) => value !== undefined);
}

/** What cannot be read for certain is put back all the same. */
function listenerOf(file: FileToChange): Listener {
  try {
    return listenerIn(file);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    return { address: undefined, port: undefined };
  }
}
