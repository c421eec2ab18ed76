import assert from "node:assert/strict";
import { type StsCall, StsDenied, StsFault, StsThrottled, TokenError } from "../../lib/clouds/cloud.ts";
import type { Identity } from "../../lib/identity/identity.ts";
import { createDecisions } from "../../lib/review/decisions.ts";
import { user } from "../mapping/support.ts";

const NOW_MS = Date.parse("2026-11-22T12:00:00Z");
const ALICE: Identity = user("alice");

/** Decisions in front of an STS that answers when the test says so. */
function started(ttlMs = 60_000) {
  let [elapsedMs, wallMs] = [0, NOW_MS];
  const calls: PromiseWithResolvers<Identity>[] = [];
  const saved: string[] = [];
  const decisions = createDecisions(
    { now: () => new Date(wallMs), elapsedMs: () => elapsedMs },
    {
      ask() {
        const call = Promise.withResolvers<Identity>();
        calls.push(call);
        return call.promise;
      },
    },
    { ttlMs: () => ttlMs, onSaved: (by) => void saved.push(by) },
  );
  const identify = (token: string, endsInMs = 900_000) =>
    decisions.identify(token, () => ({ endsAtMs: wallMs + endsInMs }) as StsCall);
  return {
    decisions,
    calls,
    saved,
    identify,
    /** Has STS answer the last call. */
    answer: (decision: Identity | Error) =>
      decision instanceof Error ? calls.at(-1)!.reject(decision) : calls.at(-1)!.resolve(decision),
    advance(ms: number, wall = ms) {
      elapsedMs += ms;
      wallMs += wall;
    },
  };
}

type Started = ReturnType<typeof started>;

async function allow({ identify, answer }: Started, token: string, endsInMs?: number): Promise<void> {
  const identity = identify(token, endsInMs);
  answer(ALICE);
  assert.deepEqual(await identity, ALICE);
}

async function refuse({ identify, answer }: Started, token: string, failure: Error): Promise<void> {
  const refusal = assert.rejects(identify(token), (e) => e === failure);
  answer(failure);
  await refusal;
}

Deno.test("all who bring a token while STS is asked about it share the one call, and its outcome", async () => {
  const parts = started();
  const { identify, answer, calls, saved } = parts;
  const [alone, ...many] = Array.from({ length: 1_000 }, () => identify("a"));
  const other = identify("b");
  assert.equal(calls.length, 2);
  calls[0]!.resolve(ALICE);
  assert.deepEqual(await alone, ALICE);
  for (const identity of await Promise.all(many)) assert.deepEqual(identity, ALICE);
  assert.deepEqual(saved, Array.from({ length: 999 }, () => "shared"));
  const fault = new StsFault("made up");
  const refusals = [other, identify("b")].map((each) => assert.rejects(each, (e) => e === fault));
  answer(fault);
  await Promise.all(refusals);
});

Deno.test("a decision is kept for its time, and then STS is asked again", async () => {
  const parts = started();
  await allow(parts, "a");
  parts.advance(59_999);
  assert.deepEqual(await parts.identify("a"), ALICE);
  assert.deepEqual([parts.calls.length, parts.saved], [1, ["kept"]]);
  parts.advance(1);
  await allow(parts, "a");
  assert.equal(parts.calls.length, 2);
});

for (
  const [clock, advance] of [
    ["the clock that only goes forward", [20_000, 0]],
    ["the wall clock", [0, 20_000]],
  ] as const
) {
  Deno.test(`no decision is kept past the token's end, by ${clock}`, async () => {
    const parts = started();
    await allow(parts, "a", 20_000);
    parts.advance(advance[0], advance[1]);
    void parts.identify("a").catch(() => {});
    assert.equal(parts.calls.length, 2);
  });
}

Deno.test("a token that ended while STS was asked is not kept", async () => {
  const parts = started();
  const identity = parts.identify("a", 1_000);
  parts.advance(1_000);
  parts.answer(ALICE);
  await identity;
  assert.equal(parts.decisions.size, 0);
});

Deno.test("a refusal of STS is kept for ten seconds, with STS's words", async () => {
  const parts = started();
  await refuse(parts, "a", new StsDenied("SignatureDoesNotMatch", "r-1", "its date is that of the test"));
  parts.advance(9_999);
  await assert.rejects(parts.identify("a"), (e) => {
    assert.ok(e instanceof StsDenied);
    assert.deepEqual([e.stsCode, e.facts, e.publicMessage], [
      "SignatureDoesNotMatch",
      "its date is that of the test",
      "STS refused the token: SignatureDoesNotMatch, STS request id r-1",
    ]);
    return true;
  });
  assert.equal(parts.calls.length, 1);
  parts.advance(1);
  await allow(parts, "a");
});

for (const failure of [new StsFault("made up"), new StsThrottled("made up"), new TypeError("made up")]) {
  Deno.test(`${failure.name} is no decision: STS is asked again at once`, async () => {
    const parts = started();
    await refuse(parts, "a", failure);
    assert.equal(parts.decisions.size, 0);
    await allow(parts, "a");
    assert.equal(parts.calls.length, 2);
  });
}

Deno.test("a token that is refused unread reaches neither STS nor what is kept", async () => {
  const parts = started();
  const failure = new TokenError("malformed", "made up");
  const read = () => {
    throw failure;
  };
  await assert.rejects(parts.decisions.identify("a", read), (e) => e === failure);
  await assert.rejects(parts.decisions.identify("a", read), (e) => e === failure);
  assert.deepEqual([parts.calls.length, parts.decisions.size], [0, 0]);
});

Deno.test("with a time of 0 nothing is kept, and calls are shared all the same", async () => {
  const parts = started(0);
  const shared = [parts.identify("a"), parts.identify("a")];
  parts.answer(ALICE);
  await Promise.all(shared);
  assert.deepEqual([parts.calls.length, parts.decisions.size], [1, 0]);
  await refuse(parts, "a", new StsDenied("SignatureDoesNotMatch", "r-1"));
  assert.deepEqual([parts.calls.length, parts.decisions.size], [2, 0]);
});

Deno.test("a short time holds for refusals, too", async () => {
  const parts = started(5_000);
  await refuse(parts, "a", new StsDenied("SignatureDoesNotMatch", "r-1"));
  parts.advance(5_000);
  await allow(parts, "a");
});

Deno.test("what is dropped is asked again, and what was asked before is not kept", async () => {
  const parts = started();
  await allow(parts, "kept");
  await refuse(parts, "refused", new StsDenied("SignatureDoesNotMatch", "r-1"));
  const before = parts.identify("asked");
  parts.decisions.drop();
  assert.equal(parts.decisions.size, 0);
  const after = parts.identify("asked");
  assert.equal(parts.calls.length, 4);
  parts.calls[2]!.resolve(ALICE);
  assert.deepEqual(await before, ALICE);
  assert.equal(parts.decisions.size, 0);
  parts.answer(ALICE);
  assert.deepEqual(await after, ALICE);
  assert.equal(parts.decisions.size, 1);
  await allow(parts, "kept");
  await allow(parts, "refused");
});

Deno.test("bad tokens take no room from good ones, and neither grows without end", async () => {
  const parts = started();
  await allow(parts, "good");
  for (let i = 0; i < 33_000; i++) await refuse(parts, `bad ${i}`, new StsDenied("SignatureDoesNotMatch", "r-1"));
  assert.equal(parts.decisions.size, 32_769);
  assert.deepEqual(await parts.identify("good"), ALICE);
});
