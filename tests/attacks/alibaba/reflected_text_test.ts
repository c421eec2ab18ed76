import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { type ScriptedSts, startReviewServer } from "../../support/review_server.ts";
import { assertAllowed, contextOf, testDenied } from "./deny.ts";
import { changed, signed } from "./spoil.ts";

testDenied("S-3: a token cannot choose the action, the body, or how STS answers", [
  ...["AssumeRole", "AssumeRoleWithOIDC", "GetCallerIdentity\0", "getcalleridentity"].map((action) =>
    signed(`the action ${JSON.stringify(action)}`, { headers: { "x-acs-action": action } })
  ),
  ...["Action", "Format", "Version", "RoleSessionName", "Callback"].map((name) =>
    changed(`the parameter ${name}`, ({ query }) => {
      query[name] = "MadeUp";
    })
  ),
  ...["accept", "content-type", "x-acs-accept", "x-forwarded-host"].map((name) =>
    changed(`the header ${name}`, ({ headers }) => {
      headers[name] = "text/xml";
    })
  ),
  changed("a body", (json) => {
    json["body"] = "Action=AssumeRole&RoleSessionName=MadeUp";
  }),
  signed("the hash of a body", { headers: { "x-acs-content-sha256": "ab".repeat(32) } }),
]);

const REQUEST_ID = "01234567-89AB-CDEF-0123-456789ABCDEF";
const IDENTITY = { ...DEMO_PRINCIPALS.alice.identity, RequestId: REQUEST_ID };
const WORDS = JSON.stringify(IDENTITY);
const NAMES = WORDS.slice(1, -1);

function answer(body: string, status = 200, type = "application/json"): Response {
  return new Response(body, { status, headers: { "content-type": type } });
}

const REFLECTIONS: ReadonlyArray<readonly [string, () => Response]> = [
  ["in the name of a session", () => answer(JSON.stringify({ RequestId: REQUEST_ID, RoleSessionName: WORDS }))],
  [
    "in the user of an assumed role",
    () => answer(JSON.stringify({ RequestId: REQUEST_ID, AssumedRoleUser: IDENTITY, Credentials: {} })),
  ],
  ["beside the keys of an assumed role", () => answer(`{${NAMES},"Credentials":{"AccessKeyId":"STS.MadeUp"}}`)],
  ["in the message of a refusal", () => answer(JSON.stringify({ Code: "NoPermission", Message: WORDS }), 403)],
  ["beside the code of a refusal", () => answer(`{${NAMES},"Code":"NoPermission"}`, 403)],
  ["in the code of a refusal", () => answer(JSON.stringify({ Code: WORDS }), 400)],
  ["as a second value", () => answer(`{"RequestId":"${REQUEST_ID}"}${WORDS}`)],
  ["over the members of another", () => answer(`{"Arn":"acs:ram::1234567890123456:user/bob",${NAMES}}`)],
  ["in a list", () => answer(`{"RequestId":"${REQUEST_ID}","Policies":[${WORDS}]}`)],
  ["as a text", () => answer(JSON.stringify(WORDS))],
  ["as a call of a script", () => answer(`callback(${WORDS})`, 200, "application/javascript")],
  ["in a page", () => answer(`<pre>${WORDS}</pre>`, 200, "text/html")],
  ["in plain text", () => answer(WORDS, 200, "text/plain")],
  ["in a comment of XML", () => answer(`<?xml version="1.0"?><!-- ${WORDS} -->`, 200, "text/xml")],
];

Deno.test("S-3: an answer that repeats an attacker's words in the shape of an identity logs nobody in", async (t) => {
  let sts: ScriptedSts = () => answer(WORDS);
  await using server = await startReviewServer({ sts: (request) => sts(request) });
  const { minted } = await contextOf(server);
  await assertAllowed(server, minted);
  for (const [where, make] of REFLECTIONS) {
    await t.step(`the words stand ${where}`, async () => {
      sts = make;
      const { body } = await server.review(minted);
      assert.deepEqual([body.status?.authenticated ?? false, body.status?.user], [false, undefined]);
    });
  }
  assert.equal(server.log().filter(({ reason }) => reason === "allowed").length, 1);
});
