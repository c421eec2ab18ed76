import assert from "node:assert/strict";
import { awsSigner } from "../../../lib/clouds/aws/signer.ts";
import { fakeWorld } from "../../config/fake_world.ts";

Deno.test("the signer of AWS looks for credentials in the environment, in the shared files, and then where those and the machine lead", () => {
  assert.equal(awsSigner.id, "aws");
  const names = awsSigner.credentialSources().map(({ name }) => name);
  assert.deepEqual(names, [
    "environment",
    "~/.aws/credentials and ~/.aws/config",
    "role, web identity, SSO, login or process",
    "container",
    "instance metadata",
  ]);
});

Deno.test("the sources that ask nobody say why they are not configured", async () => {
  const world = fakeWorld({ HOME: "/nobody-lives-here" });
  for (const source of awsSigner.credentialSources().slice(0, 2)) {
    const found = await source.find(world, { profile: undefined });
    assert("notConfigured" in found && found.notConfigured !== "", source.name);
  }
});
