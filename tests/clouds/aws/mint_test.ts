import assert from "node:assert/strict";
import { mint } from "../../../lib/clouds/aws/mint.ts";
import { parseToken } from "../../../lib/clouds/aws/token_parser.ts";
import type { Credentials, StsWanted } from "../../../lib/clouds/signer.ts";
import { RamAuthError } from "../../../lib/errors.ts";
import { Secret } from "../../../lib/secret.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import vectors from "../../vectors/aws_v1_botocore.json" with { type: "json" };

const KEYS: Credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  accessKeySecret: new Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
  source: "a test",
};
const NOW = new Date("2026-11-22T12:00:00.789Z");
const STS: StsWanted = { region: undefined, endpoint: undefined, caFile: undefined, profile: undefined };

for (const vector of vectors) {
  Deno.test(`mint() makes botocore's token, byte for byte: ${vector.name}`, async () => {
    const { token, expiresAt } = await mint(fakeWorld(), {
      clusterId: vector.clusterId,
      credentials: {
        accessKeyId: vector.accessKeyId,
        accessKeySecret: new Secret(vector.secretAccessKey),
        ...(vector.sessionToken && { securityToken: new Secret(vector.sessionToken) }),
        source: "a vector",
      },
      now: new Date("2026-11-21T12:00:00.500Z"),
      sts: { ...STS, region: vector.region, endpoint: vector.host },
    });
    assert.equal(token.reveal(), vector.token);
    assert.equal(expiresAt.toISOString(), "2026-11-21T12:14:00.000Z");
  });
}

for (
  const [what, credentialsEnd, want] of [
    ["long before the signature", "2026-11-22T12:05:00Z", "2026-11-22T12:04:00.000Z"],
    ["with it", "2026-11-22T12:15:00Z", "2026-11-22T12:14:00.000Z"],
    ["just before that", "2026-11-22T12:14:59Z", "2026-11-22T12:13:59.000Z"],
    ["much later", "2027-01-01T00:00:00Z", "2026-11-22T12:14:00.000Z"],
  ] as const
) {
  Deno.test(`mint() never announces more than the AWS credentials live, which end ${what}`, async () => {
    const credentials = { ...KEYS, expiresAt: new Date(credentialsEnd) };
    const { expiresAt } = await mint(fakeWorld(), {
      clusterId: "c1",
      credentials,
      now: NOW,
      sts: { ...STS, region: "eu-west-1" },
    });
    assert.equal(expiresAt.toISOString(), want);
  });
}

Deno.test("mint() refuses a cluster id that no header carries unchanged", async () => {
  const minting = mint(fakeWorld(), { clusterId: "my  cluster", credentials: KEYS, now: NOW, sts: STS });
  await assert.rejects(minting, (e) => e instanceof RamAuthError && e.code === "ERR_USAGE");
});

Deno.test("keys of another partition are signed for its STS, where no region is configured", async () => {
  const hostOf = async (region: string | undefined) => {
    const credentials = { ...KEYS, region: "cn-northwest-1" };
    const minted = await mint(fakeWorld(), { clusterId: "c1", credentials, now: NOW, sts: { ...STS, region } });
    return parseToken(minted.token.reveal()).host;
  };
  assert.equal(await hostOf(undefined), "sts.cn-northwest-1.amazonaws.com.cn");
  assert.equal(await hostOf("cn-north-1"), "sts.cn-north-1.amazonaws.com.cn");
});
