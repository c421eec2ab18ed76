/**
 * How long one login takes by itself, by the size of the answer.
 *
 * @module
 */

import type { Scenario } from "../outside/bench.ts";
import { inTurn, ratio, spread, type Table } from "../outside/figures.ts";
import { runLoad } from "../outside/load.ts";
import { type AnswerSize, PEOPLE } from "../outside/people.ts";
import { SERVER_NAMES } from "../outside/servers.ts";

const SIZES: readonly AnswerSize[] = ["0.2 KB", "1 KB", "4 KB", "16 KB"];

/** The scenario. */
export const latency: Scenario = {
  measures: "how long a review takes with 1 in flight, by the size of the answer (3 rounds of 1,000 reviews)",
  async run(bench) {
    await using stack = new AsyncDisposableStack();
    const server = await bench.startAll(stack);
    const tables: Table[] = [];
    for (const protocol of ["h1", "h2"] as const) {
      const rows: (readonly string[])[] = [];
      for (const size of SIZES) {
        bench.say(`latency, ${protocol}, ${size}`);
        const rounds = await inTurn(bench.kinds, bench.isQuick ? 1 : 3, (kind) =>
          runLoad(server(kind), {
            protocol,
            inFlight: 1,
            people: [PEOPLE[size]],
            warmUpSeconds: bench.isQuick ? 0.1 : 0.5,
            requests: bench.isQuick ? 20 : 1_000,
          }));
        const peer = rounds.get("peer")?.map(({ p50 }) => p50);
        for (const kind of bench.kinds) {
          const of = rounds.get(kind)!;
          rows.push([
            size,
            SERVER_NAMES[kind],
            String(of[0]!.bytes),
            spread(of.map(({ p50 }) => p50)),
            ratio(of.map(({ p50 }) => p50), peer),
            spread(of.map(({ p99 }) => p99)),
            spread(of.map(({ p999 }) => p999)),
            spread(of.map(({ cpuMs, answered }) => cpuMs.server! / answered), 3),
          ]);
        }
      }
      tables.push({ caption: `One login at a time, ${PROTOCOLS[protocol]}, each token new`, head: HEAD, rows });
    }
    return tables;
  },
};

const PROTOCOLS = { h1: "HTTP/1.1", h2: "HTTP/2" } as const;
const HEAD = ["Answer", "Server", "Bytes", "p50 ms", "Ratio", "p99 ms", "p99.9 ms", "CPU ms a review"];
