import assert from "node:assert/strict";
import { environment } from "../../../lib/clouds/aws/credentials/environment.ts";
import { IniError, parseIni } from "../../../lib/clouds/ini.ts";
import { container } from "../../../lib/clouds/aws/credentials/container.ts";
import { instanceMetadata } from "../../../lib/clouds/aws/credentials/instance_metadata.ts";
import { profileChain } from "../../../lib/clouds/aws/credentials/profile_chain.ts";
import { sharedFiles } from "../../../lib/clouds/aws/credentials/shared_files.ts";
import { awsSigner } from "../../../lib/clouds/aws/signer.ts";
import { CredentialsError } from "../../../lib/clouds/signer.ts";
import { FileError } from "../../../lib/files.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { revealed } from "../revealed.ts";
import { atHome } from "./homes.ts";

const SECRET = "MadeUpSecretThatMustNotShow";
const KEYS = { AWS_ACCESS_KEY_ID: "AKIA1", AWS_SECRET_ACCESS_KEY: "s1" };

Deno.test("AWS keys are looked for in the environment, the shared files, and then where calls are needed", () => {
  assert.deepEqual(
    awsSigner.credentialSources().map(({ name }) => name),
    [environment, sharedFiles, profileChain, container, instanceMetadata].map((s) => s.name),
  );
});

for (
  const [what, variables, keys, expiresAt] of [
    ["long-lived keys", KEYS, ["AKIA1", "s1", undefined], undefined],
    ["temporary keys", { ...KEYS, AWS_SESSION_TOKEN: "t1" }, ["AKIA1", "s1", "t1"], undefined],
    [
      "a token under its name of old, which counts for more",
      { ...KEYS, AWS_SECURITY_TOKEN: "t2", AWS_SESSION_TOKEN: "t1" },
      ["AKIA1", "s1", "t2"],
      undefined,
    ],
    ["keys although AWS_PROFILE is set", { ...KEYS, AWS_PROFILE: "work" }, ["AKIA1", "s1", undefined], undefined],
    [
      "keys that say when they end",
      { ...KEYS, AWS_SESSION_TOKEN: "t1", AWS_CREDENTIAL_EXPIRATION: "2026-11-22T13:00:00+01:00" },
      ["AKIA1", "s1", "t1"],
      "2026-11-22T12:00:00.000Z",
    ],
  ] as const
) {
  Deno.test(`the environment's AWS credentials are read: ${what}`, async () => {
    const found = await environment.find(fakeWorld(variables), { profile: undefined });
    assert.deepEqual(revealed(found), { keys, expiresAt, source: "environment (AWS_ACCESS_KEY_ID)" });
  });
}

for (
  const [what, variables, message] of [
    ["an id without a secret", { AWS_ACCESS_KEY_ID: "AKIA1" }, /AWS_SECRET_ACCESS_KEY is not; set both/],
    ["a secret without an id", { AWS_SECRET_ACCESS_KEY: SECRET, AWS_ACCESS_KEY_ID: "" }, /AWS_ACCESS_KEY_ID is not/],
    ["an end that is no time", { ...KEYS, AWS_CREDENTIAL_EXPIRATION: "tomorrow" }, /"tomorrow" is no ISO 8601 time/],
    ["an end without a zone", { ...KEYS, AWS_CREDENTIAL_EXPIRATION: "2026-11-22T12:00:00" }, /with a zone/],
    ["an end on a day that there is not", { ...KEYS, AWS_CREDENTIAL_EXPIRATION: "2026-13-40T12:00:00Z" }, /2026-13-40/],
  ] as const
) {
  Deno.test(`the environment's AWS credentials are broken by ${what}`, async () => {
    await assert.rejects(environment.find(fakeWorld({ ...variables }), { profile: undefined }), (e) => {
      assert(e instanceof CredentialsError);
      assert.match(e.message, message);
      return !Deno.inspect(e).includes(SECRET);
    });
  });
}

for (
  const [what, variables, profile, why] of [
    ["nothing is set", {}, undefined, "AWS_ACCESS_KEY_ID is not set"],
    ["only a session token is set", { AWS_SESSION_TOKEN: "t" }, undefined, "AWS_ACCESS_KEY_ID is not set"],
    ["a profile is asked for", KEYS, "work", 'skipped, because profile "work" was asked for'],
  ] as const
) {
  Deno.test(`the environment is passed over for AWS where ${what}`, async () => {
    assert.deepEqual(await environment.find(fakeWorld({ ...variables }), { profile }), { notConfigured: why });
  });
}

for (
  const [where, line] of [
    ["in a value", (space: string) => `key = a${space}b`],
    ["behind a comment", (space: string) => `key = a # b${space}c`],
    ["instead of a value", (space: string) => `key${space}b`],
  ] as const
) {
  Deno.test(`parseIni() does not take for ever over a megabyte of white space ${where}`, () => {
    const started = performance.now();
    try {
      parseIni(`[a]\n${line(" ".repeat(1_000_000))}\n`);
    } catch (error) {
      assert(error instanceof IniError);
    }
    assert(performance.now() - started < 10_000);
  });
}

Deno.test("parseIni() reads what people write", () => {
  const text = `# a comment
[default] ; more
region=eu-west-1 ; here too
AWS_Secret_Access_Key = a=b/c+d#e;f==
  goes on

  # a comment between
  and on
other: colon = value

; another
[profile with "quotes"]
  s3 =
    max_concurrent_requests = 20
    region = us-east-1
  output = json\r
[empty]
key =
[DEFAULT]
cli_pager =
region = everywhere`;
  const all = ["cli_pager", ""];
  assert.deepEqual(
    [...parseIni(text)].map(([name, section]) => [name, [...section].sort()]),
    [
      ["default", [
        ["aws_secret_access_key", "a=b/c+d#e;f==\ngoes on\n\nand on"],
        all,
        ["other", "colon = value"],
        ["region", "eu-west-1"],
      ]],
      ['profile with "quotes"', [
        all,
        ["output", "json"],
        ["region", "everywhere"],
        ["s3", "\nmax_concurrent_requests = 20\nregion = us-east-1"],
      ]],
      ["empty", [all, ["key", ""], ["region", "everywhere"]]],
    ],
  );
});

for (
  const [what, text, message] of [
    ["a key outside of sections", "a = b", /^line 1 is outside any section$/],
    ["a line of no form", "[a]\nb", /^line 2 is neither/],
    ["a line without a key", "[a]\n= b", /^line 2 is neither/],
    ["a section twice", "[a]\n[b]\n[a]", /^line 3 starts section "a" a second time$/],
    ["a key twice, in any case", "[a]\nb = 1\nc = 2\nB = 1", /^line 4 sets "b" a second time$/],
    ["too many lines", "\n".repeat(20_000), /20000 lines/],
  ] as const
) {
  Deno.test(`parseIni() refuses ${what}`, () => {
    assert.throws(() => parseIni(text), (e) => e instanceof IniError && message.test(e.message));
  });
}

const CREDENTIALS = `[default]
aws_access_key_id = AKIA1
aws_secret_access_key = s1
[work]
aws_access_key_id = ASIA2
aws_secret_access_key = s2
aws_session_token = t2
`;
const CONFIG = `[default]
region = eu-west-1
[profile work]
aws_access_key_id = AKIA3
aws_secret_access_key = s3
[profile 'in config']
aws_access_key_id = AKIA4
aws_secret_access_key = s4
[profile half]
aws_secret_access_key = ${SECRET}
[profile region]
region = eu-west-1
[profile admin]
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = default
aws_access_key_id = AKIA5
aws_secret_access_key = s5
[sso-session corp]
sso_region = eu-west-1
`;

for (
  const [what, profile, env, keys, source] of [
    ["the default profile", undefined, {}, ["AKIA1", "s1", undefined], 'profile "default" of HOME/.aws/credentials'],
    ["the one asked for", "work", {}, ["ASIA2", "s2", "t2"], 'profile "work" of HOME/.aws/credentials'],
    [
      "AWS_DEFAULT_PROFILE, which the AWS CLI asks for first",
      undefined,
      { AWS_PROFILE: "x", AWS_DEFAULT_PROFILE: "work" },
      ["ASIA2", "s2", "t2"],
      'profile "work"',
    ],
    ["AWS_PROFILE", undefined, { AWS_PROFILE: "work" }, ["ASIA2", "s2", "t2"], 'profile "work"'],
    ["one in the config file", "in config", {}, ["AKIA4", "s4", undefined], 'profile "in config" of HOME/.aws/config'],
    ["a file that is somewhere else", undefined, {
      AWS_SHARED_CREDENTIALS_FILE: "~/.aws/config",
      AWS_PROFILE: "in config",
    }, [
      "AKIA4",
      "s4",
      undefined,
    ], 'profile "in config"'],
  ] as const
) {
  Deno.test(`keys in AWS's shared files are read from ${what}`, async () => {
    await atHome({ credentials: CREDENTIALS, config: CONFIG }, async (home, world) => {
      const found = await sharedFiles.find(world(env), { profile });
      assert("source" in found);
      assert(found.source.startsWith(source.replace("HOME", home)), found.source);
      assert.deepEqual(revealed(found), { keys, expiresAt: undefined, source: found.source });
    });
  });
}

for (
  const [what, profile, why] of [
    ["holds no keys", "region", 'profile "region" holds no keys'],
    ["says that a role is to be assumed", "admin", 'passed over, because "role_arn" is set'],
  ] as const
) {
  Deno.test(`AWS's shared files have no plain keys where the profile ${what}`, async () => {
    await atHome({ credentials: CREDENTIALS, config: CONFIG }, async (_, world) => {
      assert.deepEqual(await sharedFiles.find(world(), { profile }), { notConfigured: why });
    });
  });
}

Deno.test("AWS's shared files are not configured where they are not there", async () => {
  await atHome({}, async (home, world) => {
    assert.deepEqual(await sharedFiles.find(world(), { profile: undefined }), {
      notConfigured: `"${home}/.aws/credentials" and "${home}/.aws/config" have no profile "default"`,
    });
  });
  assert.deepEqual(await sharedFiles.find(fakeWorld(), { profile: undefined }), { notConfigured: "HOME is not set" });
});

for (
  const [what, files, profile, env, message] of [
    [
      "a profile that is not there",
      {},
      "gone",
      {},
      /"gone": .*there are: default, work, in config, half, region, admin$/,
    ],
    ["AWS_PROFILE that is not there", {}, undefined, { AWS_PROFILE: "gone" }, /"gone"/],
    ["a session that is no profile", {}, "corp", {}, /"corp"/],
    ["half a key", {}, "half", {}, /"aws_access_key_id" is missing; run "aws configure --profile half"/],
    ["a file of another form", { credentials: `${SECRET}\n` }, undefined, {}, /credentials": line 1 is neither/],
  ] as const
) {
  Deno.test(`AWS's shared files are broken by ${what}`, async () => {
    await atHome({ credentials: CREDENTIALS, config: CONFIG, ...files }, async (_, world) => {
      await assert.rejects(sharedFiles.find(world(env), { profile }), (e) => {
        assert(e instanceof CredentialsError);
        assert.match(e.message, message);
        return !Deno.inspect(e).includes(SECRET);
      });
    });
  });
}

for (
  const [what, bytes] of [
    ["is larger than 1 MiB", new Uint8Array(1_048_577).fill(32)],
    ["is not text", new Uint8Array([0xff])],
  ] as const
) {
  Deno.test(`a shared file of AWS that ${what} is an error`, async () => {
    await atHome({}, async (home, world) => {
      await Deno.writeFile(`${home}/.aws/credentials`, bytes);
      await assert.rejects(sharedFiles.find(world(), { profile: undefined }), FileError);
    });
  });
}
