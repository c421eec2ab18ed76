/**
 * Honest logins beside something that happens to the server, and what the server says of it.
 *
 * @module
 */

import type { Bench } from "./bench.ts";
import { elapsed, seconds } from "./clock.ts";
import { type LoadResult, lost, startLoad } from "./load.ts";
import { colleague, COLLEAGUES } from "./people.ts";
import { residentMegabytes } from "./process_figures.ts";
import type { RunningServer, ServerKind, ServerOptions } from "./servers.ts";

/** Honest logins a second. */
export const HONEST_RATE = 10;

/** How long it happens. */
const SECONDS = 5;

/** How much more memory than before counts as given back. */
const MARGIN_MB = 20;

/** Something that happens to a server. */
export interface Happening {
  readonly what: string;
  /** Makes what it needs, which ends with the stack. */
  prepare(stack: AsyncDisposableStack, folder: string, bench: Bench): Prepared;
}

/** What can happen now. */
export interface Prepared {
  /** How the server is started for it. */
  readonly server?: ServerOptions;
  /** Begins it; what it returns ends it, as far as it does not end by itself. */
  begin(server: RunningServer): Promise<(() => unknown) | void>;
}

/** What came of it. */
export interface Beside {
  readonly quiet: LoadResult;
  readonly during: LoadResult;
  /** Honest logins that were refused or lost, from its beginning to well after its end. */
  readonly failed: number;
  /** Resident, in MB: before, at most, and after. */
  readonly memory: readonly [before: number, most: number, after: number];
  /** The first warning or error that was logged about it, and how many lines there were. */
  readonly logged: string;
  /** Metrics that count what does not happen on a quiet server. */
  readonly counted: readonly string[];
  /** How the server ended, where it did. */
  readonly ended: string | undefined;
}

/** Logs in before, beside and after. */
export async function logInBeside(bench: Bench, kind: ServerKind, happening: Happening): Promise<Beside> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "bench-beside-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const { server: { args = [], ...options } = {}, begin } = happening.prepare(stack, folder, bench);
  const server = stack.use(await bench.start(kind, { isLimited: true, ...options, args: [...args, "-l", "json"] }));
  const factor = bench.isQuick ? 0.1 : 1;
  await bench.sts.behave({ latencyMs: 2 });
  const honest = await startLoad(server, {
    protocol: "h2",
    rate: HONEST_RATE,
    people: Array.from({ length: COLLEAGUES }, (_, i) => colleague(i)),
    warmUpSeconds: 2 * factor,
  });

  const atStart = await counters(server);
  await honest.phase("quiet");
  await seconds(3 * factor);
  const before = await memoryOf(server, 0);
  const [quietCounters, quietLog] = [await counters(server), await server.log()];
  await honest.phase("during");
  const end = await begin(server);
  await seconds(SECONDS * factor);
  await end?.();
  await honest.phase("after");
  const after = await settled(server, before.now, 10 * factor);
  const results = await honest.results({ stop: true }) as Record<"quiet" | "during" | "after", LoadResult>;
  const failedIn = (result: LoadResult) => lost(result) + result.answered - result.authenticated;
  if (failedIn(results.quiet) > 0) throw new Error("Cannot measure: logins fail before anything happens");
  const usual = changed(atStart, quietCounters);
  return {
    quiet: results.quiet,
    during: results.during,
    failed: failedIn(results.during) + failedIn(results.after),
    memory: [before.now, after.most, after.now],
    logged: warningsIn((await server.log()).slice(quietLog.length)),
    counted: [...changed(quietCounters, await counters(server))].filter((name) => !usual.has(name)),
    ended: server.hasEnded() ? JSON.stringify(await server.status) : undefined,
  };
}

/** Waits until the memory is back, or so long. */
async function settled(server: RunningServer, before: number, most: number) {
  const started = elapsed();
  for (;;) {
    const memory = await memoryOf(server, before);
    if (memory.now <= before + MARGIN_MB || elapsed() - started > most * 1_000) return memory;
    await seconds(0.5);
  }
}

async function memoryOf(server: RunningServer, ifEnded: number) {
  return server.hasEnded() ? { now: NaN, most: ifEnded } : await residentMegabytes(server.pid);
}

/** Metrics of ours and their values; none where there is nobody to ask. */
async function counters({ healthUrl }: RunningServer): Promise<ReadonlyMap<string, string>> {
  if (healthUrl === undefined) return new Map();
  try {
    const text = await (await fetch(`${healthUrl}/metrics`, { signal: AbortSignal.timeout(5_000) })).text();
    return new Map(
      text.split("\n").filter((line) => line.startsWith("ram_auth_")).map((line) => {
        const at = line.lastIndexOf(" ");
        return [line.slice(0, at).replace("ram_auth_", ""), line.slice(at + 1)];
      }),
    );
  } catch {
    return new Map();
  }
}

function changed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): ReadonlySet<string> {
  return new Set(
    [...after].filter(([name, value]) => !/_bucket\{|_sum\b/.test(name) && (before.get(name) ?? "0") !== value)
      .map(([name]) => name),
  );
}

/** The first line of level warning and up. */
function warningsIn(log: string): string {
  const lines = log.split("\n").filter((line) => /^\{"level":"(warn|error)"/.test(line));
  const [first] = lines;
  if (first === undefined) return "–";
  const message = String(JSON.parse(first).message).replaceAll("|", "/");
  return `${message} (${lines.length} lines)`;
}
