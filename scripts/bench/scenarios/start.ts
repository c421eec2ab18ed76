/**
 * How soon a server is there after its process was started: of a control plane that boots, kube-apiserver sends logins as
 * soon as it is there itself.
 *
 * @module
 */

import type { Bench, Scenario } from "../outside/bench.ts";
import { elapsed, moment } from "../outside/clock.ts";
import { inTurn, ratio, spread } from "../outside/figures.ts";
import { runLoad } from "../outside/load.ts";
import { PEOPLE, USUAL } from "../outside/people.ts";
import { processorMs } from "../outside/process_figures.ts";
import { SERVER_NAMES, type ServerKind } from "../outside/servers.ts";

const ROUNDS = 15;

/** As in a static pod, whose webhook kubeconfig somebody else wrote. */
const AS_POD: readonly string[] = ["--kubeconfig-pregenerated=true"];

/** The scenario. */
export const start: Scenario = {
  measures: `how soon after its process was started a server listens, with the state that it has (${ROUNDS} rounds)`,
  async run(bench) {
    const folder = await Deno.makeTempDir({ prefix: "bench-start-" });
    try {
      for (const kind of bench.ours) {
        await using _ = await bench.start(kind, { args: AS_POD, stateDir: stateOf(folder, kind) });
      }
      const results = await inTurn(bench.kinds, bench.isQuick ? 1 : ROUNDS, async (kind) => {
        bench.say(`start, ${SERVER_NAMES[kind]}`);
        return await startOnce(bench, kind, stateOf(folder, kind));
      });
      const column = (kind: ServerKind, key: "ms" | "cpuMs" | "loginMs") => results.get(kind)?.map((one) => one[key]);
      return [{
        caption: "From the start of the process until it accepts connections, and the first login after that",
        head: ["Server", "Listens after ms", "Ratio", "CPU ms until then", "Ratio", "First login, ms"],
        rows: bench.kinds.map((kind) => [
          SERVER_NAMES[kind],
          spread(column(kind, "ms")!, 0),
          ratio(column(kind, "ms")!, column("peer", "ms")),
          spread(column(kind, "cpuMs")!, 0),
          ratio(column(kind, "cpuMs")!, column("peer", "cpuMs")),
          spread(column(kind, "loginMs")!, 1),
        ]),
      }];
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
};

function stateOf(folder: string, kind: ServerKind): string {
  return `${folder}/${kind}`;
}

async function startOnce(bench: Bench, kind: ServerKind, stateDir: string) {
  const isOurs = bench.ours.includes(kind);
  await using server = await bench.start(kind, { args: isOurs ? AS_POD : [], stateDir, isAwaited: false });
  await moment("it listens", () => listensAt(new URL(server.url)));
  const ms = elapsed() - server.startedMs;
  const cpuMs = await processorMs(server.pid);
  const login = { protocol: "h2", people: [PEOPLE[USUAL]], requests: 1 } as const;
  const { max: loginMs } = await runLoad({ ...server, webhookKubeconfig: undefined }, login);
  return { ms, cpuMs, loginMs };
}

async function listensAt({ hostname, port }: URL): Promise<boolean> {
  try {
    (await Deno.connect({ hostname, port: Number(port) })).close();
    return true;
  } catch {
    return false;
  }
}
