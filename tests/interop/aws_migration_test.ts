import { STS_NAMES } from "./inside/sts_names.ts";
import { testInside } from "./namespace.ts";

testInside(
  ["peers", "cluster", "kubectl"],
  "a cluster moves from aws-iam-authenticator to ram-auth on the same files",
  { file: "tests/interop/inside/aws_migration.ts", names: STS_NAMES },
);
