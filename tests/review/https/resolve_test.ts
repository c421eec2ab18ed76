import assert from "node:assert/strict";
import { createResolver, ResolveError } from "../../../lib/review/https/resolve.ts";
import { processTimers } from "../../../lib/time.ts";
import { handClock } from "../../support/hand_clock.ts";
import { NO_DEADLINE } from "./scripted_server.ts";

/** A resolver over look-ups that end when the test says so. */
function byHand() {
  const clock = handClock();
  const lookups: { readonly hostname: string; readonly end: PromiseWithResolvers<readonly string[]> }[] = [];
  const resolve = createResolver(clock.timers, (hostname) => {
    const end = Promise.withResolvers<readonly string[]>();
    lookups.push({ hostname, end });
    return end.promise;
  });
  return {
    clock,
    lookups,
    resolve: (hostname: string, signal = NO_DEADLINE) => resolve(hostname, signal),
    /** Has the look-ups of a name end that are under way. */
    async end(hostname: string, outcome: readonly string[] | Error) {
      for (const { end } of lookups.filter((each) => each.hostname === hostname)) {
        if (outcome instanceof Error) end.reject(outcome);
        else end.resolve(outcome);
      }
      await new Promise((settled) => setTimeout(settled, 0));
    },
  };
}

/** Has a name be known. */
async function learn({ resolve, end }: ReturnType<typeof byHand>, hostname: string): Promise<void> {
  const found = resolve(hostname);
  await end(hostname, ["192.0.2.1"]);
  assert.deepEqual(await found, ["192.0.2.1"]);
}

Deno.test("an address is its own, and nobody is asked for it", async () => {
  const { resolve, lookups } = byHand();
  assert.deepEqual(await resolve("127.0.0.1"), ["127.0.0.1"]);
  assert.equal(lookups.length, 0);
});

Deno.test("all who want a name share one look-up, and a later one makes another", async () => {
  const parts = byHand();
  const both = [parts.resolve("a.example"), parts.resolve("a.example")];
  await parts.end("a.example", ["192.0.2.7", "2001:db8::7"]);
  for (const found of await Promise.all(both)) assert.deepEqual(found, ["192.0.2.7", "2001:db8::7"]);
  assert.equal(parts.lookups.length, 1);
  const again = parts.resolve("a.example");
  await parts.end("a.example", ["192.0.2.8"]);
  assert.equal(parts.lookups.length, 2);
  assert.deepEqual(await again, ["192.0.2.8"]);
});

Deno.test("a name that has no address is refused, and the reason is kept", async () => {
  const { resolve, end } = byHand();
  const failure = new Error("ENOTFOUND");
  const refusal = assert.rejects(resolve("a.example"), (e) => e === failure);
  await end("a.example", failure);
  await refusal;
});

Deno.test("four look-ups of unknown names are under way at most, those included whose callers have left", async () => {
  const { resolve, lookups, end } = byHand();
  const leaving = new AbortController();
  const gone = Array.from({ length: 4 }, (_, i) => assert.rejects(resolve(`${i}.example`, leaving.signal)));
  leaving.abort();
  await Promise.all(gone);
  await assert.rejects(resolve("5.example"), ResolveError);
  assert.equal(lookups.length, 4);
  await end("0.example", new Error("made up"));
  const found = resolve("5.example");
  await end("5.example", ["192.0.2.5"]);
  assert.deepEqual(await found, ["192.0.2.5"]);
});

Deno.test("a name that is known is looked up although unknown ones hang, and keeps its address where that hangs, too", async () => {
  const parts = byHand();
  await learn(parts, "known.example");
  for (let i = 0; i < 4; i++) void parts.resolve(`${i}.example`).catch(() => {});
  const late = parts.resolve("known.example");
  assert.equal(parts.lookups.length, 6);
  parts.clock.pass(500);
  assert.deepEqual(await late, ["192.0.2.1"]);
  const next = parts.resolve("known.example");
  assert.equal(parts.lookups.length, 6);
  parts.clock.pass(500);
  assert.deepEqual(await next, ["192.0.2.1"]);
});

Deno.test("a known name keeps its address where a look-up fails, for an hour", async () => {
  const parts = byHand();
  await learn(parts, "known.example");
  parts.clock.pass(3_599_999);
  const kept = parts.resolve("known.example");
  await parts.end("known.example", new Error("made up"));
  assert.deepEqual(await kept, ["192.0.2.1"]);
  parts.clock.pass(1);
  const refusal = assert.rejects(parts.resolve("known.example"));
  await parts.end("known.example", new Error("made up"));
  await refusal;
});

Deno.test("sixteen look-ups are under way at most, whatever names they are of", async () => {
  const parts = byHand();
  const names = Array.from({ length: 20 }, (_, i) => `${i}.example`);
  for (const name of names) await learn(parts, name);
  const found = names.map((name) => parts.resolve(name));
  assert.equal(parts.lookups.length, 20 + 16);
  parts.clock.pass(500);
  for (const addresses of await Promise.all(found)) assert.deepEqual(addresses, ["192.0.2.1"]);
});

Deno.test("the system's resolver is asked, and its words are kept", async () => {
  const resolve = createResolver(handClock().timers);
  assert.ok((await resolve("localhost", NO_DEADLINE)).some((address) => address === "127.0.0.1" || address === "::1"));
});

Deno.test("the system's resolver that knows no address says so in words of ours", async () => {
  const resolve = createResolver(processTimers);
  await assert.rejects(resolve("no-such-host.invalid", AbortSignal.timeout(60_000)), (e) => {
    assert(e instanceof ResolveError);
    assert.match(e.message, /^no name server (?:knows it, or it has no address|answers)$/);
    return true;
  });
});
