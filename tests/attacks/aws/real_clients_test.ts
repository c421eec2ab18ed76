import assert from "node:assert/strict";
import { mint } from "../../../lib/clouds/aws/mint.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { Secret } from "../../../lib/secret.ts";
import { realWorld } from "../../../lib/world.ts";
import { awsPairs, awsToken, awsUrl, encodeUrl } from "../../support/aws_tokens.ts";
import { assertAllowed, contextOf, optionsFor, startAwsServer } from "./deny.ts";
import { serverFor, VECTORS } from "./vectors.ts";

const { dave, clusterAdmin } = DEMO_AWS_PRINCIPALS;

for (const vector of VECTORS) {
  const { name, token, clusterId, host, region, signedAt, principal } = vector;

  Deno.test(`the tests' own signer writes what botocore wrote, byte by byte: ${name}`, () => {
    assert.equal(awsToken(principal, { clusterId, now: signedAt, host, region }), token);
  });

  Deno.test(`what real clients write is allowed, in the order of each: ${name}`, async () => {
    await using server = await startAwsServer(serverFor(vector));
    const options = { ...optionsFor(server), region };
    const pairs = awsPairs(principal, options);
    const orders = { botocore: pairs, go: pairs.toSorted(), reversed: pairs.toReversed() };
    for (const ordered of Object.values(orders)) {
      await assertAllowed(server, encodeUrl(awsUrl(options.host, ordered)), "vector");
    }
    assert.equal(server.stsCalls(), 3);
  });
}

for (
  const [what, securityToken] of [
    ["every sign of base64", "FwoGMadeUp/+=Token"],
    ["signs of base64 alone", "/+=/+=//++=="],
    ["the signs of URL-safe base64", "FwoGMadeUp-_Token"],
    ["signs that encode to themselves", "FwoGMadeUp.~-_Token"],
    ["signs that JavaScript leaves as they are", "FwoGMadeUp!'()*Token"],
    ["a percent sign", "FwoGMadeUp%2FToken"],
    ["an ampersand and a question mark", "FwoGMadeUp&Action=AssumeRole?#Token"],
  ] as const
) {
  Deno.test(`a security token with ${what} is allowed`, async () => {
    const principal = { ...clusterAdmin, securityToken };
    await using server = await startAwsServer({ principals: [principal] });
    await assertAllowed(server, awsToken(principal, optionsFor(server)), "admin:dave-example.com");
  });
}

Deno.test("a token of over 8 KiB is allowed", async () => {
  const principal = { ...clusterAdmin, securityToken: "FwoGMadeUp/+=".repeat(420) };
  await using server = await startAwsServer({ principals: [principal] });
  const token = awsToken(principal, optionsFor(server));
  assert.ok(token.length > 8_192, `${token.length}`);
  await assertAllowed(server, token, "admin:dave-example.com");
});

Deno.test("what ram-auth token prints is what botocore would, and is allowed", async () => {
  await using server = await startAwsServer();
  const { options, minted } = await contextOf(server);
  const { token } = await mint({ ...realWorld(), env: () => undefined }, {
    ...options,
    credentials: { accessKeyId: dave.accessKeyId, accessKeySecret: new Secret(dave.accessKeySecret), source: "a test" },
    sts: { region: "us-east-1", endpoint: options.host, caFile: undefined, profile: undefined },
  });
  assert.equal(token.reveal(), minted);
  await assertAllowed(server, token.reveal());
});
