import assert from "node:assert/strict";
import { DEMO_ACCOUNT_ID, DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { mintedToken } from "../../support/minted_token.ts";
import { type ReviewServer, type ScriptedSts, startReviewServer } from "../../support/review_server.ts";
import { drip } from "../drip.ts";
import { assertAllowed } from "./deny.ts";

const { alice, kubernetesAdmin } = DEMO_PRINCIPALS;
const REQUEST_ID = "01234567-89AB-CDEF-0123-456789ABCDEF";
const USER = { ...alice.identity, RequestId: REQUEST_ID };
const ROLE = { ...kubernetesAdmin.identity, RequestId: REQUEST_ID };

function json(value: unknown, init: ResponseInit = {}): Response {
  return text(JSON.stringify(value), { headers: { "content-type": "application/json" }, ...init });
}

function text(body: string, init: ResponseInit = {}): Response {
  return new Response(body, { headers: { "content-type": "application/json" }, ...init });
}

/** Asserts that a valid token got no decision: 504, nobody is logged in, and the log says why. */
async function assertNoDecision(server: ReviewServer): Promise<void> {
  const answer = await server.review(await mintedToken(alice, { ...server, now: server.now() }));
  assert.deepEqual(
    { status: answer.status, review: answer.body.status, error: answer.body.error },
    { status: 504, review: undefined, error: "STS cannot be asked" },
  );
  assert.equal(server.lineOf(answer)["reason"], "ERR_STS_FAULT");
  assert.ok(!server.logText().includes('"login allowed"'));
}

const XML = "<GetCallerIdentityResponse><Arn>acs:ram::1234567890123456:user/alice</Arn></GetCallerIdentityResponse>";
const MEMBERS = ["Arn", "AccountId", "IdentityType", "PrincipalId", "RequestId"];

const ANSWERS: ReadonlyArray<readonly [string, () => Response]> = [
  ["XML", () => text(XML, { headers: { "content-type": "text/xml" } })],
  ["XML that is called JSON", () => text(XML)],
  ["HTML", () => text("<html><body>Log in to the proxy</body></html>", { headers: { "content-type": "text/html" } })],
  ["a wrong content type", () => json(USER, { headers: { "content-type": "text/plain" } })],
  ["JSON of a related content type", () => json(USER, { headers: { "content-type": "application/jsonp" } })],
  ["no content type", () => new Response(new TextEncoder().encode(JSON.stringify(USER)))],
  ["nothing", () => text("")],
  ["a list of the answer", () => json([USER])],
  ["the answer as a text", () => json(JSON.stringify(USER))],
  ["null", () => json(null)],
  ["half of the answer", () => text(JSON.stringify(USER).slice(0, 40))],
  ["two answers", () => text(JSON.stringify(USER) + JSON.stringify(ROLE))],
  ["a key twice", () => text(JSON.stringify(USER).replace("{", '{"Arn":"acs:ram::1234567890123456:root",'))],
  [
    "text that is not UTF-8",
    () => new Response(new Uint8Array([0x7b, 0xff, 0x7d]), { headers: { "content-type": "application/json" } }),
  ],
  ["an extra envelope", () => json({ GetCallerIdentityResponse: USER })],
  ["the answer beside credentials", () => json({ ...USER, Credentials: { AccessKeyId: "STS.MadeUp" } })],
  ["the answer only in a new member", () => json({ RequestId: REQUEST_ID, Session: USER })],
  ["the answer only in a new list", () => json({ RequestId: REQUEST_ID, Sessions: [USER] })],
  ["an account only in a new member", () => json({ ...USER, AccountId: undefined, Session: USER })],
  ["the answer of AssumeRole", () =>
    json({
      RequestId: REQUEST_ID,
      AssumedRoleUser: { Arn: ROLE.Arn, AssumedRoleId: ROLE.PrincipalId },
      Credentials: { AccessKeyId: "STS.MadeUp", AccessKeySecret: "MadeUp", SecurityToken: "MadeUp" },
    })],
  [
    "the answer of GetUser",
    () => json({ RequestId: REQUEST_ID, User: { UserName: "alice", UserId: USER.PrincipalId } }),
  ],
  ["an ARN of another partition", () => json({ ...USER, Arn: USER.Arn.replace("acs:", "acs-gov:") })],
  ["an ARN of AWS", () => json({ ...USER, Arn: "arn:aws:iam::123456789012:user/alice", AccountId: "123456789012" })],
  ["an ARN of another service", () => json({ ...USER, Arn: USER.Arn.replace(":ram:", ":oss:") })],
  ["an ARN with a region", () => json({ ...USER, Arn: USER.Arn.replace("ram::", "ram:cn-hangzhou:") })],
  ["an ARN in upper case", () => json({ ...USER, Arn: USER.Arn.toUpperCase() })],
  ["an ARN with a space behind", () => json({ ...USER, Arn: `${USER.Arn} ` })],
  ["an ARN with a line break", () => json({ ...USER, Arn: `${USER.Arn}\n` })],
  ["an ARN of a role that nobody assumed", () => json({ ...ROLE, Arn: `acs:ram::${DEMO_ACCOUNT_ID}:role/Admins` })],
  ["an ARN of another account than the answer's", () => json({ ...USER, AccountId: "9999999999999999" })],
  ["an account of another ARN", () => json({ ...USER, Arn: "acs:ram::9999999999999999:user/alice" })],
  ["an identity type of something else", () => json({ ...USER, IdentityType: "Account" })],
  ["an unknown identity type", () => json({ ...USER, IdentityType: "Robot" })],
  ["a principal id of another session", () => json({ ...ROLE, PrincipalId: "300000000000000001:bob" })],
  ["a principal id with a session for a user", () => json({ ...USER, PrincipalId: `${USER.PrincipalId}:alice` })],
  ["a principal id with a slash", () => json({ ...USER, PrincipalId: "a/b" })],
  ...MEMBERS.flatMap((name): Array<readonly [string, () => Response]> => [
    [`an empty ${name}`, () => json({ ...USER, [name]: "" })],
    [`no ${name}`, () => json({ ...USER, [name]: undefined })],
    [`${name} as a number`, () => json({ ...USER, [name]: 1_234_567_890_123_456 })],
    [`${name} as null`, () => json({ ...USER, [name]: null })],
  ]),
  ["the answer with HTTP 201", () => json(USER, { status: 201 })],
  ["the answer with HTTP 203", () => json(USER, { status: 203 })],
  ["the answer with HTTP 206", () => json(USER, { status: 206 })],
  ["the answer with HTTP 400", () => json(USER, { status: 400 })],
  ["the answer with HTTP 500", () => json(USER, { status: 500 })],
  ["HTTP 204", () => new Response(null, { status: 204 })],
  [
    "HTTP 403 of a proxy",
    () => text("<h1>403 Forbidden</h1>", { status: 403, headers: { "content-type": "text/html" } }),
  ],
  ["HTTP 403 with a code that nobody should repeat", () => json({ Code: "<script>\r\n" }, { status: 403 })],
  ["HTTP 503 with a code", () => json({ Code: "ServiceUnavailable", RequestId: REQUEST_ID }, { status: 503 })],
  ["10 MB", () => json({ ...USER, Filler: "x".repeat(10_000_000) })],
  ["10 MB of white space", () => text(" ".repeat(10_000_000) + JSON.stringify(USER))],
  ["64 KiB and one byte", () => text(JSON.stringify(USER).padEnd(65_537))],
];

Deno.test("T-17: what STS never answers is an outage, and nobody is logged in", async (t) => {
  let answer: ScriptedSts = () => json(USER);
  await using server = await startReviewServer({ sts: (request) => answer(request) });
  for (const [what, make] of ANSWERS) {
    await t.step(what, async () => {
      answer = make;
      await assertNoDecision(server);
    });
  }
  for (const grown of ["of the next version", ROLE, [[ROLE]]]) {
    answer = () => json({ ...USER, NewMember: grown });
    await assertAllowed(server, await mintedToken(alice, { ...server, now: server.now() }));
  }
});

Deno.test("T-17: an STS that sends a byte a second is cut off", async () => {
  await using server = await startReviewServer({
    sts: () => new Response(drip(JSON.stringify(USER)), { headers: { "content-type": "application/json" } }),
  });
  await assertNoDecision(server);
  assert.equal(server.stsCalls(), 1);
});

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`T-08: a redirect with ${status} is not followed`, async () => {
    let calls = 0;
    await using elsewhere = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
      calls += 1;
      return json(USER);
    });
    const location = `http://127.0.0.1:${elsewhere.addr.port}/`;
    await using server = await startReviewServer({
      sts: ({ url }) =>
        new URL(url).pathname === "/"
          ? json(USER, { status, headers: { location, "content-type": "application/json" } })
          : json(USER),
    });
    await assertNoDecision(server);
    assert.equal(calls, 0);
  });

  Deno.test(`T-08: a redirect with ${status} within STS is not followed`, async () => {
    await using server = await startReviewServer({
      sts: ({ url }) =>
        new URL(url).pathname === "/"
          ? new Response(null, { status, headers: { location: "/elsewhere" } })
          : json(USER),
    });
    await assertNoDecision(server);
    assert.equal(server.stsCalls(), 1);
  });
}

Deno.test("S-4: an identity of AWS in STS's answer is nobody", async () => {
  await using server = await startReviewServer({
    sts: () =>
      json({
        GetCallerIdentityResponse: {
          GetCallerIdentityResult: { Account: "123456789012", Arn: "arn:aws:iam::123456789012:user/alice" },
        },
      }),
  });
  await assertNoDecision(server);
});
