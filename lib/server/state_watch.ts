/**
 * The state folder while the server runs: somebody looks at it after each change, and from time to time, because no watch
 * reports everything (a folder that is itself replaced, a network file system).
 *
 * @module
 */

import { draftedFile, nameOf } from "../files.ts";
import { LOCK_NAME } from "../state/state_files.ts";
import { delay, linkedController } from "../time.ts";
import type { World } from "../world.ts";

/** How often the folder is looked at without an event. */
const CHECK_MS = 60_000;

/** How long after an event: what belongs together may be two files. */
const SETTLE_MS = 100;

/** A watch that is broken says nothing; the folder is looked at in time. */
const NEVER: Promise<void> = new Promise(() => {});

/** What is done when, and until when. */
export interface StateWatchParts {
  readonly world: World;
  readonly stateDir: string;
  /** Looks at the folder. Never rejects. */
  readonly check: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Looks now and after each change, until the signal aborts and the look under way has ended. Never rejects. */
export async function watchState({ world, stateDir, check, signal }: StateWatchParts): Promise<void> {
  while (!signal.aborted) {
    using change = nextChange(world, stateDir);
    await check();
    const waiting = linkedController(signal);
    await Promise.race([change.event, delay(CHECK_MS, waiting.signal)]);
    waiting.abort();
    await delay(SETTLE_MS, signal);
  }
}

/**
 * Watches the folder for one change, beside what every writer leaves for a moment: else a renewal that fails would be
 * its own next event. A folder that cannot be watched has none.
 */
function nextChange(world: World, stateDir: string): Disposable & { readonly event: Promise<void> } {
  let watcher: Deno.FsWatcher;
  try {
    watcher = world.fs.watchFs(stateDir, { recursive: false });
  } catch {
    return { event: NEVER, [Symbol.dispose]() {} };
  }
  const isPassing = (path: string) => {
    const name = nameOf(path);
    return name === LOCK_NAME || draftedFile(name) !== undefined;
  };
  const wait = async () => {
    const changes = watcher[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await changes.next();
      if (done) return await NEVER;
      if (!value.paths.every(isPassing)) return;
    }
  };
  return { event: wait().catch(() => NEVER), [Symbol.dispose]: () => watcher[Symbol.dispose]() };
}
