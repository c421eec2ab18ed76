import assert from "node:assert/strict";
import { inTurn } from "../lib/in_turn.ts";

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
