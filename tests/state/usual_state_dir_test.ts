import assert from "node:assert/strict";
import { holdsPeersPair, usualStateDir } from "../../lib/state/usual_state_dir.ts";
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

for (
  const [what, files, want] of [
    ["nothing", [], false],
    ["a pair", ["cert.pem", "key.pem"], true],
    ["a certificate alone", ["cert.pem"], false],
    ["a pair and its CA", ["cert.pem", "key.pem", "ca.pem"], false],
  ] as const
) {
  Deno.test(`a state folder with ${what} is ${want ? "" : "not "}that of a peer`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "peers-pair-" });
    try {
      for (const file of files) await Deno.writeTextFile(`${folder}/${file}`, "");
      assert.equal(await holdsPeersPair(realWorld(), folder), want);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
