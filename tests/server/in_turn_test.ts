import assert from "node:assert/strict";
import { coalesced, inTurn } from "../../lib/server/in_turn.ts";

Deno.test("a call begins once the one before it has ended, and not before", async () => {
  const events: string[] = [];
  const gate = Promise.withResolvers<void>();
  const act = inTurn(async (name: string) => {
    events.push(`${name} begins`);
    if (name === "first") await gate.promise;
    events.push(`${name} ends`);
  });
  const both = [act("first"), act("second")];
  gate.resolve();
  await Promise.all(both);
  assert.deepEqual(events, ["first begins", "first ends", "second begins", "second ends"]);
});

Deno.test("a call that fails rejects its own promise, and the next one is made", async () => {
  const act = inTurn((fails: boolean) => fails ? Promise.reject(new RangeError("made up")) : Promise.resolve());
  const first = act(true);
  const second = act(false);
  await assert.rejects(first, RangeError);
  await second;
});

Deno.test("calls that come while one is under way become one more, which begins after them", async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let [begun, ended] = [0, 0];
  const act = coalesced(async () => {
    await gates[begun++]?.promise;
    ended += 1;
  });
  const first = act();
  await Promise.resolve();
  const others = Array.from({ length: 100 }, act);
  assert.equal(begun, 1);
  gates[0]!.resolve();
  await first;
  gates[1]!.resolve();
  await Promise.all(others);
  assert.deepEqual([begun, ended], [2, 2]);
  await act();
  assert.deepEqual([begun, ended], [3, 3]);
});
