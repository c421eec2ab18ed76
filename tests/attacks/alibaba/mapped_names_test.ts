import assert from "node:assert/strict";
import { type AlibabaPrincipal, DEMO_ACCOUNT_ID, DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { mintedToken } from "../../support/minted_token.ts";
import { DEMO_MAPPINGS, type ReviewAnswer, type ReviewServer, startReviewServer } from "../../support/review_server.ts";
import { assertAllowed } from "./deny.ts";
import { session } from "./sessions.ts";

const { alice, root } = DEMO_PRINCIPALS;

function mapRole(role: string, username: string, group = "viewers", more = ""): string {
  const arn = `acs:ram::${DEMO_ACCOUNT_ID}:role/${role}`;
  return `mapRoles: [{roleARN: "${arn}", username: "${username}", groups: ["${group}"]${more}}]`;
}

async function login(server: ReviewServer, principal: AlibabaPrincipal): Promise<ReviewAnswer> {
  return await server.review(await mintedToken(principal, { ...server, now: server.now() }));
}

async function assertRefused(server: ReviewServer, principal: AlibabaPrincipal, reason: string): Promise<void> {
  const answer = await login(server, principal);
  assert.deepEqual(
    { status: answer.status, authenticated: answer.body.status?.authenticated, user: answer.body.status?.user },
    { status: 200, authenticated: false, user: undefined },
  );
  assert.equal(server.lineOf(answer)["reason"], reason);
}

const REFUSED: ReadonlyArray<readonly [string, AlibabaPrincipal, string]> = [
  [
    "an empty username",
    alice,
    `mapUsers: [{userARN: "acs:ram::${DEMO_ACCOUNT_ID}:user/alice", username: "{{SessionName}}", groups: [a]}]`,
  ],
  ["a session that names itself into system:", session("Dev", "masters"), mapRole("Dev", "system:{{SessionName}}")],
  ["a session that names its group", session("Dev", "masters"), mapRole("Dev", "dev", "system:{{SessionName}}")],
  [
    "a username with a reserved prefix",
    session("Dev", "admin-eve"),
    `${
      mapRole("Dev", "{{SessionName}}")
    }\nreservedPrefixConfig: [{backendMode: MountedFile, usernamePrefixReserveList: ["admin-"]}]`,
  ],
];

for (const [what, principal, mappings] of REFUSED) {
  Deno.test(`T-20: ${what} is refused`, async () => {
    await using server = await startReviewServer({ principals: [principal], mappings });
    await assertRefused(server, principal, "mapping_refused");
  });
}

Deno.test("T-20: the sessions a@b and a-b are told apart where the rule asks for it", async () => {
  const [at, dash] = [session("Dev", "a@b"), { ...session("Dev", "a-b"), accessKeyId: "STS.NMadeUpOther" }];
  await using server = await startReviewServer({
    principals: [at, dash],
    mappings: mapRole("Dev", "{{SessionName}}", "{{SessionNameRaw}}"),
  });
  const users = [(await login(server, at)).body.status?.user, (await login(server, dash)).body.status?.user];
  assert.deepEqual(users.map((user) => user?.username), ["a-b", "a-b"]);
  assert.deepEqual(users.map((user) => user?.groups), [["a@b"], ["a-b"]]);
});

const NO_SESSION = ["{{AccessKeyID}}", "a b", "a\nb", "a\0b", "a/b", "a:b", "a\u202eb", "é", "a".repeat(129)];

for (const name of NO_SESSION) {
  Deno.test(`T-20: an STS that gives the session ${JSON.stringify(name)} is not believed`, async () => {
    const identity = { ...session("Dev", name).identity, RequestId: "MadeUp" };
    await using server = await startReviewServer({
      mappings: mapRole("Dev", "dev:{{SessionName}}"),
      sts: () => Response.json(identity),
    });
    const { status, body } = await login(server, alice);
    assert.deepEqual({ status, review: body.status }, { status: 504, review: undefined });
  });
}

Deno.test("S-9: a star in a rule is not a regular expression, and stays within its part of the ARN", async () => {
  const mappings = mapRole("admin*", "admin");
  for (
    const [role, is] of [["admin", true], ["admin-eu", true], ["admi", false], ["xadmin", false], ["AdmiX", false]]
  ) {
    const principal = session(String(role), "eve");
    await using server = await startReviewServer({ principals: [principal], mappings });
    if (is) assert.equal((await login(server, principal)).body.status?.user?.username, "admin", String(role));
    else await assertRefused(server, principal, "not_mapped");
  }
});

Deno.test("S-9: a dot in a rule is a dot", async () => {
  const principal = session("adminXeu", "eve");
  await using server = await startReviewServer({ principals: [principal], mappings: mapRole("admin.eu", "admin") });
  await assertRefused(server, principal, "not_mapped");
});

Deno.test("T-18: a role of the same name in another account is somebody else", async () => {
  const ours = session("Dev", "carol");
  const theirs = { ...session("Dev", "carol", { accountId: "9999999999999999" }), accessKeyId: "STS.NMadeUpOther" };
  await using server = await startReviewServer({ principals: [ours, theirs], mappings: mapRole("Dev", "dev") });
  await assertRefused(server, theirs, "not_mapped");
  assert.equal((await login(server, ours)).body.status?.authenticated, true);
  await assertRefused(server, theirs, "not_mapped");
});

Deno.test("T-18: a principal that was made anew under an old name is somebody else where its id is pinned", async () => {
  const old = session("Dev", "carol");
  const anew = { ...session("Dev", "carol", { roleId: "300000000000000008" }), accessKeyId: "STS.NMadeUpOther" };
  const mappings = mapRole("Dev", "dev", "viewers", ', userid: "300000000000000007"');
  await using server = await startReviewServer({ principals: [old, anew], mappings });
  assert.equal((await login(server, old)).body.status?.authenticated, true);
  await assertRefused(server, anew, "not_mapped");
});

Deno.test("T-22: no decision outlives its token, its mapping or its time", async () => {
  await using server = await startReviewServer({ cacheTtlMs: 60_000 });
  const token = await mintedToken(alice, { ...server, now: server.now() });
  await assertAllowed(server, token);
  server.advance(59_999);
  await assertAllowed(server, token);
  assert.equal(server.stsCalls(), 1);
  server.advance(1);
  await assertAllowed(server, token);
  assert.equal(server.stsCalls(), 2);
  await server.replaceMappings("mapAccounts: []");
  const { body } = await server.review(token);
  assert.equal(body.status?.authenticated, false);
  server.advance(14 * 60_000 - 30_000);
  await server.replaceMappings(DEMO_MAPPINGS);
  await assertAllowed(server, token);
  server.advance(30_001);
  const late = await server.review(token);
  assert.equal(late.body.status?.authenticated, false);
  assert.equal(server.lineOf(late)["reason"], "expired");
});

Deno.test("T-21: nothing that any review writes holds a token, a signature, a security token or a secret", async () => {
  let mood: "normal" | "throttle" | "unavailable" = "normal";
  await using server = await startReviewServer({ behave: () => mood });
  const now = server.now();
  const ways = Object.values(DEMO_PRINCIPALS).map((keys) => mintedToken(keys, { ...server, now }));
  const [first = "", ...rest] = await Promise.all(ways);
  const forged = await mintedToken({ ...root, accessKeySecret: "MadeUpWrongSecret" }, { ...server, now });
  const other = await mintedToken(alice, { clusterId: "c-other", now });
  const stale = await mintedToken(alice, { ...server, now: new Date(now.getTime() - 3_600_000) });
  const spoiled = first.slice(0, -40) + first.slice(-36);
  for (const token of [first, ...rest, forged, other, stale, spoiled, first.slice(11), `${first}\n`, first + first]) {
    await server.review(token);
  }
  for (mood of ["unavailable", "throttle"] as const) await server.review(first);
  await server.post(`{"kind": "TokenReview", "spec": {"token": "${first}"`);
  await server.post(`{"apiVersion": "${first}", "kind": "${first}", "spec": {"token": 1}}`);
  await server.post(first, { headers: { "content-type": "text/plain" } });

  const reasons = new Set(server.log().map((line) => line["reason"]).filter((reason) => reason !== undefined));
  assert.deepEqual(
    [...reasons].sort(),
    [
      ...["ERR_STS_FAULT", "ERR_STS_THROTTLED", "ERR_TOKEN_REVIEW", "allowed", "expired", "malformed", "not_mapped"],
      ...["not_ours", "sts_denied", "wrong_cluster"],
    ].sort(),
  );
});
