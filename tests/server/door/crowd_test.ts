import assert from "node:assert/strict";
import { createCrowd, shareOf } from "../../../lib/server/door/crowd.ts";

interface Guest {
  readonly name: string;
  readonly share: string;
}

function crowdOf(max: number, maxPerShare = Infinity, isLate = (_: Guest) => false) {
  const crowd = createCrowd<Guest>({ max: () => max, maxPerShare: () => maxPerShare, isLate });
  const come = (name: string, share = "a") => {
    const guest = { name, share };
    const room = crowd.makeRoom(share);
    if (room.isFree) crowd.enter(guest);
    return { guest, outcome: room.isFree ? room.goes?.name : room.why };
  };
  return { crowd, come };
}

/** Comes, and is answered. */
function comeAndAsk({ crowd, come }: ReturnType<typeof crowdOf>, name: string): Guest {
  const { guest } = come(name);
  crowd.busy(guest);
  crowd.idle(guest);
  return guest;
}

Deno.test("who has been idle longest goes for a newcomer", () => {
  const { crowd, come } = crowdOf(3);
  const [first, second] = ["1", "2", "3"].map((name) => comeAndAsk({ crowd, come }, name));
  crowd.busy(first!);
  crowd.idle(first!);
  assert.equal(crowd.firstToGo(), second);
  assert.equal(come("4").outcome, "2");
  assert.equal(crowd.size, 3);
});

Deno.test("of those that never asked and those that did, the more numerous make room", () => {
  const { crowd, come } = crowdOf(5);
  comeAndAsk({ crowd, come }, "asked 1");
  comeAndAsk({ crowd, come }, "asked 2");
  const newcomers = ["1", "2", "3", "4", "5"].map((name) => come(name).outcome);
  assert.deepEqual(newcomers, [undefined, undefined, undefined, "1", "2"]);
  for (const guest of [...crowd].slice(-2)) {
    crowd.busy(guest);
    crowd.idle(guest);
  }
  assert.equal(come("6").outcome, "asked 1");
});

Deno.test("who is busy stays, and a newcomer is refused where all are", () => {
  const { crowd, come } = crowdOf(2);
  const [first, second] = [come("1").guest, come("2").guest];
  crowd.busy(first);
  assert.equal(come("3").outcome, "2");
  crowd.leave(second);
  for (const guest of crowd) crowd.busy(guest);
  assert.equal(come("4").outcome, "full");
  crowd.idle(first);
  assert.equal(come("5").outcome, "1");
});

Deno.test("who has said nothing for too long goes before anybody who has", () => {
  let isLate = false;
  const { crowd, come } = crowdOf(4, Infinity, () => isLate);
  const asked = ["1", "2"].map((name) => comeAndAsk({ crowd, come }, name));
  const [third, fourth] = [come("3").guest, come("4").guest];
  crowd.spoke(third);
  assert.equal(crowd.firstToGo(), asked[0]);
  isLate = true;
  assert.equal(crowd.firstToGo(), fourth);
  assert.equal(come("5").outcome, "4");
  assert.equal(come("6").outcome, "5");
});

Deno.test("an address with its share in use makes room for its own newcomers alone", () => {
  const { crowd, come } = crowdOf(4, 2);
  const other = come("other", "b").guest;
  come("1");
  come("2");
  assert.equal(come("3").outcome, "1");
  for (const guest of crowd) if (guest.share === "a") crowd.busy(guest);
  assert.equal(come("4").outcome, "share_full");
  assert.equal(crowd.firstToGo(), other);
  assert.equal(come("another", "c").outcome, undefined);
});

Deno.test("who has left is neither counted nor put back", () => {
  const { crowd, come } = crowdOf(1);
  const { guest } = come("1");
  crowd.leave(guest);
  crowd.leave(guest);
  crowd.idle(guest);
  crowd.busy(guest);
  assert.equal(crowd.size, 0);
  assert.equal(crowd.firstToGo(), undefined);
  assert.equal(come("2").outcome, undefined);
});

for (
  const [address, share] of [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["1::", "1:0:0:0::/64"],
  ] as const
) {
  Deno.test(`${address} counts against the share of ${share}`, () => assert.equal(shareOf(address), share));
}
