import assert from "node:assert/strict";
import { ramAuth } from "./on_file.ts";

const ACCOUNT = "arn:aws:iam::123456789012";

/** As aws-iam-authenticator's example of a DaemonSet has it. */
const MANIFESTS = `# an example
---
kind: ClusterRole
apiVersion: rbac.authorization.k8s.io/v1
metadata:
  name: aws-iam-authenticator
---
# apiVersion: v1
# kind: ConfigMap
---
apiVersion: v1
kind: ConfigMap
metadata:
  namespace: kube-system
  name: aws-iam-authenticator
data:
  config.yaml: |
    # a unique-per-cluster identifier
    clusterID: my-dev-cluster.example.com
    server:
      mapRoles:
      - roleARN: ${ACCOUNT}:role/KubernetesAdmin
        username: kubernetes-admin
        groups:
        - system:masters
      mapUsers:
      - userARN: ${ACCOUNT}:user/Alice
        username: alice
      mapAccounts:
      # - <AWS_ACCOUNT_ID>
---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  namespace: kube-system
  name: aws-iam-authenticator
`;

for (
  const [what, text, code, lines] of [
    ["an embedded config file in order", MANIFESTS, 0, [
      /^f:3:1: notice: This "ClusterRole" holds no mappings/,
      /^f:17:16: notice: Read as the config file "config.yaml", which a server gets where this ConfigMap is mounted; .* -c$/,
      /^f:32:1: notice: This "DaemonSet" holds no mappings/,
      /^2 rules in 1 file: 3 notices$/,
    ]],
    [
      "a bad entry and an unknown key, by their lines in the file",
      MANIFESTS.replace("        username: alice\n", "").replace("clusterID:", "clusterIdd: x\n    clusterID:"),
      1,
      [
        /^f:3:1/,
        /^f:17:16/,
        /^f:19:5: invalid: unknown key "clusterIdd"; did you mean "clusterID"\?$/,
        /^f:28:9: invalid: Cannot use entry 1 of mapUsers: it has no username/,
        /^f:32:1/,
        /^1 rule /,
      ],
    ],
    [
      "YAML in it that cannot be read",
      MANIFESTS.replace("- userARN:", "- *gone\n      - userARN:"),
      1,
      [/^f:3:1/, /^f:27:9: invalid: Nothing is anchored as "&gone"/, /^f:33:1/, /^0 rules/],
    ],
    [
      "a config file in quotes, by where it starts",
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},\n "data":{"c.yaml":"server:\\n  mapRoles:\\n  - {roleARN: \\"${ACCOUNT}:role/A\\"}\\n"}}`,
      1,
      [/^f:2:19: invalid: Cannot use entry 1 of mapRoles: it has no username/, /^f:2:19: notice: Read as/, /^0 rules/],
    ],
  ] as const
) {
  Deno.test(`ram-auth check reads ${what}`, async () => {
    const done = await ramAuth(text, "check", "FILE");
    const printed = done.out.trimEnd().split("\n");
    assert.deepEqual([done.code, printed.length], [code, lines.length], done.out);
    for (const [i, line] of lines.entries()) assert.match(printed[i]!, line);
  });
}

Deno.test("explain and convert read an embedded config file as the source that a server has it as", async () => {
  const explained = await ramAuth(MANIFESTS, "explain", `${ACCOUNT}:role/KubernetesAdmin`, "-f", "FILE");
  assert.match(
    explained.out,
    /^allowed as "kubernetes-admin" in "system:masters" by the rule at line 22 \(MountedFile\)/,
  );
  assert.match(explained.err, /notice: f:17: Read as the config file "config.yaml"/);
  const { code, out } = await ramAuth(MANIFESTS, "convert", "--to", "file", "FILE");
  assert.equal(code, 0);
  assert.match(out, /roleARN: \S+:role\/KubernetesAdmin\n[^]*userARN: \S+:user\/Alice\n/);
});

Deno.test("check --as compares an embedded config file, which the other server reads too", async () => {
  const text = MANIFESTS.replace("role/KubernetesAdmin", "role/Kubernetes*");
  const { code, out } = await ramAuth(text, "check", "--as", "aws-iam-authenticator", "FILE");
  assert.equal(code, 1);
  assert.match(out, /^f:22:9: more rights: .*wildcard/m);
});
