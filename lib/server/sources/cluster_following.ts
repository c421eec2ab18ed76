/**
 * What lives in an API server is followed over one connection after the other: over a new one whenever the kubeconfig, or
 * a file that it names, is another. A kubeconfig that cannot be used is an outage of the sources that it feeds, and of
 * nothing else (ADR 36).
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import type { NoteFile } from "../../kube/access.ts";
import { delay, linkedController } from "../../time.ts";
import type { World } from "../../world.ts";
import { fingerprint, watchContent } from "./file_watch.ts";
import type { LiveParts } from "./live_source.ts";

/** How often a kubeconfig that cannot be used is tried again though nothing changed: what it lacked may not be a file. */
const RETRY_MS = 30_000;

/** Something that a kubeconfig leads to. */
export interface Reached {
  /** For logs. */
  readonly server: string;
  close(): void;
}

/** How a collection, or whatever else a kubeconfig leads to, is followed. */
export interface FollowOptions<Connection extends Reached> {
  /** As `--backend-mode` names the source. */
  readonly source: string;
  /**
   * Makes a connection, which is closed here.
   *
   * @throws {RamAuthError} if the kubeconfig cannot be used
   */
  readonly connect: (noteFile: NoteFile) => Promise<Connection>;
  /** Follows over this connection until the signal aborts. */
  readonly follow: (connection: Connection, signal: AbortSignal) => Promise<void>;
  /** There is no connection; called once for each reason. */
  readonly onTrouble: (why: string) => void;
}

/** A following, until the signal of its parts aborts. */
export interface ClusterFollowing {
  /** Resolves once nothing is followed any more. Rejects with what `follow` rejects with. */
  readonly ended: Promise<void>;
  /** What an operator should look at, beside what the collection itself reports. */
  notes(): readonly string[];
}

/**
 * Starts to follow, or to wait for a kubeconfig that can be used.
 *
 * @throws {RamAuthError} if none can be used as long as the server runs: it names no file that could change
 */
export async function followCluster<Connection extends Reached>(
  { source, connect, follow, onTrouble }: FollowOptions<Connection>,
  { world, log, metrics, scrubber, signal }: Pick<LiveParts, "world" | "log" | "metrics" | "scrubber" | "signal">,
): Promise<ClusterFollowing> {
  let stopRunning: (() => Promise<void>) | undefined;
  let failure: string | undefined;

  const begin = (connection: Connection) => {
    const stopping = linkedController(signal);
    const following = follow(connection, stopping.signal).finally(() => connection.close());
    return () => {
      stopping.abort();
      return following;
    };
  };
  const fail = (cause: unknown) => {
    const why = messageOf(cause);
    if (why === failure) return;
    failure = why;
    metrics.countReloadFailure();
    if (stopRunning === undefined) onTrouble(why);
    const consequence = stopRunning === undefined
      ? "the kubeconfig cannot be used; it is tried again when it changes"
      : "kubeconfig not reloaded; the old one stays in force";
    log.error(consequence, { source, why: scrubber.scrub(why) });
  };
  /** Connects, and returns the files that the connection depends on. */
  const tryNow = async (): Promise<ReadonlyMap<string, string>> => {
    const files = new Map<string, string>();
    try {
      const connection = await connect(async (path) => void files.set(path, await fingerprint(world, path)));
      const isFirst = stopRunning === undefined && failure === undefined;
      await stopRunning?.();
      stopRunning = begin(connection);
      failure = undefined;
      if (!isFirst) log.info("kubeconfig in force", { source, server: connection.server });
    } catch (cause) {
      if (files.size === 0) throw cause;
      fail(cause);
    }
    return files;
  };
  const keepTrying = async (first: ReadonlyMap<string, string>) => {
    for (let files = first; !signal.aborted;) {
      await untilChange(world, files, { signal, retryMs: failure === undefined ? undefined : RETRY_MS });
      if (!signal.aborted) files = await tryNow();
    }
    await stopRunning?.();
  };
  const ended = keepTrying(await tryNow());
  return {
    ended,
    notes: () =>
      failure === undefined || stopRunning === undefined
        ? []
        : ["kubeconfig not reloaded, see the log; the old one stays in force"],
  };
}

/** Resolves once one of the files differs from its fingerprint, or after a time, or when the signal aborts. */
async function untilChange(
  world: World,
  files: ReadonlyMap<string, string>,
  { signal, retryMs }: { readonly signal: AbortSignal; readonly retryMs: number | undefined },
): Promise<void> {
  const over = linkedController(signal);
  const aborted = new Promise<void>((resolve) =>
    over.signal.addEventListener("abort", () => resolve(), { once: true })
  );
  const onChange = () => {
    over.abort();
    return Promise.resolve();
  };
  if (retryMs !== undefined) void delay(retryMs, over.signal).then(onChange);
  const watching = [...files].map(([path, known]) =>
    watchContent(world, path, { signal: over.signal, onChange, isStale: () => false, known })
  );
  if (!signal.aborted) await aborted;
  await Promise.all(watching);
}
