import assert from "node:assert/strict";
import { parseFlags } from "../../lib/config/flags.ts";
import type { CommandName } from "../../lib/config/option.ts";
import { loadSettings, type Settings } from "../../lib/config/settings.ts";
import { UsageError } from "../../lib/errors.ts";
import { Secret } from "../../lib/secret.ts";
import { fakeWorld, withFile } from "./fake_world.ts";

const FILE = "server:\n  port: 3\n";

for (
  const [what, args, environment, content, port, origin] of [
    ["a flag wins over all else", ["--port", "1"], { RAM_AUTH_PORT: "2" }, FILE, 1, "flag --port"],
    ["the environment wins over the file", [], { RAM_AUTH_PORT: "2" }, FILE, 2, "environment variable RAM_AUTH_PORT"],
    ["an empty variable counts as unset", [], { RAM_AUTH_PORT: "" }, FILE, 3, "FILE:2:3"],
    ["the file wins over the default", [], {}, FILE, 3, "FILE:2:3"],
    ["a key without a value counts as unset", [], {}, "server:\n  port:\n", 21_362, "default"],
    ["a key with an empty text counts as unset", [], {}, 'server:\n  port: ""\n', 21_362, "default"],
    ["an empty file leaves the default", [], {}, "", 21_362, "default"],
  ] as const
) {
  Deno.test(`loadSettings(): ${what}`, () =>
    withFile(content, async (path) => {
      const settings = await load("server", [...args, "-c", path], environment);
      assert.equal(settings.get("port"), port);
      assert.equal(settings.origin("port").replace(path, "FILE"), origin);
    }));
}

Deno.test("loadSettings() knows by what each value was set, whatever the words of its origin", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/flag --port`;
    await Deno.writeTextFile(path, "server: {port: 3}\n");
    const settings = await load("server", ["-c", path, "--address", "::"], { RAM_AUTH_CLUSTER_ID: "c1" });
    const names = ["address", "cluster-id", "port", "hostname", "master"] as const;
    assert.deepEqual(names.map(settings.setBy), ["flag", "environment", "file", "default", undefined]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadSettings() takes the path of the config file from the environment", () =>
  withFile(FILE, async (path) => {
    assert.equal((await load("server", [], { RAM_AUTH_CONFIG: path })).get("port"), 3);
  }));

for (
  const [what, environment, want] of [
    ["our own name", { RAM_AUTH_REGION: "a", STS_REGION: "b" }, "a"],
    ["another", { STS_REGION: "b" }, "b"],
    ["the first that is not empty", { RAM_AUTH_REGION: "", STS_REGION: "b" }, "b"],
  ] as const
) {
  Deno.test(`loadSettings() reads an option with several variables by ${what}`, async () => {
    assert.equal((await load("server", [], environment)).get("region"), want);
  });
}

for (
  const [what, args, message] of [
    ["a word as a number", ["--port", "http"], /"http" from flag --port: give a whole number from 0 to 65535$/],
    ["a number that is too high", ["--port", "65536"], /"65536"/],
    ["a negative number", ["--port=-1"], /"-1"/],
    ["a leading zero", ["--port", "080"], /"080"/],
    ["an exponent", ["--port", "1e3"], /"1e3"/],
    ["a number beyond every number", ["--port", "9".repeat(400)], /…" from flag --port/],
    ["digits of another script", ["--port", "８０"], /"８０"/],
    ["a word as a switch", ["--kubeconfig-pregenerated=yes"], /give true or false$/],
    ["a value outside the choices", ["--log-format", "xml"], /"xml" from flag --log-format: give one of text, json$/],
    [
      "a source that nobody knows",
      ["--backend-mode", "Oracle"],
      /: give a list of MountedFile, DynamicFile, ACKConfigMap, EKSConfigMap, CRD$/,
    ],
    ["a source named twice", ["--backend-mode", "MountedFile,File"], /"MountedFile" is named twice/],
    ["an empty item", ["--sts-hosts", "a,,b"], /an item is empty/],
    ["a cloud that nobody knows", ["--clouds", "aws,gcp"], /: give a list of alibaba, aws$/],
    [
      "a partition that nobody knows",
      ["--partition", "aws-mars"],
      /"aws-mars" from flag --partition: give one of aws, /,
    ],
  ] as const
) {
  Deno.test(`loadSettings() refuses ${what}`, async () => {
    await assert.rejects(load("server", args), (e) => e instanceof UsageError && message.test(e.message));
  });
}

Deno.test("loadSettings() names the variable that holds a wrong value", async () => {
  await assert.rejects(load("server", [], { RAM_AUTH_PORT: "x" }), /"x" from environment variable RAM_AUTH_PORT: give/);
});

Deno.test("loadSettings() takes a peer's flag on the command that is the peer's, and ours beside it", async () => {
  const settings = await load("eks get-token", ["--cluster-name", "c1", "--role-arn=arn:aws:iam::1:role/R"]);
  assert.deepEqual([settings.get("cluster-id"), settings.origin("cluster-id")], ["c1", "flag --cluster-name"]);
  assert.deepEqual(settings.get("role"), ["arn:aws:iam::1:role/R"]);
  assert.equal((await load("eks get-token", ["--cluster-id", "c1"])).get("cluster-id"), "c1");
  await assert.rejects(load("eks get-token", ["--cluster-name", "a", "--cluster-id", "b"]), /twice/);
  await assert.rejects(load("token", ["--cluster-name", "c1"]), { code: "ERR_USAGE" });
  assert.throws(() => settings.require("region"), /give --region, or set RAM_AUTH_REGION, or write "server.region"/);
  const nothing = await load("eks get-token", []);
  assert.throws(() => nothing.require("cluster-id"), /give --cluster-name, or set/);
});

Deno.test("loadSettings() reads what a command takes from the file alone, and refuses it as a flag", () =>
  withFile("clouds: [aws]", async (path) => {
    assert.deepEqual((await load("token", ["-c", path], { RAM_AUTH_CLOUDS: "alibaba" })).get("clouds"), ["aws"]);
    await assert.rejects(load("token", ["--clouds", "aws"]), { code: "ERR_USAGE" });
  }));

Deno.test("a variable of one cloud's servers says nothing to a client of any cloud", async () => {
  const environment = { ALIBABA_CLOUD_STS_ENDPOINT: "sts.example", STS_REGION: "cn-hangzhou" };
  const [server, token] = [await load("server", [], environment), await load("token", [], environment)];
  assert.deepEqual([server.get("sts-endpoint"), server.get("region")], ["sts.example", "cn-hangzhou"]);
  assert.deepEqual([token.get("sts-endpoint"), token.get("region")], [undefined, undefined]);
  assert.equal((await load("token", [], { RAM_AUTH_REGION: "us-west-2" })).get("region"), "us-west-2");
});

Deno.test("loadSettings() reads the peers' spellings, in any case", async () => {
  const settings = await load("server", ["-v", "WARNING", "--backend-mode", "file,ConfigMap"]);
  assert.equal(settings.get("log-verbosity"), "warn");
  assert.deepEqual(settings.get("backend-mode"), ["MountedFile", "ACKConfigMap"]);
});

Deno.test("loadSettings() keeps a token secret", async () => {
  const token = (await load("verify", ["-t", "k8s-ack-v2.made-up"])).get("token");
  assert.ok(token instanceof Secret);
  assert.equal(`${token}`, "[redacted]");
});

Deno.test("loadSettings() gives a command its own default", async () => {
  assert.equal((await load("server", [])).get("state-dir"), "/var/lib/ram-auth");
  assert.equal((await load("init", [])).get("state-dir"), ".");
});

Deno.test("get() yields undefined for what is unset and has no default", async () => {
  const settings = await load("server", []);
  assert.equal(settings.get("cluster-id"), undefined);
  assert.equal(settings.origin("cluster-id"), "not set");
});

Deno.test("require() yields what is set, and says how to set what is not", async () => {
  assert.equal((await load("server", ["-i", "c1"])).require("cluster-id"), "c1");
  const settings = await load("server", []);
  assert.throws(
    () => settings.require("cluster-id"),
    (e) =>
      e instanceof UsageError &&
      /it is not set; give --cluster-id, or set RAM_AUTH_CLUSTER_ID, or write "clusterID" in the/.test(e.message),
  );
});

Deno.test("get() refuses an option of another command: that is a mistake in the program", async () => {
  const settings = await load("token", []);
  assert.throws(() => settings.get("port"), TypeError);
  assert.throws(() => settings.get("log-format"), TypeError);
});

Deno.test("loadSettings() gives one notice for each option without effect, with its origin", () =>
  withFile("defaultRole: r", async (path) => {
    const server = await load("server", ["-c", path, "--feature-gates", "A=true,B=false"]);
    assert.deepEqual(server.notices.map((notice) => notice.replace(/:[^:]*$/, "")), [
      'Option "feature-gates" from flag --feature-gates has no effect here',
    ]);
    const token = await load("token", ["-c", path]);
    assert.deepEqual([token.notices, token.get("role")], [[], ["r"]]);
  }));

Deno.test("a variable that is meant for the server makes no notice on other commands", async () => {
  assert.deepEqual((await load("token", [], { RAM_AUTH_LOG_FORMAT: "nonsense" })).notices, []);
});

Deno.test("reload() reads the file anew and keeps flags and environment; a broken file changes nothing", () =>
  withFile("server: {port: 3, hostname: a}", async (path) => {
    const first = await load("server", ["-c", path, "--port", "1"]);
    await Deno.writeTextFile(path, "server: {port: 4, hostname: b}");
    const second = await first.reload();
    assert.deepEqual([second.get("port"), second.get("hostname")], [1, "b"]);
    await Deno.writeTextFile(path, "server: [");
    await assert.rejects(second.reload(), { code: "ERR_CONFIG" });
    assert.deepEqual([first.get("hostname"), second.get("hostname")], ["a", "b"]);
  }));

async function load(
  command: CommandName,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Settings> {
  return await loadSettings(command, await parseFlags(command, args), fakeWorld(environment));
}
