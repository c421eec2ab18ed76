/** Files whose every entry is well written, and by which nobody can log in all the same, or hardly who should. */

import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { fakeWorld, withFile } from "../../config/fake_world.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { peerPair } from "../../state/stored_files.ts";
import { writeWebhookKubeconfig } from "../../support/stand_ins/other_webhook.ts";

const IAM = "arn:aws:iam::123456789012";
const RAM = "acs:ram::1234567890123456";
const ROLE = `{rolearn: ${IAM}:role/ops, username: ops}`;

/** Runs a command; `FILE` in the arguments is a file of the text. @returns the exit code, and the printed lines */
async function ramAuth(text: string, ...args: readonly string[]): Promise<readonly [number, readonly string[]]> {
  const done: [number, string[]][] = [];
  await withFile(text, async (path) => {
    const world = fakeWorld();
    const code = await run(args.map((arg) => arg.replace("FILE", path)), world);
    done.push([code, `${world.out()}${world.err()}`.trimEnd().replaceAll(path, "f").split("\n")]);
  });
  return done[0]!;
}

function resource(apiVersion: string, more = ""): string {
  return `${apiVersion}\nkind: IAMIdentityMapping\nmetadata: {name: ops}\n` +
    `spec: {arn: "${IAM}:role/ops", username: ops}\n${more}`;
}

function configMap(rest: string, head = "name: aws-auth, namespace: kube-system"): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {${head}}\n${rest}`;
}

function awsAccount(id: string): string {
  return configMap(`data:\n  mapAccounts: |\n    - ${id}\n`);
}

/** A config file; the sections stand from line 4 on. */
function config(server: string, clouds = "aws"): string {
  return `clusterID: demo\nclouds: [${clouds}]\nserver:\n${server.replaceAll(/^(?=.)/gm, "  ")}`;
}

const CASES: readonly (readonly [what: string, text: string, ...lines: RegExp[]])[] = [
  [
    "a resource of another API group",
    resource("apiVersion: authenticator.aws/v1alpha1"),
    /^f:1:1: invalid: resource "ops": No source reads "authenticator.aws\/v1alpha1"; iamauthenticator.k8s.aws\/v1alpha1 is/,
  ],
  [
    "a resource of another version",
    resource("apiVersion: iamauthenticator.k8s.aws/v1beta1"),
    /^f:1:1: invalid: .* No source reads "iamauthenticator.k8s.aws\/v1beta1"; iamauthenticator.k8s.aws\/v1alpha1 is/,
  ],
  [
    "a resource of the other cloud's group",
    resource("apiVersion: ramauthenticator.k8s.alibabacloud/v1alpha1"),
    /^f:1:1: invalid: .* No source reads "ramauthenticator.k8s.alibabacloud\/v1alpha1"; iamauthenticator/,
  ],
  [
    "a resource without an apiVersion",
    resource("# none"),
    /^f:2:1: warning: .* no apiVersion, without which no API server takes it; write iamauthenticator.k8s.aws\/v1alpha1$/,
  ],
  [
    "a resource without a name",
    resource("apiVersion: iamauthenticator.k8s.aws/v1alpha1").replace("{name: ops}", "{labels: {a: b}}"),
    /^f:3:11: invalid: .* takes it without a name; write metadata.name$/,
  ],
  [
    "a key of a resource in another letter case, which API servers do not know",
    resource("apiVersion: iamauthenticator.k8s.aws/v1alpha1").replace("arn:", "ARN:"),
    /^f:4:8: invalid: .* takes the key "ARN" of spec; write "arn"$/,
  ],
  [
    "a resource of one cloud with an ARN of the other",
    resource("apiVersion: iamauthenticator.k8s.aws/v1alpha1").replace(`${IAM}:role/ops`, `${RAM}:user/ops`),
    /^f:1:1: invalid: .* is of no cloud that is accepted here; write one with "arn:", or list its cloud under "clouds"$/,
  ],
  [
    "a ConfigMap of another version",
    configMap(`data:\n  mapRoles: '[${ROLE}]'\n`).replace("v1", "v1beta1"),
    /^f:1:1: invalid: No source reads a ConfigMap of "v1beta1"; v1 is read$/,
  ],
  [
    "a ConfigMap of another namespace",
    configMap(`data:\n  mapRoles: '[${ROLE}]'\n`, "name: aws-auth, namespace: default"),
    /^f:3:11: invalid: No source reads the ConfigMap "default\/aws-auth"; those that are read are kube-system\/alibaba/,
  ],
  [
    "a ConfigMap of another name",
    configMap(`data:\n  mapRoles: '[${ROLE}]'\n`, "name: aws_auth, namespace: kube-system"),
    /^f:3:11: invalid: No source reads the ConfigMap "kube-system\/aws_auth"/,
  ],
  [
    "a ConfigMap without a namespace",
    configMap(`data:\n  mapRoles: '[${ROLE}]'\n`, "name: aws-auth"),
    /^f:3:11: warning: It names no namespace, .*; write "namespace: kube-system", where alone it is read$/,
  ],
  [
    "sections beside data",
    configMap(`mapRoles: |\n  - ${ROLE}\n`),
    /^f:4:1: invalid: Cannot use mapRoles: it stands beside data, where no source looks; move it into data$/,
  ],
  [
    "sections in binaryData",
    configMap(`binaryData:\n  mapRoles: LSBbXQo=\n`),
    /^f:5:3: invalid: Cannot use mapRoles: it stands in "binaryData", where no source looks; move it into data$/,
  ],
  [
    "sections where a Secret has them",
    configMap(`stringData:\n  mapUsers: |\n    []\n`),
    /^f:5:3: invalid: Cannot use mapUsers: it stands in "stringData"/,
  ],
  [
    "sections below another key of data",
    configMap(`data:\n  aws-auth:\n    mapRoles: |\n      - ${ROLE}\n`),
    /^f:6:5: invalid: Cannot use data: its "aws-auth" is a map, and the API server takes only texts there$/,
  ],
  [
    "a ConfigMap without a rule",
    configMap("data:\n  mapRoles: |\n    []\n"),
    /^f:1:1: warning: It holds no rule, so nobody can log in by it; add one to mapRoles or mapUsers$/,
  ],
  [
    "a DynamicFile without a rule",
    `{"mapRoles": [], "mapUsers": []}`,
    /^f:1:1: warning: It holds no rule/,
  ],
  [
    "a config file without a rule",
    config("mapRoles: []\n"),
    /^f:1:1: warning: No mapping source holds a rule, so nobody can log in; add one to mapRoles or mapUsers$/,
  ],
  ["an empty config file", "", /^f:1:1: warning: No mapping source holds a rule/],
  [
    "a partition that the server does not accept",
    config(`mapRoles:\n- {rolearn: "arn:aws-cn:iam::123456789012:role/ops", username: ops}\n`),
    /^f:5:5: warning: .* nobody in: its ARN is of partition "aws-cn", and the server accepts only "aws"; set server.part/,
  ],
  [
    "one partition too many",
    config(
      `partition: aws-us-gov\nmapRoles:\n- {rolearn: "arn:aws-us-gov:iam::123456789012:role/a", username: a}\n- ${ROLE}\n`,
    ),
    /^f:7:5: warning: .* partition "aws", and the server accepts only "aws-us-gov"/,
  ],
  [
    "a permission set of another partition",
    config(
      `mapRoles:\n- sso: {permissionSetName: A, accountID: "123456789012", partition: aws-us-gov}\n  username: ops\n`,
    ),
    /^f:5:5: warning: .* partition "aws-us-gov"/,
  ],
  [
    "ARNs of a cloud that the server does not accept",
    config(`mapUsers:\n- {userarn: "${RAM}:user/a", username: a}\n`),
    /^f:5:15: invalid: .* is of no cloud that is accepted here/,
  ],
  [
    "an account of 11 digits in aws-auth",
    awsAccount("12345678901"),
    /^f:6:7: warning: .*"12345678901" has 11 digits, and/,
  ],
  [
    "an account of 5 digits, in JSON",
    configMap(`data:\n  mapAccounts: '["123456789012","12345"]'\n`),
    /^f:5:16: warning: .*"12345" has 5 digits, and an account id of AWS has 12; correct it$/,
  ],
  [
    "an account of the other cloud in aws-auth",
    awsAccount("1234567890123456"),
    /^f:6:7: warning: .* has 16 digits, and/,
  ],
  ["an account of 13 digits", awsAccount(`"1234567890123"`), /^f:6:7: warning: .* has 13 digits/],
  [
    "an account whose zero was lost, in an ARN",
    config(`mapUsers:\n- {userarn: "arn:aws:iam::12345678901:user/a", username: a}\n`),
    /^f:5:15: invalid: .* has 11 digits, and an account id of AWS has 12; was a leading zero lost\? .* "012345678901"/,
  ],
  [
    "an account whose zeros were lost, in a permission set",
    config("mapRoles:\n- sso: {permissionSetName: A, accountID: 1234567890}\n  username: a\n"),
    /^f:5:10: invalid: .* has 10 digits, .* leading zero lost\? .* "001234567890" in quotes$/,
  ],
  [
    "an account of AWS where only Alibaba Cloud is accepted",
    `server:\n  mapAccounts: ["123456789012"]\n`,
    /^f:2:17: warning: .* has 12 digits, and an account id of Alibaba Cloud has 16; if it is of AWS, list "aws" in "clouds"$/,
  ],
  [
    "a RAM user's id as an account of Alibaba Cloud",
    config(`mapUsers:\n- {userarn: "acs:ram::212345678901234567:user/a", username: a}\n`, "alibaba"),
    /^f:5:5: warning: This rule lets nobody in: .* has 18 digits, .* not that of a RAM user or role$/,
  ],
  [
    "an account of Alibaba Cloud that lost a digit",
    config("mapAccounts: [123456789012345]\n", "alibaba"),
    /^f:4:17: warning: This rule is probably a mistake: .* has 15 digits/,
  ],
  [
    "an account that is of neither cloud",
    config("mapAccounts: [12345678901234]\n", "alibaba, aws"),
    /^f:4:17: warning: .* has 14 digits, .* Alibaba Cloud has 16, .*; or .* of AWS has 12/,
  ],
  [
    "an account that hides nobody",
    config(`scrubbedAccounts: [12345678901]\nmapRoles: [${ROLE}]\n`),
    /^f:4:3: warning: Entry 1 of scrubbedAccounts: it is hardly an account id .*, in quotes$/,
  ],
  [
    "a denial that denies nobody",
    config(`deny: {accounts: [prod]}\nmapRoles: [${ROLE}]\n`),
    /^f:4:21: invalid: Cannot use server.deny: an entry of accounts is no such id; write its digits, in quotes$/,
  ],
  [
    "entries of a deny list that deny nobody",
    config(`deny: {arns: ["arn:aws:iam::12345678901:user/x"], accounts: [12345678901]}\nmapRoles: [${ROLE}]\n`),
    /^f:4:17: invalid: Cannot use server.deny: Cannot use ARN .* has 11 digits, and an account id of AWS has 12/,
    /^f:4:64: warning: Unsure about server.deny: an entry of accounts: "12345678901" has 11 digits/,
  ],
  [
    "an ARN of AWS in alibabacloud-auth",
    configMap(`data:\n  mapRoles: '[${ROLE}]'\n`, "name: alibabacloud-auth, namespace: kube-system"),
    /^f:5:13: warning: .* its ARN is of another cloud than ACKConfigMap is for; map it in a source of its cloud$/,
  ],
  [
    "rules that no source reads",
    config(`backendMode: [EKSConfigMap]\nmapRoles: [${ROLE}]\n`),
    /^f:5:3: warning: No source reads mapRoles: backendMode does not name MountedFile; name it, or move the rules/,
  ],
  [
    "a cluster id that no token of the cloud can carry",
    config(`mapRoles: [${ROLE}]\n`).replace("clusterID: demo", 'clusterID: "a  b"'),
    /^f:1:1: error: Cannot use cluster id "a {2}b" with AWS/,
  ],
  [
    "a host of STS that is none",
    config(`mapRoles: [${ROLE}]\nstsHosts: [sts.internal.example, "https://sts.example"]\n`),
    /^f:5:3: error: Cannot use the STS host "https:\/\/sts.example": write a DNS name in lower case or an IPv4 address/,
  ],
  [
    "no host of STS, where only those of the file are accepted",
    config(`mapRoles: [${ROLE}]\nstsHostsOnly: true\n`),
    /^f:5:3: error: Cannot accept only configured STS hosts: none is; name them in "server.stsHosts"$/,
  ],
  [
    "a delegate whose kubeconfig is not there",
    config(`delegate: {kubeconfig: /no/such/kubeconfig}\nmapRoles: [${ROLE}]\n`),
    /^f:4:14: warning: Cannot read the kubeconfig "\/no\/such\/kubeconfig": it does not exist; check the path$/,
  ],
  [
    "bounds of a delegate that there is none of",
    config(`reservedPrefixConfig: [{backendMode: Delegate, adminGroups: allow}]\nmapRoles: [${ROLE}]\n`),
    /^f:4:3: warning: Cannot bind the delegate by reservedPrefixConfig: there is none; set server\.delegate\.kubeconfig/,
  ],
  [
    "a DynamicFile that is in use and named nowhere",
    config(`backendMode: [File, DynamicFile]\nmapRoles: [${ROLE}]\n`),
    /^f:4:3: error: Cannot use the mapping source "DynamicFile": no file is named; write "server.dynamicfilepath" in the/,
  ],
];

for (const [what, text, ...lines] of CASES) {
  Deno.test(`ram-auth check tells of ${what}, and fails`, async () => {
    const [code, printed] = await ramAuth(text, "check", "FILE");
    assert.deepEqual([code, printed.length], [1, lines.length + 1], printed.join("\n"));
    for (const [i, line] of lines.entries()) assert.match(printed[i]!, line);
    assert.doesNotMatch(printed.at(-1)!, /nothing is wrong/);
  });
}

for (
  const [what, text, last] of [
    [
      "sections that are an empty text in quotes",
      configMap(`data:\n  mapAccounts: |\n    ''\n  mapUsers: |\n    ""\n  mapRoles: |\n    - ${ROLE}\n`),
      "1 rule in 1 file: nothing is wrong",
    ],
    [
      "rules of the partition that the server accepts",
      config(`partition: aws-cn\nmapRoles:\n- {rolearn: "arn:aws-cn:iam::123456789012:role/ops", username: ops}\n`),
      "1 rule in 1 file: nothing is wrong",
    ],
    [
      "a ConfigMap of any partition, of which the server is not known",
      configMap(`data:\n  mapRoles: '[{rolearn: "arn:aws-cn:iam::123456789012:role/ops", username: ops}]'\n`),
      "1 rule in 1 file: nothing is wrong",
    ],
    [
      "a config file whose rules are in a cluster",
      config("backendMode: [MountedFile, EKSConfigMap, CRD]\nmapRoles: []\n"),
      "0 rules in 1 file: nothing is wrong",
    ],
    [
      "accounts of both clouds",
      config(`mapAccounts: ["012345678901", 1234567890123456]\n`, "alibaba, aws"),
      "2 rules in 1 file: nothing is wrong",
    ],
    [
      "a resource that is to be named by the API server",
      resource("apiVersion: iamauthenticator.k8s.aws/v1alpha1").replace("{name:", "{generateName:"),
      "1 rule in 1 file: nothing is wrong",
    ],
  ] as const
) {
  Deno.test(`ram-auth check passes ${what}`, async () => {
    assert.deepEqual(await ramAuth(text, "check", "FILE"), [0, [last]]);
  });
}

for (
  const [what, text, why] of [
    ["a resource of another API group", resource("apiVersion: authenticator.aws/v1alpha1"), /No source reads "authen/],
    [
      "a ConfigMap of another namespace",
      configMap(`data:\n  mapRoles: '[${ROLE}]'\n`, "name: aws-auth, namespace: default"),
      /No source reads the ConfigMap "default\/aws-auth"/,
    ],
    ["sections in binaryData", configMap("binaryData:\n  mapRoles: LSBbXQo=\n"), /it stands in "binaryData"/],
  ] as const
) {
  Deno.test(`ram-auth explain allows nobody by ${what}, and says why; convert has its rules all the same`, async () => {
    const [code, [first = ""]] = await ramAuth(text, "explain", `${IAM}:role/ops`, "-f", "FILE");
    assert.equal(code, 1);
    assert.match(first, /^refused: /);
    assert.match(first, why);
    const [, converted] = await ramAuth(text, "convert", "--to", "file", "FILE");
    assert.match(converted.join("\n"), why);
  });
}

Deno.test("ram-auth check warns of a delegate whose CA is its own certificate", async () => {
  const folder = await Deno.makeTempDir({ prefix: "check-delegate-" });
  try {
    const { certPem: caPem } = await peerPair();
    const text = config(`delegate: {kubeconfig: ${folder}/k}\nmapRoles: [${ROLE}]\n`);
    for (
      const [host, code] of [["127.0.0.1", 1], ["localhost", 1], ["10.0.0.1", 0], ["hooks.example.com", 0]] as const
    ) {
      await writeWebhookKubeconfig(`${folder}/k`, { url: `https://${host}:8443/review`, caPem });
      const [was, [first]] = await ramAuth(text, "check", "FILE");
      assert.equal(was, code, `${host}: ${first}`);
      if (code === 1) {
        assert.match(first!, /warning: Cannot use the delegate .*: its certificate is a CA's own, .*; give it/);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ram-auth check judges manifests beside a config file by what its server accepts", async () => {
  const beside = config(`partition: aws-cn\nbackendMode: [CRD]\nmapRoles: []\n`);
  await withFile(beside, async (path) => {
    const manifest = configMap(`data:\n  mapRoles: '[${ROLE}]'\n`);
    const [code, lines] = await ramAuth(manifest, "check", "-c", path, "-f", "FILE");
    assert.equal(code, 1);
    assert.match(lines.join("\n"), /partition "aws", and the server accepts only "aws-cn"/);
    assert.match(lines.join("\n"), /backendMode does not name EKSConfigMap/);
  });
});

for (
  const [what, url, says] of [
    ["in clear text", "http://127.0.0.1:8443", /tokens would go to "127\.0\.0\.1:8443" in clear text/],
    ["that is the server itself", "https://localhost:21362/authenticate", /"localhost:21362" is this server itself/],
    ["that is in order", "https://hooks.example.com/review", undefined],
  ] as const
) {
  Deno.test(`ram-auth check judges a delegate ${what}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "check-delegate-" });
    try {
      const { caPem } = await makeLoopbackCertificate();
      await writeWebhookKubeconfig(`${folder}/k`, { url, caPem });
      const text = config(`delegate: {kubeconfig: ${folder}/k}\nmapRoles: [${ROLE}]\n`);
      const [code, [first]] = await ramAuth(text, "check", "FILE");
      assert.equal(code, says === undefined ? 0 : 1, String(first));
      if (says !== undefined) assert.match(first!, says);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
