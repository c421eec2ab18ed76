import assert from "node:assert/strict";
import { FileError } from "../lib/files.ts";
import { exists, makeFolder } from "../lib/folders.ts";
import { realWorld, type World } from "../lib/world.ts";
import { inFolder, modeOf } from "./state/stored_files.ts";

/** A world in which each new folder is its owner's alone. */
function strictWorld(): World {
  const world = realWorld();
  return { ...world, fs: { ...world.fs, mkdir: (path, options) => Deno.mkdir(path, { ...options, mode: 0o700 }) } };
}

Deno.test("makeFolder() makes the folder private and those above it open, whatever the umask", () =>
  inFolder(async (folder) => {
    await makeFolder(strictWorld(), `${folder}/a/b/c`, { mode: 0o700 });
    assert.deepEqual(await Promise.all(["a", "a/b", "a/b/c"].map((path) => modeOf(`${folder}/${path}`))), [
      "755",
      "755",
      "700",
    ]);
  }));

Deno.test("makeFolder() leaves a folder that is there as it is", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/a`, { mode: 0o750 });
    await makeFolder(realWorld(), `${folder}/a`);
    assert.equal(await modeOf(`${folder}/a`), "750");
  }));

Deno.test("makeFolder() refuses the name of a file, with what to do", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "");
    for (const path of [`${folder}/a`, `${folder}/a/b`]) {
      await assert.rejects(makeFolder(realWorld(), path), (e) => e instanceof FileError && e.message.includes(folder));
    }
  }));

Deno.test("exists() counts a link that leads nowhere, and nothing below a file", () =>
  inFolder(async (folder) => {
    await Deno.symlink("nowhere", `${folder}/link`);
    await Deno.writeTextFile(`${folder}/file`, "");
    const world = realWorld();
    const found = ["link", "file", "gone", "file/x"].map((name) => exists(world, `${folder}/${name}`));
    assert.deepEqual(await Promise.all(found), [true, true, false, false]);
  }));
