import assert from "node:assert/strict";

/** Runs `deno task demo` where there is no cluster to go on with. */
async function runDemo(variables: Readonly<Record<string, string>> = {}): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "demo"],
    env: { ...Deno.env.toObject(), KUBEBUILDER_ASSETS: "", ...variables },
    stdin: "null",
  }).output();
  return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("the demo shows a login of each cloud and four refusals, and says why it shows no cluster", async () => {
  const { code, output } = await runDemo();
  assert.equal(code, 0, output);
  assert.equal(output.match(/^ {2}allowed$/gm)?.length, 2, output);
  assert.match(output, /username +admin:alice-example\.com\n.*uid .*\n +groups +system:masters\n/);
  assert.match(output, /username +admin:dave-example\.com\n +uid +aws-iam-authenticator:123456789012:AROA/);
  const refusals = [...output.matchAll(/^ {2}refused {2}(.+)\n +(.+)$/gm)].map(([, what]) => what);
  assert.deepEqual(refusals, [
    "a token with a changed signature",
    "a token for another cluster",
    "a token that was signed 20 minutes ago",
    "a user without a mapping: bob",
  ]);
  assert.match(output, /skipped: KUBEBUILDER_ASSETS is not set/);
});

Deno.test("the demo skips the cluster with a sentence where KUBEBUILDER_ASSETS leads nowhere", async () => {
  const { code, output } = await runDemo({ KUBEBUILDER_ASSETS: "/nonexistent" });
  assert.equal(code, 0, output);
  assert.match(output, /skipped: KUBEBUILDER_ASSETS is "\/nonexistent", and there is no etcd in it; let /);
});

Deno.test("the demo prints no token and, away from a terminal, no colour", async () => {
  const { output } = await runDemo();
  assert.doesNotMatch(output, /k8s-a(ck|ws)-v|MadeUpDemoSecret/);
  assert(!output.includes("\x1b"));
});

Deno.test("the demo works behind a proxy that cannot reach loopback", async () => {
  const { code, output } = await runDemo({ HTTPS_PROXY: "http://127.0.0.1:1", NO_PROXY: "" });
  assert.equal(code, 0, output);
});
