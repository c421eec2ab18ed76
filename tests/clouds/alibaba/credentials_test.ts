import assert from "node:assert/strict";
import { aliyunConfig, aliyunConfigAt } from "../../../lib/clouds/alibaba/credentials/aliyun_config.ts";
import { environment } from "../../../lib/clouds/alibaba/credentials/environment.ts";
import { CredentialsError } from "../../../lib/clouds/signer.ts";
import { FileError } from "../../../lib/files.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { revealed } from "../revealed.ts";

const SECRET = "MadeUpSecretThatMustNotShow";

for (
  const [what, variables, keys, id] of [
    [
      "ALIBABA_CLOUD_…",
      { ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI1", ALIBABA_CLOUD_ACCESS_KEY_SECRET: "s1" },
      ["LTAI1", "s1", undefined],
      "ALIBABA_CLOUD_ACCESS_KEY_ID",
    ],
    [
      "ALIBABA_CLOUD_… with a security token",
      {
        ALIBABA_CLOUD_ACCESS_KEY_ID: "STS.1",
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: "s1",
        ALIBABA_CLOUD_SECURITY_TOKEN: "t1",
      },
      ["STS.1", "s1", "t1"],
      "ALIBABA_CLOUD_ACCESS_KEY_ID",
    ],
    [
      "ALIBABACLOUD_…",
      { ALIBABACLOUD_ACCESS_KEY_ID: "LTAI2", ALIBABACLOUD_ACCESS_KEY_SECRET: "s2", ALIBABACLOUD_SECURITY_TOKEN: "t2" },
      ["LTAI2", "s2", "t2"],
      "ALIBABACLOUD_ACCESS_KEY_ID",
    ],
    [
      "ALICLOUD_ACCESS_KEY_ID",
      { ALICLOUD_ACCESS_KEY_ID: "LTAI3", ALICLOUD_ACCESS_KEY_SECRET: "s3", ALICLOUD_SECURITY_TOKEN: "t3" },
      ["LTAI3", "s3", "t3"],
      "ALICLOUD_ACCESS_KEY_ID",
    ],
    [
      "ALICLOUD_ACCESS_KEY",
      { ALICLOUD_ACCESS_KEY: "LTAI4", ALICLOUD_SECRET_KEY: "s4", ALICLOUD_SECURITY_TOKEN: "t4" },
      ["LTAI4", "s4", "t4"],
      "ALICLOUD_ACCESS_KEY",
    ],
    [
      "the first of two families, whole",
      {
        ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI1",
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: "s1",
        ALICLOUD_ACCESS_KEY_ID: "LTAI3",
        ALICLOUD_ACCESS_KEY_SECRET: "s3",
        ALICLOUD_SECURITY_TOKEN: "t3",
      },
      ["LTAI1", "s1", undefined],
      "ALIBABA_CLOUD_ACCESS_KEY_ID",
    ],
    [
      "the second family, where the first is empty",
      {
        ALIBABA_CLOUD_ACCESS_KEY_ID: "",
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: "",
        ALIBABACLOUD_ACCESS_KEY_ID: "LTAI2",
        ALIBABACLOUD_ACCESS_KEY_SECRET: "s2",
        ALIBABACLOUD_SECURITY_TOKEN: "",
      },
      ["LTAI2", "s2", undefined],
      "ALIBABACLOUD_ACCESS_KEY_ID",
    ],
  ] as const
) {
  Deno.test(`the environment's credentials are read from ${what}`, async () => {
    const found = await environment.find(fakeWorld(variables), { profile: undefined });
    assert.deepEqual(revealed(found), { keys, expiresAt: undefined, source: `environment (${id})` });
  });
}

for (
  const [what, variables, unset] of [
    ["an id without a secret", { ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI1" }, "ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    ["a secret without an id", { ALIBABA_CLOUD_ACCESS_KEY_SECRET: SECRET }, "ALIBABA_CLOUD_ACCESS_KEY_ID"],
    ["a secret with an empty id", {
      ALICLOUD_ACCESS_KEY: "",
      ALICLOUD_SECRET_KEY: SECRET,
    }, "ALICLOUD_ACCESS_KEY"],
    ["the id of one family with the secret of the next", {
      ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI1",
      ALIBABACLOUD_ACCESS_KEY_SECRET: SECRET,
    }, "ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    ["the two spellings of ALICLOUD, crossed", {
      ALICLOUD_ACCESS_KEY_ID: "LTAI1",
      ALICLOUD_SECRET_KEY: SECRET,
    }, "ALICLOUD_ACCESS_KEY_SECRET"],
  ] as const
) {
  Deno.test(`the environment's credentials are broken by ${what}`, async () => {
    await assert.rejects(environment.find(fakeWorld({ ...variables }), { profile: undefined }), (e) => {
      assert(e instanceof CredentialsError);
      assert.equal(e.code, "ERR_CREDENTIALS");
      assert.match(e.message, new RegExp(`but ${unset} is not`));
      return !Deno.inspect(e).includes(SECRET);
    });
  });
}

for (
  const [what, variables, profile, why] of [
    ["nothing is set", {}, undefined, /^ALIBABA_CLOUD_ACCESS_KEY_ID is not set$/],
    ["only a security token is set", { ALIBABA_CLOUD_SECURITY_TOKEN: "t" }, undefined, /is not set$/],
    [
      "a profile is asked for",
      { ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI1", ALIBABA_CLOUD_ACCESS_KEY_SECRET: "s1" },
      "work",
      /^skipped, because profile "work" was asked for$/,
    ],
    ["a profile is asked for, and half a key is set", { ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI1" }, "work", /"work"/],
  ] as const
) {
  Deno.test(`the environment is passed over where ${what}`, async () => {
    const found = await environment.find(fakeWorld({ ...variables }), { profile });
    assert("notConfigured" in found);
    assert.match(found.notConfigured, why);
  });
}

/** Runs the body in a home whose `.aliyun/config.json` has this content. */
async function withHome(
  config: unknown,
  body: (home: string, path: string) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    const path = `${home}/.aliyun/config.json`;
    await Deno.mkdir(`${home}/.aliyun`);
    if (config instanceof Uint8Array) await Deno.writeFile(path, config);
    else if (config !== undefined) {
      await Deno.writeTextFile(path, typeof config === "string" ? config : JSON.stringify(config));
    }
    await body(home, path);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const AK = { name: "default", mode: "AK", access_key_id: "LTAI5tMadeUp", access_key_secret: SECRET };
const STS = {
  name: "sts",
  mode: "StsToken",
  access_key_id: "STS.NMadeUp",
  access_key_secret: "s",
  sts_token: "CAISMadeUp",
  sts_expiration: 1_795_348_800,
};
const CONFIG = { current: "default", profiles: [AK, STS], meta_path: "" };

for (
  const [what, config, variables, profile, name, keys, expiresAt] of [
    ["the current profile", CONFIG, {}, undefined, "default", ["LTAI5tMadeUp", SECRET, undefined], undefined],
    ["a profile asked for", CONFIG, {}, "sts", "sts", ["STS.NMadeUp", "s", "CAISMadeUp"], "2026-11-22T12:00:00.000Z"],
    ["a profile of the environment", CONFIG, { ALIBABACLOUD_PROFILE: "sts" }, undefined, "sts", [
      "STS.NMadeUp",
      "s",
      "CAISMadeUp",
    ], "2026-11-22T12:00:00.000Z"],
    [
      "a profile of the environment's third name",
      CONFIG,
      { ALIBABA_CLOUD_PROFILE: "", ALICLOUD_PROFILE: "sts" },
      undefined,
      "sts",
      [
        "STS.NMadeUp",
        "s",
        "CAISMadeUp",
      ],
      "2026-11-22T12:00:00.000Z",
    ],
    ["a profile asked for, over the environment's", CONFIG, { ALIBABA_CLOUD_PROFILE: "sts" }, "default", "default", [
      "LTAI5tMadeUp",
      SECRET,
      undefined,
    ], undefined],
    [
      "a profile without a mode, which is AK",
      { current: "default", profiles: [{ ...AK, mode: undefined }] },
      {},
      undefined,
      "default",
      [
        "LTAI5tMadeUp",
        SECRET,
        undefined,
      ],
      undefined,
    ],
    [
      "a profile whose mode is in another case",
      { current: "default", profiles: [{ ...AK, mode: "ak" }] },
      {},
      undefined,
      "default",
      ["LTAI5tMadeUp", SECRET, undefined],
      undefined,
    ],
    [
      "keys without the white space round them",
      { current: "default", profiles: [{ ...AK, access_key_id: " LTAI5tMadeUp\n" }] },
      {},
      undefined,
      "default",
      ["LTAI5tMadeUp", SECRET, undefined],
      undefined,
    ],
    [
      "a profile without a mode that has a security token",
      { current: "sts", profiles: [{ ...STS, mode: "" }] },
      {},
      undefined,
      "sts",
      ["STS.NMadeUp", "s", "CAISMadeUp"],
      "2026-11-22T12:00:00.000Z",
    ],
    [
      "temporary keys without an end",
      { current: "sts", profiles: [{ ...STS, sts_expiration: 0 }] },
      {},
      undefined,
      "sts",
      [
        "STS.NMadeUp",
        "s",
        "CAISMadeUp",
      ],
      undefined,
    ],
    [
      "long-lived keys, whose old end and token say nothing",
      {
        current: "default",
        profiles: [{ ...AK, sts_token: "old", sts_expiration: 1 }],
      },
      {},
      undefined,
      "default",
      ["LTAI5tMadeUp", SECRET, undefined],
      undefined,
    ],
  ] as const
) {
  Deno.test(`the aliyun CLI's configuration gives ${what}`, () =>
    withHome(config, async (home, path) => {
      const found = await aliyunConfig.find(fakeWorld({ HOME: home, ...variables }), { profile });
      assert.deepEqual(revealed(found), { keys, expiresAt, source: `profile "${name}" of ${path}` });
    }));
}

Deno.test("the aliyun CLI's configuration is also looked for where Windows has its home", () =>
  withHome(CONFIG, async (home) => {
    const windows = { ...fakeWorld({ HOME: "", USERPROFILE: home }), os: "windows" } as const;
    const found = await aliyunConfig.find(windows, { profile: undefined });
    assert("accessKeyId" in found);
  }));

Deno.test("no home and no configuration in it are reasons to go on", () =>
  withHome(undefined, async (home, path) => {
    assert.deepEqual(await aliyunConfig.find(fakeWorld(), { profile: undefined }), {
      notConfigured: "HOME is not set",
    });
    assert.deepEqual(await aliyunConfig.find(fakeWorld({ HOME: home }), { profile: undefined }), {
      notConfigured: `"${path}" does not exist`,
    });
  }));

for (
  const [why, config, profile, message] of [
    ["an empty file", "", undefined, /it is not JSON; repair it/],
    ["half a file", JSON.stringify(CONFIG).slice(0, -20), undefined, /it is not JSON/],
    ["text in place of JSON that starts as the secret does", SECRET, undefined, /it is not JSON/],
    ["null", "null", undefined, /no "current" profile/],
    ["a list", [AK], undefined, /no "current" profile/],
    ["no current profile", { profiles: [AK] }, undefined, /no "current" profile/],
    ["no profiles", { current: "default" }, undefined, /no "profiles"/],
    ["profiles that are no list", { current: "default", profiles: { default: AK } }, undefined, /no "profiles"/],
    [
      "a current profile that is not there",
      { ...CONFIG, current: "gone" },
      undefined,
      /"gone".*there are: default, sts/,
    ],
    ["no id", { ...CONFIG, profiles: [{ ...AK, access_key_id: "" }] }, undefined, /"access_key_id" is missing/],
    [
      "no secret",
      { ...CONFIG, profiles: [{ ...AK, access_key_secret: undefined }] },
      undefined,
      /"access_key_secret" is missing/,
    ],
    [
      "a secret that is no text",
      { ...CONFIG, profiles: [{ ...AK, access_key_secret: [SECRET] }] },
      undefined,
      /is missing/,
    ],
    [
      "no security token",
      { current: "sts", profiles: [{ ...STS, sts_token: "" }] },
      undefined,
      /"sts_token" is missing/,
    ],
    [
      "mode BearerToken",
      { ...CONFIG, profiles: [{ ...AK, mode: "BearerToken" }] },
      undefined,
      /a bearer token to sign/,
    ],
    ["mode RsaKeyPair", { ...CONFIG, profiles: [{ ...AK, mode: "RsaKeyPair" }] }, undefined, /gives a key pair, which/],
    ["mode Anonymous", { ...CONFIG, profiles: [{ ...AK, mode: "Anonymous" }] }, undefined, /"Anonymous" gives nothing/],
    [
      "a mode that is no text",
      { ...CONFIG, profiles: [{ ...AK, mode: { toString: 1 } }] },
      undefined,
      /its mode ".*" is not known here/,
    ],
  ] as const
) {
  Deno.test(`the aliyun CLI's configuration is broken by ${why}`, () =>
    withHome(config, async (home) => {
      await assert.rejects(aliyunConfig.find(fakeWorld({ HOME: home }), { profile }), (e) => {
        assert(e instanceof CredentialsError);
        assert.match(e.message, message);
        return !Deno.inspect(e, { depth: 10 }).includes(SECRET);
      });
    }));
}

Deno.test("a profile asked for that is not there may be in another file", () =>
  withHome(CONFIG, async (home, path) => {
    const gone = { notConfigured: 'it has no profile "gone"; there are: default, sts' };
    assert.deepEqual(await aliyunConfig.find(fakeWorld({ HOME: home }), { profile: "gone" }), gone);
    const byVariable = fakeWorld({ HOME: home, ALIBABA_CLOUD_PROFILE: "gone" });
    assert.deepEqual(await aliyunConfig.find(byVariable, { profile: undefined }), gone);
    await assert.rejects(
      aliyunConfigAt(path).find(fakeWorld(), { profile: "gone" }),
      (e) => e instanceof CredentialsError && e.message.endsWith(gone.notConfigured),
    );
  }));

for (const variable of ["ALIBABA_CLOUD_IGNORE_PROFILE", "ALIBABA_CLOUD_CLI_PROFILE_DISABLED"]) {
  Deno.test(`${variable} keeps from the aliyun CLI's configuration, but from no profile asked for by name`, () =>
    withHome(CONFIG, async (home) => {
      const world = fakeWorld({ HOME: home, [variable]: "TRUE" });
      assert.deepEqual(await aliyunConfig.find(world, { profile: undefined }), {
        notConfigured: `skipped, because ${variable} is set`,
      });
      assert("accessKeyId" in await aliyunConfig.find(world, { profile: "sts" }));
    }));
}

for (
  const [why, config] of [
    ["it is not UTF-8", new Uint8Array([0x7b, 0xff, 0x7d])],
    ["it is larger than a megabyte", " ".repeat(1_048_577)],
  ] as const
) {
  Deno.test(`the aliyun CLI's configuration ends the search where ${why}`, () =>
    withHome(config, async (home) => {
      await assert.rejects(
        aliyunConfig.find(fakeWorld({ HOME: home }), { profile: undefined }),
        (e) => e instanceof FileError && !e.missing,
      );
    }));
}

Deno.test("the aliyun CLI's configuration ends the search where it is a directory", () =>
  withHome(undefined, async (home, path) => {
    await Deno.mkdir(path);
    await assert.rejects(
      aliyunConfig.find(fakeWorld({ HOME: home }), { profile: undefined }),
      (e) => e instanceof FileError && /it is a directory/.test(e.message),
    );
  }));
