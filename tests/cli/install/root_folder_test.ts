import assert from "node:assert/strict";
import { run } from "../../../lib/cli/install/uninstall.ts";
import { parseFlags } from "../../../lib/config/flags.ts";
import { loadSettings } from "../../../lib/config/settings.ts";
import { RamAuthError } from "../../../lib/errors.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { contentsOf } from "../../state/stored_files.ts";
import { inSite, tree } from "./site.ts";

async function uninstall(root: string, ...args: string[]): Promise<string> {
  const world = fakeWorld();
  const flags = await parseFlags("uninstall", ["--root", root, "--prompt=false", ...args]);
  const settings = await loadSettings("uninstall", flags, world);
  const stopSignal = () => Promise.resolve(new AbortController().signal);
  assert.equal(await run({ settings, world, stopSignal }), 0);
  return world.out();
}

const isRefused = (why: RegExp) => (e: unknown) =>
  e instanceof RamAuthError && e.code === "ERR_INSTALL" && why.test(e.message);

for (const path of ["/etc", "/var/lib", "/usr/local/bin", "/etc/ram-auth"]) {
  Deno.test(`--root does not follow an absolute link from ${path} out of the tree`, async () => {
    await inSite(async ({ root, install }) => {
      await install("-i", "demo");
      const host = `${root}-host`;
      await Deno.rename(root + path, host);
      await Deno.symlink(host, root + path);
      const before = await tree(host, Deno.readTextFile);
      const isOut = isRefused(/a link leads from ".*" out of ".*", to ".*"; make it a relative link/);
      await assert.rejects(install("-i", "other"), isOut);
      await assert.rejects(install("-i", "other", "--dry-run"), isOut);
      await assert.rejects(uninstall(root), isOut);
      await assert.rejects(uninstall(root, "--purge", "--dry-run"), isOut);
      assert.deepEqual(await tree(host, Deno.readTextFile), before);
    });
  });
}

Deno.test("--root refuses a link that leads nowhere, and follows one that stays in the tree", async () => {
  await inSite(async ({ root, install }) => {
    await Deno.mkdir(`${root}/data/lib`, { recursive: true });
    await Deno.mkdir(`${root}/var`);
    await Deno.symlink("../data/lib", `${root}/var/lib`);
    await install("-i", "demo");
    assert.equal(Object.keys(await contentsOf(`${root}/data/lib/ram-auth`)).length, 5);
    await Deno.remove(`${root}/var/lib`);
    await Deno.symlink("/nonexistent/lib", `${root}/var/lib`);
    await assert.rejects(install("-i", "demo"), isRefused(/a link leads from ".*" to what is not there/));
  });
});

for (
  const [what, at] of [
    ["a state folder that is a link", "/var/lib/ram-auth"],
    ["a key that is a link", "/var/lib/ram-auth/ca-key.pem"],
    ["a webhook kubeconfig that is a link", "/etc/kubernetes/ram-auth/kubeconfig.yaml"],
  ] as const
) {
  Deno.test(`uninstall --purge refuses ${what}, and removes nothing`, async () => {
    await inSite(async ({ root, install }) => {
      await install("-i", "demo");
      await Deno.mkdir(`${root}/data`);
      const elsewhere = `${root}/data/it`;
      await Deno.rename(root + at, elsewhere);
      await Deno.symlink("../".repeat(at.split("/").length - 2) + "data/it", root + at);
      const before = await tree(root, (path) => Deno.lstat(path).then(({ size }) => size));
      for (const args of [["--purge"], ["--purge", "--dry-run"]]) {
        await assert.rejects(
          uninstall(root, ...args),
          isRefused(/it is a link to ".*data\/it", which would stay, .* Nothing was removed$/),
        );
      }
      assert.deepEqual(await tree(root, (path) => Deno.lstat(path).then(({ size }) => size)), before);
      assert.match(await uninstall(root), /^kept .*the state, with the keys/m);
    });
  });
}
