/**
 * What every scenario measured from outside is given, and what it returns.
 *
 * @module
 */

import type { Table } from "./figures.ts";
import { type RunningServer, type ServerKind, type ServerOptions, startServer } from "./servers.ts";
import { startSts, type Sts } from "./sts.ts";

/** One question about a running server, and the tables that answer it. */
export interface Scenario {
  /** For `--help`; lines are broken by hand. */
  readonly measures: string;
  run(bench: Bench): Promise<readonly Table[]>;
}

/** What to measure with. */
export interface Bench {
  readonly sts: Sts;
  /** The servers that this machine can start. */
  readonly kinds: readonly ServerKind[];
  /** Those of them that are ours. */
  readonly ours: readonly ServerKind[];
  /** Whether to show only that it works: one round, and short. */
  readonly isQuick: boolean;
  start(kind: ServerKind, options?: ServerOptions): Promise<RunningServer>;
  /** Starts several, which end with the stack. */
  startAll(
    stack: AsyncDisposableStack,
    kinds?: readonly ServerKind[],
  ): Promise<(kind: ServerKind) => RunningServer>;
  /** Tells whoever waits what goes on. */
  say(text: string): void;
}

/** How to make one. */
export interface BenchOptions {
  readonly kinds: readonly ServerKind[];
  /** The compiled program, where `kinds` has it. */
  readonly binary: string | undefined;
  readonly isQuick: boolean;
  say(text: string): void;
}

/** Starts STS for one scenario; `await using` ends it. */
export async function createBench({ kinds, binary, isQuick, say }: BenchOptions): Promise<Bench & AsyncDisposable> {
  await using starting = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "bench-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));
  const sts = starting.use(await startSts(folder));
  const start = (kind: ServerKind, options: ServerOptions = {}) => startServer(kind, { sts, binary, ...options });
  const running = starting.move();
  return {
    sts,
    kinds,
    ours: kinds.filter((kind) => kind === "source" || kind === "binary"),
    isQuick,
    start,
    async startAll(stack, wanted = kinds) {
      const servers = new Map<ServerKind, RunningServer>();
      for (const kind of wanted) servers.set(kind, stack.use(await start(kind)));
      return (kind) => servers.get(kind)!;
    },
    say,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
