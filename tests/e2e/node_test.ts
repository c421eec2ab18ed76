import assert from "node:assert/strict";
import { testNeeding } from "../support/needs.ts";
import { startNode } from "../support/node/node.ts";

testNeeding(
  ["kubeadmNode"],
  "a node as kubeadm makes it runs a control plane, and reaches what the test serves",
  async (t) => {
    const site = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response("from outside"));
    await using stack = new AsyncDisposableStack();
    stack.defer(() => site.shutdown());
    const node = stack.use(await startNode({ reaches: [site.addr.port] }));

    await t.step("its node is ready, and so is every part of its control plane", async () => {
      await node.waitFor("all pods to be ready", async () => {
        const { output } = await node.kubectl(["get", "pods", "-n", "kube-system", "--no-headers"]);
        return output.trim().split("\n").filter((line) => / 1\/1 +Running /.test(line)).length === 4;
      });
      const { output } = await node.kubectl(["get", "nodes", "--no-headers"]);
      assert.match(output, /^cp +Ready +control-plane /);
    });

    await t.step("its API server is reached from outside, by a certificate of its own authority", async () => {
      using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(node.caFile)] });
      assert.equal(await (await fetch(`${node.server}/readyz`, { client })).text(), "ok");
    });

    await t.step("it reaches the port that was named, and no other machine", async () => {
      const get = `exec 3<>/dev/tcp/127.0.0.1/${site.addr.port} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3`;
      assert.match((await node.run("bash", "-c", get)).output, /from outside$/);
      assert.equal(await node.sh("ip -oneline link"), await node.sh("ip -oneline link show lo"));
    });
  },
);
