import assert from "node:assert/strict";
import { inTurn } from "../../scripts/bench/outside/figures.ts";
import { type LoadPlan, runLoad } from "../../scripts/bench/outside/load.ts";
import { PEOPLE, USUAL } from "../../scripts/bench/outside/people.ts";
import { startServer } from "../../scripts/bench/outside/servers.ts";
import { startSts } from "../../scripts/bench/outside/sts.ts";
import { testNeeding } from "../support/needs.ts";

/** What a review may cost beside a server that only has the listener and the call to STS. */
const MAX_CPU_RATIO = 6;

testNeeding(["node"], `a review takes at most ${MAX_CPU_RATIO} times the CPU time of a bare call to STS`, async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "review-cost-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const sts = stack.use(await startSts(folder));
  const servers = {
    source: stack.use(await startServer("source", { sts })),
    bare: stack.use(await startServer("bare", { sts })),
  };
  const plan = { protocol: "h2", inFlight: 16, people: [PEOPLE[USUAL]] } as const satisfies LoadPlan;
  const rounds = await inTurn(["source", "bare"], 4, async (kind) => {
    const { cpuMs, answered, authenticated } = await runLoad(servers[kind], { ...plan, requests: 1_000 });
    assert.equal(authenticated, answered);
    return cpuMs.server! / answered;
  });
  const cheapest = (kind: keyof typeof servers) => Math.min(...rounds.get(kind)!);
  const [ours, bare] = [cheapest("source"), cheapest("bare")];
  assert.ok(ours <= MAX_CPU_RATIO * bare, `${ours.toFixed(3)} ms, bare ${bare.toFixed(3)} ms`);
});
