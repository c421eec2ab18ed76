/**
 * Waits until the API server that the file asks for is healthy: the same one for three looks a second apart.
 *
 * @module
 */

import { delay } from "../../time.ts";
import { flagsOf, valueOf, WEBHOOK_FLAG } from "./flags.ts";
import { askHealth, type Health, type HealthCheck } from "./running/health.ts";
import type { ApiserverTask } from "./task.ts";
import { restartService } from "./running/restart.ts";
import { findWitness, type WantedFlag, type Witness } from "./running/witness.ts";

const LOOKS_WANTED = 3;

const LOOK_EVERY_MS = 1_000;

/** How often a state is said that stays the same. */
const SAY_AGAIN_MS = 15_000;

/** What to wait for, and how to recognize it. */
export interface Watch {
  readonly witness: Witness;
  readonly check: HealthCheck;
  /** Whether a refusal to answer anonymous requests counts as healthy. */
  readonly takesRefusal: boolean;
}

/** What tells the API servers of the task's node apart. */
export async function witnessOf(
  { target, signal }: ApiserverTask,
  { kubeconfig, check }: { readonly kubeconfig: string; readonly check: HealthCheck },
): Promise<Witness> {
  return await findWitness({
    // K3s runs the API server inside itself.
    hasProcess: target.kind !== "k3s",
    asksWebhook: (words) => valueOf(flagsOf(words), WEBHOOK_FLAG) === kubeconfig,
    check,
    signal,
  });
}

/** Restarts the service, where there is one, and waits. The last state says why it was in vain. */
export async function awaitApiserver(
  { world, say, signal, timeoutMs, target }: ApiserverTask,
  { witness, check, takesRefusal }: Watch,
  wanted: WantedFlag,
  onRestart: () => void = () => {},
): Promise<{ readonly isHealthy: boolean; readonly state: string }> {
  const startedMs = world.elapsedMs();
  const elapsedMs = () => world.elapsedMs() - startedMs;
  say(`Waiting for the API server, ${timeoutMs / 1_000} s at most`);
  if (target.service !== undefined) {
    say(`Restarting ${target.service}`);
    const restarted = await restartService(target.service, { timeoutMs, signal, hasToEnd: true });
    if (restarted.kind === "done") onRestart();
    signal.throwIfAborted();
    if (restarted.kind === "failed") return { isHealthy: false, state: `its restart failed: ${restarted.why}` };
    if (restarted.kind === "done") witness.noteRestart();
    else say(`This program cannot restart it here. As root, run now: ${restarted.command}`);
  }
  let [looks, told, toldMs] = [0, "", 0];
  let before: string | undefined;
  for (;;) {
    const sight = await witness.look(wanted, signal);
    const { who, state } = "missing" in sight
      ? { who: undefined, state: sight.missing }
      : stateOf(sight, await askHealth(check, signal), takesRefusal);
    signal.throwIfAborted();
    // One that has just followed another is not counted yet, or servers that follow each other could go on for ever.
    looks = who === undefined || (before !== undefined && who !== before) ? 0 : looks + 1;
    before = who;
    if (state !== told || elapsedMs() - toldMs >= SAY_AGAIN_MS) {
      say(`  ${Math.floor(elapsedMs() / 1_000)} s: ${state}`);
      [told, toldMs] = [state, elapsedMs()];
    }
    if (looks >= LOOKS_WANTED) return { isHealthy: true, state };
    if (looks === 0 && elapsedMs() >= timeoutMs) return { isHealthy: false, state };
    await delay(LOOK_EVERY_MS, signal);
    signal.throwIfAborted();
  }
}

function stateOf(
  { who, shown }: { readonly who: string; readonly shown: string },
  health: Health,
  takesRefusal: boolean,
): { readonly who: string | undefined; readonly state: string } {
  switch (health.kind) {
    case "healthy":
      return { who, state: `${shown} is healthy` };
    case "refused":
      if (takesRefusal) return { who, state: `${shown} answers (${health.status}: it takes no anonymous requests)` };
      return { who: undefined, state: `${shown} is not healthy: it answers ${health.status}` };
    case "sick":
      return { who: undefined, state: `${shown} is not healthy: ${health.why}` };
  }
}
