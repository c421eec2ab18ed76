import assert from "node:assert/strict";
import { listApiservers, readProcessList } from "../../../../lib/cli/apiserver/running/processes.ts";
import { prepareFakeApiserver } from "../../../support/control_plane_node/fake_apiserver.ts";

const FLAG = "--authentication-token-webhook-config-file";

/** A line as the shell prints it. */
function line(pid: number, ...words: readonly string[]): string {
  return `${pid} ${new TextEncoder().encode(words.map((word) => `${word}\0`).join("")).toHex()}\n`;
}

Deno.test("readProcessList() reads the words of a command line as they are", () => {
  for (const words of [["--v=2", `${FLAG}=/a\n=b`], ["", "", "x"], []]) {
    assert.deepEqual(readProcessList(line(7, "/usr/local/bin/kube-apiserver", ...words)), [{ pid: 7, words }]);
  }
});

Deno.test("readProcessList() leaves out whatever only speaks of kube-apiserver", () => {
  const text = line(1, "grep", "kube-apiserver") + line(2, "/bin/sh", "-c", "kube-apiserver", `${FLAG}=/a`) +
    line(3, "kube-apiserver-proxy", `${FLAG}=/a`) + line(4, "/opt/kube-apiserver/run") + "5 \n6 6x\n\n" +
    "kube-apiserver\n" + line(8, "kube-apiserver");
  assert.deepEqual(readProcessList(text), [{ pid: 8, words: [] }]);
});

Deno.test("listApiservers() sees a process with its flags, and no longer once it has ended", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const start = await prepareFakeApiserver(folder);
    const flag = `${FLAG}=${folder}/x y\nz`;
    const seen = async () => {
      const listed = await listApiservers(new AbortController().signal);
      assert.equal(listed.kind, "listed");
      return (listed.kind === "listed" ? listed.processes : []).filter((one) => one.words.includes(flag));
    };
    await using process = start([flag]);
    while ((await seen()).length === 0);
    await process.stop("SIGKILL");
    assert.deepEqual(await seen(), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
