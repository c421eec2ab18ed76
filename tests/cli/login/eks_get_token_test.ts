import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { fakeWorld } from "../../config/fake_world.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "MadeUpSecretThatMustNotShow" };

async function runIn(args: readonly string[], environment: Readonly<Record<string, string>> = KEYS) {
  const world = fakeWorld(environment);
  return {
    code: await run(args, world, () => Promise.resolve(new AbortController().signal)),
    out: world.out(),
    err: world.err(),
  };
}

/** The URL in the token of an ExecCredential. */
function urlOf(out: string): string {
  const { status } = JSON.parse(out);
  const base64 = status.token.slice("k8s-aws-v1.".length);
  return new TextDecoder().decode(Uint8Array.fromBase64(base64, { alphabet: "base64url" }));
}

for (
  const [what, args, host] of [
    [
      "as EKS writes it into kubeconfigs",
      ["--region", "eu-west-1", "eks", "get-token", "--cluster-name", "c1", "--output", "json"],
      "sts.eu-west-1.amazonaws.com",
    ],
    [
      "with the region behind",
      ["eks", "get-token", "--cluster-name", "c1", "--region=us-gov-west-1"],
      "sts.us-gov-west-1.amazonaws.com",
    ],
    ["with the id of a cluster on an Outpost", ["eks", "get-token", "--cluster-id", "c1"], "sts.amazonaws.com"],
  ] as const
) {
  Deno.test(`ram-auth eks get-token prints an ExecCredential, ${what}`, async () => {
    const { code, out, err } = await runIn(args);
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    const { kind, apiVersion, spec, status } = JSON.parse(out);
    assert.deepEqual([kind, apiVersion, spec], ["ExecCredential", "client.authentication.k8s.io/v1beta1", {}]);
    assert.equal(status.expirationTimestamp, "2026-01-02T03:18:05Z");
    assert(urlOf(out).startsWith(`https://${host}/?Action=GetCallerIdentity&Version=2011-06-15&`), out);
    assert(!out.includes(KEYS.AWS_SECRET_ACCESS_KEY));
  });
}

for (
  const [what, args, says] of [
    ["no cluster", ["eks", "get-token"], /give --cluster-name/],
    ["two clusters", ["eks", "get-token", "--cluster-name", "a", "--cluster-id", "b"], /twice/],
    [
      "another form of output",
      ["eks", "get-token", "--cluster-name", "a", "--output", "text"],
      /kubectl requires JSON/,
    ],
    ["an unknown region", ["eks", "get-token", "--cluster-name", "a", "--region", "mars-1"], /unknown region/],
    ["a cluster id that no header carries", ["eks", "get-token", "--cluster-name", "a  b"], /visible ASCII/],
    ["another command of the AWS CLI", ["eks", "list-clusters"], /no such command/],
    ["a command behind a word", ["x", "eks", "get-token", "--cluster-name", "a"], /Cannot run "x"/],
  ] as const
) {
  Deno.test(`ram-auth eks get-token is wrong usage with ${what}`, async () => {
    const { code, out, err } = await runIn(args);
    assert.deepEqual({ code, out }, { code: 2, out: "" });
    assert.match(err, says);
  });
}

for (const args of [["eks", "get-token", "--help"], ["help", "eks", "get-token"]]) {
  Deno.test(`${args.join(" ")} shows the flags by the peer's names`, async () => {
    const { code, out } = await runIn(args);
    assert.equal(code, 0);
    assert.match(out, /^ram-auth eks get-token: .*--cluster-name <id>.*--role-arn <arn>/s);
  });
}
