import assert from "node:assert/strict";
import { keyFault } from "../../lib/clouds/key_fault.ts";
import { loadSigner } from "../../lib/clouds/registry.ts";
import { type Credentials, CredentialsError } from "../../lib/clouds/signer.ts";
import { usableKeys } from "../../lib/clouds/usable_keys.ts";
import { Secret } from "../../lib/secret.ts";
import { mintToken } from "../../lib/token/mint.ts";
import { fakeWorld } from "../config/fake_world.ts";
import { revealed } from "./revealed.ts";

const ALIBABA = (await loadSigner("alibaba")).keyForm;
const AWS = (await loadSigner("aws")).keyForm;
const NAMES = { accessKeyId: "KEY_ID", accessKeySecret: "KEY_SECRET", securityToken: "TOKEN" };

function keys(accessKeyId: string, accessKeySecret: string, securityToken?: string): Credentials {
  return {
    accessKeyId,
    accessKeySecret: new Secret(accessKeySecret),
    ...(securityToken === undefined ? {} : { securityToken: new Secret(securityToken) }),
    source: "a test",
    names: NAMES,
  };
}

for (
  const [what, form, given, want] of [
    ["keys of a user", AWS, ["AKIAIOSFODNN7EXAMPLE", "a/b+c="], ["AKIAIOSFODNN7EXAMPLE", "a/b+c=", undefined]],
    ["white space around", AWS, [" AKIAIOSFODNN7EXAMPLE\n", "s\r\n", "\tt "], ["AKIAIOSFODNN7EXAMPLE", "s", "t"]],
    ["a blank token of a user", AWS, ["AKIAIOSFODNN7EXAMPLE", "s", "t"], ["AKIAIOSFODNN7EXAMPLE", "s", "t"]],
    ["temporary keys", ALIBABA, ["STS.NMadeUp", "s", "t"], ["STS.NMadeUp", "s", "t"]],
  ] as const
) {
  Deno.test(`keys are taken: ${what}`, async () => {
    const [id, secret, token] = given;
    assert.deepEqual(revealed(await usableKeys(keys(id, secret, token), form)), {
      keys: want,
      expiresAt: undefined,
      source: "a test",
    });
  });
}

const ID = "AKIAIOSFODNN7EXAMPLE";

for (
  const [what, form, given, why] of [
    ["quotes around the id", AWS, [`"${ID}"`, "s"], /^KEY_ID contains " \(U\+0022\) at position 1; remove it/],
    ["quotes around the id", ALIBABA, ["'LTAI5tMadeUp'", "s"], /^KEY_ID contains ' \(U\+0027\) at position 1/],
    [
      "a line break in the id",
      ALIBABA,
      ["LTAI5t\nMadeUp", "s"],
      /^KEY_ID contains line feed \(U\+000A\) at position 7/,
    ],
    ["a space in the id", AWS, ["AKIAIOSFODNN7 EXAMPLE", "s"], /^KEY_ID contains space \(U\+0020\) at position 14/],
    ["an invisible character in the id", AWS, [`${ID}\u{200b}`, "s"], /zero-width space \(U\+200B\) at position 21/],
    ["a letter of another alphabet", ALIBABA, ["LTАI", "s"], /^KEY_ID contains А \(U\+0410\) at position 3/],
    ["an id that is short", AWS, ["AKIA1", "s"], /^KEY_ID has 5 characters instead of 16 to 128/],
    ["an id that is long", ALIBABA, ["L".repeat(129), "s"], /^KEY_ID has 129 characters instead of 1 to 128/],
    ["an id of white space", ALIBABA, [" ", "s"], /^KEY_ID is empty/],
    ["a secret of white space", AWS, [ID, "\n"], /^KEY_SECRET is empty/],
    ["quotes around the secret", AWS, [ID, '"Hidden"'], /^KEY_SECRET contains " \(U\+0022\) at position 1/],
    ["a space in the secret", ALIBABA, ["LTAI5tMadeUp", "Hid den"], /^KEY_SECRET contains space .* position 4/],
    ["a token of white space", AWS, [ID, "s", " "], /^TOKEN is empty/],
    ["a line break in the token", AWS, [ID, "s", "Hidden\nHidden"], /^TOKEN contains line feed .* position 7/],
    [
      "temporary keys without a token",
      AWS,
      ["ASIAIOSFODNN7EXAMPLE", "s"],
      /^KEY_ID starts with "ASIA", .* TOKEN is miss/,
    ],
    [
      "temporary keys without a token",
      ALIBABA,
      ["STS.NMadeUp", "s"],
      /^KEY_ID starts with "STS\.", .* TOKEN is missing/,
    ],
  ] as const
) {
  Deno.test(`keys are refused: ${what} (${form.temporaryPrefix})`, async () => {
    const [id, secret, token] = given;
    await assert.rejects(usableKeys(keys(id, secret, token), form), (e) => {
      assert(e instanceof CredentialsError);
      const start = "Cannot use the keys of a test: ";
      assert(e.message.startsWith(start), e.message);
      assert.match(e.message.slice(start.length), why);
      return !/Hid/.test(e.message);
    });
  });
}

Deno.test("a source that has no names for its values is the name", () => {
  const { names: _, ...unnamed } = keys("AKIA'", "s");
  assert.match(keyFault(unnamed, AWS).message, /^Cannot use the keys of a test: the access key ID contains '/);
});

for (
  const [cloud, environment] of [
    ["aws", { AWS_ACCESS_KEY_ID: '"AKIAIOSFODNN7EXAMPLE"', AWS_SECRET_ACCESS_KEY: "MadeUp" }],
    ["alibaba", { ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5t\nE", ALIBABA_CLOUD_ACCESS_KEY_SECRET: "MadeUp" }],
  ] as const
) {
  Deno.test(`no token is minted for ${cloud} with a stray character in a variable, which is named`, async () => {
    const sts = { region: undefined, endpoint: undefined, caFile: undefined, profile: undefined };
    const options = { clusterId: "c1", profile: undefined, sts, roles: undefined };
    await assert.rejects(
      mintToken(fakeWorld(environment), await loadSigner(cloud), options),
      (e) => e instanceof CredentialsError && e.message.includes(`: ${Object.keys(environment)[0]} contains `),
    );
  });
}
