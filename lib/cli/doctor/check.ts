/**
 * One check of an installation, and how all of them are made at once: none holds up another, and none takes longer than
 * its deadline, whatever hangs.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import { messageOf, RamAuthError } from "../../errors.ts";
import { sentence } from "../../quote.ts";
import { delay } from "../../time.ts";
import type { World } from "../../world.ts";

/** How long a check may take. They run together, so that the whole takes less than 5 s with the start of the process. */
const CHECK_MS = 2_500;

/** After this part of it, a check is asked to end, so that it can say what it waited for. */
const ASKED_SHARE = 0.8;

/** In how many turns a wait is taken. */
const TURNS = 20;

/** How a check ends. `warning`: it works, and somebody should look. `skipped`: it could not be made, or is about nothing. */
export type Outcome = "ok" | "warning" | "failed" | "skipped";

/** What a check came to. */
export interface Verdict {
  readonly outcome: Outcome;
  /** What was seen. Trust: files, STS and the API server have their say in it. */
  readonly saw: string;
  /** What to do: there unless all is well. A command line stands at its end, behind "run: ". */
  readonly todo?: string;
}

/** A verdict, and on what. */
export interface Finding extends Verdict {
  /** Stays the same over releases. */
  readonly id: string;
  /** What was looked at, on which values. */
  readonly tested: string;
}

/** One check. */
export interface Check {
  readonly id: string;
  readonly tested: string;
  /** Looks, and changes nothing. `signal` aborts when it should end. */
  look(signal: AbortSignal): Promise<Verdict>;
}

/** What checks are made with. */
export interface Patient {
  readonly world: World;
  /** As far as the config file can be read. */
  readonly settings: Settings;
}

/** All is well. */
export function ok(saw: string): Verdict {
  return { outcome: "ok", saw };
}

/** It works; somebody should look. */
export function warning(saw: string, todo: string): Verdict {
  return { outcome: "warning", saw, todo };
}

/** It does not work, or is not safe. */
export function failed(saw: string, todo: string): Verdict {
  return { outcome: "failed", saw, todo };
}

/** It could not be looked at. */
export function skipped(saw: string, todo?: string): Verdict {
  return { outcome: "skipped", saw, ...(todo === undefined ? {} : { todo }) };
}

/**
 * The verdict of an error: what an operator is told to do stands behind the last semicolon of its message. What another
 * user than root may not read says nothing of whether it is in order.
 *
 * @param todo default: the error's own advice
 */
export function verdictOf(error: unknown, world: Pick<World, "userId">, todo?: string): Verdict {
  const message = sentence(messageOf(error).replaceAll("\n", " "));
  if (isDenied(error) && world.userId() !== 0) {
    return skipped(message, "run it as root: sudo ram-auth doctor");
  }
  const end = message.lastIndexOf("; ");
  if (todo !== undefined || end < 0) return failed(message, todo ?? "report it, with the output of RAM_AUTH_DEBUG=1");
  return failed(message.slice(0, end), message.slice(end + 2));
}

/** Waits that long in turns of the event loop, so that work which held the thread takes nobody's time away. */
async function turns(ms: number, signal: AbortSignal): Promise<void> {
  for (let turn = 0; turn < TURNS && !signal.aborted; turn += 1) await delay(ms / TURNS, signal);
}

function isDenied(error: unknown): boolean {
  if (error instanceof Deno.errors.PermissionDenied) return true;
  return error instanceof Error && error.cause !== undefined && isDenied(error.cause);
}

/** Makes all checks together. Never rejects. */
export async function makeAll(checks: readonly Check[], world: World, deadlineMs = CHECK_MS): Promise<Finding[]> {
  return await Promise.all(checks.map(async ({ id, tested, look }) => ({ id, tested, ...await make(look) })));

  async function make(look: Check["look"]): Promise<Verdict> {
    const [end, ended] = [new AbortController(), new AbortController()];
    const late = async () => {
      await turns(deadlineMs * ASKED_SHARE, ended.signal);
      end.abort(new DOMException("The time is up", "TimeoutError"));
      await turns(deadlineMs * (1 - ASKED_SHARE), ended.signal);
      return failed(`nothing came of it within ${deadlineMs / 1_000} s`, "check what it waits for");
    };
    try {
      return await Promise.race([Promise.try(look, end.signal), late()]);
    } catch (error) {
      if (error instanceof RamAuthError) return verdictOf(error, world);
      return verdictOf(error, world, "report it, with the output of RAM_AUTH_DEBUG=1");
    } finally {
      ended.abort();
    }
  }
}
