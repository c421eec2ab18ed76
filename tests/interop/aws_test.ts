import assert from "node:assert/strict";
import { testNeeding } from "../support/needs.ts";
import { STS_NAMES } from "./inside/sts_names.ts";
import { runInside } from "./namespace.ts";

testNeeding(
  ["namespaces", "peers", "aws"],
  "aws, aws-iam-authenticator and ram-auth take each other's tokens for the same user",
  async (t) => {
    const { steps, passed, output } = await runInside("tests/interop/inside/aws_peers.ts", STS_NAMES);
    for (const { name, failure } of steps) {
      await t.step(name, () => assert.ok(failure === undefined, failure ?? name));
    }
    const isExplained = steps.some(({ failure }) => failure !== undefined);
    assert.ok(isExplained || passed && steps.length > 0, output);
  },
);
