/**
 * How many reviews a server gives with 64 in flight, and what each costs it: each token new, and the same ones again.
 *
 * @module
 */

import type { Bench, Scenario } from "../outside/bench.ts";
import { inTurn, ratio, spread, type Table } from "../outside/figures.ts";
import { type LoadResult, lost, runLoad } from "../outside/load.ts";
import { PEOPLE, USUAL } from "../outside/people.ts";
import { type RunningServer, SERVER_NAMES, type ServerKind } from "../outside/servers.ts";

const IN_FLIGHT = 64;

/** How many tokens come again and again, where they do: those of a cluster's people at work. */
const SAME_TOKENS = 100;

/** The scenario. */
export const throughput: Scenario = {
  measures: "reviews a second and CPU time of each, 64 in flight, HTTP/1.1 and HTTP/2, each token new and the same\n" +
    "100 again (5 rounds of 2 s each, after 4 s to warm up)",
  async run(bench) {
    await using stack = new AsyncDisposableStack();
    const server = await bench.startAll(stack, kindsOf(bench));
    const tables: Table[] = [];
    for (const distinct of [0, SAME_TOKENS]) {
      const caption = distinct === 0
        ? `Each token new, ${IN_FLIGHT} in flight, STS answers at once`
        : `The same ${SAME_TOKENS} tokens again, ${IN_FLIGHT} in flight`;
      const rows: (readonly string[])[] = [];
      for (const protocol of ["h1", "h2"] as const) {
        bench.say(`${caption}, ${protocol}`);
        rows.push(...await rowsOf(bench, server, { protocol, distinct }));
      }
      tables.push({ caption, head: HEAD, rows });
    }
    return tables;
  },
};

const HEAD = [
  "Server",
  "Protocol",
  "Reviews/s",
  "Ratio",
  "CPU ms a review",
  "Ratio",
  "p50 ms",
  "p99 ms",
  "Lost",
  "Client, STS busy",
];

async function rowsOf(
  bench: Bench,
  server: (kind: ServerKind) => RunningServer,
  plan: { readonly protocol: "h1" | "h2"; readonly distinct: number },
): Promise<readonly (readonly string[])[]> {
  const kinds = kindsOf(bench);
  const run = (kind: ServerKind, warmUpSeconds: number, seconds: number) =>
    runLoad(server(kind), {
      ...plan,
      inFlight: IN_FLIGHT,
      people: [PEOPLE[USUAL]],
      warmUpSeconds,
      seconds,
      pids: { sts: bench.sts.pid },
    });
  // A server runs for months: what the first seconds compile is not what a review costs.
  if (!bench.isQuick) { for (const kind of kinds) await run(kind, 0, 4); }
  const rounds = await inTurn(
    kinds,
    bench.isQuick ? 1 : 5,
    (kind) => bench.isQuick ? run(kind, 0.1, 0.3) : run(kind, 0.5, 2),
  );
  const peer = rounds.get("peer");
  return kinds.map((kind) => {
    const of = rounds.get(kind)!;
    return [
      SERVER_NAMES[kind],
      plan.protocol,
      spread(of.map(({ rate }) => rate), 0),
      ratio(of.map(({ rate }) => rate), peer?.map(({ rate }) => rate)),
      spread(of.map(cpuOfReview), 3),
      ratio(of.map(cpuOfReview), peer?.map(cpuOfReview)),
      spread(of.map(({ p50 }) => p50)),
      spread(of.map(({ p99 }) => p99)),
      String(of.reduce((sum, result) => sum + lost(result), 0)),
      `${busy(of, "load")}, ${busy(of, "sts")}`,
    ];
  });
}

/** The bare server is the floor. */
function kindsOf(bench: Bench): readonly ServerKind[] {
  return [...bench.kinds, "bare"];
}

function cpuOfReview({ cpuMs, answered }: LoadResult): number {
  return cpuMs.server! / answered;
}

/** How much of one core another process used, at most: at 100 % it is what was measured. */
function busy(results: readonly LoadResult[], process: string): string {
  return `${(Math.max(...results.map(({ cpuMs, seconds }) => cpuMs[process]! / seconds / 10))).toFixed(0)} %`;
}
