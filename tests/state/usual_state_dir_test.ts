import assert from "node:assert/strict";
import { usualStateDir } from "../../lib/state/usual_state_dir.ts";
import { realWorld } from "../../lib/world.ts";

for (
  const [what, files, want] of [
    ["nothing anywhere", [], "ours"],
    ["a peer's pair", ["peer/cert.pem", "peer/key.pem"], "peer"],
    ["the pair of the second peer", ["other/cert.pem", "other/key.pem"], "other"],
    ["the pairs of both peers", ["peer/cert.pem", "peer/key.pem", "other/cert.pem", "other/key.pem"], "peer"],
    ["a peer's certificate without its key", ["peer/cert.pem"], "ours"],
    ["our own state beside a peer's pair", ["ours/cert.pem", "peer/cert.pem", "peer/key.pem"], "ours"],
    ["a file in the place of a peer's folder", ["peer"], "ours"],
  ] as const
) {
  Deno.test(`the usual state folder with ${what}`, async () => {
    const root = await Deno.makeTempDir({ prefix: "usual-state-dir-" });
    try {
      for (const file of files) {
        const path = `${root}/${file}`;
        await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
        await Deno.writeTextFile(path, "");
      }
      assert.equal(
        await usualStateDir(realWorld(), `${root}/ours`, [`${root}/peer`, `${root}/other`]),
        `${root}/${want}`,
      );
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  });
}
