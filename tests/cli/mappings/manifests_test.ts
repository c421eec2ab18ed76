import assert from "node:assert/strict";
import { MAX_DOCUMENTS } from "../../../lib/yaml/documents.ts";
import { ramAuth } from "./on_file.ts";

const ACCOUNT = "arn:aws:iam::123456789012";

/** Two documents, as somebody posted them; 18 lines. */
const TWO_RESOURCES = `---
apiVersion: iamauthenticator.k8s.aws/v1alpha1
kind: IAMIdentityMapping
metadata:
  name: admin-user
spec:
  arn: ${ACCOUNT}:user/KubernetesAdmin
  username: admin
  groups: [admins]
---
apiVersion: iamauthenticator.k8s.aws/v1alpha1
kind: IAMIdentityMapping
metadata:
  name: admin-role
spec:
  arn: ${ACCOUNT}:role/KubernetesAdmin
  username: admin
  groups: [admins]
`;

const EMPTY_TEXTS = `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapAccounts: |
    ''
  mapUsers: |
    ""
  mapRoles: |
    - rolearn: ${ACCOUNT}:role/ops
      username: ops
      groups: [view]
`;

Deno.test("check, explain, mappings list and convert read every document of a file", async () => {
  assert.deepEqual(await ramAuth(TWO_RESOURCES, "check", "FILE"), {
    code: 0,
    out: "2 rules in 1 file: nothing is wrong\n",
    err: "",
  });
  for (const principal of ["user/KubernetesAdmin", "role/KubernetesAdmin"]) {
    const { code, out } = await ramAuth(TWO_RESOURCES, "explain", `${ACCOUNT}:${principal}`, "-f", "FILE");
    assert.equal(code, 0);
    assert.match(out, /^allowed as "admin" in "admins"/);
  }
  const { out: listed } = await ramAuth(TWO_RESOURCES, "mappings", "list", "-f", "FILE", "-o", "json");
  assert.deepEqual(
    JSON.parse(listed).mappings.map(({ line }: { line: number }) => line),
    [11, 2],
  );
  const { code, out } = await ramAuth(TWO_RESOURCES, "convert", "--to", "file", "FILE");
  assert.equal(code, 0);
  assert.match(out, /roleARN: \S+:role\/KubernetesAdmin\n[^]*userARN: \S+:user\/KubernetesAdmin\n/);
});

for (
  const [what, text, code, lines] of [
    ["empty texts in quotes", EMPTY_TEXTS, 0, [/^1 rule in 1 file: nothing is wrong$/]],
    [
      "a fault of the second document, by its line in the file",
      `${TWO_RESOURCES}---\n${EMPTY_TEXTS.replace("      username: ops\n", "")}`,
      1,
      [/^f:31:7: invalid: Cannot use entry 1 of mapRoles: it has no username/, /^2 rules in 1 file: 1 invalid$/],
    ],
    [
      "YAML that cannot be read in the second document",
      `${TWO_RESOURCES}---\na: *x\n`,
      1,
      [/^f:20:4: error: /, /^0 rules in 1 file: 1 error$/],
    ],
    [
      "two resources of one name",
      TWO_RESOURCES.replace("admin-user", "admin-role"),
      1,
      [
        /^f:2:1: invalid: resource "admin-role": The resource at line 11 has the same name, and takes its place/,
        /^1 rule/,
      ],
    ],
    [
      "what kubectl prints of several",
      JSON.stringify(
        {
          apiVersion: "v1",
          items: ["a", "b"].map((name) => ({
            apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
            kind: "IAMIdentityMapping",
            metadata: { name, resourceVersion: "1" },
            spec: { arn: `${ACCOUNT}:role/${name}`, username: name, groups: ["view"] },
          })),
          kind: "List",
          metadata: { resourceVersion: "" },
        },
        null,
        4,
      ),
      0,
      [/^2 rules in 1 file: nothing is wrong$/],
    ],
    [
      "what the API server answers, whose items name no kind",
      `kind: ConfigMapList\napiVersion: v1\nitems:\n- metadata: {name: aws-auth, namespace: kube-system}\n` +
      `  data:\n    mapRoles: |\n      - rolearn: ${ACCOUNT}:role/ops\n`,
      1,
      [/^f:7:9: invalid: Cannot use entry 1 of mapRoles: it has no username/, /^0 rules/],
    ],
    [
      "JSON, one object after another",
      ["a", "b"].map((name) =>
        JSON.stringify({
          apiVersion: "ramauthenticator.k8s.alibabacloud/v1alpha1",
          kind: "RAMIdentityMapping",
          metadata: { name },
          spec: { arn: `acs:ram::1234567890123456:user/${name}`, username: name },
        })
      ).join("\n"),
      0,
      [/^2 rules in 1 file: nothing is wrong$/],
    ],
    [
      "manifests of other kinds around it",
      `kind: ServiceAccount\nmetadata: {name: x}\n---\n${EMPTY_TEXTS}---\nkind: ConfigMap\nmetadata: {name: ours}\ndata: {a: b}\n`,
      0,
      [
        /^f:1:1: notice: This "ServiceAccount" holds no mappings; those that are read are ConfigMap, .*IAMIdentityMapping/,
        /^f:19:1: notice: This ConfigMap "ours" holds no mappings/,
        /^1 rule in 1 file: 2 notices$/,
      ],
    ],
    [
      "kinds that only look like those of other tools",
      `${TWO_RESOURCES}---\napiVersion: infrastructure.cluster.x-k8s.io/v1beta2\nkind: AWSCluster\n---\n` +
      "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfigs\n",
      1,
      [
        /^f:20:1: notice: This "AWSCluster" holds no mappings/,
        /^f:23:1: invalid: Nothing is read from a "ClusterConfigs"; did you mean "ClusterConfig"\?$/,
        /^2 rules/,
      ],
    ],
    [
      "a manifest of another kind alone",
      "kind: ServiceAccount\nmetadata: {name: x}\n",
      1,
      [/^f:1:1: invalid: This "ServiceAccount" holds no mappings/, /^0 rules/],
    ],
    [
      "a slip in the name of a kind",
      TWO_RESOURCES.replace("kind: IAMIdentityMapping", "kind: IAMIdentityMaping"),
      1,
      [/^f:2:1: invalid: Nothing is read from a "IAMIdentityMaping"; did you mean "IAMIdentityMapping"\?$/, /^1 rule/],
    ],
    [
      "a document without a kind among manifests",
      `${TWO_RESOURCES}---\nserver:\n  mapRoles: []\n`,
      1,
      [/^f:20:1: invalid: Nothing is read here: it has no kind/, /^2 rules/],
    ],
    [
      "two config files in one",
      "clusterID: a\n---\nclusterID: b\n",
      1,
      [/^f:3:1: error: A config file or DynamicFile is one document, and here another starts/, /^0 rules/],
    ],
    [
      "more documents than are read",
      TWO_RESOURCES.repeat(MAX_DOCUMENTS),
      1,
      [/^f:9002:1: error: There are more than 1000 documents; split the file/, /^0 rules/],
    ],
  ] as const
) {
  Deno.test(`ram-auth check reads ${what}`, async () => {
    const done = await ramAuth(text, "check", "FILE");
    const printed = done.out.trimEnd().split("\n");
    assert.deepEqual([done.code, printed.length, done.err], [code, lines.length, ""], done.out);
    for (const [i, line] of lines.entries()) assert.match(printed[i]!, line);
  });
}

Deno.test("explain, mappings list and convert refuse several config files in one, with the place", async () => {
  const text = "mapRoles: []\n---\nmapUsers: []\n";
  for (const args of [["explain", `${ACCOUNT}:role/a`, "-f"], ["mappings", "list", "-f"], ["convert", "--to", "crd"]]) {
    const { code, err } = await ramAuth(text, ...args, "FILE");
    assert.equal(code, 1);
    assert.match(err, /f:3:1: A config file or DynamicFile is one document/);
  }
});
