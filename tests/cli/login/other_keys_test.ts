import assert from "node:assert/strict";
import { NoCredentials } from "../../../lib/clouds/signer.ts";
import { run } from "../../../lib/cli/run.ts";
import { findKeys, findOtherKeys } from "../../../lib/cli/login/other_keys.ts";
import { fakeWorld } from "../../config/fake_world.ts";

const AWS = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "MadeUpSecretOfAws" };
const ALIBABA = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tMadeUpKey",
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: "MadeUpSecretOfAli",
};
const ANYBODY = { profile: undefined };
const NO_METADATA = { AWS_EC2_METADATA_DISABLED: "true" };

/** Files of a home, and what a command or a look finds there. */
async function inHome<T>(files: Readonly<Record<string, string>>, act: (home: string) => Promise<T>): Promise<T> {
  const home = await Deno.makeTempDir({ prefix: "home-" });
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(`${home}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${home}/${path}`, text);
    }
    return await act(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const ALIYUN = JSON.stringify({
  current: "default",
  profiles: [{ name: "default", mode: "AK", access_key_id: "LTAI5tMadeUpKey", access_key_secret: "MadeUpSecretOfAli" }],
});
const SHARED = "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = MadeUpSecretOfAws\n";

for (
  const [what, asked, environment, files, want] of [
    [
      "keys of AWS in the environment",
      "alibaba",
      AWS,
      {},
      /^environment \(AWS_ACCESS_KEY_ID\): these look like AWS keys$/,
    ],
    ["half of them", "alibaba", { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE" }, {}, /^environment: these look like AWS/],
    [
      "keys of AWS in the shared file",
      "alibaba",
      {},
      { ".aws/credentials": SHARED },
      /^profile "default" of .*AWS keys$/,
    ],
    [
      "a profile of AWS with single sign-on",
      "alibaba",
      {},
      { ".aws/config": "[default]\nsso_session = s\nsso_account_id = 123456789012\n" },
      /^profile "default" \("sso_session"\): these look like AWS keys$/,
    ],
    [
      "keys of Alibaba Cloud in the environment",
      "aws",
      ALIBABA,
      {},
      /\(ALIBABA_CLOUD_ACCESS_KEY_ID\): these look like Alibaba/,
    ],
    [
      "keys of Alibaba Cloud in a file",
      "aws",
      {},
      { ".aliyun/config.json": ALIYUN },
      /these look like Alibaba Cloud keys$/,
    ],
    [
      "a profile of Alibaba Cloud with a role",
      "aws",
      {},
      { ".aliyun/config.json": '{"current":"r","profiles":[{"name":"r","mode":"RamRoleArn"}]}' },
      /^profile "r" of .*config\.json: these look like Alibaba Cloud keys$/,
    ],
    [
      "keys of Alibaba Cloud in the SDKs' file",
      "aws",
      {},
      { ".alibabacloud/credentials": "[default]\ntype = access_key\n" },
      /^profile "default" of .*\/\.alibabacloud\/credentials: these look like Alibaba Cloud keys$/,
    ],
    ["nothing", "alibaba", {}, {}, undefined],
    ["nothing of the other cloud", "aws", AWS, {}, undefined],
  ] as const
) {
  Deno.test(`whoever asks for keys of ${asked} is told of ${what}`, () =>
    inHome(files, async (home) => {
      const found = await findOtherKeys(fakeWorld({ HOME: home, ...environment }), asked, ANYBODY);
      if (want === undefined) assert.equal(found, undefined);
      else assert.match(found?.text ?? "", want);
    }));
}

Deno.test("a cloud whose keys are broken has some", () =>
  inHome({ ".aliyun/config.json": "{" }, async (home) => {
    assert.equal(await findKeys(fakeWorld({ HOME: home }), "alibaba", ANYBODY), "~/.aliyun/config.json");
    assert.equal(await findKeys(fakeWorld({ HOME: home }), "alibaba", { profile: "work" }), undefined);
  }));

async function ram(args: readonly string[], environment: Readonly<Record<string, string>>) {
  return await inHome({}, async (home) => {
    const world = fakeWorld({ HOME: home, ...NO_METADATA, ...environment });
    const code = await run(args, world, () => Promise.resolve(new AbortController().signal));
    assert.doesNotMatch(world.out() + world.err(), /MadeUpSecret/);
    return { code, out: world.out(), err: world.err() };
  });
}

Deno.test("ram-auth token says which --cloud the keys that are there are for, where it finds no other", async () => {
  const failed = await ram(["token", "-i", "c1"], AWS);
  assert.equal(failed.code, 1);
  assert.match(
    failed.err,
    /Cannot find credentials for alibaba; .*\n {2}environment \(AWS_ACCESS_KEY_ID\): these look like AWS keys: add --cloud aws\n/s,
  );
  assert.equal((await ram(["token", "-i", "c1", "--cloud", "aws"], AWS)).code, 0);
  assert.doesNotMatch((await ram(["token", "-i", "c1"], {})).err, /look like/);
  assert.doesNotMatch((await ram(["token", "-i", "c1"], { ...AWS, ...ALIBABA })).err, /look like/);
});

Deno.test("ram-auth kubeconfig goes by the keys that are there where nothing names a cloud, and says so", async () => {
  const given = ["kubeconfig", "-i", "c1", "--server", "https://192.0.2.1:6443", "--dry-run"];
  const said =
    /^ram-auth: notice: logins use --cloud aws: there are no keys of Alibaba Cloud, but environment \(AWS_ACCESS_KEY_ID\): these look like AWS keys$/m;
  const chosen = await ram(given, AWS);
  assert.match(chosen.err, said);
  assert.match(chosen.out, /^\+ +- --cloud\n\+ +- aws$/m);
  assert.doesNotMatch((await ram(given, { ...AWS, ...ALIBABA })).out, /--cloud/);
  assert.doesNotMatch((await ram([...given, "--cloud", "aws"], AWS)).err, /look like/);
  assert.doesNotMatch((await ram([...given, "-r", "arn:aws:iam::123456789012:role/R"], AWS)).err, /look like/);
  assert.doesNotMatch((await ram(given, { ...AWS, ...ALIBABA })).err, /look like/);
  assert.doesNotMatch((await ram(given, {})).err, /look like/);
  const looked = await ram(["kubeconfig", "--from", "ack", "--name", `c${"0".repeat(32)}`], AWS);
  assert.match(looked.err, /these look like AWS keys; look the cluster up with --from eks/);
});

for (
  const [what, args, advice] of [
    [
      "token",
      ["token", "-i", "c1", "--cloud", "alibaba", "-r", "arn:aws:iam::123456789012:role/R"],
      /keys of Alibaba Cloud: it is not a role ARN of that cloud, but of AWS; sign with --cloud aws/,
    ],
    [
      "token of the other",
      ["token", "-i", "c1", "--cloud", "aws", "-r", "acs:ram::1234567890123456:role/R"],
      /keys of AWS: it is not a role ARN of that cloud, but of Alibaba Cloud; sign with --cloud alibaba/,
    ],
    [
      "kubeconfig",
      ["kubeconfig", "-i", "c1", "--cloud", "aws", "-r", "acs:ram::1234567890123456:role/R"],
      /but of Alibaba Cloud; sign with --cloud alibaba/,
    ],
    [
      "eks get-token",
      ["eks", "get-token", "--cluster-name", "c1", "--role-arn", "acs:ram::1234567890123456:role/R"],
      /but of Alibaba Cloud; use ram-auth token/,
    ],
    ["credential-plugin", [
      "credential-plugin",
      "get-token",
      "--cluster-id",
      "c1",
      "--role-arn",
      "arn:aws-cn:iam::123456789012:role/R",
    ], /but of AWS; use ram-auth token/],
  ] as const
) {
  Deno.test(`a role of the other cloud is wrong usage of ${what}, which says so before it looks for keys`, async () => {
    const { code, out, err } = await ram(args, {});
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /Cannot assume role "a/);
    assert.match(err, advice);
  });
}

Deno.test("no credentials at all are a failure of credentials like others", () => {
  assert.equal(new NoCredentials("made up").code, "ERR_CREDENTIALS");
});
