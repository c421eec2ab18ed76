import assert from "node:assert/strict";
import { parseYamlDocuments } from "../../../lib/yaml/documents.ts";
import { plainOf } from "../../../lib/yaml/access.ts";
import { ramAuth } from "./on_file.ts";

const ACCOUNT = "arn:aws:iam::123456789012";

const EKSCTL = `apiVersion: eksctl.io/v1alpha5
kind: ClusterConfig
metadata: {name: cluster-1, region: us-east-1}
iamIdentityMappings:
- {arn: "${ACCOUNT}:role/Admin", username: admin, groups: ["system:masters"]}
- {arn: "${ACCOUNT}:user/dave", username: dave, groups: [view]}
- {account: "210987654321"}
`;
const KOPS = `apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata: {name: cluster.example.com}
spec:
  authentication:
    aws:
      identityMappings:
      - {arn: "${ACCOUNT}:user/dave", username: dave, groups: [view]}
`;
const OUTPUTS = [
  {
    accessEntry: {
      clusterName: "prod",
      principalArn: `${ACCOUNT}:user/dave`,
      kubernetesGroups: ["view"],
      username: "dave",
      type: "STANDARD",
    },
  },
  {
    associatedAccessPolicies: [{
      policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
      accessScope: { type: "cluster", namespaces: [] },
    }],
    clusterName: "prod",
    principalArn: `${ACCOUNT}:user/dave`,
  },
  { User: { UserId: "AIDAMADEUP", Arn: `${ACCOUNT}:user/dave` } },
].map((part) => JSON.stringify(part));
const ENTRIES = OUTPUTS.join("\n");
const UNPINNED = OUTPUTS.slice(0, 2).join("\n");

for (
  const [what, text, detour, line] of [
    [
      "eksctl's ClusterConfig",
      EKSCTL,
      /No server reads this ClusterConfig: eksctl writes .*aws-auth, which the source EKSConfigMap reads; .* ram-auth convert --to configmap/,
      6,
    ],
    [
      "kops' Cluster",
      KOPS,
      /No server reads this Cluster: kops makes IAMIdentityMappings .* which the source CRD reads; /,
      8,
    ],
    [
      "what aws prints of access entries",
      UNPINNED,
      /EKS alone reads access entries; convert them: ram-auth convert --to file/,
      1,
    ],
  ] as const
) {
  Deno.test(`check, explain and mappings list read ${what}, and say that no server does`, async () => {
    const checked = await ramAuth(text, "check", "FILE");
    assert.match(checked.out, new RegExp(`^f:1:1: notice: ${detour.source}`, "m"));
    assert.doesNotMatch(checked.out, /nothing is wrong|invalid/);
    const explained = await ramAuth(text, "explain", `${ACCOUNT}:user/dave`, "-f", "FILE");
    assert.match(explained.out, new RegExp(`^allowed as "dave" in "view".* by the rule at line ${line} `));
    assert.match(explained.err, new RegExp(`^ram-auth: notice: f:1: ${detour.source}`, "m"));
    const listed = await ramAuth(text, "mappings", "list", "-f", "FILE");
    assert.match(listed.out, /user\/dave.* +dave +view/);
    assert.match(listed.err, new RegExp(`^ram-auth: notice: f:1: ${detour.source}`, "m"));
  });
}

Deno.test("check passes another tool's manifest whose mappings are all in order, and fails one whose are not", async () => {
  const good = EKSCTL.replace("system:masters", "admins");
  assert.deepEqual([(await ramAuth(good, "check", "FILE")).code, (await ramAuth(KOPS, "check", "FILE")).code], [0, 0]);
  const bad = await ramAuth(KOPS.replace("username: dave", "user: dave"), "check", "FILE");
  assert.equal(bad.code, 1);
  assert.match(bad.out, /^f:8:9: invalid: Cannot use entry 1 of identityMappings: it has no username/m);
});

Deno.test("check tells a kind of another group from one that is read, and lists those that are", async () => {
  const { code, out } = await ramAuth(EKSCTL.replace("eksctl.io/", "example.com/"), "check", "FILE");
  assert.equal(code, 1);
  assert.match(
    out,
    /^f:1:1: invalid: This ClusterConfig of "example.com\/v1alpha5" holds no mappings; .*ConfigMap, .*ClusterConfig \(eksctl.io\), AWSIamConfig \(anywhere.eks.amazonaws.com\), AWSManagedControlPlane \(/,
  );
});

Deno.test("convert writes another tool's mappings with every name that the tool gives, and says what it cannot", async () => {
  const { code, out, err } = await ramAuth(
    `${EKSCTL}- {serviceName: emr-containers, namespace: x}\n`,
    "convert",
    "--to",
    "file",
    "FILE",
  );
  assert.deepEqual(parseYamlDocuments(out).map(plainOf), [{
    server: {
      mapRoles: [{ roleARN: `${ACCOUNT}:role/Admin`, username: "admin", groups: ["system:masters"] }],
      mapUsers: [{ userARN: `${ACCOUNT}:user/dave`, username: "dave", groups: ["view"] }],
      mapAccounts: ["210987654321"],
    },
  }]);
  assert.equal(code, 1);
  assert.match(err, /^f:8:3: left out: .*"emr-containers"/m);
  assert.doesNotMatch(err, /No server reads/);
});

Deno.test("convert gives access policies to groups that only the new source can give, and binds them", async () => {
  assert.match((await ramAuth(ENTRIES, "convert", "--to", "file", "FILE")).err, /second document is for kubectl apply/);
  const objects = (form: string) => async () =>
    parseYamlDocuments((await ramAuth(ENTRIES, "convert", "--to", form, "FILE")).out);
  const [config, list] = (await objects("file")()).map(plainOf) as [unknown, { items: { kind: string }[] }];
  assert.deepEqual(config, {
    server: {
      mapUsers: [{
        userARN: `${ACCOUNT}:user/dave`,
        username: "dave",
        groups: ["view", "ram-auth:eks:AmazonEKSViewPolicy"],
        userid: "AIDAMADEUP",
      }],
    },
  });
  assert.deepEqual(list.items.map(({ kind }) => kind), ["ClusterRole", "ClusterRoleBinding"]);
  const [one] = (await objects("configmap")()).map(plainOf) as [
    { items: { kind: string; data?: { mapUsers: string } }[] },
  ];
  assert.deepEqual(one.items.map(({ kind }) => kind), ["ConfigMap", "ClusterRole", "ClusterRoleBinding"]);
  assert.match(one.items[0]!.data!.mapUsers, /- eks-access:AmazonEKSViewPolicy\n/);
});

Deno.test("convert binds no group that is left out with its rule", async () => {
  const { code, out, err } = await ramAuth(ENTRIES, "convert", "--to", "crd", "FILE");
  assert.equal(code, 1);
  assert.match(err, /left out: a custom resource has no userid/);
  assert.doesNotMatch(out, /ClusterRole|dave/);
});

Deno.test("check --as compares no file that the other server does not read either", async () => {
  for (const text of [EKSCTL, KOPS, ENTRIES]) {
    const { code, out, err } = await ramAuth(text, "check", "--as", "aws-iam-authenticator", "FILE");
    assert.deepEqual([code, out], [1, ""]);
    assert.match(
      err,
      /f:1:1: Cannot compare what aws-iam-authenticator does not read itself either; .*ram-auth convert/,
    );
  }
});
