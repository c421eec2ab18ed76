import assert from "node:assert/strict";
import { waitFor } from "../../support/wait_for.ts";
import { testOnNode } from "../../support/control_plane_node/control_plane_node.ts";
import { prepareFakeApiserver } from "../../support/control_plane_node/fake_apiserver.ts";
import {
  HEALTHY,
  MANIFEST,
  startHealth,
  startNode,
  unhealthyWithFlag,
} from "../../support/control_plane_node/running_node.ts";

/** Seconds. As long may a busy machine take until the API server is back. */
const PATIENCE = "10";

testOnNode("it waits for the new API server to be healthy, and says which one it saw", async (node) => {
  await using running = await startNode(node);
  await using health = startHealth(HEALTHY);
  const args = ["--file", node.manifest, health.option];
  const { code, stdout, stderr } = await node.configure(...args);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^ {2}\d+ s: kube-apiserver \(process \d+\) is healthy$/m);
  assert.match(stdout, /^Configured: kube-apiserver asks ram-auth/);
  assert(running.started.at(-1)?.includes(node.flag));
  assert.equal(running.started.length, 2);

  const undone = await node.undo(...args);
  assert.equal(undone.code, 0, undone.stderr);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
  assert.deepEqual(running.started.at(-1), running.started[0]);
  assert.deepEqual(running.kubelet.strangers(), []);
});

testOnNode("it puts the original back where the new API server does not get healthy", async (node) => {
  await using running = await startNode(node);
  await using health = startHealth(unhealthyWithFlag(node));
  const { code, stderr } = await node.configure("--file", node.manifest, "--timeout", PATIENCE, health.option);
  assert.equal(code, 1, stderr);
  assert.match(
    stderr,
    /^Rolled back: .* \(kube-apiserver \(process \d+\) is not healthy: it answers 500: .*no good\)/m,
  );
  assert.match(stderr, /^ram-auth: Cannot configure kube-apiserver: .* rolled back, and is healthy again without/m);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
  assert.deepEqual(running.started.at(-1), running.started[0]);
  assert.deepEqual(running.kubelet.strangers(), []);

  const undone = await node.undo("--file", node.manifest);
  assert.match(undone.stdout, /^Already undone/);
});

testOnNode("it does not take the old API server for the new one", async (node) => {
  // No kubelet acts, and the old one goes on being healthy.
  await Deno.writeTextFile(node.manifest, MANIFEST);
  const start = await prepareFakeApiserver(node.folder);
  await using _old = start(["--secure-port=6443"]);
  await using health = startHealth(HEALTHY);
  const { code, stderr } = await node.configure("--file", node.manifest, "--timeout", "1", health.option);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^Rolled back: .* \(no kube-apiserver with the flag runs yet\)/m);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
});

testOnNode("it does not take API servers that follow each other for one that is healthy", async (node) => {
  await Deno.writeTextFile(node.manifest, MANIFEST);
  const start = await prepareFakeApiserver(node.folder);
  await using processes = new AsyncDisposableStack();
  let current = processes.use(start([node.flag]));
  // Each look finds the API server healthy, and the next one finds another: the answer waits until it is there.
  await using health = startHealth(async () => {
    if (!(await Deno.readTextFile(node.manifest)).includes(node.flag)) return HEALTHY();
    const last = current;
    current = processes.use(start([node.flag]));
    await last.stop("SIGKILL");
    return HEALTHY();
  });
  const { code, stderr } = await node.configure("--file", node.manifest, "--timeout", "4", health.option, "--replace");
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^Rolled back: /m);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
});

testOnNode("it says so where the API server does not come back after a roll-back either", async (node) => {
  await using _running = await startNode(node);
  let isBroken = false;
  await using health = startHealth(async () => {
    isBroken ||= (await Deno.readTextFile(node.manifest)).includes("token-webhook");
    return isBroken ? new Response("no good", { status: 500 }) : HEALTHY();
  });
  const { code, stderr } = await node.configure("--file", node.manifest, "--timeout", "5", health.option);
  assert.equal(code, 1, stderr);
  assert.match(
    stderr,
    /^ram-auth: Cannot see the API server healthy again after 5 s more .* is as it was, so the cause may be/m,
  );
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
});

testOnNode("a manifest that somebody else changes meanwhile is not overwritten", async (node) => {
  await using _running = await startNode(node);
  await using health = startHealth(unhealthyWithFlag(node));
  await using program = node.start("configure", "--file", node.manifest, "--timeout", PATIENCE, health.option);
  await waitFor("the change", () => program.stderr().includes("Waiting"));
  const upgraded = (await Deno.readTextFile(node.manifest)).replace(":v1.36.3", ":v1.36.4");
  await Deno.writeTextFile(node.manifest, upgraded);
  await waitFor("the end", () => program.hasEnded());
  assert.match(program.stderr(), /^ram-auth: Cannot put back .* somebody else has just changed it/m);
  assert.equal(await Deno.readTextFile(node.manifest), upgraded);
});

testOnNode("an API server that is not healthy before the change is left alone", async (node) => {
  await using _running = await startNode(node);
  await using health = startHealth(() => new Response("out of order", { status: 503 }));
  const { code, stderr } = await node.configure("--file", node.manifest, "--timeout", "3", health.option);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^ram-auth: Cannot find the API server of this node healthy by ".*": it answers 503: out of order; nothing was cha/,
  );
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
});

for (const status of [401, 403]) {
  testOnNode(
    `an API server that refuses anonymous requests with ${status}, before and after, has started`,
    async (node) => {
      await using _running = await startNode(node);
      await using health = startHealth(() => new Response("no", { status }));
      const args = ["--file", node.manifest, health.option];
      const { code, stderr } = await node.configure(...args);
      assert.equal(code, 0, stderr);
      assert.match(
        stderr,
        new RegExp(`\\(process \\d+\\) answers \\(${status}: it takes no anonymous requests\\)$`, "m"),
      );
      assert.equal((await node.undo(...args)).code, 0);
    },
  );
}

testOnNode("one that was healthy before, and then only refuses, has not", async (node) => {
  await using _running = await startNode(node);
  const asked = unhealthyWithFlag(node);
  await using health = startHealth(() => asked().ok ? HEALTHY() : new Response("no", { status: 403 }));
  const { code, stderr } = await node.configure("--file", node.manifest, "--timeout", PATIENCE, health.option);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^Rolled back: .* is not healthy: it answers 403\)/m);
});

testOnNode("an undo needs no healthy API server to begin with", async (node) => {
  await using _running = await startNode(node);
  assert.equal((await node.configure("--file", node.manifest, "--no-wait")).code, 0);
  await using health = startHealth(unhealthyWithFlag(node));
  const { code, stderr } = await node.undo("--file", node.manifest, health.option);
  assert.equal(code, 0, stderr);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
});

testOnNode("an undo waits for the API server of the change to end", async (node) => {
  // No kubelet acts, and the API server with the flag goes on being healthy.
  await Deno.writeTextFile(node.manifest, MANIFEST);
  const start = await prepareFakeApiserver(node.folder);
  await using _old = start(["--v=2", node.flag]);
  assert.equal((await node.configure("--file", node.manifest, "--no-wait")).code, 0);
  await using health = startHealth(HEALTHY);
  const { code, stderr } = await node.undo("--file", node.manifest, "--timeout", "1", health.option);
  assert.equal(code, 1, stderr);
  assert.match(
    stderr,
    /^ram-auth: Cannot see the API server healthy within 1 s \(the kube-apiserver with the flag still runs/m,
  );
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
});
