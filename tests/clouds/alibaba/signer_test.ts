import assert from "node:assert/strict";
import { alibabaSigner } from "../../../lib/clouds/alibaba/signer.ts";
import { fakeWorld } from "../../config/fake_world.ts";

Deno.test("the signer of Alibaba Cloud looks for credentials in the order of the documentation", () => {
  assert.equal(alibabaSigner.id, "alibaba");
  const names = alibabaSigner.credentialSources().map(({ name }) => name);
  assert.deepEqual(names, [
    "environment",
    "OIDC token (RRSA)",
    "~/.acs/credentials",
    "~/.aliyun/config.json",
    "~/.alibabacloud/credentials",
    "ALIBABA_CLOUD_CREDENTIALS_URI",
    "ECS metadata service",
  ]);
});

Deno.test("each of its sources says why it is not configured", async () => {
  const world = fakeWorld({ HOME: "/nobody-lives-here" });
  for (const source of alibabaSigner.credentialSources()) {
    const found = await source.find(world, { profile: undefined });
    assert("notConfigured" in found && found.notConfigured !== "", source.name);
  }
});
