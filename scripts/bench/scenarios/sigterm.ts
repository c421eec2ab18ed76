/**
 * SIGTERM at full load: whether every request that was taken is answered, and how soon the process ends.
 *
 * @module
 */

import type { Bench, Scenario } from "../outside/bench.ts";
import { elapsed, seconds } from "../outside/clock.ts";
import { spread } from "../outside/figures.ts";
import { startLoad } from "../outside/load.ts";
import { PEOPLE, USUAL } from "../outside/people.ts";
import { SERVER_NAMES, type ServerKind, type ServerOptions } from "../outside/servers.ts";
import type { StsFault } from "../outside/sts.ts";

const IN_FLIGHT = 64;

/** How long a process may take to end before it is killed. */
const PATIENCE_MS = 30_000;

/** Errors by which a client knows that its request was not taken, and may be sent elsewhere. */
const NOT_TAKEN = /^(ECONNREFUSED|ERR_HTTP2_GOAWAY_SESSION|NGHTTP2_REFUSED_STREAM)$/;

interface State {
  readonly what: string;
  readonly fault?: StsFault;
  readonly options?: ServerOptions;
}

const STATES: readonly State[] = [
  { what: `${IN_FLIGHT} in flight` },
  { what: `${IN_FLIGHT} in flight, STS does not answer`, fault: "hang" },
  {
    what: `${IN_FLIGHT} in flight, nobody reads the log`,
    options: { before: 'mkfifo "$0.pipe"; sleep 120 <>"$0.pipe" & echo $! >"$0.reader"', log: '"$0.pipe"' },
  },
];

/** The scenario. */
export const sigterm: Scenario = {
  measures: "SIGTERM at full load, with an STS that does not answer, and with a log that nobody reads (3 rounds)",
  async run(bench) {
    const rows: (readonly string[])[] = [];
    for (const state of bench.isQuick ? STATES.slice(0, 1) : STATES) {
      for (const kind of bench.ours) {
        for (const protocol of ["h1", "h2"] as const) {
          bench.say(`SIGTERM, ${state.what}, ${protocol}, ${SERVER_NAMES[kind]}`);
          const ends = [];
          for (let round = 0; round < (bench.isQuick ? 1 : 3); round += 1) {
            ends.push(await endOnce(bench, kind, { state, protocol }));
          }
          const errors = ends.flatMap(({ errors }) => Object.entries(errors));
          const lost = errors.filter(([error]) => !NOT_TAKEN.test(error));
          rows.push([
            state.what,
            SERVER_NAMES[kind],
            protocol,
            String(ends.reduce((sum, { answered }) => sum + answered, 0)),
            lost.length === 0 ? "0" : lost.map(([error, count]) => `${count} ${error}`).join(", "),
            spread(ends.map(({ ms }) => ms), 0),
            [...new Set(ends.map(({ how }) => how))].join(", "),
          ]);
        }
      }
    }
    return [{
      caption: "SIGTERM; requests that were not taken (refused connections and streams) are not counted",
      head: ["State", "Server", "Protocol", "Answered", "Lost", "Ended after ms", "Exit"],
      rows,
    }];
  },
};

async function endOnce(
  bench: Bench,
  kind: ServerKind,
  { state: { fault, options }, protocol }: { readonly state: State; readonly protocol: "h1" | "h2" },
) {
  await bench.sts.behave({});
  await using server = await bench.start(kind, options);
  const load = await startLoad(server, { protocol, inFlight: IN_FLIGHT, people: [PEOPLE[USUAL]], warmUpSeconds: 0.3 });
  if (fault !== undefined) await bench.sts.behave({ fault });
  await seconds(bench.isQuick ? 0.2 : 1 + Math.random());
  const started = elapsed();
  server.signal("SIGTERM");
  const timer = setTimeout(() => server.signal("SIGKILL"), PATIENCE_MS);
  const { code, signal } = await server.status;
  clearTimeout(timer);
  const ms = elapsed() - started;
  const { all } = await load.results({ stop: true });
  if (options !== undefined) await stopReader(server.folder);
  return { ms, how: signal ?? String(code), errors: all!.errors, answered: all!.answered };
}

async function stopReader(folder: string): Promise<void> {
  Deno.kill(Number(await Deno.readTextFile(`${folder}/output/log.reader`)), "SIGKILL");
}
