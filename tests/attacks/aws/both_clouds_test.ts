import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { awsToken, decodeUrl, encodeUrl } from "../../support/aws_tokens.ts";
import { startReviewServer } from "../../support/review_server.ts";
import { decodeToken, encodeToken, tokenJson } from "../../support/tokens.ts";
import { assertDenied } from "../deny.ts";
import { assertAllowed, optionsFor } from "./deny.ts";

const { alice } = DEMO_PRINCIPALS;
const { dave } = DEMO_AWS_PRINCIPALS;

const MAPPINGS = `
mapUsers:
  - {userARN: "acs:ram::1234567890123456:user/alice", username: alice}
  - {userARN: "arn:aws:iam::123456789012:user/dave", username: dave}
`;

const STS_ANSWERS = {
  alibaba: { ...alice.identity, RequestId: "MadeUp" },
  aws: {
    GetCallerIdentityResponse: { GetCallerIdentityResult: dave.identity, ResponseMetadata: { RequestId: "MadeUp" } },
  },
};

Deno.test("S-4: where both clouds are accepted, each one's tokens yield its own identities alone", async () => {
  await using server = await startReviewServer({ clouds: ["alibaba", "aws"], mappings: MAPPINGS });
  const options = optionsFor(server);
  const [ofAlibaba, ofAws] = [encodeToken(tokenJson(alice, options)), awsToken(dave, options)];
  await assertAllowed(server, ofAlibaba, "alice");
  await assertAllowed(server, ofAws, "dave");
  await assertDenied(server, encodeToken(decodeUrl(ofAws)), "malformed");
  await assertDenied(server, encodeUrl(decodeToken(ofAlibaba)), "malformed");
  await assertDenied(server, ofAws.replace("k8s-aws-v1.", "k8s-ack-v2."), "malformed");
  await assertDenied(server, ofAlibaba.replace("k8s-ack-v2.", "k8s-aws-v1."), "malformed");
});

for (const answering of ["alibaba", "aws"] as const) {
  Deno.test(`S-4: an STS that answers everybody as that of ${answering} vouches for nobody of the other cloud`, async () => {
    await using server = await startReviewServer({
      clouds: ["alibaba", "aws"],
      mappings: MAPPINGS,
      sts: () => Response.json(STS_ANSWERS[answering]),
    });
    const options = optionsFor(server);
    const tokens = { alibaba: encodeToken(tokenJson(alice, options)), aws: awsToken(dave, options) };
    const other = await server.review(tokens[answering === "aws" ? "alibaba" : "aws"]);
    assert.deepEqual({ status: other.status, review: other.body.status }, { status: 504, review: undefined });
    assert.equal(server.lineOf(other)["reason"], "ERR_STS_FAULT");
    await assertAllowed(server, tokens[answering], answering === "aws" ? "dave" : "alice");
  });
}

Deno.test("S-4: accounts of the same digits are two, and each cloud's users have its name in their id", async () => {
  const digits = "123456789012";
  const twin = { ...alice, identity: { ...alice.identity, AccountId: digits, Arn: `acs:ram::${digits}:user/dave` } };
  await using server = await startReviewServer({
    clouds: ["alibaba", "aws"],
    principals: [twin, dave],
    mappings: MAPPINGS,
  });
  const options = optionsFor(server);
  const refused = await server.review(encodeToken(tokenJson(twin, options)));
  assert.deepEqual([refused.body.status?.authenticated, server.lineOf(refused)["reason"]], [false, "not_mapped"]);
  await server.replaceMappings(`mapAccounts: ["${digits}"]`);
  const uids = [];
  for (const token of [encodeToken(tokenJson(twin, options)), awsToken(dave, options)]) {
    const { body } = await server.review(token);
    uids.push([body.status?.user?.username, body.status?.user?.uid]);
  }
  assert.deepEqual(uids, [
    [`acs:ram::${digits}:user/dave`, `ack-ram-authenticator:${digits}:${alice.identity.PrincipalId}`],
    [`arn:aws:iam::${digits}:user/dave`, `aws-iam-authenticator:${digits}:${dave.identity.UserId}`],
  ]);
});
