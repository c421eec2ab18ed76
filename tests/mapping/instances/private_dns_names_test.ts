import assert from "node:assert/strict";
import type { Identity } from "../../../lib/identity/identity.ts";
import { aws } from "../../../lib/clouds/aws/cloud.ts";
import { createPrivateDnsNames, type PrivateDnsName } from "../../../lib/mapping/instances/private_dns_names.ts";
import type { Timers } from "../../../lib/time.ts";
import { roleSession } from "../support.ts";

const UNKNOWN = {
  kind: "none",
  why: "EC2 knows no private DNS name of this instance; check the region and the account",
};

const id = (number: number) => `i-${number.toString(16).padStart(17, "0")}`;
const nameOf = (instance: string) => `ip-${instance.slice(2)}.eu-west-1.compute.internal`;
const found = (name: string): PrivateDnsName => ({ kind: "found", name });
const node = (sessionName: string): Identity => roleSession("Node", sessionName, { cloud: "aws" });

/** Time that moves only when a test says so. */
function manualTimers(): Timers & { advance(ms: number): Promise<void>; readonly waiting: number } {
  let now = 0;
  const due = new Map<object, { readonly atMs: number; readonly act: () => void }>();
  return {
    nowMs: () => now,
    after(ms, act) {
      const key = {};
      due.set(key, { atMs: now + ms, act });
      return () => due.delete(key);
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settled();
        const next = [...due].filter(([, { atMs }]) => atMs <= end).sort(([, a], [, b]) => a.atMs - b.atMs)[0];
        if (next === undefined) break;
        due.delete(next[0]);
        now = Math.max(now, next[1].atMs);
        next[1].act();
      }
      now = end;
    },
    get waiting() {
      return due.size;
    },
  };
}

/** Lets everything run that waits for promises alone. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** An EC2 that knows the instances `knows` says, and how it was asked. */
function stage(
  { qps = 15, burst = 5, knows = (_: string) => true, answer = nameOf }: {
    readonly qps?: number;
    readonly burst?: number;
    readonly knows?: (id: string) => boolean;
    readonly answer?: (id: string) => string;
  } = {},
) {
  const timers = manualTimers();
  const calls: { readonly ids: readonly string[]; readonly atMs: number }[] = [];
  const ec2 = {
    ask: (ids: readonly string[]): Promise<ReadonlyMap<string, string>> =>
      Promise.resolve(new Map(ids.filter(knows).map((one) => [one, answer(one)]))),
  };
  const names = createPrivateDnsNames({
    idOf: (identity) => identity.cloud === "aws" ? aws.instances?.idOf(identity) : undefined,
    ask: (ids) => {
      calls.push({ ids, atMs: timers.nowMs() });
      return ec2.ask(ids);
    },
    rate: () => ({ perSecond: qps, burst }),
    timers,
  });
  return { timers, calls, ec2, names };
}

Deno.test("instances that log in together are asked for in one call, each once, and get their own names", async () => {
  const { timers, calls, names } = stage();
  const asked = [1, 2, 1, 3, 2].map((number) => names.find(node(id(number))));
  await timers.advance(10);
  assert.deepEqual(await Promise.all(asked), [1, 2, 1, 3, 2].map((number) => found(nameOf(id(number)))));
  assert.deepEqual(calls, [{ ids: [id(1), id(2), id(3)], atMs: 10 }]);
  assert.equal(timers.waiting, 0, "nothing goes on once all is answered");
});

Deno.test("a call asks for at most 200 instances", async () => {
  const { timers, calls, names } = stage();
  const asked = Promise.all(Array.from({ length: 450 }, (_, i) => names.find(node(id(i)))));
  await timers.advance(100);
  assert.equal((await asked).length, 450);
  assert.deepEqual(calls.map(({ ids }) => ids.length), [200, 200, 50]);
});

Deno.test("calls keep to the burst and then to the rate, and what waits is asked together", async () => {
  const { timers, calls, names } = stage({ qps: 10, burst: 2 });
  const asked: Promise<PrivateDnsName>[] = [];
  for (let i = 0; i < 40; i++) {
    asked.push(names.find(node(id(i))));
    await timers.advance(20);
  }
  await timers.advance(200);
  assert.equal(new Set((await Promise.all(asked)).map((name) => name.kind === "found" && name.name)).size, 40);
  for (const { atMs } of calls) {
    const inSecond = calls.filter((other) => other.atMs >= atMs && other.atMs < atMs + 1_000);
    assert.ok(inSecond.length <= 12, `${inSecond.length} calls within a second`);
  }
  assert.deepEqual(calls.slice(0, 4).map(({ atMs }) => atMs), [10, 30, 110, 210]);
  assert.ok(calls.length < 13, `${calls.length} calls for 40 instances`);
});

Deno.test("a name is remembered for an hour, and that there is none for ten seconds", async () => {
  const { timers, calls, names } = stage({ knows: (one) => one !== id(9) });
  const ask = async (number: number) => {
    const answer = names.find(node(id(number)));
    await timers.advance(10);
    return await answer;
  };
  assert.deepEqual(await ask(1), found(nameOf(id(1))));
  assert.deepEqual(await ask(9), UNKNOWN);
  await timers.advance(9_000);
  await ask(1);
  await ask(9);
  assert.equal(calls.length, 2);
  await timers.advance(1_000);
  await ask(9);
  assert.deepEqual(calls.slice(2).map(({ ids }) => ids), [[id(9)]]);
  await timers.advance(3_580_000);
  await ask(1);
  assert.equal(calls.length, 3);
  await timers.advance(20_000);
  await ask(1);
  assert.equal(calls.length, 4);
});

Deno.test("made-up instances are forgotten before those that exist", async () => {
  const { timers, calls, names } = stage({ knows: (one) => one === id(0xfffff) });
  const answers = [names.find(node(id(0xfffff))), ...Array.from({ length: 2_000 }, (_, i) => names.find(node(id(i))))];
  await timers.advance(2_000);
  await Promise.all(answers);
  const before = calls.length;
  assert.deepEqual(await names.find(node(id(0xfffff))), found(nameOf(id(0xfffff))));
  assert.deepEqual(await names.find(node(id(1_999))), UNKNOWN);
  const first = names.find(node(id(0)));
  await timers.advance(10);
  await first;
  assert.equal(calls.length, before + 1);
});

for (
  const [what, identity] of [
    ["a person's session", node("dave@example.com")],
    ["an empty session", node("")],
    ["an id that is too short", node("i-0123")],
    ["an id of a length between", node("i-0123456789")],
    ["an id in upper case", node("i-0123ABCD")],
    ["an id with more after it", node("i-0123abcd\n")],
    ["an id that is not hexadecimal", node("i-0123wxyz")],
    ["an instance of another cloud", roleSession("Node", id(1))],
  ] as const
) {
  Deno.test(`T-20: ${what} is no instance, and EC2 is not asked`, async () => {
    const { calls, names, timers } = stage();
    assert.equal((await names.find(identity)).kind, "none");
    await timers.advance(1_000);
    assert.deepEqual(calls, []);
  });
}

for (
  const [what, name, kind] of [
    ["an old instance's name", "ip-10-0-0-1.ec2.internal", "found"],
    ["a name of one label", "node", "found"],
    ["an empty name", "", "none"],
    ["another role of Kubernetes", "a:masters", "none"],
    ["a name with a blank", "a b", "none"],
    ["a name with a line end", "a\n", "none"],
    ["a placeholder", "{{SessionName}}", "none"],
    ["a name with an empty label", "a..b", "none"],
    ["a name that ends in a dot", "a.", "none"],
    ["a label over the cap", "a".repeat(64), "none"],
    ["a name over the cap", "a.".repeat(127) + "a", "none"],
    ["letters of no host", "nöde", "none"],
  ] as const
) {
  Deno.test(`T-20: ${what} that EC2 gives is ${kind === "found" ? "taken" : "no name"}, and the others are`, async () => {
    const { names, timers } = stage({ answer: (one) => one === id(1) ? name : nameOf(one) });
    const asked = [names.find(node(id(1))), names.find(node(id(2)))];
    await timers.advance(10);
    assert.deepEqual((await Promise.all(asked)).map((one) => one.kind), [kind, "found"]);
  });
}

Deno.test("the name of an instance that nobody asked for is nobody's", async () => {
  const { names, timers, ec2 } = stage();
  ec2.ask = () => Promise.resolve(new Map([[id(2), nameOf(id(2))]]));
  const asked = names.find(node(id(1)));
  await timers.advance(10);
  assert.deepEqual(await asked, UNKNOWN);
});

Deno.test("a call that fails is an outage for those it asked for, and nothing of it is remembered", async () => {
  const { names, timers, ec2 } = stage();
  const { ask } = ec2;
  ec2.ask = () => Promise.reject(new Error("RequestLimitExceeded"));
  const asked = [names.find(node(id(1))), names.find(node(id(2)))];
  const failed = Promise.all(asked.map((one) =>
    assert.rejects(one, (e: Error & { code?: string }) => {
      assert.equal(e.code, "ERR_PRIVATE_DNS_NAMES");
      assert.match(e.message, /^Cannot find the private DNS name of instance "i-0+[12]": RequestLimitExceeded$/);
      return true;
    })
  ));
  await timers.advance(10);
  await failed;
  ec2.ask = ask;
  const again = names.find(node(id(1)));
  await timers.advance(10);
  assert.deepEqual(await again, found(nameOf(id(1))));
});

Deno.test("an asker that throws at once is an outage too", async () => {
  const { names, timers, ec2 } = stage();
  ec2.ask = () => {
    throw new Error("broken");
  };
  const failed = assert.rejects(names.find(node(id(1))), { code: "ERR_PRIVATE_DNS_NAMES" });
  await timers.advance(10);
  await failed;
});

Deno.test("a review waits two seconds; a later answer is remembered, and a call that never ends is made again", async () => {
  const { names, timers, calls, ec2 } = stage();
  const { ask } = ec2;
  const late = Promise.withResolvers<ReadonlyMap<string, string>>();
  ec2.ask = () => late.promise;
  const first = assert.rejects(names.find(node(id(1))), { code: "ERR_PRIVATE_DNS_NAMES", retryable: true });
  await timers.advance(2_000);
  await first;
  late.resolve(new Map([[id(1), nameOf(id(1))]]));
  await timers.advance(0);
  assert.deepEqual(await names.find(node(id(1))), found(nameOf(id(1))));

  ec2.ask = () => new Promise(() => {});
  const never = assert.rejects(names.find(node(id(2))), { code: "ERR_PRIVATE_DNS_NAMES" });
  await timers.advance(2_010);
  await never;
  ec2.ask = ask;
  const again = names.find(node(id(2)));
  await timers.advance(10);
  assert.deepEqual(await again, found(nameOf(id(2))));
  assert.equal(calls.length, 3);
});

Deno.test("a slow rate ends in an outage, never in a denial", async () => {
  const { names, timers, calls } = stage({ qps: 1, burst: 1, knows: () => true });
  const first = names.find(node(id(0)));
  await timers.advance(10);
  await first;
  const second = Promise.all(Array.from({ length: 201 }, (_, i) => names.find(node(id(i + 1))).then(() => 1, () => 0)));
  await timers.advance(2_500);
  assert.deepEqual((await second).filter((answered) => answered === 0).length, 1);
  assert.equal(calls.length, 3);
});

Deno.test("more than 8000 instances do not wait at once", async () => {
  const { names, timers } = stage({ qps: 100 });
  const asked = Array.from({ length: 8_001 }, (_, i) => names.find(node(id(i))).then(() => "answered", (e) => e.code));
  await timers.advance(1_000);
  const ends = await Promise.all(asked);
  assert.equal(ends.pop(), "ERR_PRIVATE_DNS_NAMES");
  assert.deepEqual([...new Set(ends)], ["answered"]);
});
