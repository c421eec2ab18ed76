/**
 * A server that starts while its API server is not well yet: how soon after that people can log in.
 *
 * @module
 */

import { freePort } from "../../../tests/support/free_port.ts";
import { startApiServer } from "../outside/api_server.ts";
import type { Bench, Scenario } from "../outside/bench.ts";
import { elapsed, moment, seconds } from "../outside/clock.ts";
import { runLoad } from "../outside/load.ts";
import { PEOPLE, resourceSpecs, USUAL } from "../outside/people.ts";
import { SERVER_NAMES, type ServerKind } from "../outside/servers.ts";

/** How long the API server is not well. */
const SECONDS = 10;

/** How it answers then: by a status, or not at all. */
const TROUBLES = { "answers 403": 403, "answers 404": 404, "answers 500": 500, "refuses connections": undefined };

/** The scenario. */
export const boot: Scenario = {
  measures:
    `how soon people can log in where the API server with the custom resources is not well for the first ${SECONDS} s`,
  async run(bench) {
    const rows: (readonly string[])[] = [];
    const troubles = Object.keys(TROUBLES) as (keyof typeof TROUBLES)[];
    for (const trouble of bench.isQuick ? troubles.slice(0, 1) : troubles) {
      for (const kind of bench.ours) {
        bench.say(`boot, the API server ${trouble}, ${SERVER_NAMES[kind]}`);
        rows.push([trouble, SERVER_NAMES[kind], await readyAfter(bench, kind, TROUBLES[trouble])]);
      }
    }
    return [{
      caption: "A server whose mappings are custom resources starts before its API server is well",
      head: ["The API server", "Server", "First login, ms after it is well"],
      rows,
    }];
  },
};

async function readyAfter(bench: Bench, kind: ServerKind, status: number | undefined): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const port = freePort();
  const specs = resourceSpecs();
  const early = status === undefined ? undefined : stack.use(startApiServer(specs, port));
  early?.answerResourcesWith(status);
  const server = stack.use(
    await bench.start(kind, {
      mappings: "backendMode: [CRD]\n",
      args: ["--master", `http://127.0.0.1:${port}`],
      isAwaited: false,
    }),
  );
  await seconds(bench.isQuick ? 1 : SECONDS);
  if (early === undefined) stack.use(startApiServer(specs, port));
  else early.answerResourcesWith(undefined);
  const started = elapsed();
  const login = { protocol: "h2", people: [PEOPLE[USUAL]], requests: 1 } as const;
  await moment(
    "somebody can log in",
    async () => await server.isReady() && (await runLoad(server, login)).authenticated === 1,
  );
  return (elapsed() - started).toFixed(0);
}
