import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { fakeWorld } from "../../config/fake_world.ts";

const V1BETA1 = "client.authentication.k8s.io/v1beta1";
const AWS_ROLE = "arn:aws:iam::123456789012:role/Admin";
const ACK_ROLE = "acs:ram::1234567890123456:role/dev";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly after: string;
}

async function convert(text: string | undefined, ...args: readonly string[]): Promise<Ran> {
  const folder = await Deno.makeTempDir({ prefix: "kubeconfig-convert-" });
  try {
    const path = `${folder}/config`;
    if (text !== undefined) await Deno.writeTextFile(path, text);
    const world = fakeWorld({ RAM_AUTH_CLUSTER_ID: "not-of-the-entry" });
    const stop = () => Promise.resolve(new AbortController().signal);
    const code = await run(["kubeconfig", "--convert", "--kubeconfig", path, ...args], world, stop);
    const after = text === undefined ? "" : await Deno.readTextFile(path);
    return { code, out: world.out().replaceAll(path, "FILE"), err: world.err().replaceAll(path, "FILE"), after };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** As `aws eks update-kubeconfig` writes it. */
const OF_EKS = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: TWFkZSB1cA==
    server: https://MADEUP.eu-west-1.eks.amazonaws.com
  name: arn:aws:eks:eu-west-1:123456789012:cluster/c1
contexts:
- context:
    cluster: arn:aws:eks:eu-west-1:123456789012:cluster/c1
    user: arn:aws:eks:eu-west-1:123456789012:cluster/c1
  name: arn:aws:eks:eu-west-1:123456789012:cluster/c1
current-context: arn:aws:eks:eu-west-1:123456789012:cluster/c1
kind: Config
preferences: {}
users:
- name: arn:aws:eks:eu-west-1:123456789012:cluster/c1
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - --region
      - eu-west-1
      - eks
      - get-token
      - --cluster-name
      - c1
      - --output
      - json
      - --role
      - ${AWS_ROLE}
      command: aws
      env:
      - name: AWS_PROFILE
        value: ops
`;

/** As \`ack-ram-tool credential-plugin get-kubeconfig\` writes it. */
const OF_ACK = `kind: Config
apiVersion: v1
users:
    - name: "272345678901234567"
      user:
        exec:
            command: ack-ram-tool
            args:
                - credential-plugin
                - get-token
                - --cluster-id
                - c0123456789
                - --api-version
                - v1beta1
                - --log-level
                - error
            env: null
            apiVersion: client.authentication.k8s.io/v1beta1
            provideClusterInfo: false
            interactiveMode: Never
preferences: {}
`;

for (
  const [what, text, user, from, to] of [
    ["EKS", OF_EKS, "arn:aws:eks:eu-west-1:123456789012:cluster/c1", "command: aws", "command: ram-auth"],
    ["ACK", OF_ACK, "272345678901234567", "command: ack-ram-tool", "command: ram-auth"],
  ] as const
) {
  Deno.test(`ram-auth kubeconfig --convert changes only the command of a kubeconfig of ${what}`, async () => {
    const { code, out, err, after } = await convert(text);
    const program = from.slice("command: ".length);
    assert.deepEqual({ code, out, err }, {
      code: 0,
      out: `user "${user}" calls ram-auth now, not "${program}"\nwrote FILE\n`,
      err: "",
    });
    assert.equal(after, text.replace(from, to));
  });

  Deno.test(`ram-auth kubeconfig --convert --dry-run shows that of ${what}, and changes nothing`, async () => {
    const { code, out, after } = await convert(text, "--dry-run");
    assert.equal(code, 0);
    assert.deepEqual(out.split("\n").filter((line) => /^[-+] /.test(line)).map((line) => line.replace(/ +/, " ")), [
      `- ${from}`,
      `+ ${to}`,
    ]);
    assert.equal(after, text);
  });
}

/** A kubeconfig with one user, on one line for each key. */
function withUser(command: string, args: readonly string[], more = ""): string {
  return `kind: Config
users:
- name: u # who
  user:
    exec:
      apiVersion: ${V1BETA1}
      command: ${command} # what
      args: [${args.join(", ")}]
${more}`;
}

for (
  const [what, command, args, wantArgs] of [
    ["aws with a profile", "aws", ["--profile", "ops", "eks", "get-token", "--cluster-id", "c1"], undefined],
    ["aws-iam-authenticator with a role", "aws-iam-authenticator", ["token", "-i", "c1", "-r", AWS_ROLE], undefined],
    ["aws-iam-authenticator without one", "aws-iam-authenticator", ["token", "-i", "c1"], [
      "token",
      "-i",
      "c1",
      '"--cloud=aws"',
    ]],
    [
      "aws-iam-authenticator with all it has",
      "aws-iam-authenticator",
      ["token", "--cluster-id=c1", "-e", "x", "-s", "me", "--region", "eu-west-1", "-r", AWS_ROLE],
      undefined,
    ],
    [
      "aws-iam-authenticator with a config file",
      "aws-iam-authenticator",
      ["token", "-c", "/etc/aws.yaml"],
      ["token", "-c", "/etc/aws.yaml", '"--cloud=aws"'],
    ],
    ["heptio-authenticator-aws", "heptio-authenticator-aws", ["token", "-i", "c1", "-r", AWS_ROLE], undefined],
    ["ack-ram-authenticator", "ack-ram-authenticator", ["token", "-i", "c1"], undefined],
    ["ack-ram-authenticator with a role", "ack-ram-authenticator", ["token", "-i", "c1", "-r", ACK_ROLE], undefined],
    [
      "ack-ram-tool with a role",
      "ack-ram-tool",
      ["credential-plugin", "get-token", "-c", "c1", "--role-arn", ACK_ROLE],
      undefined,
    ],
  ] as const
) {
  Deno.test(`ram-auth kubeconfig --convert takes over ${what}`, async () => {
    const { code, err, after } = await convert(withUser(command, args));
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.equal(after, withUser("ram-auth", wantArgs ?? args));
  });
}

for (const path of ["/usr/local/bin/aws", "./aws", '"C:\\\\Program Files\\\\aws.exe"']) {
  Deno.test(`ram-auth kubeconfig --convert knows a peer by its path, ${path}, and says so`, async () => {
    const { code, err, after } = await convert(withUser(path, ["eks", "get-token", "--cluster-name", "c1"]));
    assert.equal(code, 0);
    assert.match(err, /^ram-auth: notice: user "u": it called ".*" by its path; ram-auth is looked for on the PATH\n$/);
    assert.match(after, /command: "?ram-auth"? # what\n/);
  });
}

for (
  const [what, command, args, more, says] of [
    [
      "a flag that we do not have",
      "aws",
      ["eks", "get-token", "--cluster-name", "c1", "--no-verify-ssl"],
      "",
      /flag "--no-verify-ssl"/,
    ],
    [
      "a form that kubectl does not read",
      "aws",
      ["eks", "get-token", "--cluster-name", "c1", "--output", "text"],
      "",
      /requires JSON/,
    ],
    ["another command of aws", "aws", ["sso", "login"], "", /it does not call "eks get-token", which is the only one/],
    ["no arguments", "aws-iam-authenticator", [], "", /it does not call "token"/],
    ["no cluster", "aws-iam-authenticator", ["token"], "", /give --cluster-id/],
    [
      "a client certificate",
      "ack-ram-tool",
      ["credential-plugin", "get-credential", "-c", "c1"],
      "",
      /does not call "credential-plugin get-token"/,
    ],
    [
      "a version that we do not write",
      "ack-ram-tool",
      ["credential-plugin", "get-token", "-c", "c1", "--api-version", "v2"],
      "",
      /"v2"/,
    ],
    [
      "the same by variable",
      "ack-ram-tool",
      ["credential-plugin", "get-token", "-c", "c1"],
      "      env: [{name: ACK_RAM_TOOL_API_VERSION, value: v2}]\n",
      /"v2"/,
    ],
    [
      "a role of no cloud",
      "aws-iam-authenticator",
      ["token", "-i", "c1", "-r", "Admin"],
      "",
      /not an ARN of Alibaba Cloud or AWS/,
    ],
  ] as const
) {
  Deno.test(`ram-auth kubeconfig --convert leaves a user with ${what}, and says why`, async () => {
    const text = withUser(command, args, more);
    const { code, out, err, after } = await convert(text);
    assert.deepEqual([code, out], [1, "nothing was written to FILE\n"]);
    assert.match(err, /^ram-auth: Cannot convert user "u", who calls ".*": .*; the user stays as it is\n$/);
    assert.match(err, says);
    assert.equal(after, text);
  });
}

Deno.test("ram-auth kubeconfig --convert tells what our command passes over, and what kubectl no longer reads", async () => {
  const text = withUser("aws-iam-authenticator", ["token", "-i", "c1", "-r", AWS_ROLE, "--log-format", "json"])
    .replace("v1beta1", "v1alpha1");
  const { code, err } = await convert(text);
  assert.equal(code, 0);
  assert.match(
    err,
    /notice: user "u": Option "log-format" .*\nram-auth: notice: user "u": its apiVersion ".*v1alpha1" .*v1beta1\n$/,
  );
});

const SEVERAL = `kind: Config
users:
- {name: a, user: {exec: &exec {apiVersion: ${V1BETA1}, command: 'aws', args: [eks, get-token, --cluster-name, c1]}}}
- {name: b, user: {exec: *exec}}
- name: c
  user: {token: made-up}
- name: d
  user: {exec: {apiVersion: ${V1BETA1}, command: gke-gcloud-auth-plugin}}
- name: e
  user: {exec: {apiVersion: ${V1BETA1}, command: aws, args: [sso, login]}}
- name: f
- {user: {exec: {command: aws}}}
`;

Deno.test("ram-auth kubeconfig --convert takes over whom it can, through aliases, and leaves all others", async () => {
  const { code, out, err, after } = await convert(SEVERAL);
  assert.equal(code, 1);
  assert.equal(
    out,
    'user "a" calls ram-auth now, not "aws"\nuser "b" calls ram-auth now, not "aws"\nwrote FILE\n',
  );
  assert.match(err, /^ram-auth: Cannot convert user "e", [^\n]*\n$/);
  assert.equal(after, SEVERAL.replace("command: 'aws'", 'command: "ram-auth"'));
});

for (
  const [what, text, code, says] of [
    ["no such user", "kind: Config\nusers: []\n", 0, /^nothing to do: no user of FILE calls/],
    ["a user that calls us already", withUser("ram-auth", ["token"]), 0, /^nothing to do/],
    ["no file", undefined, 1, /^ram-auth: Cannot convert the kubeconfig "FILE": it does not exist\n$/],
  ] as const
) {
  Deno.test(`ram-auth kubeconfig --convert with ${what}`, async () => {
    const ran = await convert(text);
    assert.equal(ran.code, code);
    assert.match(ran.out + ran.err, says);
    assert.equal(ran.after, text ?? "");
  });
}
