import assert from "node:assert/strict";
import { acsFile } from "../../../../lib/clouds/alibaba/credentials/acs_file.ts";
import { CredentialsError } from "../../../../lib/clouds/signer.ts";
import { fakeWorld } from "../../../config/fake_world.ts";
import { revealed } from "../../revealed.ts";
import { SECRET, startRig } from "./rig.ts";

const KEYS = { AcsAccessKeyId: "LTAI5tMadeUp", AcsAccessKeySecret: SECRET };

for (
  const [what, more, token] of [
    ["with a security token", { AcsAccessSecurityToken: "CAISMadeUp" }, "CAISMadeUp"],
    ["without one", {}, undefined],
    ["with an empty one", { AcsAccessSecurityToken: "" }, undefined],
  ] as const
) {
  Deno.test(`~/.acs/credentials gives keys ${what}`, async () => {
    await using rig = await startRig();
    const path = await rig.write(".acs/credentials", { ...KEYS, ...more });
    const found = await acsFile.find(rig.world(), { profile: undefined });
    assert.deepEqual(revealed(found), { keys: ["LTAI5tMadeUp", SECRET, token], expiresAt: undefined, source: path });
  });
}

for (
  const [what, content, message] of [
    ["no JSON", SECRET, /is not a JSON object/],
    ["a list", [KEYS], /is not a JSON object/],
    ["nothing", {}, /"AcsAccessKeyId" is missing/],
    ["an id alone", { AcsAccessKeyId: "LTAI5tMadeUp" }, /"AcsAccessKeySecret" is missing/],
    ["a secret that is no text", { ...KEYS, AcsAccessKeySecret: [SECRET] }, /"AcsAccessKeySecret" is missing/],
  ] as const
) {
  Deno.test(`~/.acs/credentials that holds ${what} ends the search`, async () => {
    await using rig = await startRig();
    await rig.write(".acs/credentials", content);
    await assert.rejects(acsFile.find(rig.world(), { profile: undefined }), (e) => {
      assert(e instanceof CredentialsError);
      assert.match(e.message, message);
      return !Deno.inspect(e, { depth: 10 }).includes(SECRET);
    });
  });
}

Deno.test("~/.acs/credentials is passed over without a home, and where a profile was asked for by name", async () => {
  assert.deepEqual(await acsFile.find(fakeWorld(), { profile: undefined }), { notConfigured: "HOME is not set" });
  assert.deepEqual(await acsFile.find(fakeWorld({ HOME: "/nobody" }), { profile: "work" }), {
    notConfigured: 'skipped, because profile "work" was asked for',
  });
});
