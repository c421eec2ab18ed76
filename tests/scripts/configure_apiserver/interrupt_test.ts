import assert from "node:assert/strict";
import { waitFor } from "../../support/wait_for.ts";
import { type ControlPlaneNode, exists, testOnNodes } from "./control_plane_node.ts";
import { MANIFEST, startNode, unhealthyWithFlag } from "./running_node.ts";

/** They differ in what a `return` without a number gives in a trap, for one. */
const SHELLS = ["sh", "bash", "busybox"] as const;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  testOnNodes(`${signal} while it waits puts the original back at once, and says so`, async (node) => {
    await using running = await startNode(node);
    const patient = ["--file", node.manifest, "--timeout", "600"];
    await using script = node.start(...patient, ...unhealthyWithFlag(node));
    await waitFor("it to wait", () => script.stderr().includes("is not healthy: no good"));
    const { code } = await script.stop(signal);
    assert.equal(code, 1);
    assert.match(script.stderr(), /^Interrupted: ".*" is as it was before; /m);
    assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
    await waitFor("the old API server", () => !running.started.at(-1)?.includes(node.flag));
  }, SHELLS);
}

testOnNodes("Ctrl-C ends it while a health command hangs", async (node) => {
  await using _running = await startNode(node);
  const hangs = `if grep -q token-webhook ${node.manifest}; then ${hang(node)}; fi`;
  await using script = node.start("--file", node.manifest, "--health-command", hangs);
  const pid = await waitFor("the question", () => pidOfHang(node));
  assert.equal((await script.stop("SIGINT")).code, 1);
  assert.match(script.stderr(), /^Interrupted: ".*" is as it was before; /m);
  await assertEnded(pid);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
}, SHELLS);

testOnNodes("Ctrl-C before the change changes nothing", async (node) => {
  await using _running = await startNode(node);
  await using script = node.start("--file", node.manifest, "--health-command", hang(node));
  const pid = await waitFor("the question", () => pidOfHang(node));
  assert.equal((await script.stop("SIGINT")).code, 1);
  assert.match(script.stderr(), /^Interrupted: nothing was changed$/m);
  await assertEnded(pid);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
}, SHELLS);

testOnNodes("Ctrl-C while an undo waits leaves the original, and says so", async (node) => {
  await using _running = await startNode(node);
  assert.equal((await node.run("--file", node.manifest, "--no-wait")).code, 0);
  await using script = node.start("--file", node.manifest, "--undo", "--health-command", "echo no good; false");
  await waitFor("it to wait", () => script.stderr().includes("is not healthy: no good"));
  assert.equal((await script.stop("SIGINT")).code, 1);
  assert.match(script.stderr(), /^Interrupted: ".*" is the original again; /m);
  assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
}, SHELLS);

/** A command that says that it runs, and hangs. */
function hang(node: ControlPlaneNode): string {
  return `echo $$ >${node.folder}/pid.new; mv ${node.folder}/pid.new ${node.folder}/pid; exec sleep 600`;
}

function pidOfHang(node: ControlPlaneNode): string | undefined {
  return exists(`${node.folder}/pid`) ? Deno.readTextFileSync(`${node.folder}/pid`).trim() : undefined;
}

/** Sooner than the script would have given up by itself, which is after 10 s. */
async function assertEnded(pid: string): Promise<void> {
  const lives = () => new Deno.Command("sh", { args: ["-c", `kill -0 ${pid}`], stderr: "null" }).outputSync().success;
  await waitFor("the command to end", () => !lives(), { timeoutMs: 8_000 });
}
