import assert from "node:assert/strict";
import { type Component, testNeeding } from "../support/needs.ts";
import { CONFIGS } from "./inside/swap_rig.ts";
import { STS_NAMES } from "./inside/sts_names.ts";
import { runInside } from "./namespace.ts";

testInside(
  ["namespaces", "peers", "aws"],
  "aws, aws-iam-authenticator and ram-auth take each other's tokens for the same user",
  "tests/interop/inside/aws_peers.ts",
);

testInside(
  ["namespaces", "peers", "cluster", "kubectl"],
  "a cluster moves from aws-iam-authenticator to ram-auth on the same files",
  "tests/interop/inside/aws_migration.ts",
);

for (
  const [what, file, components] of [
    ["config file", "aws_config_file", []],
    ["ConfigMap", "aws_config_map", ["cluster"]],
  ] as const
) {
  testInside(
    ["namespaces", "peers", ...components],
    `a swap of servers changes nobody's rights by any ${what} without "check --as" naming the entry`,
    `tests/interop/inside/${file}.ts`,
    { deadlineMs: 900_000 + CONFIGS * 1_000 },
  );
}

function testInside(
  components: readonly Component[],
  name: string,
  file: string,
  options?: Parameters<typeof runInside>[2],
): void {
  testNeeding(components, name, async (t) => {
    const { steps, passed, output } = await runInside(file, STS_NAMES, options);
    for (const { name, failure } of steps) {
      await t.step(name, () => assert.ok(failure === undefined, failure ?? name));
    }
    const isExplained = steps.some(({ failure }) => failure !== undefined);
    assert.ok(isExplained || passed && steps.length > 0, output);
  });
}
