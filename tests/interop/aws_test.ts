import { STS_NAMES } from "./inside/sts_names.ts";
import { testInside } from "./namespace.ts";

testInside(["peers", "aws"], "aws, aws-iam-authenticator and ram-auth take each other's tokens for the same user", {
  file: "tests/interop/inside/aws_peers.ts",
  names: STS_NAMES,
});
