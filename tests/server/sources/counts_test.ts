import assert from "node:assert/strict";
import type { MappingProblem } from "../../../lib/mapping/problem.ts";
import type { Rule } from "../../../lib/mapping/rule.ts";
import { countInvalid, countUsable, idleRules } from "../../../lib/server/sources/counts.ts";
import { ACCOUNT, rulesOf } from "../../mapping/support.ts";

/** The same things in another list, and how often one of them was looked at. */
function watched<Item extends object>(items: readonly Item[]): { readonly list: readonly Item[]; looks(): number } {
  let looks = 0;
  const list = items.map((item) =>
    new Proxy(item, {
      get(target, key) {
        looks += 1;
        return Reflect.get(target, key);
      },
    })
  );
  return { list, looks: () => looks };
}

const { rules, problems } = rulesOf(`mapRoles:
- {rolearn: "acs:ram::${ACCOUNT}:role/A", username: u}
- {rolearn: "acs:ram::${ACCOUNT}:role/B"}
mapAccounts: ["${ACCOUNT}"]`);
const idle: MappingProblem = { line: 1, column: 1, severity: "warning", message: "m", hasNoEffect: "it is behind" };

Deno.test("rules, invalid entries and idle rules are counted, and again for another list alone", () => {
  const [usable, wrong] = [watched<Rule>(rules), watched<MappingProblem>([...problems, idle, idle])];
  const source = { rules: () => usable.list, problems: () => wrong.list };
  const counted = () => [countUsable(source), countInvalid(source), [...idleRules(source)]];
  const first = counted();
  assert.deepEqual(first, [2, 1, [["it is behind", 2]]]);
  const looks = [usable.looks(), wrong.looks()];
  assert(looks.every((count) => count > 0));
  assert.deepEqual(counted(), first);
  assert.deepEqual([usable.looks(), wrong.looks()], looks);
  assert.equal(countUsable({ rules: () => [] }), 0);
});
