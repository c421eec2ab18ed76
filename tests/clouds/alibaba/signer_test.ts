import assert from "node:assert/strict";
import { alibabaSigner } from "../../../lib/clouds/alibaba/signer.ts";
import { fakeWorld } from "../../config/fake_world.ts";

Deno.test("the signer of Alibaba Cloud looks for credentials in the environment, then in the CLI's file", () => {
  assert.equal(alibabaSigner.id, "alibaba");
  const names = alibabaSigner.credentialSources().map(({ name }) => name);
  assert.deepEqual(names, ["environment", "~/.aliyun/config.json"]);
});

Deno.test("each of its sources says why it is not configured", async () => {
  const world = fakeWorld({ HOME: "/nobody-lives-here" });
  for (const source of alibabaSigner.credentialSources()) {
    const found = await source.find(world, { profile: undefined });
    assert("notConfigured" in found && found.notConfigured !== "", source.name);
  }
});
