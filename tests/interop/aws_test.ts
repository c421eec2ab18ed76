import { STS_NAMES } from "./inside/sts_names.ts";
import { CONFIGS } from "./inside/swap_rig.ts";
import { testInside } from "./namespace.ts";

testInside(["peers", "aws"], "aws, aws-iam-authenticator and ram-auth take each other's tokens for the same user", {
  file: "tests/interop/inside/aws_peers.ts",
  names: STS_NAMES,
});

testInside(
  ["peers", "cluster", "kubectl"],
  "a cluster moves from aws-iam-authenticator to ram-auth on the same files",
  { file: "tests/interop/inside/aws_migration.ts", names: STS_NAMES },
);

for (
  const [what, file, components] of [
    ["config file", "aws_config_file", []],
    ["ConfigMap", "aws_config_map", ["cluster"]],
    ["DynamicFile", "aws_dynamic_file", []],
  ] as const
) {
  testInside(
    ["peers", ...components],
    `a swap of servers changes nobody's rights by any ${what} without "check --as" naming the entry`,
    { file: `tests/interop/inside/${file}.ts`, names: STS_NAMES, deadlineMs: 900_000 + CONFIGS * 1_000 },
  );
}
