/**
 * `ram-auth apiserver configure`: makes the kube-apiserver of this node ask ram-auth about bearer tokens, waits until the
 * new one is healthy, and else puts the original back.
 *
 * Everything from the first look at the file to the last one at the server is done under a lock, so that two runs at once
 * do not take one another's server for their own.
 *
 * @module
 */

import { exists } from "../../folders.ts";
import { WRITTEN_BY_OTHERS } from "../../guarded_file.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";
import { attributesOf, misfitOf, webhookFilesWanted } from "../owner_and_mode.ts";
import { unifiedDiff } from "../unified_diff.ts";
import { ApiserverError } from "./apiserver_error.ts";
import { keepOriginal, noteRolledBack, noteSettled, readBackup } from "./backup.ts";
import type { PlannedChange, WantedWebhook } from "./change.ts";
import { askHealth, healthCheckOf } from "./running/health.ts";
import { planChange } from "./plan.ts";
import { rollBack, takeBack } from "./roll_back.ts";
import { readTarget, type Swap, swapText } from "./target_file.ts";
import { type ApiserverTask, doAlone, noteIfPossible, startTask, webhookKubeconfig } from "./task.ts";
import { awaitApiserver, type Watch, witnessOf } from "./wait.ts";

/** Runs it. */
export async function run(invocation: Invocation): Promise<number> {
  const { settings } = invocation;
  const webhook = { kubeconfig: webhookKubeconfig(settings), replace: settings.get("replace") };
  using task = await startTask(invocation);
  if (settings.get("dry-run")) return await showChange(task, webhook);
  return await doAlone(task, () => configure(task, webhook));
}

async function showChange({ world, target }: ApiserverTask, webhook: WantedWebhook): Promise<number> {
  const { text, file } = await readTarget(world, target);
  const plan = planChange(file, webhook);
  if (!await exists(world, webhook.kubeconfig)) {
    world.stderr.write(`Note: there is no "${webhook.kubeconfig}" yet; make it by "ram-auth init"\n`);
  }
  world.stdout.write(plan.isConfigured ? alreadyText(plan) : unifiedDiff(target.path, text ?? "", plan.after));
  return 0;
}

function alreadyText({ flagIn }: PlannedChange): string {
  return `Already configured: "${flagIn}" has the flag; nothing to do\n`;
}

async function configure(task: ApiserverTask, webhook: WantedWebhook): Promise<number> {
  const { world, target, backupDir, isWaiting, say, conclude, signal } = task;
  const { text, file } = await readTarget(world, target);
  const plan = planChange(file, webhook);
  const left = plan.isConfigured ? await leftChange(task, text) : undefined;
  if (plan.isConfigured && left === undefined) {
    world.stdout.write(alreadyText(plan));
    return 0;
  }
  await demandWebhookFiles(world, webhook);
  using watch = isWaiting ? await watchServer(task, webhook, { plan, isFirst: left === undefined }) : undefined;
  const change = left ?? { from: text, to: plan.after };
  if (left === undefined) {
    await keepOriginal(world, backupDir, target.path, change);
    try {
      signal.throwIfAborted();
      await swapText(world, target, change);
    } catch (error) {
      await noteIfPossible(task, () => noteRolledBack(world, backupDir, target.path, change));
      throw error;
    }
    say(`Changed "${target.path}"`);
  } else {
    say(`"${target.path}" was changed by a run that was killed; going on with it`);
  }
  if (watch === undefined) {
    await noteIfPossible(task, () => noteSettled(world, backupDir, target.path));
    conclude(
      `Configured: "${target.path}" has the flag; start or restart the API server, and see that it gets healthy`,
    );
  } else {
    const seen = await waitOrTakeBack(task, watch, change);
    if (!seen.isHealthy) await rollBack(task, watch, change, seen.state);
    await noteIfPossible(task, () => noteSettled(world, backupDir, target.path));
    conclude('Configured: kube-apiserver asks ram-auth, and is healthy; "ram-auth apiserver undo" takes it back');
  }
  if (target.kind === "kubeadm") conclude('After "kubeadm upgrade", which rewrites this manifest, run this again');
  return 0;
}

async function waitOrTakeBack(task: ApiserverTask, watch: Watch, change: Swap): ReturnType<typeof awaitApiserver> {
  try {
    return await awaitApiserver(task, watch, "with");
  } catch (error) {
    throw await takeBack(task, change, error);
  }
}

/** The change that a run made which was killed before it saw the API server; `undefined` where there is none. */
async function leftChange(
  { world, target, backupDir }: ApiserverTask,
  text: string | undefined,
): Promise<Swap | undefined> {
  const { original, applied, isPending } = await readBackup(world, backupDir, target.path);
  return isPending && applied === text && original !== undefined ? { from: original.text, to: text } : undefined;
}

/**
 * Demands that kube-apiserver can use the webhook kubeconfig, and that nobody else can change it.
 *
 * @throws {ApiserverError}
 */
async function demandWebhookFiles(world: World, { kubeconfig }: WantedWebhook): Promise<void> {
  const attempt = `Cannot use the webhook kubeconfig "${kubeconfig}"`;
  const isFile = await world.fs.stat(kubeconfig).then((info) => info.isFile, () => false);
  if (!isFile) {
    throw new ApiserverError(
      `${attempt}: there is no such file, and kube-apiserver would not start; make it by "ram-auth init", or give ` +
        "--kubeconfig",
    );
  }
  for (const wanted of webhookFilesWanted(world, kubeconfig)) {
    const found = await attributesOf(world, wanted);
    // Who may read it is for "doctor" to say: without a token in it, as the old servers make it, that is no danger.
    const misfit = found === undefined ? undefined : misfitOf(found, { ...wanted, never: WRITTEN_BY_OTHERS });
    if (misfit === undefined) continue;
    throw new ApiserverError(
      `${attempt}: ${misfit.saw}, and kube-apiserver would do what it says; look who did that, and as root, run: ` +
        misfit.command,
    );
  }
}

/**
 * Looks at the API server before the change, so that it can be told from the one after it.
 *
 * @throws {ApiserverError} if that cannot be, or it is not healthy already: then nothing is changed
 */
async function watchServer(
  task: ApiserverTask,
  { kubeconfig }: WantedWebhook,
  { plan, isFirst }: { readonly plan: PlannedChange; readonly isFirst: boolean },
): Promise<Watch & Disposable> {
  const { healthAt, signal } = task;
  const check = healthAt ?? healthCheckOf(plan.listener);
  const health = await askHealth(check, signal);
  signal.throwIfAborted();
  if (isFirst && health.kind === "sick") {
    throw new ApiserverError(
      `Cannot find the API server of this node healthy by "${check.url}": ${health.why}; nothing was changed, because ` +
        "its health after the change would say nothing: give --health-url, or --no-wait where it does not run",
    );
  }
  const witness = await witnessOf(task, { kubeconfig, check });
  const unsure = await witness.before(signal);
  signal.throwIfAborted();
  if (isFirst && unsure !== undefined) {
    witness[Symbol.dispose]();
    throw new ApiserverError(`Cannot tell the API servers of this node apart: ${unsure}; or give --no-wait`);
  }
  return {
    witness,
    check,
    takesRefusal: health.kind !== "healthy",
    [Symbol.dispose]: () => witness[Symbol.dispose](),
  };
}
