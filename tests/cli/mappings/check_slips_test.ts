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
