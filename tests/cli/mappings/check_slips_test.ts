/** What people write by accident, as they posted it, and what `ram-auth check` says of it. */

import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { fakeWorld, withFile } from "../../config/fake_world.ts";

const IAM = "arn:aws:iam::123456789012";

/** Runs `ram-auth check`. @returns its exit code, and what it printed, in lines, with `f` as the path */
async function check(content: string): Promise<readonly [code: number, lines: readonly string[]]> {
  const printed: [number, string[]][] = [];
  await withFile(content, async (path) => {
    const world = fakeWorld();
    const code = await run(["check", path], world);
    printed.push([code, world.out().trimEnd().replaceAll(path, "f").split("\n")]);
  });
  return printed[0]!;
}

function configMap(sections: Readonly<Record<string, string>>): string {
  const data = Object.entries(sections).map(([key, text]) => `  ${key}: |\n${text.replaceAll(/^(?=.)/gm, "    ")}`);
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\ndata:\n${
    data.join("")
  }`;
}

const NODES = `- rolearn: ${IAM}:role/nodes
  username: system:node:{{EC2PrivateDNSName}}
    - system:bootstrappers
    - system:nodes
`;

for (
  const [what, content] of [
    ["a ConfigMap", configMap({ mapRoles: NODES })],
    ["a config file", `clusterID: demo\nclouds: [aws]\nserver:\n  mapRoles:\n${NODES.replaceAll(/^/gm, "    ")}\n`],
    [
      "a custom resource",
      `apiVersion: iamauthenticator.k8s.aws/v1alpha1\nkind: IAMIdentityMapping\nmetadata:\n  name: nodes\nspec:\n` +
      `  arn: ${IAM}:role/nodes\n  username: system:node:{{EC2PrivateDNSName}}\n    - system:nodes\n`,
    ],
  ]
) {
  Deno.test(`a list whose key was lost, in ${what}, is a warning, and the entry works as written`, async () => {
    const [code, lines] = await check(content!);
    assert.equal(code, 1);
    assert.match(
      lines.join("\n"),
      /warning: .*its username "system:node:.* holds white space: .* "groups:" was folded/,
    );
    assert.match(lines.at(-1)!, /^1 rule in 1 file: [12] warnings?$/);
  });
}

const DESCRIBED = `Name:         ops
Namespace:    
Labels:       <none>
Annotations:  <none>
API Version:  iamauthenticator.k8s.aws/v1alpha1
Kind:         IAMIdentityMapping
Spec:
  Arn:  ${IAM}:role/ops
  Groups:
    admins
  Username:  ops
Events:      <none>
`;

for (
  const [what, content, ...want] of [
    [
      "a key one space too deep",
      configMap({ mapUsers: `- userarn: ${IAM}:user/ann\n   username: ann\n   groups:\n     - system:masters\n` }),
      /^f:9:8: invalid: .*This line is indented one space more than its entry; align it$/,
    ],
    [
      "a value that ends in a colon",
      configMap({
        mapRoles: `- groups:\n  - system:nodes\n  rolearn: ${IAM}:role/nodes\n  username: system:node:\n`,
        mapUsers: `- userarn: ${IAM}:root\n  username: root\n`,
      }),
      /^f:11:17: invalid: .*The value "system:node:" ends in a colon; put it in quotes$/,
    ],
    [
      "what kubectl describe prints of a resource",
      DESCRIBED,
      /^f:1:1: error: This is the output of "kubectl describe"/,
    ],
    [
      "what kubectl describe prints of a ConfigMap",
      `Name:         aws-auth\nNamespace:    kube-system\nLabels:       <none>\nAnnotations:  <none>\n\nData\n====\n` +
      `mapRoles:\n----\n- rolearn: ${IAM}:role/ops\n\nEvents:  <none>\n`,
      /^f:1:1: error: This is the output of "kubectl describe"/,
    ],
    [
      "a no-break space in a config file",
      `clusterID: c\nserver:\n  mapRoles:\n  - rolearn: ${IAM}:role/a\n  \u00a0\u00a0username: a\n`,
      /^f:5:3: error: .*indented with a no-break space \(U\+00A0\); write spaces$/,
    ],
  ] as const
) {
  Deno.test(`ram-auth check says one thing of ${what}, in the words of the file`, async () => {
    const [code, lines] = await check(content);
    assert.equal(code, 1);
    assert.equal(lines.length, want.length + 1, lines.join("\n"));
    for (const [i, pattern] of want.entries()) assert.match(lines[i]!, pattern);
  });
}

const OPS = `- rolearn: ${IAM}:role/ops\n  username: ops\n  groups: [view]\n`;

for (
  const [what, entry, line, says] of [
    [
      "a placeholder without quotes",
      `- rolearn: ${IAM}:role/Admin\n  username: {{SessionName}}\n`,
      12,
      /put \{\{SessionName\}\} in quotes$/,
    ],
    [
      "an entry that stands in the one before it",
      `  - "groups":\n    - "view"\n    "rolearn": "${IAM}:role/Admin"\n    "username": "admin"\n`,
      11,
      /This entry is indented 2 spaces more than the one before it; align it$/,
    ],
    [
      "a value with a colon",
      `- rolearn: ${IAM}:role/Admin\n  username: sre: admin\n`,
      12,
      /The value "sre: admin" holds a colon/,
    ],
    [
      "a typographic quote",
      `- rolearn: "${IAM}:role/Admin”\n  username: a\n`,
      11,
      /The typographic quote ” \(U\+201D\)/,
    ],
    [
      "a no-break space",
      `- rolearn: ${IAM}:role/Admin\n\u00a0 username: a\n`,
      12,
      /no-break space \(U\+00A0\); write spaces$/,
    ],
  ] as const
) {
  Deno.test(`${what} loses its entry alone, and ram-auth check says which`, async () => {
    const [code, lines] = await check(configMap({ mapRoles: OPS + entry + OPS.replaceAll("ops", "dev") }));
    assert.equal(code, 1);
    assert.equal(lines.length, 2, lines.join("\n"));
    assert(
      lines[0]!.startsWith(`f:${line}:`) && lines[0]!.includes(": invalid: Cannot use entry 2 of mapRoles: "),
      lines[0]!,
    );
    assert.match(lines[0]!, says);
    assert.equal(lines[1], "2 rules in 1 file: 1 invalid");
  });
}
