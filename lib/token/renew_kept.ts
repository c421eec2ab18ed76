/**
 * New keys for a cache: one process obtains them, and the others wait for it. Not on the start-up path of a login whose
 * keys are kept.
 *
 * @module
 */

import type { Credentials } from "../clouds/signer.ts";
import { messageOf } from "../errors.ts";
import { removeDrafts, writeFileAtomic } from "../files.ts";
import { makeFolder } from "../folders.ts";
import type { World } from "../world.ts";
import { type CacheEntry, formatKept, isOurs, lastsMs, readKept } from "./kept_keys.ts";

/** How long to wait for another process that asks the same, in milliseconds: longer than STS may take. */
const MAX_WAIT_MS = 15_000;

const RETRY_MS = 25;

/** Keys that end sooner sign no token, in milliseconds. */
const MIN_LAST_MS = 65_000;

/** What renewing needs. */
export interface Renewing {
  readonly obtain: () => Promise<Credentials>;
  /** Whether keys that are kept need no renewal. */
  readonly isFresh: (keys: Credentials) => boolean;
  readonly warn: (what: string) => void;
}

/**
 * Keys that another process has kept meanwhile, or new ones, which are then kept.
 *
 * @throws whatever `obtain` throws, unless the keys that are kept still sign tokens
 */
export async function renewKept(
  world: World,
  entry: CacheEntry,
  { obtain, isFresh, warn }: Renewing,
): Promise<Credentials> {
  const waitUntilMs = world.elapsedMs() + MAX_WAIT_MS;
  for (;;) {
    let isUsable = true;
    using lock = await tryLock(world, entry).catch((cause) => {
      warn(`Cannot cache credentials in "${entry.folder}": ${messageOf(cause)}; this login does without`);
      isUsable = false;
      return undefined;
    });
    if (!isUsable) return await obtain();
    const kept = await readKept(world, entry, warn);
    if (kept !== undefined && isFresh(kept)) return kept;
    if (lock !== undefined) {
      const keys = await obtain().catch((failure) => {
        if (kept === undefined || lastsMs(world, kept) < MIN_LAST_MS) throw failure;
        return kept;
      });
      if (keys !== kept) await keep(world, entry, keys).catch((cause) => warn(messageOf(cause)));
      return keys;
    }
    if (world.elapsedMs() > waitUntilMs) {
      warn(`Cannot cache credentials: another process holds "${lockOf(entry)}"; this login does without`);
      return await obtain();
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function lockOf({ path }: CacheEntry): string {
  return `${path}.lock`;
}

/** The kernel's lock, which ends with the process; `undefined` where another process has it. */
async function tryLock(world: World, entry: CacheEntry): Promise<Disposable | undefined> {
  await makeFolder(world, entry.folder, { mode: 0o700 });
  if (!await isOurs(world, entry.folder)) throw new TypeError("it is another user's, or everybody may write there");
  using opening = new DisposableStack();
  const file = opening.use(await world.fs.open(lockOf(entry), { write: true, create: true, mode: 0o600 }));
  if (!await file.tryLock(true)) return undefined;
  opening.move();
  return file;
}

async function keep(world: World, { path }: CacheEntry, keys: Credentials): Promise<void> {
  const text = formatKept(keys);
  if (text === undefined) return;
  await removeDrafts(world, path);
  await writeFileAtomic(world, path, text, { mode: 0o600, what: "the cached credentials" });
}
