import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { awsToken } from "../../support/aws_tokens.ts";
import type { ReviewServer, ScriptedSts } from "../../support/review_server.ts";
import { drip } from "../drip.ts";
import { assertAllowed, optionsFor, startAwsServer } from "./deny.ts";

const { dave, clusterAdmin, federated, root } = DEMO_AWS_PRINCIPALS;
const USER = dave.identity;
const ROLE = clusterAdmin.identity;
const METADATA = { RequestId: "01234567-89ab-cdef-0123-456789abcdef" };

/** The answer with this result, as STS frames it. */
function framed(result: unknown, action = "GetCallerIdentity"): Record<string, unknown> {
  return { [`${action}Response`]: { [`${action}Result`]: result, ResponseMetadata: METADATA } };
}

const ANSWER = framed(USER);
const TEXT = JSON.stringify(ANSWER);

function json(value: unknown, init: ResponseInit = {}): Response {
  return text(JSON.stringify(value), { headers: { "content-type": "application/json" }, ...init });
}

function text(body: string, init: ResponseInit = {}): Response {
  return new Response(body, { headers: { "content-type": "application/json" }, ...init });
}

function typed(contentType: string, body = TEXT): Response {
  return text(body, { headers: { "content-type": contentType } });
}

/** Asserts that a valid token got no decision: 504, no TokenReview, and the log says why. */
async function assertNoDecision(server: ReviewServer): Promise<void> {
  const answer = await server.review(awsToken(dave, optionsFor(server)));
  assert.deepEqual(
    { status: answer.status, review: answer.body.status, error: answer.body.error },
    { status: 504, review: undefined, error: "STS cannot be asked" },
  );
  assert.equal(server.lineOf(answer)["reason"], "ERR_STS_FAULT");
}

/** Registers a test in which no answer is a decision, and the right one lets Dave in. */
function testNoDecision(name: string, answers: ReadonlyArray<readonly [what: string, make: () => Response]>): void {
  Deno.test(name, async (t) => {
    let answer: ScriptedSts = () => json(ANSWER);
    await using server = await startAwsServer({ sts: (request) => answer(request) });
    for (const [what, make] of answers) {
      await t.step(what, async () => {
        answer = make;
        await assertNoDecision(server);
      });
    }
    for (const grown of ["of the next version", { ...root.identity, Arns: [ROLE.Arn] }, [[root.identity]]]) {
      answer = () => json(framed({ ...USER, NewMember: grown }));
      await assertAllowed(server, awsToken(dave, optionsFor(server)));
    }
  });
}

const XML =
  `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>` +
  `${USER.Arn}</Arn><UserId>${USER.UserId}</UserId><Account>${USER.Account}</Account></GetCallerIdentityResult>` +
  "</GetCallerIdentityResponse>";

testNoDecision("T-17: an answer that is not JSON with one reading is an outage, and nobody is logged in", [
  ["XML", () => typed("text/xml", XML)],
  ["XML that is called JSON", () => text(XML)],
  ["HTML", () => typed("text/html", "<html><body>Log in to the proxy</body></html>")],
  ["HTML that is called JSON", () => text("<html><body>Log in to the proxy</body></html>")],
  ["a wrong content type", () => typed("text/plain")],
  ["JSON of a related content type", () => typed("application/jsonp")],
  ["JSON of the older protocol", () => typed("application/x-amz-json-1.1")],
  ["two content types", () => typed("text/html, application/json")],
  ["no content type", () => new Response(new TextEncoder().encode(TEXT))],
  ["nothing", () => text("")],
  ["null", () => json(null)],
  ["a list of the answer", () => json([ANSWER])],
  ["the answer as a text", () => json(TEXT)],
  ["half of the answer", () => text(TEXT.slice(0, TEXT.length / 2))],
  ["two answers", () => text(TEXT + TEXT)],
  ["a letter behind", () => text(`${TEXT}x`)],
  ["a key twice", () => text(TEXT.replace('"Arn":', `"Arn":"${root.identity.Arn}","Arn":`))],
  ["a key twice, once escaped", () => text(TEXT.replace('"Arn":', `"\\u0041rn":"${root.identity.Arn}","Arn":`))],
  ["an envelope twice", () => text(TEXT.replace("{", `${TEXT.slice(0, -1)},`))],
  ["a key that is a prototype", () => text(TEXT.replace('{"Account"', '{"__proto__":{"Arn":"x"},"Account"'))],
  [
    "text that is not UTF-8",
    () => new Response(new Uint8Array([0x7b, 0xff, 0x7d]), { headers: { "content-type": "application/json" } }),
  ],
  ["10 MB", () => json(framed({ ...USER, Filler: "x".repeat(10_000_000) }))],
  ["10 MB of white space", () => text(" ".repeat(10_000_000) + TEXT)],
  ["64 KiB and one byte", () => text(TEXT.padEnd(65_537))],
]);

testNoDecision("T-17: an answer in another envelope is an outage, and nobody is logged in", [
  ["no envelope", () => json(USER)],
  ["the result without its envelope", () => json({ GetCallerIdentityResult: USER, ResponseMetadata: METADATA })],
  ["the envelope without the result", () => json({ GetCallerIdentityResponse: USER })],
  ["an extra envelope", () => json({ Response: ANSWER })],
  ["the envelope in itself", () => json({ GetCallerIdentityResponse: ANSWER })],
  ["the result in itself", () => json(framed({ GetCallerIdentityResult: USER }))],
  ["a second envelope beside it", () => json({ ...ANSWER, AssumeRoleResponse: {} })],
  ["an error beside it", () => json({ ...ANSWER, Error: { Code: "AccessDenied" } })],
  ["the envelope in other case", () => text(TEXT.replace("GetCallerIdentityResponse", "getCallerIdentityResponse"))],
  ["the result in other case", () => text(TEXT.replace("GetCallerIdentityResult", "getcalleridentityresult"))],
  [
    "a second result beside it",
    () =>
      json({
        GetCallerIdentityResponse: { GetCallerIdentityResult: USER, AssumeRoleResult: {}, ResponseMetadata: METADATA },
      }),
  ],
  ["a list of results", () => json(framed([USER]))],
  ["the result as a text", () => json(framed(JSON.stringify(USER)))],
  ["no result", () => json(framed(undefined))],
  ["null as result", () => json(framed(null))],
  ["no metadata", () => json({ GetCallerIdentityResponse: { GetCallerIdentityResult: USER } })],
  [
    "metadata without a request id",
    () => json({ GetCallerIdentityResponse: { GetCallerIdentityResult: USER, ResponseMetadata: {} } }),
  ],
  ["credentials in the result", () => json(framed({ ...USER, Credentials: { AccessKeyId: "ASIAMADEUP" } }))],
  ["the identity only in a new member", () => json(framed({ Session: USER }))],
  ["the identity only in a new list", () => json(framed({ Sessions: [USER] }))],
  ["the identity as members of the metadata", () =>
    json({
      GetCallerIdentityResponse: { GetCallerIdentityResult: {}, ResponseMetadata: { ...METADATA, ...USER } },
    })],
  [
    "a new member that is nested thirty thousand times",
    () => text(TEXT.replace('{"Account"', `{"New":${"[".repeat(30_000)}${"]".repeat(30_000)},"Account"`)),
  ],
]);

/** What an attacker would like STS to say, where its answer repeats his text. */
testNoDecision("S-3: another action's answer that holds the attacker's text is an outage, and nobody is logged in", [
  ["AssumeRole, with the identity as its result", () => json(framed(USER, "AssumeRole"))],
  [
    "AssumeRole, with the session in it",
    () =>
      json(
        framed({ AssumedRoleUser: { Arn: ROLE.Arn, AssumedRoleId: ROLE.UserId }, SourceIdentity: TEXT }, "AssumeRole"),
      ),
  ],
  [
    "AssumeRole, with our envelope as a member",
    () => json(framed({ SourceIdentity: "dave", ...ANSWER }, "AssumeRole")),
  ],
  [
    "AssumeRoleWithWebIdentity, with an attacker's audience",
    () =>
      json(
        framed(
          { Audience: USER.Arn, Arn: USER.Arn, Account: USER.Account, UserId: USER.UserId },
          "AssumeRoleWithWebIdentity",
        ),
      ),
  ],
  [
    "DecodeAuthorizationMessage, with our envelope as its text",
    () => json(framed({ DecodedMessage: TEXT }, "DecodeAuthorizationMessage")),
  ],
  ["DecodeAuthorizationMessage in our result", () => json(framed({ DecodedMessage: TEXT }))],
  ["GetAccessKeyInfo", () => json(framed({ Account: USER.Account }, "GetAccessKeyInfo"))],
  ["GetAccessKeyInfo in our envelope", () => json(framed({ Account: USER.Account }))],
  [
    "GetFederationToken",
    () =>
      json(
        framed(
          { FederatedUser: { Arn: federated.identity.Arn, FederatedUserId: federated.identity.UserId } },
          "GetFederationToken",
        ),
      ),
  ],
  [
    "an error with HTTP 200 whose message is our envelope",
    () => json({ Error: { Code: "InvalidAction", Message: TEXT } }),
  ],
  ["an error with HTTP 200 whose message is an object", () => json({ Error: { Code: "InvalidAction", ...ANSWER } })],
  ["our envelope as an error's member", () => json({ Error: ANSWER }, { status: 400 })],
  ["our envelope as an error's code", () => json({ Error: { Code: TEXT } }, { status: 403 })],
]);

const user = (change: Partial<Record<keyof typeof USER, unknown>>) => () => json(framed({ ...USER, ...change }));
const role = (change: Partial<Record<keyof typeof USER, unknown>>) => () => json(framed({ ...ROLE, ...change }));

testNoDecision("T-17: an identity that STS never gives is an outage, and nobody is logged in", [
  ["an ARN of another partition", user({ Arn: USER.Arn.replace("arn:aws:", "arn:aws-cn:") })],
  ["an ARN of a partition that is none", user({ Arn: USER.Arn.replace("arn:aws:", "arn:aws-evil:") })],
  ["an ARN without a partition", user({ Arn: USER.Arn.replace("arn:aws:", "arn::") })],
  ["an ARN of another service", user({ Arn: USER.Arn.replace(":iam:", ":s3:") })],
  ["a user of STS", user({ Arn: USER.Arn.replace(":iam:", ":sts:") })],
  ["a session of IAM", role({ Arn: ROLE.Arn.replace(":sts:", ":iam:") })],
  ["an ARN with a region", user({ Arn: USER.Arn.replace("iam::", "iam:us-east-1:") })],
  ["an ARN in upper case", user({ Arn: USER.Arn.toUpperCase() })],
  ["an ARN with a space behind", user({ Arn: `${USER.Arn} ` })],
  ["an ARN with a line break", user({ Arn: `${USER.Arn}\n` })],
  ["an ARN with a colon more", user({ Arn: `${USER.Arn}:x` })],
  ["a user with a wildcard", user({ Arn: USER.Arn.replace("dave", "*") })],
  ["a user without a name", user({ Arn: USER.Arn.replace("dave", "") })],
  ["a role that nobody assumed", role({ Arn: `arn:aws:iam::${ROLE.Account}:role/ClusterAdmin` })],
  ["a session without a name", role({ Arn: `arn:aws:sts::${ROLE.Account}:assumed-role/ClusterAdmin` })],
  [
    "a session with a path",
    role({ Arn: `arn:aws:sts::${ROLE.Account}:assumed-role/path/ClusterAdmin/dave@example.com` }),
  ],
  ["an ARN of another account than Account", user({ Account: "999999999999" })],
  ["an account of another ARN", user({ Arn: USER.Arn.replace(USER.Account, "999999999999") })],
  ["an account of eleven digits", user({ Account: "12345678901", Arn: USER.Arn.replace(USER.Account, "12345678901") })],
  ["an account by its alias", user({ Account: "prod", Arn: USER.Arn.replace(USER.Account, "prod") })],
  ["a user's id with a session", user({ UserId: `${USER.UserId}:dave` })],
  ["a user with a role's id", user({ UserId: ROLE.UserId.split(":")[0] })],
  ["a user with an account's id", user({ UserId: USER.Account })],
  ["a user with a key id", user({ UserId: dave.accessKeyId })],
  ["a user's id with a slash", user({ UserId: "AIDA/MADEUP" })],
  ["a role with a user's id", role({ UserId: `${USER.UserId}:dave@example.com` })],
  ["a role's id without its session", role({ UserId: ROLE.UserId.split(":")[0] })],
  ["a role's id of another session", role({ UserId: `${ROLE.UserId.split(":")[0]}:erin@example.com` })],
  ["a role's id with two sessions", role({ UserId: `${ROLE.UserId}:erin` })],
  ["the root user with another account's id", () => json(framed({ ...root.identity, UserId: "999999999999" }))],
  ["the root user with a user's id", () => json(framed({ ...root.identity, UserId: USER.UserId }))],
  ["a federated user of another account", () => json(framed({ ...federated.identity, UserId: "999999999999:frank" }))],
  ["a federated user of another name", () => json(framed({ ...federated.identity, UserId: `${USER.Account}:erin` }))],
  ...(["Account", "Arn", "UserId"] as const).flatMap((name): Array<readonly [string, () => Response]> => [
    [`an empty ${name}`, user({ [name]: "" })],
    [`no ${name}`, user({ [name]: undefined })],
    [`${name} as a number`, user({ [name]: 123_456_789_012 })],
    [`${name} as null`, user({ [name]: null })],
    [`${name} in a list`, user({ [name]: [USER[name]] })],
    [`${name} in lower case`, user({ [name]: undefined, [name.toLowerCase()]: USER[name] })],
  ]),
]);

testNoDecision("T-17: the right answer with another status is an outage, and nobody is logged in", [
  ...[201, 202, 203, 206, 400, 403, 404, 500, 503].map((status): readonly [string, () => Response] => [
    `HTTP ${status}`,
    () => json(ANSWER, { status }),
  ]),
  ["HTTP 204", () => new Response(null, { status: 204 })],
  [
    "HTTP 403 of a proxy",
    () => text("<h1>403 Forbidden</h1>", { status: 403, headers: { "content-type": "text/html" } }),
  ],
  ["HTTP 407 of a proxy", () => text("", { status: 407, headers: { "content-type": "text/html" } })],
  [
    "HTTP 403 in XML",
    () =>
      text("<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>", {
        status: 403,
        headers: { "content-type": "text/xml" },
      }),
  ],
  ["HTTP 403 with a code that nobody should repeat", () => json({ Error: { Code: "<script>\r\n" } }, { status: 403 })],
  ["HTTP 403 with a code that is no text", () => json({ Error: { Code: ["AccessDenied"] } }, { status: 403 })],
  ["HTTP 403 with an error that is a text", () => json({ Error: "AccessDenied" }, { status: 403 })],
  ["HTTP 403 with a code of Alibaba Cloud", () => json({ Code: "SignatureDoesNotMatch" }, { status: 403 })],
  ["HTTP 503 with a code", () => json({ Error: { Code: "ServiceUnavailable" }, ...METADATA }, { status: 503 })],
]);

Deno.test("T-17: an STS that sends a byte a second is cut off", async () => {
  await using server = await startAwsServer({
    sts: () => new Response(drip(TEXT), { headers: { "content-type": "application/json" } }),
  });
  await assertNoDecision(server);
  assert.equal(server.stsCalls(), 1);
});

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`T-08, S-2: a redirect with ${status} is not followed`, async () => {
    let calls = 0;
    await using elsewhere = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
      calls += 1;
      return json(ANSWER);
    });
    const location = `http://127.0.0.1:${elsewhere.addr.port}/`;
    await using server = await startAwsServer({
      sts: () => json(ANSWER, { status, headers: { location, "content-type": "application/json" } }),
    });
    await assertNoDecision(server);
    assert.equal(calls, 0);
  });

  Deno.test(`T-08, S-2: a redirect with ${status} within STS is not followed`, async () => {
    await using server = await startAwsServer({
      sts: ({ url }) =>
        new URL(url).pathname === "/"
          ? new Response(null, { status, headers: { location: "/elsewhere" } })
          : json(ANSWER),
    });
    await assertNoDecision(server);
    assert.equal(server.stsCalls(), 1);
  });
}

testNoDecision("S-4: an identity of Alibaba Cloud in STS's answer is nobody", [
  ["Alibaba Cloud's own answer", () => json({ ...DEMO_PRINCIPALS.alice.identity, ...METADATA })],
  ["Alibaba Cloud's answer in our envelope", () => json(framed({ ...DEMO_PRINCIPALS.alice.identity }))],
  [
    "our answer with Alibaba Cloud's ARN",
    () => json(framed({ ...USER, Account: "1234567890123456", Arn: "acs:ram::1234567890123456:user/alice" })),
  ],
  ["our answer with an ARN that starts as Alibaba Cloud's", user({ Arn: USER.Arn.replace("arn:aws:iam", "acs:ram") })],
  ["both answers in one", () => json({ ...DEMO_PRINCIPALS.alice.identity, ...ANSWER })],
]);
