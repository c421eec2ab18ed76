/**
 * A new webhook token in place of the one that kube-apiserver shows, in two steps, because kube-apiserver reads it once,
 * when it starts: both are accepted from the first step to the second. Where everybody may ask so far, that is how it ends.
 *
 * @module
 */

import { RamAuthError } from "../errors.ts";
import type { Owner } from "../files.ts";
import { exists } from "../folders.ts";
import type { World } from "../world.ts";
import { StateError } from "./state_error.ts";
import { type FileReport, STATE_FILES, statePath } from "./state_files.ts";
import { findStateFolder } from "./state_folder.ts";
import { withStateLock } from "./state_lock.ts";
import { planWebhookKubeconfig, readWebhookKubeconfig, tokenIn } from "./webhook_kubeconfig.ts";
import {
  type AcceptedTokens,
  accepts,
  ANYONE,
  digestOf,
  makeWebhookToken,
  MAX_KEPT_TOKENS,
  readAcceptedTokens,
  saveAcceptedTokens,
} from "./webhook_token.ts";

/** Where the two ends of the token are. */
export interface TokenPlaces {
  readonly stateDir: string;
  readonly kubeconfigPath: string;
}

/** What was done, or would be. */
export interface TokenChange {
  readonly files: readonly FileReport[];
  /** Whether some who show no token are answered still. */
  readonly admitsAnyone: boolean;
  /** The kubeconfig's text before and after, where it changes. Trust: both hold the credentials of kube-apiserver. */
  readonly kubeconfig?: { readonly before: string; readonly after: string };
}

/** A change, decided before anything is written, so that a dry run and a real one cannot differ. */
interface PlannedChange extends TokenChange {
  make(heir: Owner | undefined): Promise<void>;
}

/** How a step is taken. */
export interface StepOptions {
  /** Says what would be done, and writes nothing. */
  readonly dryRun: boolean;
}

const MAKE_IT: StepOptions = { dryRun: false };

/** It is not the time for this step. */
export class TokenRotationError extends RamAuthError {
  readonly code = "ERR_TOKEN_ROTATION";
}

/**
 * The first step: the kubeconfig gets a new token, which is accepted beside the one before. All else in it stays.
 *
 * @throws {TokenRotationError} if there is no kubeconfig, or a rotation is under way: kube-apiserver may still show the
 * token before the last
 * @throws {StateError} if what is stored is broken, or there is no state
 * @throws {FileError} if a file or its folder is not writable
 */
export async function rotateWebhookToken(
  world: World,
  places: TokenPlaces,
  options: StepOptions = MAKE_IT,
): Promise<TokenChange> {
  const attempt = "Cannot rotate the webhook token";
  return await takeStep(world, places, { ...options, attempt, plan: () => planRotation(world, places, attempt) });
}

/**
 * The second step, once kube-apiserver shows the token in the kubeconfig: no other is accepted any more.
 *
 * @throws {TokenRotationError} if that token is not accepted, because nothing would be left that kube-apiserver can show
 * @throws {StateError} if what is stored is broken, or there is no state
 * @throws {FileError} if the state is not writable
 */
export async function retireWebhookToken(
  world: World,
  places: TokenPlaces,
  options: StepOptions = MAKE_IT,
): Promise<TokenChange> {
  const attempt = "Cannot retire the old webhook token";
  return await takeStep(world, places, { ...options, attempt, plan: () => planRetirement(world, places, attempt) });
}

async function planRotation(
  world: World,
  { stateDir, kubeconfigPath }: TokenPlaces,
  attempt: string,
): Promise<PlannedChange> {
  const before = await readAcceptedTokens(world, stateDir) ?? [ANYONE];
  const text = await demandKubeconfig(world, { kubeconfigPath, attempt });
  const token = makeWebhookToken();
  const plan = await planWebhookKubeconfig(world, { path: kubeconfigPath, text, token });
  const accepted = [...keptBeside(before, { text, attempt, kubeconfigPath }), digestOf(token)];
  return {
    files: [tokensReport(stateDir), ...plan.files.filter(({ status }) => status !== "removed")],
    admitsAnyone: accepted.includes(ANYONE),
    kubeconfig: { before: text, after: plan.after! },
    make: async (heir) => {
      await saveAcceptedTokens(world, stateDir, { accepted, heir });
      await plan.make();
    },
  };
}

async function planRetirement(
  world: World,
  { stateDir, kubeconfigPath }: TokenPlaces,
  attempt: string,
): Promise<PlannedChange> {
  const before = await readAcceptedTokens(world, stateDir);
  const token = tokenIn(await demandKubeconfig(world, { kubeconfigPath, attempt }));
  if (token === undefined || !accepts(before ?? [], token)) {
    throw new TokenRotationError(
      `${attempt}: the token in "${kubeconfigPath}" is ${token === undefined ? "missing" : "not accepted"}; ` +
        'run "ram-auth webhook-token rotate" and restart kube-apiserver first',
    );
  }
  const isDone = before!.length === 1;
  return {
    files: [tokensReport(stateDir, isDone ? "kept" : "renewed")],
    admitsAnyone: false,
    make: async (heir) => {
      if (!isDone) await saveAcceptedTokens(world, stateDir, { accepted: [digestOf(token)], heir });
    },
  };
}

/** What stays accepted beside a new token: what kube-apiserver shows now. */
function keptBeside(
  before: AcceptedTokens,
  { text, attempt, kubeconfigPath }: {
    readonly text: string;
    readonly attempt: string;
    readonly kubeconfigPath: string;
  },
): AcceptedTokens {
  if (before.length < MAX_KEPT_TOKENS) return before;
  const token = tokenIn(text);
  const shown = token === undefined ? undefined : digestOf(token);
  // One that is accepted and did not come into the kubeconfig, or was lost with it, is shown by nobody who starts now.
  if (shown !== before.at(-1)) return [[shown, ANYONE].find((entry) => before.includes(entry!)) ?? before.at(-1)!];
  throw new TokenRotationError(
    `${attempt}: the token before the one in "${kubeconfigPath}" is still accepted, and kube-apiserver may still show it; ` +
      'restart kube-apiserver and run "ram-auth webhook-token retire" first',
  );
}

async function demandKubeconfig(
  world: World,
  { kubeconfigPath, attempt }: { readonly kubeconfigPath: string; readonly attempt: string },
): Promise<string> {
  const text = await readWebhookKubeconfig(world, kubeconfigPath);
  if (text !== undefined) return text;
  throw new TokenRotationError(
    `${attempt}: there is no webhook kubeconfig "${kubeconfigPath}"; run "ram-auth init", or name another file by ` +
      "--generate-kubeconfig",
  );
}

/** Plans and makes a change while nobody else does; or only plans it. */
async function takeStep(
  world: World,
  { stateDir }: TokenPlaces,
  { attempt, plan, dryRun }: StepOptions & {
    readonly attempt: string;
    readonly plan: () => Promise<PlannedChange>;
  },
): Promise<TokenChange> {
  if (!await exists(world, stateDir)) {
    throw new StateError(`${attempt}: there is no state folder "${stateDir}"; name the server's by --state-dir`);
  }
  const heir = (await findStateFolder(world, stateDir))?.heir;
  if (dryRun) return await plan();
  return await withStateLock(world, stateDir, async () => {
    const change = await plan();
    await change.make(heir);
    return change;
  }, { heir });
}

function tokensReport(stateDir: string, status: FileReport["status"] = "renewed"): FileReport {
  const { what, mode } = STATE_FILES.tokens;
  return { path: statePath(stateDir, STATE_FILES.tokens), what, mode, status };
}
