import assert from "node:assert/strict";
import { openDescriptor } from "../lib/descriptor.ts";
import { inFolder } from "./state/stored_files.ts";
import { OTHER_USER, testAsRoot } from "./support/other_user.ts";
import { waitFor } from "./support/wait_for.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("openDescriptor() makes a file, once, and writes and reads it", () =>
  inFolder(async (folder) => {
    {
      using made = await openDescriptor(`${folder}/file`, { createMode: 0o640 });
      assert.equal(await made.write(bytes("hello")), 5);
      await made.sync();
      assert.equal((await made.stat()).mode, 0o640);
    }
    await assert.rejects(openDescriptor(`${folder}/file`, { createMode: 0o600 }), Deno.errors.AlreadyExists);
    using file = await openDescriptor(`${folder}/file`);
    const buffer = new Uint8Array(9);
    assert.equal(await file.read(buffer), 5);
    assert.deepEqual(buffer.subarray(0, 5), bytes("hello"));
    assert.equal(await file.read(buffer), null);
  }));

Deno.test("openDescriptor() opens no link, not even one that leads to a file", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "x");
    await Deno.symlink("file", `${folder}/link`);
    await assert.rejects(openDescriptor(`${folder}/link`), Deno.errors.FilesystemLoop);
    await assert.rejects(openDescriptor(`${folder}/link`, { createMode: 0o600 }), Deno.errors.AlreadyExists);
  }));

Deno.test("openDescriptor() does not wait for the other end of a FIFO", () =>
  inFolder(async (folder) => {
    assert((await new Deno.Command("mkfifo", { args: [`${folder}/fifo`] }).output()).success);
    using fifo = await openDescriptor(`${folder}/fifo`);
    const { isFile, isDirectory } = await fifo.stat();
    assert.deepEqual({ isFile, isDirectory }, { isFile: false, isDirectory: false });
  }));

for (
  const [what, path, error] of [
    ["what is not there", "gone", Deno.errors.NotFound],
    ["what stands below a file", "file/x", Deno.errors.NotADirectory],
  ] as const
) {
  Deno.test(`openDescriptor() says of ${what} what Deno says`, () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/file`, "x");
      await assert.rejects(openDescriptor(`${folder}/${path}`), error);
    }));
}

Deno.test("a descriptor changes the mode of what was opened, not of what has its name now", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "x", { mode: 0o600 });
    using file = await openDescriptor(`${folder}/file`);
    await Deno.rename(`${folder}/file`, `${folder}/moved`);
    await Deno.writeTextFile(`${folder}/file`, "another", { mode: 0o600 });
    await file.chmod(0o644);
    assert.equal((await Deno.stat(`${folder}/moved`)).mode! & 0o777, 0o644);
    assert.equal((await Deno.stat(`${folder}/file`)).mode! & 0o777, 0o600);
  }));

testAsRoot("a descriptor gives away what was opened, not what has its name now", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "x");
    using file = await openDescriptor(`${folder}/file`);
    await Deno.rename(`${folder}/file`, `${folder}/moved`);
    await Deno.writeTextFile(`${folder}/file`, "another");
    await file.chown(OTHER_USER, OTHER_USER);
    assert.deepEqual([(await Deno.stat(`${folder}/moved`)).uid, (await Deno.stat(`${folder}/file`)).uid], [
      OTHER_USER,
      0,
    ]);
  }));

Deno.test("openDescriptor() opens the file that had the name, or none, while the name is swapped for a link", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/secret`, "of another");
    await Deno.writeTextFile(`${folder}/name`, "ours");
    const swapper = new Deno.Command("sh", {
      args: ["-c", "while :; do ln -s secret l; mv -T l name; echo ours >f; mv -T f name; echo; done"],
      cwd: folder,
      stdout: "piped",
    }).spawn();
    try {
      const reader = swapper.stdout.getReader();
      await reader.read();
      let refused = 0;
      await waitFor("the link to be met twenty times", async () => {
        try {
          using file = await openDescriptor(`${folder}/name`);
          const buffer = new Uint8Array(16);
          const text = new TextDecoder().decode(buffer.subarray(0, await file.read(buffer) ?? 0));
          assert(["ours", "ours\n"].includes(text), text);
        } catch (error) {
          if (error instanceof Deno.errors.FilesystemLoop) refused += 1;
          else if (!(error instanceof Deno.errors.NotFound)) throw error;
        }
        return refused >= 20;
      });
      await reader.cancel();
    } finally {
      swapper.kill("SIGKILL");
      await swapper.status;
    }
  }));
