/**
 * Who may ask the server: whoever shows a token that the state has the digest of. Decided on the head of a request, so that
 * a process that may not ask costs neither a body nor a call to STS.
 *
 * The list is taken up when it changes. One that cannot be used, or is gone, changes nothing while the server runs: whoever
 * could ask before still can, and nobody else.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { messageOf } from "../errors.ts";
import { inTurn } from "./in_turn.ts";
import { StateError } from "../state/state_error.ts";
import { STATE_FILES, statePath } from "../state/state_files.ts";
import { type AcceptedTokens, ANYONE, readAcceptedTokens } from "../state/webhook_token.ts";
import type { Log } from "../telemetry/log.ts";
import type { CallerRefusal } from "../telemetry/metrics.ts";
import { processTimers, within } from "../time.ts";
import type { World } from "../world.ts";
import type { HealthReport } from "./health.ts";
import { watchState } from "./state_watch.ts";

/** Longest `Authorization` that is looked at; a token of ours has 60 characters. */
const MAX_HEADER_CHARS = 512;

/** One token after the scheme, in any case (RFC 6750, section 2.1; RFC 9110, section 11.1). */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** How long the end of the watch waits for a look under way. */
const GRACE_MS = 1_000;

/** What watching takes. */
export interface CallersParts {
  readonly world: World;
  readonly log: Log;
  readonly stateDir: string;
  readonly signal: AbortSignal;
}

/** Who may ask; `await using` ends the watch. */
export interface Callers extends HealthReport, AsyncDisposable {
  /** Why a request is not to be answered; `undefined` where it is. Trust: anybody may have sent it. */
  refusalOf(request: Request): CallerRefusal | undefined;
  /** Looks now whether the list is another one. Never rejects. */
  check(): Promise<void>;
}

/** One entry of the list. */
interface Caller {
  readonly entry: string;
  /** `undefined` for {@linkcode ANYONE}. */
  readonly digest: Uint8Array | undefined;
  shownAtMs: number | undefined;
}

/**
 * Reads who may ask, and watches that.
 *
 * @throws {StateError} if the list cannot be used, or nobody may ask
 */
export async function watchCallers({ world, log, stateDir, signal }: CallersParts): Promise<Callers> {
  const path = statePath(stateDir, STATE_FILES.tokens);
  const read = async (): Promise<AcceptedTokens | undefined> => {
    const accepted = await readAcceptedTokens(world, stateDir);
    if (accepted?.length !== 0) return accepted;
    throw new StateError(
      `Cannot use ${STATE_FILES.tokens.what} "${path}": there is none in it, because "ram-auth init" was cut short; ` +
        "run it again",
    );
  };
  let callers = (await read())?.map(callerOf);
  let failure: string | undefined;

  const renew = async () => {
    const accepted = await read();
    if (signal.aborted || isSame(callers, accepted)) return;
    if (accepted === undefined) {
      throw new StateError(`"${path}" is gone; restore it, or restart the server to let everybody ask`);
    }
    const before = callers ?? [];
    callers = accepted.map((entry) => before.find((caller) => caller.entry === entry) ?? callerOf(entry));
    log.info("webhook tokens changed", { accepted: accepted.filter((entry) => entry !== ANYONE).length });
  };
  const check = inTurn(async () => {
    const before = failure;
    failure = await renew().then(() => undefined, messageOf);
    if (failure === before) return;
    if (failure === undefined) log.info("webhook tokens are up to date again");
    else log.error("webhook tokens not reloaded; those before stay in force", { why: failure });
  });
  const watching = watchState({ world, stateDir, check, signal });

  return {
    refusalOf({ headers }) {
      if (callers === undefined) return undefined;
      const authorization = headers.get("authorization");
      let shown: Caller | undefined;
      if (authorization !== null && authorization.length <= MAX_HEADER_CHARS) {
        const token = BEARER.exec(authorization)?.[1];
        const digest = token === undefined ? undefined : createHash("sha256").update(token).digest();
        for (const caller of callers) {
          if (digest && caller.digest && timingSafeEqual(digest, caller.digest)) shown = caller;
        }
      }
      shown ??= callers.find(({ digest }) => digest === undefined);
      if (shown === undefined) return authorization === null ? "no_webhook_token" : "wrong_webhook_token";
      shown.shownAtMs = world.elapsedMs();
      return undefined;
    },
    check,
    facts:
      () => [`webhook token: ${callers === undefined ? "none is demanded" : describe(callers, world.elapsedMs())}`],
    warnings: () =>
      failure === undefined ? [] : ["webhook token: not reloaded, see the log; those before stay in force"],
    [Symbol.asyncDispose]: () => within(processTimers, GRACE_MS, watching, "").catch(() => {}),
  };
}

function callerOf(entry: string): Caller {
  const digest = entry === ANYONE ? undefined : Uint8Array.fromHex(entry.slice(entry.indexOf(":") + 1));
  return { entry, digest, shownAtMs: undefined };
}

function isSame(callers: readonly Caller[] | undefined, accepted: AcceptedTokens | undefined): boolean {
  if (callers === undefined || accepted === undefined) return callers === accepted;
  return callers.length === accepted.length && callers.every(({ entry }, index) => entry === accepted[index]);
}

/** Such as: who shows none may ask, last 3 s ago; a token is accepted, not seen yet. */
function describe(callers: readonly Caller[], nowMs: number): string {
  return callers.map(({ digest, shownAtMs }, index) => {
    const what = digest === undefined ? "without one" : index < callers.length - 1 ? "the old one" : "the one in force";
    const when = shownAtMs === undefined
      ? "no review yet"
      : `last review ${Math.round((nowMs - shownAtMs) / 1_000)} s ago`;
    return `${what}: ${when}`;
  }).join("; ");
}
