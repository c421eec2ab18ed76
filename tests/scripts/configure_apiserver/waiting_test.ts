import assert from "node:assert/strict";
import { waitFor } from "../../support/wait_for.ts";
import { exists, testOnNodes } from "./control_plane_node.ts";
import { prepareFakeApiserver } from "./fake_apiserver.ts";
import { MANIFEST, startNode, unhealthyWithFlag } from "./running_node.ts";

/** Seconds. As long may a busy machine take until the API server is back. */
const PATIENCE = "10";

testOnNodes("it waits for the new API server to be healthy, and says which one it saw", async (node) => {
  await using running = await startNode(node);
  const args = ["--file", node.manifest, "--health-command", "true"];
  const { code, stdout, stderr } = await node.run(...args);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^ {2}\d+ s: kube-apiserver \(process \d+\) is healthy$/m);
  assert.match(stdout, /^Configured: kube-apiserver asks ram-auth/);
  assert(running.started.at(-1)?.includes(node.flag));
  assert.equal(running.started.length, 2);

  const undone = await node.run(...args, "--undo");
  assert.equal(undone.code, 0, undone.stderr);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
  assert.deepEqual(running.started.at(-1), running.started[0]);
  assert.deepEqual(running.kubelet.strangers(), []);
});

testOnNodes("it puts the original back where the new API server does not get healthy", async (node) => {
  await using running = await startNode(node);
  const { code, stderr } = await node.run("--file", node.manifest, "--timeout", PATIENCE, ...unhealthyWithFlag(node));
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^Rolled back: .* \(kube-apiserver \(process \d+\) is not healthy: no good\)/m);
  assert.match(stderr, /^Failed, and rolled back: the API server is healthy again/m);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
  assert.deepEqual(running.started.at(-1), running.started[0]);
  assert.deepEqual(running.kubelet.strangers(), []);

  const undone = await node.run("--file", node.manifest, "--undo");
  assert.match(undone.stdout, /^Already undone/);
});

testOnNodes("it does not take the old API server for the new one", async (node) => {
  // No kubelet acts, and the old one goes on being healthy.
  await Deno.writeTextFile(node.manifest, MANIFEST);
  const start = await prepareFakeApiserver(node.folder);
  await using _old = start(["--secure-port=6443"]);
  const args = ["--file", node.manifest, "--timeout", "1", "--health-command", "true"];
  const { code, stderr } = await node.run(...args);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^Rolled back: .* \(no kube-apiserver with the flag runs yet\)/m);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
}, ["sh"]);

testOnNodes("it does not take API servers that follow each other for one that is healthy", async (node) => {
  await Deno.writeTextFile(node.manifest, MANIFEST);
  const start = await prepareFakeApiserver(node.folder);
  await using processes = new AsyncDisposableStack();
  let current = processes.use(start([node.flag]));
  // Each look finds the API server healthy, and the next one finds another: the check holds until it is there.
  const [asked, followed] = [`${node.folder}/asked`, `${node.folder}/followed`];
  const check = `if grep -q token-webhook ${node.manifest}; then
    touch ${asked}; while [ ! -e ${followed} ]; do sleep 0.05; done; rm ${followed}; fi`;
  await using script = node.start("--file", node.manifest, "--timeout", "4", "--health-command", check);
  for (;;) {
    await waitFor("the next look", () => exists(asked) || script.hasEnded());
    if (script.hasEnded()) break;
    await Deno.remove(asked);
    const last = current;
    current = processes.use(start([node.flag]));
    await last.stop("SIGKILL");
    await Deno.writeTextFile(followed, "");
  }
  assert.equal((await script.stop("SIGTERM")).code, 1, script.stderr());
  assert.match(script.stderr(), /^Rolled back: /m);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
}, ["sh"]);

testOnNodes("it says so where the API server does not come back after a roll-back either", async (node) => {
  await using _running = await startNode(node);
  const broken = `${node.folder}/broken`;
  const { code, stderr } = await node.run(
    ...["--file", node.manifest, "--timeout", "5", "--health-command"],
    `if grep -q token-webhook ${node.manifest}; then touch ${broken}; fi; test ! -e ${broken}`,
  );
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^Cannot see the API server healthy again after 5 s more .* is as it was, so the cause may be/m);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
}, ["sh"]);

testOnNodes("a manifest that somebody else changes meanwhile is not overwritten", async (node) => {
  await using _running = await startNode(node);
  await using script = node.start("--file", node.manifest, "--timeout", PATIENCE, ...unhealthyWithFlag(node));
  await waitFor("the change", () => script.stderr().includes("Waiting"));
  const upgraded = (await Deno.readTextFile(node.manifest)).replace(":v1.36.3", ":v1.36.4");
  await Deno.writeTextFile(node.manifest, upgraded);
  await waitFor("the end", () => script.hasEnded());
  assert.match(script.stderr(), /^Cannot put back .* it has changed since/m);
  assert.equal(await Deno.readTextFile(node.manifest), upgraded);
}, ["sh"]);

testOnNodes("an API server that is not healthy before the change is left alone", async (node) => {
  await using _running = await startNode(node);
  const { code, stderr } = await node.run("--file", node.manifest, "--health-command", "echo out of order; false");
  assert.equal(code, 1);
  assert.match(stderr, /^Cannot find the API server of this node healthy by ".*": out of order; nothing was changed/);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
});

testOnNodes("an undo needs no healthy API server to begin with", async (node) => {
  await using _running = await startNode(node);
  assert.equal((await node.run("--file", node.manifest, "--no-wait")).code, 0);
  const { code, stderr } = await node.run("--file", node.manifest, "--undo", ...unhealthyWithFlag(node));
  assert.equal(code, 0, stderr);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
}, ["sh"]);

testOnNodes("an undo waits for the API server of the change to end, whatever --kubeconfig says now", async (node) => {
  // No kubelet acts, and the API server with the flag goes on being healthy.
  await Deno.writeTextFile(node.manifest, MANIFEST);
  const start = await prepareFakeApiserver(node.folder);
  await using _old = start(["--v=2", node.flag]);
  assert.equal((await node.run("--file", node.manifest, "--no-wait")).code, 0);
  const args = [
    "--kubeconfig",
    "/etc/kubernetes/ram-auth/kubeconfig.yaml",
    "--timeout",
    "1",
    "--health-command",
    "true",
  ];
  const { code, stderr } = await node.run("--file", node.manifest, "--undo", ...args);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^Cannot see the API server healthy within 1 s \(the kube-apiserver with the flag still runs/m);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
}, ["sh"]);
