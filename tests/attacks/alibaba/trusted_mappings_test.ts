import assert from "node:assert/strict";
import { type AlibabaPrincipal, DEMO_ACCOUNT_ID, DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { mintedToken } from "../../support/minted_token.ts";
import { startReviewServer } from "../../support/review_server.ts";
import { session } from "./sessions.ts";

const OTHER_ACCOUNT_ID = "9999999999999999";
const OLD_ID = "300000000000000007";
const NEW_ID = "300000000000000008";

/** Somebody who assumed the role Dev. */
function dev(accountId: string, roleId = OLD_ID): AlibabaPrincipal {
  return session("Dev", "carol", { accountId, roleId });
}

/** Asserts as whom each principal is logged in, or for which reason not. */
async function assertLogins(
  mappings: string,
  logins: ReadonlyArray<readonly [principal: AlibabaPrincipal, end: { username: string } | { reason: string }]>,
): Promise<void> {
  await using server = await startReviewServer({ mappings, principals: logins.map(([principal]) => principal) });
  for (const [principal, end] of logins) {
    const answer = await server.review(await mintedToken(principal, { ...server, now: server.now() }));
    const { authenticated, user } = answer.body.status!;
    const line = server.lineOf(answer);
    if ("username" in end) assert.deepEqual([authenticated, user?.username], [true, end.username]);
    else assert.deepEqual([authenticated, user, line["reason"]], [false, undefined, end.reason]);
  }
}

const NOBODY = { reason: "not_mapped" };
const ROLE = `acs:ram::${DEMO_ACCOUNT_ID}:role/Dev`;

Deno.test("S-5, T-18: a role, a user and an account of the same name elsewhere are somebody else", async () => {
  const { alice } = DEMO_PRINCIPALS;
  const alienAlice: AlibabaPrincipal = {
    ...alice,
    accessKeyId: "LTAI5tMadeUpAlienAlice",
    identity: { ...alice.identity, AccountId: OTHER_ACCOUNT_ID, Arn: `acs:ram::${OTHER_ACCOUNT_ID}:user/alice` },
  };
  const mappings = `
mapRoles: [{roleARN: "${ROLE}", username: dev}]
mapUsers: [{userARN: "acs:ram::${DEMO_ACCOUNT_ID}:user/alice", username: alice}]`;
  await assertLogins(mappings, [
    [dev(OTHER_ACCOUNT_ID), NOBODY],
    [dev(DEMO_ACCOUNT_ID), { username: "dev" }],
    [dev(OTHER_ACCOUNT_ID), NOBODY],
    [alienAlice, NOBODY],
    [alice, { username: "alice" }],
    [alienAlice, NOBODY],
  ]);
});

Deno.test("S-5: an account that is let in whole lets no other in", async () => {
  await assertLogins(`mapAccounts: ["${DEMO_ACCOUNT_ID}"]`, [
    [dev(OTHER_ACCOUNT_ID), NOBODY],
    [dev(DEMO_ACCOUNT_ID), { username: ROLE }],
  ]);
});

const MALFORMED = [
  "",
  "Dev",
  "acs:ram::role/Dev",
  `${ROLE}:x`,
  "arn:aws:iam::123456789012:role/Dev",
  `acs:ram::x:role/Dev`,
];

for (const arn of MALFORMED) {
  Deno.test(`S-7: a pinned rule whose ARN is ${JSON.stringify(arn)} matches nobody, and the rule beside it only its own`, async () => {
    const mappings = `
mapRoles:
  - {roleARN: "${arn}", userid: "${NEW_ID}", username: admin, groups: ["system:masters"]}
  - {roleARN: "${ROLE}", userid: "${OLD_ID}", username: dev}`;
    await assertLogins(mappings, [
      [dev(DEMO_ACCOUNT_ID, NEW_ID), NOBODY],
      [dev(DEMO_ACCOUNT_ID, OLD_ID), { username: "dev" }],
      [dev(OTHER_ACCOUNT_ID, OLD_ID), NOBODY],
    ]);
  });
}

const REFUSED = { reason: "mapping_refused" };

for (const pin of ['""', "[]", "null", `"${OLD_ID}:carol"`, `"*"`, `" ${OLD_ID}"`]) {
  Deno.test(`S-7: a rule that is pinned to ${pin} lets nobody in`, async () => {
    const mappings = `mapRoles: [{roleARN: "${ROLE}", userid: ${pin}, username: dev}]`;
    await assertLogins(mappings, [[dev(DEMO_ACCOUNT_ID), REFUSED]]);
  });
}

for (
  const [what, username, reserved, end] of [
    ["a name that stands in the rule", "admin-carol", `["admin-"]`, REFUSED],
    ["a name that a session chose", "{{SessionName}}", `["car"]`, REFUSED],
    ["a name that is the prefix", "admin-", `["admin-"]`, REFUSED],
    ["the second prefix of a list", "ops-carol", `["admin-", "ops-"]`, REFUSED],
    ["a system name that stands in the rule", "system:dev", `["system:"]`, REFUSED],
    ["a prefix in the middle of a name", "the-admin-carol", `["admin-"]`, { username: "the-admin-carol" }],
  ] as const
) {
  Deno.test(`S-8: reserved prefixes are enforced on ${what}`, async () => {
    const mappings = `
mapRoles: [{roleARN: "${ROLE}", username: "${username}"}]
reservedPrefixConfig: [{backendMode: MountedFile, usernamePrefixReserveList: ${reserved}}]`;
    await assertLogins(mappings, [[dev(DEMO_ACCOUNT_ID), end]]);
  });
}

Deno.test("S-8: reserved prefixes are enforced on the names of an account that is let in whole", async () => {
  const mappings = `
mapAccounts: ["${DEMO_ACCOUNT_ID}"]
reservedPrefixConfig: [{backendMode: MountedFile, usernamePrefixReserveList: ["acs:ram::"]}]`;
  await assertLogins(mappings, [[dev(DEMO_ACCOUNT_ID), REFUSED]]);
});
