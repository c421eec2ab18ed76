import assert from "node:assert/strict";
import { bundleSources, ENTRY, START_FLAGS } from "../../../scripts/compile/bundle.ts";
import { makeBundle } from "../../../scripts/compile/compile.ts";
import { stageSources } from "../../../scripts/compile/stage.ts";
import { TOKEN_PERMISSIONS } from "../../../scripts/permissions.ts";
import { shippedPackages } from "../../../scripts/release/lock_file.ts";
import { sameTokens } from "../../support/same_tokens.ts";

/** A package in the folder that Deno makes of a lock file: `.deno/@scope+name@1.0.0/node_modules/@scope/name/…`. */
const PACKAGE = /^node_modules\/\.deno\/[^/]*?@(\d[^/_]*)[^/]*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//;

Deno.test("the bundle that Deno runs, and that goes into a binary", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "bundle-test-" });
  try {
    await stageSources(`${folder}/staged`, "0123abc");
    const { inputs, outputs } = await bundleSources(`${folder}/staged`, `${folder}/bundle`);

    await t.step("holds packages of the bill of materials alone, and those of tests not at all", async () => {
      const { imports } = JSON.parse(await Deno.readTextFile("deno.json"));
      const listed = shippedPackages(await Deno.readTextFile("deno.lock"), imports);
      const held = new Set(
        Object.keys(inputs).map((path) => PACKAGE.exec(path)).filter((match) => match !== null)
          .map(([, version, name]) => `${name}@${version}`),
      );
      assert(held.has("yaml@2.9.1"), "not even a shipped package is found");
      assert.deepEqual([...held].filter((id) => !listed.has(id)), []);
      assert(![...listed.keys()].some((id) => id.startsWith("esbuild@")));
    });

    await t.step("has what a login needs in the entry and at most two files beside it, without packages", () => {
      const files = new Map(Object.entries(outputs).map(([path, output]) => [path.split("/").at(-1)!, output]));
      const loaded = new Set([ENTRY]);
      for (const name of loaded) {
        for (const { path, kind } of files.get(name)?.imports ?? []) {
          if (kind === "import-statement") loaded.add(path.split("/").at(-1)!);
        }
      }
      const sources = [...loaded].flatMap((name) => Object.keys(files.get(name)!.inputs));
      assert(loaded.size <= 3, [...loaded].join(", "));
      assert(sources.includes("lib/clouds/aws/signer.ts") && sources.includes("lib/clouds/alibaba/signer.ts"));
      assert.deepEqual(sources.filter((path) => !path.startsWith("lib/") && path !== "main.ts"), []);
    });

    await t.step("names no other file in a way that Deno reads at each start", async () => {
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["info", "--json", `${folder}/bundle/${ENTRY}`],
      }).output();
      const { modules }: { readonly modules: readonly unknown[] } = JSON.parse(new TextDecoder().decode(stdout));
      assert(modules.length >= 1 && modules.length <= 3, `${modules.length} modules`);
    });

    await t.step("makes the tokens that the sources make, byte for byte", async () => {
      await sameTokens({
        command: Deno.execPath(),
        args: ["run", ...START_FLAGS, ...TOKEN_PERMISSIONS, `${folder}/bundle/${ENTRY}`],
      });
    });

    await t.step("knows its commit", async () => {
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--allow-env", "--allow-read", `${folder}/bundle/${ENTRY}`, "version"],
      }).output();
      assert.match(new TextDecoder().decode(stdout), /^commit {2}0123abc$/m);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("deno task bundle replaces a bundle, which starts whatever deno.json and deno.lock are above it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bundle-test-" });
  try {
    const output = `${folder}/dist/bundle`;
    await Deno.mkdir(output, { recursive: true });
    await Deno.writeTextFile(`${output}/chunk-OF-BEFORE.js`, "");
    const commit = await makeBundle(output);
    for (const name of ["deno.json", "deno.lock"]) await Deno.writeTextFile(`${folder}/${name}`, "not JSON");
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-env", "--allow-read", `${output}/${ENTRY}`, "version"],
      cwd: folder,
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert(new TextDecoder().decode(stdout).includes(commit));
    const names = await Array.fromAsync(Deno.readDir(output), ({ name }) => name);
    assert(!names.includes("chunk-OF-BEFORE.js"));
    assert.deepEqual(await Array.fromAsync(Deno.readDir(`${folder}/dist`), ({ name }) => name), ["bundle"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
