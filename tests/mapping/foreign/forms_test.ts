import assert from "node:assert/strict";
import { loadClouds } from "../../../lib/clouds/registry.ts";
import { foreignFormOf } from "../../../lib/mapping/foreign/forms.ts";
import type { Rule } from "../../../lib/mapping/rule.ts";
import { parseYaml } from "../../../lib/yaml/read.ts";

const ACCOUNT = "arn:aws:iam::123456789012";
const clouds = await loadClouds();

function read(text: string) {
  const manifest = parseYaml(text);
  const form = foreignFormOf(manifest);
  assert(form !== undefined, "no form");
  return form.read(manifest, { clouds });
}

/** A rule as `line: whom -> username [groups]`. */
function shown(rule: Rule): string {
  if (rule.kind === "account") return `${rule.line}: account ${rule.accountId}`;
  const whom = rule.arn.canonicalArn.replace(`${ACCOUNT}:`, "");
  if (rule.kind === "invalid") return `${rule.line}: ${whom} -> invalid`;
  return `${rule.line}: ${whom} -> ${rule.username.source} [${rule.groups.map(({ source }) => source)}]`;
}

const EKSCTL = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: cluster-1, region: us-east-1}
iamIdentityMappings:
`;
const EKS_ANYWHERE = `apiVersion: anywhere.eks.amazonaws.com/v1alpha1
kind: AWSIamConfig
metadata: {name: aws-iam-auth-config}
spec:
`;
const CLUSTER_API = `apiVersion: controlplane.cluster.x-k8s.io/v1beta2
kind: AWSManagedControlPlane
metadata: {name: capi-eks}
spec:
`;
const KOPS = `apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata: {name: cluster.example.com}
spec:
  authentication:
    aws:
`;

for (
  const [what, text, rules, problems] of [
    [
      "eksctl's users, roles and accounts, roles first as in aws-auth",
      `${EKSCTL}- {arn: "${ACCOUNT}:user/dave", username: dave, groups: [view]}
- arn: ${ACCOUNT}:role/Admin
  username: admin:{{SessionName}}
  groups: [admins, ops]
  noDuplicateARNs: true # prevents shadowing of ARNs
- {arn: "${ACCOUNT}:role/Ops", username: ops, noDuplicateArns: true}
- account: "210987654321"
- account: 012345678901
`,
      [
        "6: role/Admin -> admin:{{SessionName}} [admins,ops]",
        "10: role/Ops -> ops []",
        "5: user/dave -> dave [view]",
        "11: account 210987654321",
        "12: account 012345678901",
      ],
      [
        /^9:20: notice: noDuplicateARNs is not read: of several entries for one ARN, the last one counts$/,
        /^12:12: (notice|warning): .*quotes/,
        /^1:1: notice: eksctl maps the roles of its node groups as well/,
      ],
    ],
    [
      "what is wrong with eksctl's entries, in the words of the file",
      `${EKSCTL}- {arn: "${ACCOUNT}:role/A"}
- {username: a}
- {arn: "${ACCOUNT}:group/a", username: a}
- {account: "210987654321", username: a}
- {serviceName: emr-containers, namespace: default}
- {arn: "${ACCOUNT}:role/B", username: b, group: [x]}
- just text
`,
      ["5: role/A -> invalid", "10: role/B -> invalid"],
      [
        /^5:3: invalid: Cannot use entry 1 of iamIdentityMappings: it has no username; add one$/,
        /^6:3: invalid: Cannot use entry 2 of iamIdentityMappings: it has no arn; add one$/,
        /^7:9: invalid: Cannot use entry 3 of iamIdentityMappings: /,
        /^8:39: invalid: Cannot use entry 4 .*: an account has no username; write an entry of its own for the account$/,
        /^9:3: invalid: Cannot use entry 5 .*: eksctl makes the role and RBAC objects of the service "emr-containers" itself/,
        /^10:\d+: invalid: Cannot use entry 6 .*: nothing is known as "group" here; did you mean "groups"\?$/,
        /^11:3: invalid: Cannot use entry 7 .*: it is a text; write a map with arn, username and groups$/,
        /^1:1: notice: eksctl maps/,
      ],
    ],
    [
      "eksctl's entries for one ARN, of which the last one counts",
      `${EKSCTL}- {arn: "${ACCOUNT}:role/A", username: a}\n- {arn: "${ACCOUNT}:role/A", username: b}\n`,
      ["6: role/A -> b []"],
      [
        /^5:3: warning: Cannot reach this entry of iamIdentityMappings: the rule at line 6 names the same .* comes last/,
        /^1:1: notice/,
      ],
    ],
    [
      "eksctl's access entries, which are those of EKS",
      `${
        EKSCTL.replace("iamIdentityMappings:\n", "")
      }accessConfig:\n  accessEntries:\n  - principalARN: ${ACCOUNT}:role/A\n`,
      [],
      [
        /^1:1: notice: It has no mappings: iamIdentityMappings is missing$/,
        /^6:3: invalid: Cannot use accessConfig.accessEntries: .* describe-access-entry prints of them$/,
      ],
    ],
    [
      "eksctl's mappings that are no list",
      EKSCTL.replace("iamIdentityMappings:\n", `iamIdentityMappings: {arn: "${ACCOUNT}:role/A"}\n`),
      [],
      [/^4:22: invalid: Cannot use iamIdentityMappings: it is a map; write a list of entries$/],
    ],
    [
      "EKS Anywhere's sections and settings",
      `${EKS_ANYWHERE}  awsRegion: cn-north-1
  backendMode: [EKSConfigMap, CRD]
  partition: aws-cn
  mapRoles:
  - {roleARN: "arn:aws-cn:iam::123456789012:role/Admin", username: admin, groups: ["system:masters"]}
  mapUsers:
  - {userARN: "arn:aws-cn:iam::123456789012:user/dave"}
`,
      [
        "9: arn:aws-cn:iam::123456789012:role/Admin -> admin [system:masters]",
        "11: arn:aws-cn:iam::123456789012:user/dave -> invalid",
      ],
      [
        /^11:5: invalid: Cannot use entry 1 of mapUsers: it has no username; add one$/,
        /^6:16: notice: spec.backendMode is a setting, and is not read here; write "backendMode: \[EKSConfigMap, CRD\]" under "server"/,
        /^7:14: notice: spec.partition .* write "partition: aws-cn" under "server" in the config file$/,
        /^5:14: notice: spec.awsRegion .* write "region: cn-north-1" under "server" in the config file$/,
      ],
    ],
    [
      "Cluster API's sections",
      `${CLUSTER_API}  region: eu-west-1
  iamAuthenticatorConfig:
    mapRoles:
    - rolearn: ${ACCOUNT}:role/Admin
      username: admin
      groups: [admins]
    mapUsers:
    - userarn: ${ACCOUNT}:user/dave
      username: dave
      groups: [view]
`,
      ["8: role/Admin -> admin [admins]", "12: user/dave -> dave [view]"],
      [/^1:1: notice: Cluster API maps the roles of nodes as well/],
    ],
    [
      "the sections of Cluster API's template",
      `${
        CLUSTER_API.replace("ControlPlane", "ControlPlaneTemplate")
      }  template:\n    spec:\n      iamAuthenticatorConfig:\n` +
      `        mapRoles: [{rolearn: "${ACCOUNT}:role/A", username: a}]\n`,
      ["8: role/A -> a []"],
      [/^1:1: notice/],
    ],
    [
      "a control plane of Cluster API that maps nobody",
      `${CLUSTER_API}  region: eu-west-1\n`,
      [],
      [/^1:1: notice: It has no mappings: spec.iamAuthenticatorConfig has neither mapRoles nor mapUsers$/],
    ],
    [
      "kops' mappings and settings",
      `${KOPS}      backendMode: MountedFile
      clusterID: my-cluster
      identityMappings:
      - arn: ${ACCOUNT}:role/Admin
        username: admin:{{SessionName}}
        groups: [admins]
      - {arn: "${ACCOUNT}:user/dave", username: dave, userid: AIDAMADEUP}
`,
      ["10: role/Admin -> admin:{{SessionName}} [admins]", "13: user/dave -> invalid"],
      [
        /^13:\d+: invalid: Cannot use entry 2 of identityMappings: nothing is known as "userid" here; /,
        /^7:20: notice: spec.authentication.aws.backendMode is a setting.*, with CRD among them for these mappings$/,
        /^8:18: notice: spec.authentication.aws.clusterID .*; write "clusterID: my-cluster" in the server's config file$/,
      ],
    ],
    [
      "a kops cluster without mappings",
      `${KOPS}      image: x\n`,
      [],
      [/^1:1: notice: It has no mappings: spec.authentication.aws.identityMappings is missing$/],
    ],
  ] as const satisfies readonly (readonly [string, string, readonly string[], readonly RegExp[]])[]
) {
  Deno.test(`foreign forms: ${what}`, () => {
    const mappings = read(text);
    assert.deepEqual(mappings.rules.map(shown), rules);
    const told = mappings.problems.map(({ line, column, severity, message }) =>
      `${line}:${column}: ${severity}: ${message}`
    );
    assert.equal(told.length, problems.length, told.join("\n"));
    for (const [i, pattern] of problems.entries()) assert.match(told[i]!, pattern);
  });
}

for (
  const [what, manifest] of [
    ["a Cluster of Cluster API", { apiVersion: "cluster.x-k8s.io/v1beta1", kind: "Cluster" }],
    ["a Cluster of EKS Anywhere", { apiVersion: "anywhere.eks.amazonaws.com/v1alpha1", kind: "Cluster" }],
    ["a ClusterConfig of others", { apiVersion: "example.com/v1", kind: "ClusterConfig" }],
    ["one without an apiVersion", { kind: "ClusterConfig" }],
    ["a kind of the same group", { apiVersion: "kops.k8s.io/v1alpha2", kind: "InstanceGroup" }],
    ["a group that starts the same", { apiVersion: "eksctl.io.example.com/v1", kind: "ClusterConfig" }],
  ] as const
) {
  Deno.test(`foreign forms: ${what} is none`, () => {
    assert.equal(foreignFormOf(parseYaml(JSON.stringify(manifest))), undefined);
  });
}

Deno.test("foreign forms: 10,000 entries are read", () => {
  const items = Array.from({ length: 10_000 }, (_, i) => `- {arn: "${ACCOUNT}:role/A${i}", username: a}\n`).join("");
  assert.equal(read(EKSCTL + items).rules.length, 10_000);
});
