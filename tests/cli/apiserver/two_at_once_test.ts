import assert from "node:assert/strict";
import { waitFor } from "../../support/wait_for.ts";
import { prepareNode } from "../../support/control_plane_node/control_plane_node.ts";
import { HEALTHY, MANIFEST, startHealth, startNode } from "../../support/control_plane_node/running_node.ts";

/** Rounds, and nodes on which they are made side by side: most of a round is waiting. */
const [ROUNDS, NODES] = [20, 4];

Deno.test(`of two runs at once one waits, and none speaks of a change that is not there, in ${ROUNDS} rounds`, async () => {
  await Promise.all(Array.from({ length: NODES }, async (_, lane) => {
    await using node = await prepareNode();
    await using running = await startNode(node);
    await using health = startHealth(HEALTHY);
    const args = ["--file", node.manifest, "--timeout", "300", health.option];
    for (let round = lane; round < ROUNDS; round += NODES) {
      const stop = new AbortController();
      const said = { stdout: "", stderr: "" };
      // In each second round, the one that is to be first is interrupted in the midst of its change.
      const runs = [node.configureUntil(stop.signal, said, ...args), node.configure(...args)] as const;
      if (round % (2 * NODES) < NODES) {
        await waitFor("the first to wait for the API server, or to be second", () => /Waiting/.test(said.stderr));
        stop.abort(new Error("made up"));
      }
      const [first, second] = await Promise.all(runs);
      const manifest = await Deno.readTextFile(node.manifest);
      const what = JSON.stringify({ round, first, second, manifest }, null, 1);
      assert.ok(manifest.includes(node.flag), what);
      assert.ok(running.started.at(-1)?.includes(node.flag), what);
      assert.equal(second.code, 0, what);
      assert.ok(first.code === 0 || /^ram-auth: Interrupted: /m.test(first.stderr), what);
      const changed = [first, second].filter(({ stdout }) => stdout.startsWith("Configured: "));
      assert.equal(changed.length, 1, what);
      assert.equal((await node.undo(...args, "--no-wait")).code, 0, what);
      assert.equal(await Deno.readTextFile(node.manifest), MANIFEST);
      await waitFor("the old API server", () => !running.started.at(-1)?.includes(node.flag));
    }
    assert.deepEqual(running.kubelet.strangers(), []);
  }));
});
