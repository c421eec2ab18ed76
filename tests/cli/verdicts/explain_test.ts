import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { startStsEmulator } from "../../../lib/emulator/sts.ts";
import { fakeWorld, withFile } from "../../config/fake_world.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { assertNoLeak } from "../../support/leaks.ts";
import { mintedToken } from "../../support/minted_token.ts";

const ACCOUNT = "arn:aws:iam::123456789012";
const ADMIN = "arn:aws:sts::123456789012:assumed-role/Admin/dave";
const NOW = fakeWorld().now();

interface Explained {
  readonly code: number;
  readonly out: string;
  readonly first: string;
  readonly err: string;
}

/** Runs `ram-auth explain`; `CONFIG` in the arguments becomes the path of a file of the text. */
async function explain(text: string, args: readonly string[], stdin = ""): Promise<Explained> {
  const explained: Explained[] = [];
  await withFile(text, async (path) => {
    const world = {
      ...fakeWorld(),
      fetch: globalThis.fetch,
      stdin: { readable: ReadableStream.from([new TextEncoder().encode(stdin)]), isTerminal: false },
    };
    const code = await run(["explain", ...args.map((arg) => arg.replaceAll("CONFIG", path))], world);
    const out = world.out().replaceAll(path, "f");
    explained.push({ code, out, first: out.split("\n", 1)[0]!, err: world.err().replaceAll(path, "f") });
  });
  return explained[0]!;
}

function config(mapRoles: string, more = ""): string {
  return `clusterID: c\n${more}server:\n  mapRoles:\n${mapRoles}`;
}

const MAPPED = config(
  `  - {rolearn: ${ACCOUNT}:role/Other, username: o}\n` +
    `  - {rolearn: ${ACCOUNT}:role/Admin, username: "admin:{{SessionName}}", groups: [a, "{{AccessKeyID}}"]}\n`,
);

Deno.test("ram-auth explain says which rule lets an ARN in, and why each other one does not", async () => {
  const { code, out, err } = await explain(MAPPED, [ADMIN, "-c", "CONFIG"]);
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.equal(
    out,
    `allowed as "admin:dave" in "a", "<access key id>" by the rule at line 5 (MountedFile)

identity:
  cloud            aws
  arn              ${ADMIN}
  canonicalArn     ${ACCOUNT}:role/Admin
  accountId        123456789012
  sessionName      dave
  accessKeyId      <access key id>

all rules in order:
  f:4:5 (MountedFile) ${ACCOUNT}:role/Other: name differs (Other, not Admin)
  f:5:5 (MountedFile) ${ACCOUNT}:role/Admin: matches, gives "admin:dave" in "a", "<access key id>"
`,
  );
});

for (
  const [what, text, args, stdin, first] of [
    ["an ARN on standard input", MAPPED, ["-", "-c", "CONFIG"], `${ADMIN}\n`, /^allowed as "admin:dave" in /],
    [
      "an ARN behind the flag's name",
      MAPPED,
      ["-c", "CONFIG", "--principal", ADMIN],
      "",
      /^allowed as "admin:dave" in /,
    ],
    [
      "a role without a session",
      MAPPED,
      [`${ACCOUNT}:role/Admin`, "-c", "CONFIG"],
      "",
      /^allowed as "admin:<session name>" /,
    ],
    [
      "a role with its path, which is dropped",
      MAPPED,
      [`${ACCOUNT}:role/team/Admin`, "-c", "CONFIG"],
      "",
      /^allowed as "admin:<session name>" /,
    ],
    ["an account's root", MAPPED, [`${ACCOUNT}:root`, "-c", "CONFIG"], "", /^refused: not mapped: /],
    [
      "an ARN of a cloud that the server does not accept",
      MAPPED,
      ["acs:ram::1234567890123456:user/alice", "-c", "CONFIG"],
      "",
      /^refused: an ARN of Alibaba Cloud, but the server accepts only AWS; /,
    ],
    [
      "an ARN of a partition that the server does not accept",
      MAPPED,
      ["arn:aws-cn:iam::123456789012:role/Admin", "-c", "CONFIG"],
      "",
      /^refused: differs by partition: an ARN of "aws-cn", but the server accepts only "aws"; /,
    ],
    [
      "a role on the deny list",
      `${MAPPED}  deny: {accounts: ["123456789012"]}\n`,
      [ADMIN, "-c", "CONFIG"],
      "",
      /^refused: server\.deny\.accounts has the account "123456789012"; remove it there to end the denial/,
    ],
    [
      "an ARN of a partition that the server does accept",
      config("  - {rolearn: arn:aws-cn:iam::123456789012:role/Admin, username: a}\n  partition: aws-cn\n"),
      ["arn:aws-cn:sts::123456789012:assumed-role/Admin/d", "-c", "CONFIG"],
      "",
      /^allowed as "a" by the rule at line 4 \(MountedFile\)$/,
    ],
    [
      "the ConfigMap of a cluster, by the lines of the file",
      "kind: ConfigMap\nmetadata: {name: aws-auth}\ndata:\n  mapUsers: |\n    []\n  mapRoles: |\n" +
      `    - rolearn: ${ACCOUNT}:role/Admin\n      username: system:admin\n`,
      [ADMIN, "-f", "CONFIG"],
      "",
      /^refused: the rule at line 7 \(EKSConfigMap\) names it, but its username .* "system:", which this source may not give$/,
    ],
    [
      "custom resources, by their names",
      `kind: List\nitems:\n- kind: IAMIdentityMapping\n  metadata: {name: z}\n  spec: {arn: "${ACCOUNT}:role/*", username: z}\n` +
      `- kind: IAMIdentityMapping\n  metadata: {name: b}\n  spec: {arn: "${ACCOUNT}:role/Admin", username: b}\n`,
      [ADMIN, "-f", "CONFIG"],
      "",
      /^allowed as "b" by the rule at resource "b" \(CRD\); resource "z" \(CRD\) matches too, /,
    ],
    [
      "a DynamicFile",
      `{"mapRoles": [],\n"mapUsers": [{"userarn": "acs:ram::1234567890123456:user/alice", "username": "al"}]}`,
      ["acs:ram::1234567890123456:user/alice", "-f", "CONFIG"],
      "",
      /^allowed as "al" by the rule at line 2 \(DynamicFile\)$/,
    ],
  ] as const
) {
  Deno.test(`ram-auth explain takes ${what}`, async () => {
    const explained = await explain(text, args, stdin);
    assert.match(explained.first, first);
    assert.equal(explained.code, explained.first.startsWith("allowed") ? 0 : 1, explained.err);
  });
}

Deno.test("ram-auth explain notes what it dropped of the ARN", async () => {
  const { err } = await explain(MAPPED, [`${ACCOUNT}:role/team/Admin`, "-c", "CONFIG"]);
  assert.match(err, /^ram-auth: notice: the ARN is read without its path, /);
});

Deno.test("ram-auth explain -o json has the rules in order, for a program", async () => {
  const { code, out } = await explain(MAPPED, [ADMIN.replace("Admin", "Admn"), "-c", "CONFIG", "-o", "json"]);
  const { result, summary, nearest, tried, invalid, identity } = JSON.parse(out);
  assert.deepEqual([code, result, invalid, identity.sessionName], [1, "refused", [], "dave"]);
  assert.match(summary, /nearest: line 5 \(MountedFile\): name differs \(Admin, not Admn\)$/);
  assert.deepEqual(nearest.map((rule: { line: number }) => rule.line), [5]);
  assert.deepEqual(tried.map((rule: { line: number; outcome: string }) => [rule.line, rule.outcome]), [
    [4, "differs"],
    [5, "differs"],
  ]);
});

Deno.test("ram-auth explain asks the sources in the order of the config file", async () => {
  await withFile(`{"mapRoles": [{"rolearn": "${ACCOUNT}:role/Admin", "username": "dynamic"}]}`, async (dynamic) => {
    const { first } = await explain(MAPPED, [ADMIN, "-c", "CONFIG", "-f", dynamic]);
    assert.match(first, /^allowed as "admin:dave" .*\(MountedFile\); line 1 \(DynamicFile\) matches too/);
  });
});

Deno.test("ram-auth explain follows backendMode, and tells which of its sources it does not see", async () => {
  await withFile(`{"mapRoles": [{"rolearn": "${ACCOUNT}:role/Admin", "username": "dynamic"}]}`, async (dynamic) => {
    const text = `${MAPPED}  backendMode: [EKSConfigMap, DynamicFile, MountedFile]\n  dynamicfilepath: ${dynamic}\n`;
    const { first, err } = await explain(text, [ADMIN, "-c", "CONFIG"]);
    assert.match(first, /^allowed as "dynamic" .*\(DynamicFile\); line 5 \(MountedFile\) matches too/);
    assert.equal(
      err,
      "ram-auth: notice: EKSConfigMap is skipped, because no API server is named; name its kubeconfig with " +
        '--kubeconfig or as "server.kubeconfig", or give what it holds with -f\n',
    );
  });
});

for (
  const [what, args, stdin, code, message] of [
    ["neither a config file nor a manifest", [ADMIN], "", 2, /no file is given; name the config file with -c/],
    ["a source of a cluster alone that is not named", [ADMIN, "--backend-mode", "CRD"], "", 2, /and its --kubeconfig/],
    [
      "a kubeconfig that is not there",
      [ADMIN, "--backend-mode", "CRD", "--kubeconfig", "/nowhere/k"],
      "",
      1,
      /nowhere/,
    ],
    ["nothing to explain", ["-c", "CONFIG"], "", 2, /without "principal"/],
    ["two things to explain", [ADMIN, ADMIN, "-c", "CONFIG"], "", 2, /has its "principal" already/],
    ["an empty standard input", ["-", "-c", "CONFIG"], "\n", 2, /standard input is empty/],
    ["what is neither", ["MadeUpSecretText", "-c", "CONFIG"], "", 2, /neither an ARN nor a token/],
    ["an ARN of nobody", ["arn:aws:s3:::bucket", "-c", "CONFIG"], "", 1, /Cannot read ARN/],
    ["an ARN with a wildcard", [`${ACCOUNT}:role/*`, "-c", "CONFIG"], "", 1, /principals have no wildcards/],
    ["a config file in the place of a manifest", [ADMIN, "-f", "CONFIG"], "", 1, /f:1:1: it holds no mappings/],
  ] as const
) {
  Deno.test(`ram-auth explain refuses ${what}`, async () => {
    const explained = await explain(MAPPED, args, stdin);
    assert.match(explained.err, message);
    assert.deepEqual([explained.code, explained.out, explained.err.includes("MadeUp")], [code, "", false]);
  });
}

Deno.test("ram-auth explain asks STS whose a token is, and knows the id that a rule pins", async () => {
  const { kubernetesAdmin, alice } = DEMO_PRINCIPALS;
  const arn = "acs:ram::1234567890123456:role/KubernetesAdmin";
  const text = config(
    `  - {rolearn: "${arn}", userid: "1", username: old}\n  - {rolearn: "${arn}", userid: "300000000000000001", username: new}\n`,
  );
  const pair = await makeLoopbackCertificate();
  const folder = await Deno.makeTempDir({ prefix: "explain-" });
  const sts = startStsEmulator({ ...pair, principals: Object.values(DEMO_PRINCIPALS), now: () => NOW });
  try {
    await Deno.writeTextFile(`${folder}/ca.pem`, pair.caPem);
    const where = ["-i", "c", "-c", "CONFIG", "--sts-endpoint", sts.host, "--sts-ca-file", `${folder}/ca.pem`];
    const token = await mintedToken(kubernetesAdmin, { clusterId: "c", now: NOW });
    const mapped = await explain(text, ["-", ...where], token);
    assert.deepEqual([mapped.code, mapped.first], [0, 'allowed as "new" by the rule at line 5 (MountedFile)']);
    const credential = JSON.stringify({ kind: "ExecCredential", status: { token } });
    assert.equal((await explain(text, ["-", ...where], credential)).first, mapped.first);
    const foreign = await mintedToken(alice, { clusterId: "another", now: NOW });
    const refused = await explain(text, [foreign, ...where]);
    assert.equal(refused.code, 1);
    assert.match(
      refused.out,
      /^refused before STS was asked: .* for cluster "another", not "c"; .* \(reason: wrong_cluster\)\n$/,
    );
    assertNoLeak(mapped.out + mapped.err + refused.out + refused.err, {
      tokens: [token, foreign],
      secrets: [kubernetesAdmin.accessKeySecret],
    });
  } finally {
    await sts.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
});

for (const output of ["text", "json"] as const) {
  Deno.test(`ram-auth explain shows nothing of an identity in a scrubbed account, as ${output}`, async () => {
    const text = `clusterID: c
server:
  scrubbedAccounts: ["123456789012"]
  mapRoles:
    - {rolearn: ${ACCOUNT}:role/Other, username: o}
    - {rolearn: ${ACCOUNT}:role/Admin, username: "{{AccountID}}:{{SessionName}}", groups: ["of-{{SessionName}}", plain]}
`;
    const { code, out, err } = await explain(text, [ADMIN, "-c", "CONFIG", "-o", output]);
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.doesNotMatch(out, /123456789012|dave|arn:aws/);
    assert.match(out, /allowed as .*"plain/);
  });
}

Deno.test("ram-auth explain shows of other accounts what it always shows", async () => {
  const { out } = await explain(MAPPED.replace("server:\n", 'server:\n  scrubbedAccounts: ["210987654321"]\n'), [
    ADMIN,
    "-c",
    "CONFIG",
  ]);
  assert.match(out, /arn:aws:sts::123456789012:assumed-role\/Admin\/dave/);
});
