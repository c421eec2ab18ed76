import assert from "node:assert/strict";
import { mint } from "../../../lib/clouds/alibaba/mint.ts";
import { parseToken } from "../../../lib/clouds/alibaba/token_parser.ts";
import type { Credentials } from "../../../lib/clouds/signer.ts";
import { Secret } from "../../../lib/secret.ts";
import vectors from "../../vectors/alibaba_v2_ack-ram-tool.json" with { type: "json" };

const KEYS: Credentials = {
  accessKeyId: "LTAI5tMadeUpKey",
  accessKeySecret: new Secret("MadeUpSecret"),
  source: "a test",
};
const NOW = new Date("2026-11-22T12:00:00.789Z");

for (const vector of vectors) {
  Deno.test(`mint() makes ack-ram-tool's token, byte for byte: ${vector.name}`, async () => {
    const { token, expiresAt } = await mint({
      clusterId: vector.clusterId,
      credentials: {
        accessKeyId: vector.accessKeyId,
        accessKeySecret: new Secret(vector.accessKeySecret),
        ...(vector.securityToken && { securityToken: new Secret(vector.securityToken) }),
        source: "a vector",
      },
      now: new Date(vector.date),
    }, vector.decoded.headers["user-agent"]);
    assert.equal(token.reveal(), vector.token);
    assert.equal(expiresAt.getTime(), new Date(vector.expirationTimestamp).getTime());
  });
}

Deno.test("mint() dates a token to the second that has begun, and announces ten minutes from it", async () => {
  const { token, expiresAt } = await mint({ clusterId: "c1", credentials: KEYS, now: NOW });
  assert.equal(parseToken(token.reveal()).date, "2026-11-22T12:00:00Z");
  assert.equal(expiresAt.toISOString(), "2026-11-22T12:10:00.000Z");
});

for (
  const [what, credentialsEnd, want] of [
    ["long before the signature", "2026-11-22T12:05:00Z", "2026-11-22T12:04:00.000Z"],
    ["a minute after it", "2026-11-22T12:11:00Z", "2026-11-22T12:10:00.000Z"],
    ["just before that", "2026-11-22T12:10:59Z", "2026-11-22T12:09:59.000Z"],
    ["much later", "2027-01-01T00:00:00Z", "2026-11-22T12:10:00.000Z"],
    ["already", "2026-11-22T11:00:00Z", "2026-11-22T10:59:00.000Z"],
  ] as const
) {
  Deno.test(`mint() never announces more than the credentials live, which end ${what}`, async () => {
    const credentials = { ...KEYS, expiresAt: new Date(credentialsEnd) };
    const { expiresAt } = await mint({ clusterId: "c1", credentials, now: NOW });
    assert.equal(expiresAt.toISOString(), want);
  });
}
