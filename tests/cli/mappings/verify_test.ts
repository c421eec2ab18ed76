import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { startStsEmulator } from "../../../lib/emulator/sts.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { assertNoLeak } from "../../support/leaks.ts";
import { type Keys, mintedToken } from "../../support/minted_token.ts";

const CLUSTER_ID = "c-of-the-test";
const { alice, kubernetesAdmin } = DEMO_PRINCIPALS;
const NOW = fakeWorld().now();

function tokenFor(keys: Keys, clusterId = CLUSTER_ID, now = NOW): Promise<string> {
  return mintedToken(keys, { clusterId, now });
}

interface Verified {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly stsCalls: number;
  readonly stsHost: string;
}

/** Runs `ram-auth verify` against an emulated STS, and looks for the token in what it printed. */
async function verify(token: string, { args = [], stdin = "", behave = "normal" }: {
  readonly args?: readonly string[];
  readonly stdin?: string;
  readonly behave?: "normal" | "throttle" | "unavailable";
} = {}): Promise<Verified> {
  const pair = await makeLoopbackCertificate();
  const folder = await Deno.makeTempDir({ prefix: "verify-" });
  const caFile = `${folder}/sts-ca.pem`;
  await Deno.writeTextFile(caFile, pair.caPem);
  const principals = Object.values(DEMO_PRINCIPALS);
  const sts = startStsEmulator({ ...pair, principals, now: () => NOW, behave: () => behave });
  const world = {
    ...fakeWorld(),
    fetch: globalThis.fetch,
    stdin: { readable: ReadableStream.from([new TextEncoder().encode(stdin)]), isTerminal: false },
  };
  try {
    const where = ["--sts-endpoint", sts.host, "--sts-ca-file", caFile];
    const command = ["verify", "-i", CLUSTER_ID, "-t", token, ...where, ...args];
    const code = await run(command, world, () => Promise.resolve(new AbortController().signal));
    const secrets = principals.map(({ accessKeySecret }) => accessKeySecret);
    const tokens = [token, stdin.trim()].filter((text) => text.startsWith("k8s-"));
    assertNoLeak(world.out() + world.err(), { tokens, secrets });
    return { code, out: world.out(), err: world.err(), stsCalls: sts.calls(), stsHost: sts.host };
  } finally {
    await sts.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("ram-auth verify says who signed a token", async () => {
  const { code, out, err, stsHost } = await verify(await tokenFor(kubernetesAdmin));
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.equal(
    out,
    `verified
  cloud         alibaba
  arn           acs:ram::1234567890123456:assumed-role/KubernetesAdmin/alice@example.com
  canonicalArn  acs:ram::1234567890123456:role/KubernetesAdmin
  accountId     1234567890123456
  principalId   300000000000000001
  sessionName   alice@example.com
  accessKeyId   STS.NMadeUpDemoAdmin
  stsEndpoint   ${/stsEndpoint\s+(.*)\n/.exec(out)?.[1]}
`,
  );
  assert.ok(out.includes(`stsEndpoint   ${stsHost} (`), out);
});

Deno.test("ram-auth verify -o json says who signed a token", async () => {
  const { code, out, err, stsHost } = await verify(await tokenFor(alice), { args: ["-o", "json"] });
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  const { stsEndpoint, ...rest } = JSON.parse(out);
  assert.ok(stsEndpoint.startsWith(`${stsHost} (`), stsEndpoint);
  assert.deepEqual(rest, {
    verified: true,
    identity: {
      cloud: "alibaba",
      arn: "acs:ram::1234567890123456:user/alice",
      canonicalArn: "acs:ram::1234567890123456:user/alice",
      accountId: "1234567890123456",
      principalId: "200000000000000001",
      sessionName: "",
      accessKeyId: "LTAI5tMadeUpDemoAlice1",
    },
  });
});

const WRONG_KEYS = { ...alice, accessKeySecret: "MadeUpWrongSecretOfAlice" };

for (
  const { what, token, behave, step, code, reason, message, stsCalls } of [
    {
      what: "a token for another cluster",
      token: () => tokenFor(alice, "another-cluster"),
      step: "token",
      code: "ERR_TOKEN",
      reason: "wrong_cluster",
      message:
        /^Cannot accept the token: it is signed for cluster "another-cluster", not "c-of-the-test"; get one for that .*$/,
      stsCalls: 0,
    },
    {
      what: "an expired token",
      token: () => tokenFor(alice, CLUSTER_ID, new Date(NOW.getTime() - 901_000)),
      step: "token",
      code: "ERR_TOKEN",
      reason: "expired",
      message:
        /^Cannot accept the token: its date "2026-01-02T02:49:04Z" is 15 min 1 s behind this machine's clock, "2026-01-02T03:04:05Z", and/,
      stsCalls: 0,
    },
    {
      what: "a token of half its length",
      token: async () => (await tokenFor(alice)).slice(0, 200),
      step: "token",
      code: "ERR_TOKEN",
      reason: "malformed",
      message: /^Cannot read the token: /,
      stsCalls: 0,
    },
    {
      what: "a token of an unknown prefix",
      token: () => Promise.resolve("eyJhbGciOiJSUzI1NiJ9.MadeUpServiceAccountToken"),
      step: "token",
      code: "ERR_TOKEN",
      reason: "malformed",
      message: /^Cannot read the token: it does not start like a token of Alibaba Cloud or AWS; check what you copied$/,
      stsCalls: 0,
    },
    {
      what: "a token that STS refuses",
      token: () => tokenFor(WRONG_KEYS),
      step: "sts",
      code: "ERR_STS_DENIED",
      reason: undefined,
      message:
        /^Cannot verify the token: STS refused it with "SignatureDoesNotMatch" \(STS request id "[0-9A-F-]{36}"\); its date "2026-01-02T03:04:05Z" is the same as this machine's clock, "2026-01-02T03:04:05Z", which is .* behind the clock of STS, "20[^"]+Z"; set the clock of this machine$/,
      stsCalls: 1,
    },
    {
      what: "a token while STS is down",
      token: () => tokenFor(alice),
      behave: "unavailable",
      step: "sts",
      code: "ERR_STS_FAULT",
      reason: undefined,
      message: /HTTP 503/,
      stsCalls: 1,
    },
  ] as const
) {
  Deno.test(`ram-auth verify refuses ${what}, and says at which step`, async () => {
    const options = { behave: behave ?? "normal" } as const;
    const made = await token();
    const json = await verify(made, { ...options, args: ["-o", "json"] });
    const { message: told, ...rest } = JSON.parse(json.out);
    assert.deepEqual(rest, { verified: false, step, code, ...(reason && { reason }) });
    assert.match(told, message);
    const text = await verify(made, options);
    assert.match(text.out, new RegExp(`^refused ${step === "token" ? "before STS was asked" : "by asking STS"}: `));
    assert.match(text.out.replace(/^refused [^:]+: /, "").trimEnd(), message);
    for (const { code, err, stsCalls: calls, out } of [json, text]) {
      assert.deepEqual({ code, err, calls }, { code: 1, err: "", calls: stsCalls });
      assert.ok(!out.includes(made), "the token was printed");
    }
  });
}

Deno.test("ram-auth verify -t - reads the token from standard input", async () => {
  const { code, out } = await verify("-", { stdin: `${await tokenFor(alice)}\n` });
  assert.match(out, /^verified\n/);
  assert.equal(code, 0);
});

for (const stdin of ["", "\n \n"]) {
  Deno.test(`ram-auth verify -t - takes ${JSON.stringify(stdin)} on standard input for wrong usage`, async () => {
    const { code, out, err, stsCalls } = await verify("-", { stdin });
    assert.deepEqual({ code, out, stsCalls }, { code: 2, out: "", stsCalls: 0 });
    assert.match(
      err,
      /^ram-auth: Cannot verify a token: standard input is empty; [^\n]*\ntry: ram-auth verify --help\n$/,
    );
  });
}

Deno.test("ram-auth verify gives up on standard input that is no token for its length", async () => {
  const { code, out, stsCalls } = await verify("-", { stdin: "x".repeat(65_537) });
  assert.deepEqual({ code, out, stsCalls }, { code: 1, out: "", stsCalls: 0 });
});
