/**
 * What a server makes of an STS that misbehaves: its answer to a new token, whether somebody who was just verified still
 * gets in, and how soon all is well after STS is.
 *
 * @module
 */

import { elapsed, seconds } from "../outside/clock.ts";
import type { Bench, Scenario } from "../outside/bench.ts";
import { type LoadPlan, type LoadResult, lost, runLoad } from "../outside/load.ts";
import { PEOPLE, revealsToken, USUAL } from "../outside/people.ts";
import { type RunningServer, SERVER_NAMES, type ServerKind } from "../outside/servers.ts";
import type { StsFault } from "../outside/sts.ts";

const FAULTS: Readonly<Record<StsFault, string>> = {
  hang: "does not answer",
  drip: "answers a byte in 100 ms",
  reset: "resets the connection",
  "500": "answers 500",
  throttle: "throttles everybody",
  redirect: "redirects",
  garbage: "answers what is not HTTP",
  nonsense: "answers other JSON",
  large: "answers 10 MB",
  unreachable: "cannot be reached",
  certificate: "shows a certificate of another CA",
};

/** How many are asked in a fault, one after the other. */
const TOKENS = 3;

/** When a recovery is given up. */
const PATIENCE_MS = 60_000;

/** The scenario. */
export const stsFaults: Scenario = {
  measures:
    `what a server answers where STS hangs, drips, resets and so on, ${TOKENS} new tokens and one that was just\n` +
    "verified; how soon it recovers",
  async run(bench) {
    const faults = Object.keys(FAULTS) as StsFault[];
    const rows: (readonly string[])[] = [];
    for (const fault of bench.isQuick ? faults.slice(3, 5) : faults) {
      for (const kind of bench.kinds) rows.push(await rowOf(bench, kind, fault));
    }
    return [{
      caption: `STS goes wrong: ${TOKENS} new tokens one after the other, then one that was verified before`,
      head: ["STS", "Server", "New token", "Slowest ms", "Verified before", "Well again after ms", "Token in the log"],
      rows,
    }];
  },
};

async function rowOf(bench: Bench, kind: ServerKind, fault: StsFault): Promise<readonly string[]> {
  bench.say(`STS ${FAULTS[fault]}, ${SERVER_NAMES[kind]}`);
  await bench.sts.behave({});
  await using server = await bench.start(kind, { isLimited: true });
  const one = { protocol: "h2", people: [PEOPLE[USUAL]], requests: 1 } as const satisfies LoadPlan;
  const signedAt = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
  const known = { ...one, distinct: 1, signatureSeed: crypto.randomUUID().replaceAll("-", ""), signedAt };
  await runLoad(server, known);
  await bench.sts.behave({ fault });
  const during = await runLoad(server, { ...one, requests: TOKENS, timeoutMs: 20_000 });
  const again = await runLoad(server, known);
  await bench.sts.behave({});
  const recovery = await untilWell(server, one);
  return [
    FAULTS[fault],
    SERVER_NAMES[kind],
    answers(during),
    during.max?.toFixed(0) ?? "–",
    again.authenticated === 1 ? "gets in" : answers(again),
    recovery === undefined ? `not within ${PATIENCE_MS / 1_000} s` : recovery.toFixed(0),
    revealsToken(await server.log()) ? "yes" : "no",
  ];
}

/** Milliseconds until a new token gets in. */
async function untilWell(server: RunningServer, one: LoadPlan): Promise<number | undefined> {
  const started = elapsed();
  while (elapsed() - started < PATIENCE_MS) {
    if ((await runLoad(server, { ...one, people: [PEOPLE["1 KB"]] })).authenticated === 1) return elapsed() - started;
    await seconds(0.1);
  }
  return undefined;
}

/** The HTTP statuses, and whom they let in. */
function answers(result: LoadResult): string {
  const codes = Object.entries(result.codes).map(([code, count]) => `${count} × ${code}`);
  const silent = lost(result);
  return [
    ...codes,
    ...(result.authenticated > 0 ? [`${result.authenticated} let in`] : []),
    ...(silent > 0 ? [`${silent} without an answer`] : []),
  ].join(", ");
}
