import assert from "node:assert/strict";
import { inTurn } from "../../scripts/bench/outside/figures.ts";
import { runLoad } from "../../scripts/bench/outside/load.ts";
import { type AnswerSize, PEOPLE } from "../../scripts/bench/outside/people.ts";
import { startServer } from "../../scripts/bench/outside/servers.ts";
import { startSts } from "../../scripts/bench/outside/sts.ts";
import { testNeeding } from "../support/needs.ts";

/** The median of the calmest of some rounds, which take turns: another program may have had the machine in the others. */
const ROUNDS = 3;
const LOGINS = 30;

const SIZES = ["0.2 KB", "1 KB", "8 KB", "16 KB", "32 KB"] as const satisfies readonly AnswerSize[];

// An answer that is written in two, as head and body or as two records of TLS, waits 44 ms for an acknowledgement.
testNeeding(["node"], "a long answer takes hardly longer than a short one, by HTTP/1.1 and HTTP/2", async (t) => {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "answer-latency-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const sts = stack.use(await startSts(folder));
  const server = stack.use(await startServer("source", { sts }));
  for (const protocol of ["h1", "h2"] as const) {
    await t.step(protocol, async () => {
      const rounds = await inTurn(SIZES, ROUNDS, async (size) => {
        const result = await runLoad(server, { protocol, inFlight: 1, people: [PEOPLE[size]], requests: LOGINS });
        assert.equal(result.answered, LOGINS, JSON.stringify(result));
        return result.p50!;
      });
      const calmest = (size: typeof SIZES[number]) => Math.min(...rounds.get(size)!);
      const [short, ...longer] = SIZES.map(calmest) as [number, ...number[]];
      for (const ms of longer) {
        assert.ok(ms <= 5 * short, `${short} ms at ${SIZES[0]}, then ${longer.join(" and ")} ms`);
      }
    });
  }
});
