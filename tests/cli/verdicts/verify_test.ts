import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { startStsEmulator } from "../../../lib/emulator/sts.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { awsToken } from "../../support/aws_tokens.ts";
import { assertNoLeak } from "../../support/leaks.ts";
import { type Keys, mintedToken } from "../../support/minted_token.ts";

const CLUSTER_ID = "c-of-the-test";
const { alice, kubernetesAdmin } = DEMO_PRINCIPALS;
const { dave } = DEMO_AWS_PRINCIPALS;
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
async function verify(token: string, { args = [], stdin = "", behave = "normal", config }: {
  readonly args?: readonly string[];
  readonly stdin?: string;
  /** Text of a config file, which `CONFIG` in other texts stands for. */
  readonly config?: string;
  readonly behave?: "normal" | "throttle" | "unavailable";
} = {}): Promise<Verified> {
  const pair = await makeLoopbackCertificate();
  const folder = await Deno.makeTempDir({ prefix: "verify-" });
  const caFile = `${folder}/sts-ca.pem`;
  await Deno.writeTextFile(caFile, pair.caPem);
  const principals = [...Object.values(DEMO_PRINCIPALS), ...Object.values(DEMO_AWS_PRINCIPALS)];
  if (config !== undefined) await Deno.writeTextFile(`${folder}/config.yaml`, config.replaceAll("FOLDER", folder));
  const sts = startStsEmulator({ ...pair, principals, now: () => NOW, behave: () => behave });
  const world = {
    ...fakeWorld(),
    fetch: globalThis.fetch,
    stdin: { readable: ReadableStream.from([new TextEncoder().encode(stdin)]), isTerminal: false },
  };
  try {
    const where = ["--sts-endpoint", sts.host, "--sts-hosts", sts.host, "--sts-ca-file", caFile];
    const file = config === undefined ? [] : ["-c", `${folder}/config.yaml`];
    const given = token === "AWS" ? awsToken(dave, { clusterId: CLUSTER_ID, host: sts.host, now: NOW }) : token;
    const command = ["verify", "-i", CLUSTER_ID, "-t", given, ...where, ...file, ...args];
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
mapping not checked, because no config file is given; to check it, add the server's, as in: ram-auth verify -t - -c /etc/ram-auth/config.yaml
`,
  );
  assert.ok(out.includes(`stsEndpoint   ${stsHost} (`), out);
});

Deno.test("ram-auth verify -o json says who signed a token", async () => {
  const { code, out, err, stsHost } = await verify(await tokenFor(alice), { args: ["-o", "json"] });
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  const { stsEndpoint, mapping, ...rest } = JSON.parse(out);
  assert.equal(mapping.result, "not_checked");
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

for (const output of ["text", "json"] as const) {
  Deno.test(`ram-auth verify shows nothing of an identity in a scrubbed account, as ${output}`, async () => {
    const config = `clusterID: c-of-the-test
server:
  scrubbedAccounts: ["1234567890123456"]
  mapRoles:
    - {roleARN: "acs:ram::1234567890123456:role/KubernetesAdmin", username: "{{AccountID}}:{{SessionName}}", groups: ["g"]}
`;
    const { code, out, err } = await verify(await tokenFor(kubernetesAdmin), { args: ["-o", output], config });
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.doesNotMatch(out, /1234567890123456|300000000000000001|alice|KubernetesAdmin|STS\.N/);
    assert.match(out, /verified/);
  });
}

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
      reason: "sts_denied",
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
    const where = step === "token" ? "before STS was asked" : "by asking STS";
    const [start, end] = reason === undefined
      ? [`no decision ${where}: `, ` (${code})\n`]
      : [`refused ${where}: `, ` (reason: ${reason})\n`];
    assert.ok(text.out.startsWith(start) && text.out.endsWith(end), text.out);
    assert.match(text.out.slice(start.length, -end.length), message);
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

const ALICE = "acs:ram::1234567890123456:user/alice";
const DAVE = "arn:aws:iam::123456789012:user/dave";

/** A config file; `sections` stand under `server`. */
function config(sections: string, more = ""): string {
  return `clusterID: ${CLUSTER_ID}\n${more}server:\n${sections.replace(/^/gm, "  ")}\n`;
}

const MAPPED = `mapUsers:\n- {userARN: "${ALICE}", username: alice, groups: [developers, "a, b"]}`;

async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
}

Deno.test("ram-auth verify with a config file ends with the user that the server makes of the token", async () => {
  const token = await tokenFor(alice);
  const { code, out, err } = await verify(token, { config: config(MAPPED) });
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.ok(out.startsWith("verified\n  cloud         alibaba\n"), out);
  assert.ok(out.endsWith(`mapped
  username      alice
  groups        "developers", "a, b"
  uid           ack-ram-authenticator:1234567890123456:200000000000000001
`));
  const json = await verify(token, { config: config(MAPPED), args: ["-o", "json"] });
  const { verified, identity, mapping } = JSON.parse(json.out);
  assert.deepEqual([json.code, verified, identity.arn], [0, true, ALICE]);
  assert.deepEqual(mapping, {
    result: "allowed",
    user: {
      username: "alice",
      groups: ["developers", "a, b"],
      uid: "ack-ram-authenticator:1234567890123456:200000000000000001",
      extra: {
        arn: [ALICE],
        canonicalArn: [ALICE],
        sessionName: [""],
        "authentication.kubernetes.io/credential-id": [`TOKENSHA256=${await sha256(token)}`],
      },
    },
  });
});

for (
  const [what, sections, more, reason, text, token] of [
    ["no rule names", "mapUsers: []", "", "not_mapped", /refused: Cannot map "acs:[^"]+alice": no rule names it; .*/],
    [
      "a rule of another account names",
      MAPPED.replace("1234567890123456", "6543210987654321"),
      "",
      "not_mapped",
      /refused: Cannot map/,
    ],
    [
      "a rule that pins another id names",
      MAPPED.replace("username", 'userid: "1", username'),
      "",
      "not_mapped",
      /refused: Cannot map/,
    ],
    [
      "a rule with a reserved name names",
      `${MAPPED}\nreservedPrefixConfig:\n- {backendMode: MountedFile, usernamePrefixReserveList: [al]}`,
      "",
      "mapping_refused",
      /^refused: Cannot map the identity by the rule at line 4/,
    ],
    [
      "the deny list names by key",
      `${MAPPED}\ndeny: {accessKeyIds: [${alice.accessKeyId}]}`,
      "",
      "deny_listed",
      /^refused by the deny list: .*/,
    ],
    [
      "the deny list names by ARN",
      `${MAPPED}\ndeny: {arns: ["${ALICE}"]}`,
      "",
      "deny_listed",
      /refused by the deny list: /,
    ],
    [
      "only a cloud has that is not accepted",
      MAPPED,
      "clouds: [alibaba]\n",
      "not_ours",
      /^refused before STS was asked: .* one of AWS, but the server accepts only Alibaba Cloud; list both under "clouds"/,
      "AWS",
    ],
    [
      "only a cloud has that no mapping names",
      MAPPED,
      "",
      "not_ours",
      /^refused before STS was asked: .* one of AWS, but the server accepts only Alibaba Cloud/,
      "AWS",
    ],
  ] as const
) {
  Deno.test(`ram-auth verify with a config file refuses whom ${what}, as the server does`, async () => {
    const made = token ?? await tokenFor(alice);
    const found = await verify(made, { config: config(sections, more) });
    assert.equal(found.code, 1);
    assert.match(found.out, new RegExp(text.source, "m"));
    assert.ok(found.out.endsWith(` (reason: ${reason})\n`), found.out);
    const json = JSON.parse((await verify(made, { config: config(sections, more), args: ["-o", "json"] })).out);
    assert.equal(json.verified ? json.mapping.reason : json.reason, reason);
    if (json.verified) assert.deepEqual([json.identity.arn, json.mapping.result], [ALICE, "refused"]);
  });
}

Deno.test("ram-auth verify counts how old the server lets a token be", async () => {
  const old = await tokenFor(alice, CLUSTER_ID, new Date(NOW.getTime() - 61_000));
  assert.equal((await verify(old, { config: config(MAPPED) })).code, 0);
  const found = await verify(old, { config: config(`${MAPPED}\nmaxTokenAge: 60`) });
  assert.deepEqual([found.code, found.stsCalls], [1, 0]);
  assert.match(found.out, /^refused before STS was asked: .*maxTokenAge.* \(reason: expired\)\n$/);
});

Deno.test("ram-auth verify with both clouds maps each, by the first source that does", async () => {
  const both = config(
    `${MAPPED}\n- {userARN: "${DAVE}", username: dave}\nbackendMode: [DynamicFile, MountedFile]\n` +
      "dynamicfilepath: FOLDER/config.yaml",
    "clouds: [alibaba, aws]\n",
  );
  const found = await verify("AWS", { config: both.replace("FOLDER/config.yaml", "FOLDER/sts-ca.pem") });
  assert.equal(found.code, 1);
  const mapped = await verify("AWS", { config: both.replace("DynamicFile, ", "") });
  assert.ok(mapped.out.includes("\nmapped\n  username      dave\n  uid           aws-iam-authenticator:"), mapped.out);
  assert.equal(mapped.code, 0);
});

for (
  const [what, modes, args, code, text] of [
    [
      "a source cannot be looked up that would be asked",
      "EKSConfigMap, MountedFile",
      [],
      "ERR_MAPPINGS_NOT_READY",
      /no decision: .* EKSConfigMap is not known: no API server is named/,
    ],
    [
      "an API server does not answer that would be asked",
      "ACKConfigMap, MountedFile",
      ["--master", "https://127.0.0.1:1"],
      "ERR_MAPPINGS_NOT_READY",
      /no decision: .*alibabacloud-auth .* could not be read/,
    ],
  ] as const
) {
  Deno.test(`ram-auth verify says that nothing is decided where ${what}`, async () => {
    const sections = `${MAPPED}\nbackendMode: [${modes}]`;
    const found = await verify(await tokenFor(alice), { config: config(sections), args });
    assert.match(found.out, text);
    assert.ok(found.out.endsWith(` (${code})\n`), found.out);
    assert.equal(found.code, 1);
    const later = `${MAPPED}\nbackendMode: [${modes.split(", ").reverse().join(", ")}]`;
    assert.equal((await verify(await tokenFor(alice), { config: config(later), args })).code, 0);
  });
}

for (const [where, dash] of [["standard input", true], ["the command line", false]] as const) {
  Deno.test(`ram-auth verify takes an ExecCredential from ${where}`, async () => {
    for (const apiVersion of ["v1", "v1beta1", "v1alpha1"]) {
      const status = { expirationTimestamp: "2026-01-02T03:14:05Z", token: await tokenFor(alice) };
      const text = JSON.stringify(
        {
          kind: "ExecCredential",
          apiVersion: `client.authentication.k8s.io/${apiVersion}`,
          spec: {},
          status,
        },
        null,
        2,
      );
      const { code, out } = await (dash ? verify("-", { stdin: `${text}\n` }) : verify(text));
      assert.match(out, /^verified\n/);
      assert.equal(code, 0);
      assert.ok(!out.includes(status.token));
    }
  });
}

for (
  const [what, stdin] of [
    ["without a status", '{"kind":"ExecCredential","spec":{}}'],
    ["whose status is null", '{"kind":"ExecCredential","status":null}'],
    ["with an empty token", '{"kind":"ExecCredential","status":{"token":""}}'],
    ["with a certificate alone", '{"kind":"ExecCredential","status":{"clientCertificateData":"MadeUpMadeUp"}}'],
    ["whose token is no text", '{"kind":"ExecCredential","status":{"token":["k8s-ack-v2.MadeUpMadeUp"]}}'],
    ["of another kind", '{"kind":"Secret","status":{"token":"k8s-ack-v2.MadeUpMadeUp"}}'],
    ["of half its length", '{"kind":"ExecCredential","status":{"token":"k8s-ack-v2.MadeUpMadeUp'],
  ] as const
) {
  Deno.test(`ram-auth verify takes JSON ${what} for wrong usage, and repeats nothing of it`, async () => {
    const { code, out, err, stsCalls } = await verify("-", { stdin });
    assert.deepEqual({ code, out, stsCalls }, { code: 2, out: "", stsCalls: 0 });
    assert.match(err, /Cannot verify a token: the JSON is no ExecCredential with a token in "status"; /);
    assert.ok(!err.includes("MadeUp"));
  });
}
