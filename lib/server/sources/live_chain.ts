/**
 * The sources that live, in the order in which they are asked. A file may switch them while the server runs; one that
 * stays in the chain goes on living.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import type { BackendMode } from "../../mapping/backend_mode.ts";
import type { MappingSource } from "../../mapping/source.ts";
import { type BackendModes, readBackendModes } from "./backend_modes.ts";
import type { HealthReport } from "../health.ts";
import type { LiveParts, LiveSource, StartSource } from "./live_source.ts";
import { watchContent } from "./file_watch.ts";

/** Which sources there may be, and which to start with. */
export interface ChainOptions extends BackendModes {
  /** How a source is started. @throws {RamAuthError} if it is not configured */
  readonly starterOf: (mode: BackendMode) => StartSource;
}

/** The sources; `await using` ends them. */
export interface LiveChain extends HealthReport, AsyncDisposable {
  /** Those that are asked now. */
  sources(): readonly MappingSource[];
  /** Reads all anew. Never rejects. */
  reload(): Promise<void>;
}

interface Running {
  readonly live: LiveSource;
  readonly stop: AbortController;
}

/**
 * Starts the sources.
 *
 * @throws {RamAuthError} if one can never work; nothing is left running then
 */
export async function startLiveChain(
  { modes, starterOf, modeFile }: ChainOptions,
  parts: LiveParts,
): Promise<LiveChain> {
  const { world, log, metrics } = parts;
  const running = new Map<BackendMode, Running>();
  let order: readonly LiveSource[] = [];
  let inForce: readonly BackendMode[] = [];
  let failure: string | undefined;

  const end = async (mode: BackendMode) => {
    const { live, stop } = running.get(mode)!;
    running.delete(mode);
    stop.abort();
    await live[Symbol.asyncDispose]();
  };
  const switchTo = async (wanted: readonly BackendMode[]) => {
    for (const mode of wanted) {
      if (running.has(mode)) continue;
      const stop = new AbortController();
      const signal = AbortSignal.any([parts.signal, stop.signal]);
      running.set(mode, { live: await starterOf(mode)({ ...parts, signal }), stop });
    }
    order = wanted.map((mode) => running.get(mode)!.live);
    inForce = wanted;
    const isEnabled = wanted.includes("DynamicFile");
    metrics.setDynamicFile({ isEnabled, isOnly: isEnabled && wanted.length === 1 });
    for (const mode of [...running.keys()]) if (!wanted.includes(mode)) await end(mode);
  };
  const follow = async () => {
    try {
      const wanted = await readBackendModes(world, { modes, modeFile });
      failure = undefined;
      if (wanted.join() === inForce.join()) return;
      await switchTo(wanted);
      log.info("mapping sources switched", { sources: wanted });
    } catch (cause) {
      failure = messageOf(cause);
      metrics.countReloadFailure();
      log.error("mapping sources not switched; the old ones stay in force", { why: failure });
    }
  };

  try {
    await switchTo(modes);
  } catch (failed) {
    for (const mode of [...running.keys()]) await end(mode);
    throw failed;
  }
  if (modeFile !== undefined) await follow();
  const isStale = () => failure !== undefined;
  const watching = modeFile === undefined
    ? Promise.resolve()
    : watchContent(world, modeFile, { signal: parts.signal, onChange: follow, isStale });
  return {
    sources: () => order.map(({ source }) => source),
    async reload() {
      await follow();
      await Promise.all(order.map((live) => live.reload()));
    },
    facts: () => order.flatMap((live) => live.facts()),
    warnings: () => [
      ...(failure === undefined ? [] : ["mapping sources: not switched, see the log; the old ones stay in force"]),
      ...order.flatMap((live) => live.warnings()),
    ],
    async [Symbol.asyncDispose]() {
      await watching;
      for (const mode of [...running.keys()]) await end(mode);
    },
  };
}
