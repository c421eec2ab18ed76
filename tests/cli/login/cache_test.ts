import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { DEMO_ROLES } from "../../../lib/emulator/roles.ts";
import { startStsEmulator, type StsEmulator } from "../../../lib/emulator/sts.ts";
import { realWorld } from "../../../lib/world.ts";
import { TOKEN_PERMISSIONS } from "../../../scripts/permissions.ts";
import { type FakeWorld, fakeWorld } from "../../config/fake_world.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";

const { dave, clusterAdmin } = DEMO_AWS_PRINCIPALS;
const KEYS = { AWS_ACCESS_KEY_ID: dave.accessKeyId, AWS_SECRET_ACCESS_KEY: dave.accessKeySecret };
const OTHER_KEYS = {
  AWS_ACCESS_KEY_ID: clusterAdmin.accessKeyId,
  AWS_SECRET_ACCESS_KEY: clusterAdmin.accessKeySecret,
  AWS_SESSION_TOKEN: clusterAdmin.securityToken,
};
const ROLE = "arn:aws:iam::123456789012:role/ClusterAdmin";
const VIEWER = "arn:aws:iam::123456789012:role/ops/ClusterViewer";
const MINUTE_MS = 60_000;

const CERTIFICATE = await makeLoopbackCertificate();

/** An STS, a home, and a clock that the test sets. */
interface Stage extends AsyncDisposable {
  readonly sts: StsEmulator;
  readonly home: string;
  readonly cache: string;
  /** What names STS and the CA that it needs. */
  readonly place: readonly string[];
  laterMs: number;
  login(...args: readonly string[]): Promise<FakeWorld>;
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<FakeWorld & { code: number }>;
}

async function startStage(): Promise<Stage> {
  const home = await Deno.makeTempDir({ prefix: "cache-test-" });
  await Deno.writeTextFile(`${home}/ca.pem`, CERTIFICATE.caPem);
  const clock = { laterMs: 0 };
  const now = () => new Date(Date.now() + clock.laterMs);
  const sts = startStsEmulator({
    ...CERTIFICATE,
    principals: Object.values(DEMO_AWS_PRINCIPALS),
    roles: DEMO_ROLES,
    now,
  });
  const place = ["--sts-endpoint", sts.host, "--sts-ca-file", `${home}/ca.pem`];
  const runIn: Stage["run"] = async (args, environment = KEYS) => {
    const world = { ...fakeWorld({ HOME: home, ...environment }), now, fetch: realWorld().fetch };
    const code = await run(args, world, () => Promise.resolve(new AbortController().signal));
    return { ...world, code };
  };
  return Object.assign(clock, {
    sts,
    home,
    place,
    cache: `${home}/.cache/ram-auth/credentials`,
    run: runIn,
    async login(...args: readonly string[]) {
      const world = await runIn(["token", "-i", "c1", "-r", ROLE, "--cache", ...args, ...place]);
      assert.equal(world.code, 0, world.err());
      return world;
    },
    async [Symbol.asyncDispose]() {
      await sts.shutdown();
      await Deno.remove(home, { recursive: true });
    },
  });
}

const filesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("token --cache asks STS once until shortly before the keys end, and keeps them for their owner alone", async () => {
  await using stage = await startStage();
  const first = await stage.login();
  stage.laterMs = 50 * MINUTE_MS;
  const second = await stage.login();
  assert.equal(stage.sts.calls(), 1);
  assert.deepEqual([first.err(), second.err()], ["", ""]);
  const [kept = "", lock] = filesIn(stage.cache);
  assert.match(kept, /^[0-9a-f]{64}\.json$/);
  assert.equal(lock, `${kept}.lock`);
  assert.equal(Deno.statSync(`${stage.cache}/${kept}`).mode! & 0o7777, 0o600);
  assert.equal(Deno.statSync(stage.cache).mode! & 0o7777, 0o700);
  stage.laterMs = 56 * MINUTE_MS;
  await stage.login();
  assert.equal(stage.sts.calls(), 2, "they would have ended in four minutes");
});

Deno.test("without --cache nothing is written and STS is asked each time", async () => {
  await using stage = await startStage();
  await stage.login("--no-cache").catch(() => {});
  for (let i = 1; i <= 2; i += 1) {
    const { code } = await stage.run(["token", "-i", "c1", "-r", ROLE, ...stage.place]);
    assert.deepEqual([code, stage.sts.calls()], [0, i]);
  }
  assert.throws(() => Deno.statSync(`${stage.home}/.cache`), Deno.errors.NotFound);
});

Deno.test("keys are kept apart by all that can change whose they are", async () => {
  await using stage = await startStage();
  const ways: readonly (readonly string[])[] = [
    ["-i", "c1", "-r", ROLE],
    ["-i", "c2", "-r", ROLE],
    ["-i", "c1", "-r", VIEWER],
    ["-i", "c1", "-r", ROLE, "-r", VIEWER],
    ["-i", "c1", "-r", ROLE, "-s", "dave"],
    ["-i", "c1", "-r", ROLE, "--forward-session-name"],
    ["-i", "c1", "-r", ROLE, "-e", "MadeUpExternalId"],
    ["-i", "c1", "-r", ROLE, "--region", "eu-west-1"],
    ["-i", "c1", "-r", ROLE, "--duration", "900"],
    ["-i", "c1", "-r", ROLE, "--policy-arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
  ];
  const loginBy = async (args: readonly string[], keys: Readonly<Record<string, string>>) => {
    const world = await stage.run(["token", "--cache", ...args, ...stage.place], keys);
    assert.equal(world.code, 0, world.err());
  };
  for (const way of ways) await loginBy(way, KEYS);
  await loginBy(ways[0]!, OTHER_KEYS);
  const kept = filesIn(stage.cache).filter((name) => name.endsWith(".json"));
  assert.equal(kept.length, ways.length + 1);
  const calls = stage.sts.calls();
  for (const way of ways) await loginBy(way, KEYS);
  assert.equal(stage.sts.calls(), calls);
});

for (
  const [what, spoil, says] of [
    [
      "is cut short",
      (path: string) => Deno.truncateSync(path, 20),
      /it is not a file of this program; they are replaced/,
    ],
    ["is empty", (path: string) => Deno.truncateSync(path), /it is not a file of this program/],
    ["can be read by others", (path: string) => Deno.chmodSync(path, 0o644), /others may read it; they are replaced/],
    ["is huge", (path: string) => Deno.writeTextFileSync(path, "x".repeat(100_000), { append: true }), /larger than/],
    [
      "has no key",
      (path: string) => Deno.writeTextFileSync(path, '{"expiresAt": "2099-01-01T00:00:00Z"}'),
      /not a file/,
    ],
    [
      "is a folder",
      (path: string) => {
        Deno.removeSync(path);
        Deno.mkdirSync(path);
      },
      /Cannot use the cached credentials in/,
    ],
  ] as const
) {
  Deno.test(`a cached file that ${what} costs one warning and a call, and no login`, async () => {
    await using stage = await startStage();
    await stage.login();
    const path = `${stage.cache}/${filesIn(stage.cache)[0]}`;
    const { accessKeySecret } = JSON.parse(Deno.readTextFileSync(path));
    spoil(path);
    const world = await stage.login();
    assert.match(world.err(), /^ram-auth: warning: [^\n]+\n$/);
    assert.match(world.err(), says);
    assert(!world.err().includes(accessKeySecret));
    assert.equal(stage.sts.calls(), 2);
  });
}

Deno.test("a cache that cannot be written costs one warning a login", async () => {
  await using stage = await startStage();
  await Deno.writeTextFile(`${stage.home}/file`, "");
  for (let i = 1; i <= 2; i += 1) {
    const world = await stage.login("--cache-dir", `${stage.home}/file/below`);
    assert.match(world.err(), /^ram-auth: warning: Cannot cache credentials in [^\n]+; this login does without\n$/);
    assert.equal(stage.sts.calls(), i);
  }
});

for (
  const [what, trap] of [
    ["a pipe for its file", async (path: string) => {
      await Deno.remove(path);
      await new Deno.Command("mkfifo", { args: ["-m", "600", path] }).output();
    }],
    ["a link for its lock", async (path: string) => {
      await Deno.remove(path);
      await Deno.remove(`${path}.lock`);
      await Deno.symlink(`${path}.elsewhere`, `${path}.lock`);
    }],
  ] as const
) {
  Deno.test(`a cache folder in which everybody may put ${what} is not used`, async () => {
    await using stage = await startStage();
    await stage.login();
    await Deno.chmod(stage.cache, 0o777);
    await trap(`${stage.cache}/${filesIn(stage.cache)[0]}`);
    const before = filesIn(stage.cache);
    const world = await stage.login();
    assert.match(
      world.err(),
      /^ram-auth: warning: Cannot cache [^\n]+: it is another user's, or everybody may write there;/,
    );
    assert.deepEqual(filesIn(stage.cache), before);
    assert.equal(stage.sts.calls(), 2);
  });
}

Deno.test("keys that last for some minutes are used on where STS cannot be asked", async () => {
  await using stage = await startStage();
  await stage.login();
  await stage.sts.shutdown();
  stage.laterMs = 57 * MINUTE_MS;
  assert.equal((await stage.login()).err(), "");
  stage.laterMs = 59.5 * MINUTE_MS;
  const { code, err } = await stage.run(["token", "-i", "c1", "-r", ROLE, "--cache", ...stage.place]);
  assert.equal(code, 1);
  assert.match(err(), /Cannot assume role/);
});

Deno.test("token --cache keeps what a profile's roles gave, hop by hop, and the region of its partition", async () => {
  await using stage = await startStage();
  await Deno.mkdir(`${stage.home}/.aws`);
  await Deno.writeTextFile(
    `${stage.home}/.aws/config`,
    `[profile viewer]
role_arn = ${VIEWER}
source_profile = admin
[profile admin]
role_arn = ${ROLE}
source_profile = base
[profile base]
aws_access_key_id = ${dave.accessKeyId}
aws_secret_access_key = ${dave.accessKeySecret}
`,
  );
  const login = async () =>
    await stage.run(["token", "--cloud", "aws", "-i", "c1", "--profile", "viewer", "--cache", ...stage.place], {});
  const [first, second] = [await login(), await login()];
  assert.deepEqual([first.code, second.code, first.err(), second.err()], [0, 0, "", ""]);
  assert.equal(stage.sts.calls(), 2, "one for each role");
});

Deno.test("cache list shows what is kept without a secret, and logout removes it", async () => {
  await using stage = await startStage();
  const empty = await stage.run(["cache", "list"]);
  assert.deepEqual([empty.code, empty.out()], [0, `Nothing is cached in ${stage.cache}\n`]);
  await stage.login();
  await Deno.writeTextFile(`${stage.cache}/notes.txt`, "not ours");
  const path = `${stage.cache}/${filesIn(stage.cache)[0]}`;
  const kept = JSON.parse(Deno.readTextFileSync(path));
  const listed = await stage.run(["cache", "list"]);
  assert.match(
    listed.out(),
    /^KEY ID +EXPIRES +SOURCE\nASIAMADEUP\w+ +59 min left +role arn:aws:iam::\d+:role\/ClusterAdmin, /,
  );
  const { accessKeySecret: _, securityToken: __, ...rest } = kept;
  const json = await stage.run(["cache", "list", "-o", "json"]);
  assert.deepEqual(JSON.parse(json.out()), [rest]);
  const left = await stage.run(["logout"]);
  assert.deepEqual([left.code, left.out()], [0, `Removed 1 cached credential from ${stage.cache}\n`]);
  assert.deepEqual(filesIn(stage.cache), ["notes.txt"]);
  assert.equal((await stage.run(["logout"])).out(), `Nothing is cached in ${stage.cache}\n`);
});

for (
  const [what, processes, folder, calls, says] of [
    ["cold cache", 50, "cache", 1, /^$/],
    ["cache that cannot be written", 10, "ca.pem/cache", 10, /^ram-auth: warning: Cannot cache [^\n]+\n$/],
  ] as const
) {
  Deno.test(`${processes} processes at once on one ${what} ask STS ${calls === 1 ? "once" : "each"}`, async () => {
    await using stage = await startStage();
    const mayWrite = [`--allow-write=${stage.home}`, "--allow-sys=uid,osRelease"];
    const login = async () => {
      const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--quiet", ...TOKEN_PERMISSIONS, ...mayWrite, "main.ts", "token", "-i", "c1", "-r", ROLE],
          ...["--cache", "--cache-dir", `${stage.home}/${folder}`, "--token-only", ...stage.place],
        ],
        env: { HOME: stage.home, NO_PROXY: "127.0.0.1", ...KEYS },
      }).output();
      assert.ok(success);
      assert.match(new TextDecoder().decode(stderr), says);
      return new TextDecoder().decode(stdout);
    };
    const tokens = await Promise.all(Array.from({ length: processes }, login));
    assert.ok(tokens.every((token) => token.startsWith("k8s-aws-v1.")));
    assert.equal(stage.sts.calls(), calls);
  });
}
