/**
 * One token on very many connections at once: how often STS is asked.
 *
 * @module
 */

import type { Scenario } from "../outside/bench.ts";
import { lost, runLoad } from "../outside/load.ts";
import { PEOPLE, USUAL } from "../outside/people.ts";
import { SERVER_NAMES } from "../outside/servers.ts";

const CONNECTIONS = 1_000;

/** As slow as a real STS, so that all ask before the first answer. */
const LATENCY_MS = 100;

/** The scenario. */
export const herd: Scenario = {
  measures: `how often STS is asked where ${CONNECTIONS} connections present one token at once`,
  async run(bench) {
    const connections = bench.isQuick ? 50 : CONNECTIONS;
    const rows: (readonly string[])[] = [];
    for (const kind of bench.kinds) {
      bench.say(`herd, ${SERVER_NAMES[kind]}`);
      await using server = await bench.start(kind, { isLimited: true });
      await bench.sts.behave({ latencyMs: LATENCY_MS, reset: true });
      const result = await runLoad(server, {
        protocol: "h1",
        inFlight: connections,
        people: [PEOPLE[USUAL]],
        distinct: 1,
        requests: connections,
      });
      const { calls } = await bench.sts.counts();
      rows.push([
        SERVER_NAMES[kind],
        String(calls),
        String(result.authenticated),
        String(lost(result)),
        result.max?.toFixed(0) ?? "–",
      ]);
    }
    return [{
      caption: `${connections} connections present one token at once, STS takes ${LATENCY_MS} ms`,
      head: ["Server", "Calls to STS", "Logged in", "Lost", "Slowest ms"],
      rows,
    }];
  },
};
