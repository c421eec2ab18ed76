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

Deno.test("who has been idle longest goes for a newcomer", () => {
  const { crowd, come } = crowdOf(3);
  const [first, second] = [come("1").guest, come("2").guest];
  assert.equal(come("3").outcome, undefined);
  crowd.idle(first);
  assert.equal(crowd.firstToGo(), second);
  assert.equal(come("4").outcome, "2");
  assert.equal(come("5").outcome, "3");
  assert.equal(crowd.size, 3);
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
  const { crowd, come } = crowdOf(3, Infinity, () => isLate);
  const [first, second, third] = [come("1").guest, come("2").guest, come("3").guest];
  crowd.spoke(first);
  assert.equal(crowd.firstToGo(), first);
  isLate = true;
  assert.equal(crowd.firstToGo(), second);
  crowd.busy(second);
  crowd.idle(second);
  assert.equal(crowd.firstToGo(), third);
  assert.equal(come("4").outcome, "3");
  assert.equal(come("5").outcome, "4");
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
