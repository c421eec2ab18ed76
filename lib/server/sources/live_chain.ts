/**
 * The sources that live, in the order in which they are asked. A file may switch them while the server runs; one that
 * stays in the chain goes on living.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import { type LinkedController, linkedController } from "../../time.ts";
import { inTurn } from "../in_turn.ts";
import type { BackendMode } from "../../mapping/backend_mode.ts";
import { NO_RULES } from "../../mapping/judge_rules.ts";
import type { Rule } from "../../mapping/rule.ts";
import type { MappingSource } from "../../mapping/source.ts";
import { warnOfGains } from "../../mapping/swap/gains.ts";
import { type BackendModes, readBackendModes } from "./backend_modes.ts";
import type { HealthReport } from "../health.ts";
import type { LiveParts, LiveSource, StartSource } from "./live_source.ts";
import { watchContent } from "./file_watch.ts";
import type { ConfigContent, MountedFileOptions } from "./mounted_file.ts";

/** Which sources there may be, and which to start with. */
export interface ChainOptions extends BackendModes {
  /** How a source is started. @throws {RamAuthError} if it is not configured */
  readonly starterOf: (mode: BackendMode) => StartSource;
  /**
   * The config file, which holds more than the rules of `MountedFile`. Read here while that source, which reads it
   * anyway, is not in the chain. Default: there is none.
   */
  readonly config?: MountedFileOptions & {
    /** What is wrong with what was read, though it can be used. */
    readonly warnings: () => readonly string[];
  };
}

/** The sources; `await using` ends them. */
export interface LiveChain extends HealthReport, AsyncDisposable {
  /** Those that are asked now. */
  sources(): readonly MappingSource[];
  /** Resolves once each source was read; never where one cannot be. */
  readonly read: Promise<void>;
  /** Reads all again. Never rejects. */
  reload(): Promise<void>;
}

interface Running {
  readonly live: LiveSource;
  readonly stop: LinkedController;
}

/**
 * Starts the sources.
 *
 * @throws {RamAuthError} if one can never work; nothing is left running then
 */
export async function startLiveChain(
  { modes, starterOf, modeFile, clouds, config }: ChainOptions,
  parts: LiveParts,
): Promise<LiveChain> {
  const { world, log, metrics } = parts;
  const running = new Map<BackendMode, Running>();
  let order: readonly LiveSource[] = [];
  let inForce: readonly BackendMode[] = [];
  /** How many rules each source has, once it was read. */
  const rules = new Map<BackendMode, number>();
  const read = Promise.withResolvers<void>();
  let isWithoutRules = false;
  let failure: string | undefined;
  let configFailure: string | undefined;

  const noteRules = () => {
    const was = isWithoutRules;
    if (inForce.length > 0 && inForce.every((one) => rules.has(one))) read.resolve();
    isWithoutRules = inForce.length > 0 && inForce.every((mode) => rules.get(mode) === 0);
    if (isWithoutRules && !was) log.warn("no rules", { why: NO_RULES });
  };
  const end = async (mode: BackendMode) => {
    const { live, stop } = running.get(mode)!;
    running.delete(mode);
    rules.delete(mode);
    stop.abort();
    await live[Symbol.asyncDispose]();
    // What a source had that is asked no more would hide, in a sum, that there is no rule.
    metrics.forgetMappings(mode);
  };
  const start = async (mode: BackendMode) => {
    using starting = new DisposableStack();
    const stop = starting.use(linkedController(parts.signal));
    const onRules = (count: number) => {
      rules.set(mode, count);
      noteRules();
    };
    running.set(mode, { live: await starterOf(mode)({ ...parts, signal: stop.signal, onRules }), stop });
    starting.move();
  };
  const switchTo = async (wanted: readonly BackendMode[]) => {
    const others = wanted.filter((mode) => !running.has(mode));
    try {
      for (const mode of others) await start(mode);
    } catch (failure) {
      for (const mode of others) if (running.has(mode)) await end(mode);
      throw failure;
    }
    order = wanted.map((mode) => running.get(mode)!.live);
    inForce = wanted;
    noteRules();
    const isEnabled = wanted.includes("DynamicFile");
    metrics.setDynamicFile({ isEnabled, isOnly: isEnabled && wanted.length === 1 });
    for (const mode of [...running.keys()]) if (!wanted.includes(mode)) await end(mode);
  };
  const follow = inTurn(async () => {
    try {
      const wanted = await readBackendModes(world, { modes, modeFile, ...(clouds && { clouds }) });
      failure = undefined;
      if (wanted.join() === inForce.join()) return;
      await switchTo(wanted);
      log.info("mapping sources switched", { sources: wanted });
    } catch (cause) {
      const why = messageOf(cause);
      metrics.countReloadFailure();
      if (why !== failure) log.error("mapping sources not switched; the old ones stay in force", { why });
      failure = why;
    }
  });

  const readConfig = async (read: () => Promise<ConfigContent>) => {
    try {
      (await read()).takeUp?.();
      configFailure = undefined;
      metrics.countConfigReload(true, world.now());
    } catch (cause) {
      const why = messageOf(cause);
      metrics.countReloadFailure();
      if (why !== configFailure) log.error("config file not reloaded; the old options stay in force", { why });
      configFailure = why;
      metrics.countConfigReload(false, world.now());
    }
  };
  const followConfig = inTurn(async () => {
    if (config === undefined || running.has("MountedFile")) return;
    await readConfig(config.read);
  });

  if (!modes.includes("MountedFile")) (await config?.read())?.takeUp?.();
  await switchTo(modes);
  if (modeFile !== undefined) await follow();
  const watching = modeFile === undefined
    ? Promise.resolve()
    : watchContent(world, modeFile, { signal: parts.signal, onChange: follow, isStale: () => true });
  const takenConfig = () => config?.taken?.();
  const watchingConfig = config?.path === undefined ? Promise.resolve() : watchContent(world, config.path, {
    signal: parts.signal,
    onChange: followConfig,
    isStale: (found) => found !== takenConfig(),
    known: takenConfig(),
  });
  return {
    sources: () => order.map(({ source }) => source),
    read: read.promise,
    async reload() {
      await follow();
      await followConfig();
      await Promise.all(order.map((live) => live.reload()));
    },
    facts: () => order.flatMap((live) => live.facts()),
    warnings: () => [
      ...(failure === undefined ? [] : ["mapping sources: not switched, see the log; the old ones stay in force"]),
      ...(configFailure === undefined ? [] : ["config file: not reloaded, see the log; the old options stay in force"]),
      ...config?.warnings() ?? [],
      ...(isWithoutRules ? [`mappings: ${NO_RULES}`] : []),
      ...order.flatMap((live) => live.warnings()),
      ...(parts.afterSwap ? order.flatMap(({ source }) => warningOfGains(source)) : []),
    ],
    async [Symbol.asyncDispose]() {
      await watching;
      await watchingConfig;
      for (const mode of [...running.keys()]) await end(mode);
    },
  };
}

/** How many of some rules give more than the server before gave. A kubelet asks every few seconds. */
const GAINS = new WeakMap<readonly Rule[], number>();

/** How many rules of a source give more than the server before gave, in words for `/readyz`; nothing where none does. */
function warningOfGains(source: MappingSource): readonly string[] {
  const { name } = source;
  const rules = source.rules();
  const length = GAINS.get(rules) ?? warnOfGains(name, rules).length;
  GAINS.set(rules, length);
  if (length === 0) return [];
  const what = length === 1 ? "1 rule may give" : `${length} rules may give`;
  return [`mapping ${name}: ${what} more than the server before, see the log and "ram-auth check --as"`];
}
