import assert from "node:assert/strict";
import { waitFor } from "../../support/wait_for.ts";
import { testOnNode } from "../../support/control_plane_node/control_plane_node.ts";
import {
  HEALTHY,
  MANIFEST,
  startHealth,
  startNode,
  unhealthyWithFlag,
} from "../../support/control_plane_node/running_node.ts";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  testOnNode(`${signal} while it waits puts the original back at once, and says so`, async (node) => {
    await using running = await startNode(node);
    await using health = startHealth(unhealthyWithFlag(node));
    await using program = node.start("configure", "--file", node.manifest, "--timeout", "600", health.option);
    await waitFor("it to wait", () => program.stderr().includes("no good"));
    const { code } = await program.stop(signal);
    assert.equal(code, 1);
    assert.match(program.stderr(), /^ram-auth: Interrupted: ".*" is as it was before; /m);
    assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
    await waitFor("the old API server", () => !running.started.at(-1)?.includes(node.flag));
    assert.deepEqual(running.kubelet.strangers(), []);
    assert.match((await node.undo("--file", node.manifest)).stdout, /^Already undone/);
  });
}

testOnNode("Ctrl-C ends it while an answer does not come", async (node) => {
  await using _running = await startNode(node);
  const held = Promise.withResolvers<void>();
  let isHeld = false;
  const asked = unhealthyWithFlag(node);
  await using health = startHealth(() => {
    if (asked().ok) return HEALTHY();
    isHeld = true;
    return held.promise.then(HEALTHY);
  });
  await using program = node.start("configure", "--file", node.manifest, health.option);
  await waitFor("the question", () => isHeld);
  assert.equal((await program.stop("SIGINT")).code, 1);
  held.resolve();
  assert.match(program.stderr(), /^ram-auth: Interrupted: ".*" is as it was before; /m);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
});

testOnNode("Ctrl-C before the change changes nothing", async (node) => {
  await using _running = await startNode(node);
  const held = Promise.withResolvers<void>();
  await using health = startHealth(() => held.promise.then(HEALTHY));
  await using program = node.start("configure", "--file", node.manifest, health.option);
  await waitFor("the question", () => health.asked() > 0);
  assert.equal((await program.stop("SIGINT")).code, 1);
  held.resolve();
  assert.match(program.stderr(), /^ram-auth: Interrupted: nothing was changed$/m);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
});

testOnNode("Ctrl-C while it waits for another run changes nothing, and disturbs that one in nothing", async (node) => {
  await using _running = await startNode(node);
  const held = Promise.withResolvers<void>();
  await using health = startHealth(() => held.promise.then(HEALTHY));
  await using first = node.start("configure", "--file", node.manifest, health.option);
  await waitFor("the question", () => health.asked() > 0);
  await using second = node.start("configure", "--file", node.manifest, health.option);
  await waitFor("it to wait", () => second.stderr().includes("Waiting for another run"));
  assert.equal((await second.stop("SIGINT")).code, 1);
  assert.match(second.stderr(), /^ram-auth: Interrupted: nothing was changed$/m);
  held.resolve();
  await waitFor("the first to end", () => first.hasEnded());
  assert.match(first.stdout(), /^Configured: /);
});

testOnNode("Ctrl-C while it waits after a roll-back leaves the original, and says so", async (node) => {
  await using _running = await startNode(node);
  let isBroken = false;
  await using health = startHealth(async () => {
    isBroken ||= (await Deno.readTextFile(node.manifest)).includes("token-webhook");
    return isBroken ? new Response("no good", { status: 500 }) : HEALTHY();
  });
  await using program = node.start("configure", "--file", node.manifest, "--timeout", "5", health.option);
  await waitFor("the roll-back", () => /Rolled back[^]*no good[^]*no good/.test(program.stderr()));
  assert.equal((await program.stop("SIGINT")).code, 1);
  assert.match(program.stderr(), /^ram-auth: Interrupted: ".*" is the original again; /m);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
});

testOnNode("Ctrl-C while an undo waits leaves the original, and says so", async (node) => {
  await using _running = await startNode(node);
  assert.equal((await node.configure("--file", node.manifest, "--no-wait")).code, 0);
  await using health = startHealth(() => new Response("no good", { status: 500 }));
  await using program = node.start("undo", "--file", node.manifest, health.option);
  await waitFor("it to wait", () => program.stderr().includes("no good"));
  assert.equal((await program.stop("SIGINT")).code, 1);
  assert.match(program.stderr(), /^ram-auth: Interrupted: ".*" is the original again; /m);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
});
