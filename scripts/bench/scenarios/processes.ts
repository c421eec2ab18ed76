/**
 * Several processes on one port: how much more they review together, and what a review costs then.
 *
 * @module
 */

import { freePort } from "../../../tests/support/free_port.ts";
import type { Bench, Scenario } from "../outside/bench.ts";
import { inTurn, spread } from "../outside/figures.ts";
import { type LoadResult, lost, runLoad } from "../outside/load.ts";
import { PEOPLE, USUAL } from "../outside/people.ts";
import { SERVER_NAMES, type ServerKind } from "../outside/servers.ts";

const COUNTS = [1, 2, 4] as const;
const IN_FLIGHT = 64;

/** The scenario. */
export const processes: Scenario = {
  measures:
    `reviews a second by ${COUNTS.join(", ")} processes on one port, ${IN_FLIGHT} connections, each token new\n` +
    "(3 rounds of 4 s each)",
  async run(bench) {
    const rows: (readonly string[])[] = [];
    for (const kind of bench.ours) rows.push(...await rowsOf(bench, kind));
    return [{
      caption: `Processes on one port, ${IN_FLIGHT} connections of HTTP/1.1 with one review in flight each, ` +
        `${navigator.hardwareConcurrency} CPUs that STS and clients share`,
      head: ["Server", "Processes", "Reviews/s", "CPU ms a review", "p50 ms", "p99 ms", "Lost"],
      rows,
    }];
  },
};

async function rowsOf(bench: Bench, kind: ServerKind): Promise<readonly (readonly string[])[]> {
  const rounds = await inTurn(COUNTS.map(String), bench.isQuick ? 1 : 3, (count) => {
    bench.say(`${count} processes, ${SERVER_NAMES[kind]}`);
    return runOnce(bench, kind, Number(count));
  });
  return COUNTS.map((count) => {
    const of = rounds.get(String(count))!;
    return [
      SERVER_NAMES[kind],
      String(count),
      spread(of.map(({ rate }) => rate), 0),
      spread(of.map(cpuOfReview), 3),
      spread(of.map(({ p50 }) => p50)),
      spread(of.map(({ p99 }) => p99)),
      String(of.reduce((sum, result) => sum + lost(result), 0)),
    ];
  });
}

async function runOnce(bench: Bench, kind: ServerKind, count: number): Promise<LoadResult> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "bench-state-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const port = freePort();
  const options = { stateDir: `${folder}/state`, args: [`--port=${port}`, "--share-port"] };
  const servers = [];
  for (let nth = 0; nth < count; nth += 1) servers.push(stack.use(await bench.start(kind, options)));
  const [{ pid, webhookKubeconfig }] = servers as [typeof servers[0] & object];
  return await runLoad({
    url: `https://127.0.0.1:${port}/authenticate`,
    caFile: `${folder}/state/ca.pem`,
    webhookKubeconfig,
    pid,
  }, {
    protocol: "h1",
    inFlight: IN_FLIGHT,
    people: [PEOPLE[USUAL]],
    warmUpSeconds: bench.isQuick ? 0.1 : 2,
    seconds: bench.isQuick ? 0.3 : 4,
    pids: Object.fromEntries(servers.slice(1).map((server, index) => [`server ${index + 2}`, server.pid])),
  });
}

/** Of all processes together. */
function cpuOfReview({ cpuMs, answered }: LoadResult): number {
  const ofServers = Object.entries(cpuMs).filter(([name]) => name.startsWith("server"));
  return ofServers.reduce((sum, [, ms]) => sum + ms, 0) / answered;
}
