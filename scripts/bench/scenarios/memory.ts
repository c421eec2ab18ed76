/**
 * Resident memory: idle, after very many reviews, and whether it still grows; next to a server that has no more than the
 * listener and the call to STS.
 *
 * @module
 */

import type { Bench, Scenario } from "../outside/bench.ts";
import { elapsed, seconds } from "../outside/clock.ts";
import { type Point, slope } from "../outside/figures.ts";
import { startLoad } from "../outside/load.ts";
import { PEOPLE, USUAL } from "../outside/people.ts";
import { residentMegabytes } from "../outside/process_figures.ts";
import { type RunningServer, SERVER_NAMES, type ServerKind } from "../outside/servers.ts";

const REVIEWS = 1_000_000;
const TOKENS = 100_000;
const IN_FLIGHT = 64;

/** The scenario. */
export const memory: Scenario = {
  measures: `resident memory, idle and after ${REVIEWS.toLocaleString("en")} reviews of ` +
    `${TOKENS.toLocaleString("en")} tokens, and of a bare server`,
  async run(bench) {
    const rows: (readonly string[])[] = [];
    for (const kind of [...bench.ours, "bare"] as const) rows.push(await rowOf(bench, kind));
    const [reviews, tokens] = sizesOf(bench).map((count) => count.toLocaleString("en"));
    return [{
      caption: `${reviews} reviews of ${tokens} tokens, ${IN_FLIGHT} in ` +
        "flight, HTTP/2; resident MB",
      head: [
        "Server",
        "Idle",
        "At most",
        "At the end",
        "After 20 s of quiet",
        "MB/min in the second half",
        "Reviews/s",
      ],
      rows,
    }];
  },
};

async function rowOf(bench: Bench, kind: ServerKind): Promise<readonly string[]> {
  bench.say(`memory, ${SERVER_NAMES[kind]}`);
  const [reviews, distinct] = sizesOf(bench);
  await using server = await bench.start(kind);
  await seconds(bench.isQuick ? 0.1 : 3);
  const idle = await residentMegabytes(server.pid);
  const load = await startLoad(server, {
    protocol: "h2",
    inFlight: IN_FLIGHT,
    people: [PEOPLE[USUAL]],
    distinct,
    requests: reviews,
  });
  const results = load.results();
  const points = await sampled(server, results);
  const { all } = await results;
  const end = await residentMegabytes(server.pid);
  await seconds(bench.isQuick ? 0.5 : 20);
  const after = await residentMegabytes(server.pid);
  const perSecond = slope(points.slice(points.length >> 1));
  const text = (megabytes: number) => megabytes.toFixed(0);
  return [
    SERVER_NAMES[kind],
    text(idle.now),
    text(end.most),
    text(end.now),
    text(after.now),
    perSecond === undefined ? "–" : (perSecond * 60).toFixed(1),
    text(all!.rate),
  ];
}

function sizesOf({ isQuick }: Bench): readonly [reviews: number, tokens: number] {
  return isQuick ? [500, 50] : [REVIEWS, TOKENS];
}

/** The memory each second until the load ends. */
async function sampled(server: RunningServer, load: Promise<unknown>): Promise<readonly Point[]> {
  const points: Point[] = [];
  let isOver = false;
  const over = load.finally(() => isOver = true);
  while (!isOver) {
    points.push([elapsed() / 1_000, (await residentMegabytes(server.pid)).now]);
    await Promise.race([over, seconds(1)]);
  }
  return points;
}
