import assert from "node:assert/strict";
import { createChain } from "../../lib/mapping/chain.ts";
import { parseReservedPrefixes } from "../../lib/mapping/reserved_prefixes.ts";
import { createRuleSource } from "../../lib/mapping/rule_source.ts";
import { ACCOUNT, roleSession, rulesOf, user, valueOf } from "./support.ts";

const ROLE = `acs:ram::${ACCOUNT}:role/R`;
const SESSION = roleSession("R", "alice");

/** What a trusted and a less trusted source give, after the trusted one has had each of these texts. */
async function outcomeOf(texts: readonly string[], identity = SESSION): Promise<string> {
  const [trusted, lower] = [createRuleSource("MountedFile", { clouds: [] }), createRuleSource("CRD", { clouds: [] })];
  for (const text of texts) {
    trusted.replace({ parsed: rulesOf(text), reserved: parseReservedPrefixes(valueOf(text, "reservedPrefixConfig")) });
  }
  const admins = `
mapRoles: [{roleARN: "${ROLE}", username: lower, groups: [admins]}]
mapUsers: [{userARN: "acs:ram::${ACCOUNT}:user/alice", username: lower, groups: [admins]}]`;
  lower.replace({ parsed: rulesOf(admins), reserved: new Map() });
  try {
    const found = await createChain(() => [trusted, lower]).map(identity);
    return found === undefined ? "not mapped" : `${found.username} ${found.groups.join()}`;
  } catch (refusal) {
    return (refusal as { readonly code: string }).code;
  }
}

const GOOD = `mapRoles: [{roleARN: "${ROLE}", username: pinned, groups: [viewers]}]`;
const SLIP = `mapRoles: [{roleARN: "${ROLE}", username: pinned, groups: viewers}]`;
const OTHER_SLIP = `mapRoles: [{roleARN: "${ROLE}", usrname: pinned}]`;
const UNREADABLE = `mapRoles: [{roleARN: "acs:ram::${ACCOUNT}:rolle/R", username: pinned}]`;
const NOBODY = "mapRoles: []";

for (
  const [what, texts, want] of [
    ["a slip at the start refuses, and hands nobody to a lower source", [SLIP], "ERR_MAPPING_REFUSED"],
    ["a slip on a reload keeps the last good rule", [GOOD, SLIP], "pinned viewers"],
    ["a slip in an entry that is new refuses", [NOBODY, SLIP], "ERR_MAPPING_REFUSED"],
    ["another slip after it keeps that rule, too", [GOOD, SLIP, OTHER_SLIP], "pinned viewers"],
    ["a rule that is removed is gone", [GOOD, NOBODY], "lower admins"],
    ["a rule that is removed after a slip is gone", [GOOD, SLIP, NOBODY], "lower admins"],
    ["an ARN that cannot be read any more refuses whom it named", [GOOD, UNREADABLE], "ERR_MAPPING_REFUSED"],
    ["that lasts until the entry is corrected", [GOOD, UNREADABLE, UNREADABLE], "ERR_MAPPING_REFUSED"],
    ["a corrected entry counts again", [GOOD, UNREADABLE, GOOD], "pinned viewers"],
    ["an entry removed after that is gone", [GOOD, UNREADABLE, NOBODY], "lower admins"],
    ["an entry that never could be read refuses nobody", [UNREADABLE], "lower admins"],
    ["an entry that never could be read does not stop a removal", [
      `${UNREADABLE.slice(0, -1)}, ${GOOD.slice("mapRoles: [".length)}`,
      UNREADABLE,
    ], "lower admins"],
    [
      "an invalid entry is in no other rule's way, where both name one principal",
      [`mapRoles: [{roleARN: "${ROLE}", username: ""}, {roleARN: "${ROLE}", username: pinned, groups: [viewers]}]`],
      "pinned viewers",
    ],
    [
      "a good entry beside an invalid one counts, and not the last good rule",
      [
        GOOD,
        `mapRoles: [{roleARN: "${ROLE}", username: ""}, {roleARN: "${ROLE}", username: changed, groups: [viewers]}]`,
      ],
      "changed viewers",
    ],
    [
      "a last good rule keeps its place before a glob",
      [
        `mapRoles: [{roleARN: "${ROLE}", username: pinned}, {roleARN: "acs:ram::${ACCOUNT}:role/*", username: any}]`,
        `mapRoles: [{roleARN: "${ROLE}", username: ""}, {roleARN: "acs:ram::${ACCOUNT}:role/*", username: any}]`,
      ],
      "pinned ",
    ],
  ] as const
) {
  Deno.test(`in a trusted source, ${what}`, async () => {
    assert.equal(await outcomeOf(texts), want);
  });
}

const ALICE = `mapUsers: [{userARN: "acs:ram::${ACCOUNT}:user/alice", username: alice}]`;
const ALICE_SLIP = ALICE.replace("username", "usrname");

for (
  const [what, texts, want] of [
    [
      "a last good rule keeps its place before the account's",
      [`${ALICE}\nmapAccounts: ["${ACCOUNT}"]`, `${ALICE_SLIP}\nmapAccounts: ["${ACCOUNT}"]`],
      "alice ",
    ],
    [
      "an account that cannot be read any more stays mapped",
      [`mapAccounts: ["${ACCOUNT}"]`, `mapAccounts: ["${ACCOUNT}x"]`],
      `acs:ram::${ACCOUNT}:user/alice `,
    ],
    ["an account that is removed is gone", [`mapAccounts: ["${ACCOUNT}"]`, "mapAccounts: []"], "lower admins"],
  ] as const
) {
  Deno.test(`in a trusted source, ${what}`, async () => {
    assert.equal(await outcomeOf(texts, user("alice")), want);
  });
}

Deno.test("who still has a rule is not among those that an unreadable entry takes it from", () => {
  const source = createRuleSource("MountedFile", { clouds: [] });
  for (const text of [`${GOOD}\n${ALICE}`, `${UNREADABLE}\n${ALICE}`]) {
    source.replace({ parsed: rulesOf(text), reserved: new Map() });
  }
  assert.deepEqual(source.rules().filter(({ kind }) => kind === "invalid").length, 1);
  assert.match(source.problems().map(({ message }) => message).join("\n"), /so 1 that are no longer mapped/);
});

Deno.test("a slip in one entry changes nothing for anybody else", async () => {
  const alice = `mapUsers: [{userARN: "acs:ram::${ACCOUNT}:user/alice", username: alice}]`;
  for (const slip of [SLIP, UNREADABLE]) {
    assert.equal(await outcomeOf([`${GOOD}\n${alice}`, `${slip}\n${alice}`], user("alice")), "alice ");
    assert.equal(await outcomeOf([`${GOOD}\n${alice}`, `${slip}\n${alice}`], user("bob")), "not mapped");
  }
});

Deno.test("what a reload keeps is told, each at the entry that needs a correction", () => {
  const source = createRuleSource("MountedFile", { clouds: [] });
  const problemsAfter = (text: string) => {
    source.replace({ parsed: rulesOf(text), reserved: new Map() });
    return source.problems().filter(({ severity }) => severity === "warning").map(({ message }) => message);
  };
  assert.deepEqual(problemsAfter(GOOD), []);
  assert.match(problemsAfter(SLIP)[0]!, /its last good rule stays in force/);
  assert.match(problemsAfter(UNREADABLE)[0]!, /1 that are no longer mapped are refused until it is corrected/);
});
