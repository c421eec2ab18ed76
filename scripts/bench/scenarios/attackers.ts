/**
 * Honest logins beside those who send forged tokens, and beside one whose access key STS throttles.
 *
 * @module
 */

import type { Bench, Scenario } from "../outside/bench.ts";
import { seconds } from "../outside/clock.ts";
import { type LoadPlan, type LoadResult, lost, startLoad } from "../outside/load.ts";
import { colleague, COLLEAGUES, PEOPLE, type Person, STRANGER } from "../outside/people.ts";
import { SERVER_NAMES, type ServerKind } from "../outside/servers.ts";
import type { StsBehaviour } from "../outside/sts.ts";

const HONEST_RATE = 50;
const STS_LATENCY_MS = 5;
const SECONDS = 5;

interface Attack {
  readonly what: string;
  readonly who: Person;
  /** Tokens a second. */
  readonly rate: number;
  readonly keys: NonNullable<StsBehaviour["keys"]>;
}

const ATTACKS: readonly Attack[] = [
  { what: "100 forged tokens/s", who: STRANGER, rate: 100, keys: {} },
  {
    what: "2 tokens/s of a throttled key",
    who: PEOPLE["1 KB"],
    rate: 2,
    keys: { [PEOPLE["1 KB"].accessKeyId]: "throttle" },
  },
];

/** The scenario. */
export const attackers: Scenario = {
  measures:
    `${HONEST_RATE} honest logins a second beside forged tokens, and beside one throttled key (${SECONDS} s quiet,\n` +
    `${SECONDS} s beside it)`,
  async run(bench) {
    const rows: (readonly string[])[] = [];
    for (const attack of ATTACKS) {
      for (const kind of bench.kinds) rows.push(await rowOf(bench, kind, attack));
    }
    return [{
      caption: `${HONEST_RATE} honest logins a second with new tokens, STS takes ${STS_LATENCY_MS} ms`,
      head: [
        "Beside",
        "Server",
        "p50 ms quiet, beside",
        "p99 ms quiet, beside",
        "Ratio",
        "Refused or lost",
        "Most calls to STS/s",
      ],
      rows,
    }];
  },
};

async function rowOf(bench: Bench, kind: ServerKind, attack: Attack): Promise<readonly string[]> {
  bench.say(`attackers, ${attack.what}, ${SERVER_NAMES[kind]}`);
  await using server = await bench.start(kind, { isLimited: true });
  const duration = bench.isQuick ? 0.3 : SECONDS;
  const plan: LoadPlan = {
    protocol: "h2",
    people: Array.from({ length: COLLEAGUES }, (_, i) => colleague(i)),
    warmUpSeconds: bench.isQuick ? 0.1 : 3,
    rate: HONEST_RATE,
  };
  await bench.sts.behave({ latencyMs: STS_LATENCY_MS, keys: attack.keys, reset: true });
  const honest = await startLoad(server, plan);
  await honest.phase("quiet");
  await seconds(duration);
  const attacker = await startLoad(server, { protocol: "h2", people: [attack.who], rate: attack.rate });
  await honest.phase("beside");
  await seconds(duration);
  const { quiet, beside } = await honest.results({ stop: true }) as Record<"quiet" | "beside", LoadResult>;
  await attacker.results({ stop: true });
  const { mostPerSecond } = await bench.sts.counts();
  const pair = (key: "p50" | "p99") => `${quiet[key]?.toFixed(2) ?? "–"}, ${beside[key]?.toFixed(2) ?? "–"}`;
  return [
    attack.what,
    SERVER_NAMES[kind],
    pair("p50"),
    pair("p99"),
    quiet.p99 === null || beside.p99 === null ? "–" : (beside.p99 / quiet.p99).toFixed(2),
    String(beside.answered - beside.authenticated + lost(beside)),
    String(mostPerSecond),
  ];
}
