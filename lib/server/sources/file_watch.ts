/**
 * Notices that a file has other content.
 *
 * The folder is watched, because a watch on a file goes deaf once the file is replaced; and the file is looked at from
 * time to time, because no watch reports everything (network file systems, a folder that is itself replaced).
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import { readTextAndHash } from "../../files.ts";
import { delay, linkedController } from "../../time.ts";
import type { World } from "../../world.ts";

/** How long after an event the file is looked at: editors and mounts make several at once. */
const SETTLE_MS = 100;

/** How often the file is looked at without an event. */
const POLL_MS = 30_000;

/** Largest file that is watched. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What to watch for. */
export interface WatchOptions {
  readonly signal: AbortSignal;
  /** The file's content is another, or cannot be read any more, or is stale. */
  readonly onChange: () => Promise<void>;
  /**
   * Whether a {@linkcode fingerprint} should be taken up even if the watch saw the same before: a reload in between may
   * have taken up another content that the watch never saw, or something went wrong.
   */
  readonly isStale: (found: string) => boolean;
  /**
   * The {@linkcode fingerprint} of the file before it was first read, so that a change between that and the watch counts.
   * Default: what the watch finds first.
   */
  readonly known?: string | undefined;
}

/** Watches a file until `signal` aborts. Resolves then. */
export async function watchContent(
  world: World,
  path: string,
  { signal, onChange, isStale, known: first }: WatchOptions,
): Promise<void> {
  let known = first;
  while (!signal.aborted) {
    const watch = watchFolder(world, path.replace(/\/?[^/]*$/, "") || (path.startsWith("/") ? "/" : "."));
    const found = await fingerprint(world, path);
    if (known !== undefined && (found !== known || isStale(found)) && !signal.aborted) await onChange();
    known = found;
    const waiting = linkedController(signal);
    await Promise.race([watch.event, delay(POLL_MS, waiting.signal)]);
    waiting.abort();
    watch.close();
    await delay(SETTLE_MS, signal);
  }
}

/** What tells one content from another; a file that cannot be read has its reason. */
export async function fingerprint(world: World, path: string): Promise<string> {
  try {
    return (await readTextAndHash(world, path, { what: "the watched file", maxBytes: MAX_BYTES, onlyRegular: true }))
      .hash;
  } catch (cause) {
    return messageOf(cause);
  }
}

/** Watches a folder for one event. A folder that cannot be watched has none: the file is then looked at in time. */
function watchFolder(world: World, folder: string): { readonly event: Promise<void>; close(): void } {
  try {
    const watcher = world.fs.watchFs(folder, { recursive: false });
    const event = watcher[Symbol.asyncIterator]().next().then(() => {});
    return { event, close: () => watcher.close() };
  } catch {
    return { event: new Promise(() => {}), close: () => {} };
  }
}
