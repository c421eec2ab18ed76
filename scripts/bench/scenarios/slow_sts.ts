/**
 * What a server adds to an STS that takes its time.
 *
 * @module
 */

import type { Scenario } from "../outside/bench.ts";
import { inTurn, spread } from "../outside/figures.ts";
import { lost, runLoad } from "../outside/load.ts";
import { PEOPLE, USUAL } from "../outside/people.ts";
import { SERVER_NAMES } from "../outside/servers.ts";

const LATENCY_MS = 20;
const RATE = 500;

/** The scenario. */
export const slowSts: Scenario = {
  measures:
    `what a server adds to an STS that takes ${LATENCY_MS} ms, at ${RATE} new tokens a second (5 rounds of 3 s)`,
  async run(bench) {
    await using stack = new AsyncDisposableStack();
    const server = await bench.startAll(stack);
    await bench.sts.behave({ latencyMs: LATENCY_MS });
    const rate = bench.isQuick ? 50 : RATE;
    const rounds = await inTurn(bench.kinds, bench.isQuick ? 1 : 5, (kind) =>
      runLoad(server(kind), {
        protocol: "h2",
        rate,
        people: [PEOPLE[USUAL]],
        warmUpSeconds: bench.isQuick ? 0.1 : 1,
        seconds: bench.isQuick ? 0.3 : 3,
      }));
    return [{
      caption: `STS takes ${LATENCY_MS} ms, ${rate} new tokens a second, HTTP/2`,
      head: ["Server", "p50 ms", "p99 ms", "p99 above STS's", "CPU ms a review", "Logged in", "Lost"],
      rows: bench.kinds.map((kind) => {
        const of = rounds.get(kind)!;
        const sum = (each: readonly number[]) => String(each.reduce((a, b) => a + b, 0));
        return [
          SERVER_NAMES[kind],
          spread(of.map(({ p50 }) => p50)),
          spread(of.map(({ p99 }) => p99)),
          spread(of.map(({ p99 }) => p99 === null ? null : p99 - LATENCY_MS)),
          spread(of.map(({ cpuMs, answered }) => cpuMs.server! / answered), 3),
          sum(of.map(({ authenticated }) => authenticated)),
          sum(of.map(lost)),
        ];
      }),
    }];
  },
};
