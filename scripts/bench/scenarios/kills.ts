/**
 * kill -9 while the server writes its state for the first time: whether the next start works.
 *
 * @module
 */

import { messageOf } from "../../../lib/errors.ts";
import type { Bench, Scenario } from "../outside/bench.ts";
import { elapsed, moment, seconds } from "../outside/clock.ts";
import { runLoad } from "../outside/load.ts";
import { PEOPLE, USUAL } from "../outside/people.ts";
import { SERVER_NAMES, type ServerKind } from "../outside/servers.ts";

const KILLS = 100;

/** The scenario. */
export const kills: Scenario = {
  measures: `kill -9 at a random moment of the first write of the state, ${KILLS} times: whether the next start works`,
  async run(bench) {
    const rows: (readonly string[])[] = [];
    for (const kind of bench.ours) rows.push(await rowOf(bench, kind, bench.isQuick ? 2 : KILLS));
    return [{
      caption: "kill -9 at a random moment between the first file of a new state and the moment the server is ready",
      head: ["Server", "Kills", "State incomplete then", "Next start works", "Why not"],
      rows,
    }];
  },
};

async function rowOf(bench: Bench, kind: ServerKind, count: number): Promise<readonly string[]> {
  const span = await writingMs(bench, kind);
  let incomplete = 0;
  const failures: string[] = [];
  for (let i = 0; i < count; i += 1) {
    if (i % 10 === 0) bench.say(`kill ${i + 1} of ${count}, ${SERVER_NAMES[kind]}`);
    const stateDir = `${await Deno.makeTempDir({ prefix: "bench-state-" })}/state`;
    try {
      const files = await killWhileWriting(bench, kind, { stateDir, afterMs: Math.random() * span });
      if (!files.includes("cert.pem") || !files.includes("key.pem")) incomplete += 1;
      await using server = await bench.start(kind, { stateDir });
      const { authenticated } = await runLoad(server, { protocol: "h2", people: [PEOPLE[USUAL]], requests: 1 });
      if (authenticated !== 1) failures.push("a login was refused");
    } catch (error) {
      failures.push(messageOf(error).trim().split("\n").at(-1)!);
    } finally {
      await Deno.remove(stateDir.replace(/\/state$/, ""), { recursive: true });
    }
  }
  return [SERVER_NAMES[kind], String(count), String(incomplete), String(count - failures.length), failures[0] ?? "–"];
}

/** How long a first start takes from its first file until it is ready. */
async function writingMs(bench: Bench, kind: ServerKind): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "bench-state-" });
  try {
    const stateDir = `${folder}/state`;
    await using server = await bench.start(kind, { stateDir, isAwaited: false });
    await firstFile(stateDir);
    const started = elapsed();
    await moment("the server is ready", () => server.isReady());
    return elapsed() - started;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** @returns the files that there are then */
async function killWhileWriting(
  bench: Bench,
  kind: ServerKind,
  { stateDir, afterMs }: { readonly stateDir: string; readonly afterMs: number },
): Promise<readonly string[]> {
  await using server = await bench.start(kind, { stateDir, isAwaited: false });
  await firstFile(stateDir);
  await seconds(afterMs / 1_000);
  server.signal("SIGKILL");
  await server.status;
  return filesIn(stateDir);
}

async function firstFile(folder: string): Promise<void> {
  await moment("the state has a file", () => filesIn(folder).length > 0);
}

function filesIn(folder: string): readonly string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch {
    return [];
  }
}
