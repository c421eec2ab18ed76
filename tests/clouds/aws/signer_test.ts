import assert from "node:assert/strict";
import { awsSigner } from "../../../lib/clouds/aws/signer.ts";
import { fakeWorld } from "../../config/fake_world.ts";

Deno.test("the signer of AWS looks for credentials in the environment, in the shared files, then by the SDK", () => {
  assert.equal(awsSigner.id, "aws");
  const names = awsSigner.credentialSources().map(({ name }) => name);
  assert.deepEqual(names, ["environment", "~/.aws/credentials and ~/.aws/config", "AWS SDK"]);
});

Deno.test("the sources that need no SDK say why they are not configured", async () => {
  const world = fakeWorld({ HOME: "/nobody-lives-here" });
  for (const source of awsSigner.credentialSources().slice(0, 2)) {
    const found = await source.find(world, { profile: undefined });
    assert("notConfigured" in found && found.notConfigured !== "", source.name);
  }
});
