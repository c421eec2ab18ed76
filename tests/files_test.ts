import assert from "node:assert/strict";
import { TOKEN_PERMISSIONS } from "../scripts/permissions.ts";
import {
  copyFileAtomic,
  FileError,
  folderOf,
  hiddenName,
  readTextFile,
  removeDrafts,
  writeFileAtomic,
} from "../lib/files.ts";
import type { Descriptor } from "../lib/descriptor.ts";
import { type FileSystem, realWorld, type World } from "../lib/world.ts";
import { inFolderOfOther, OTHER_USER, scriptOfOther, SWAP_DRAFTS, testAsRoot } from "./support/other_user.ts";
import { waitFor } from "./support/wait_for.ts";

const READ = { what: "the test file", maxBytes: 16 };
const WRITE = { what: "the test file", mode: 0o640 };

/** Runs the body with the path of a folder that is gone afterwards. */
async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function worldWith(fs: Partial<FileSystem>): World {
  const world = realWorld();
  return { ...world, fs: { ...world.fs, ...fs } };
}

for (
  const [what, bytes, want] of [
    ["text", new TextEncoder().encode("Grüße\n"), "Grüße\n"],
    ["an empty file", new Uint8Array(), ""],
    ["a file of exactly the cap", new Uint8Array(16).fill(0x61), "a".repeat(16)],
    ["a byte order mark, which is dropped", new Uint8Array([0xef, 0xbb, 0xbf, 0x61]), "a"],
  ] as const
) {
  Deno.test(`readTextFile() reads ${what}`, () =>
    inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/file`, bytes);
      assert.equal(await readTextFile(realWorld(), `${folder}/file`, READ), want);
    }));
}

for (
  const [what, bytes, why] of [
    ["one byte more than the cap", new Uint8Array(17).fill(0x61), /: it is larger than 16 bytes; make it smaller$/],
    ["bytes that are not UTF-8", new Uint8Array([0x61, 0xff]), /: it is not UTF-8 text; save it as UTF-8$/],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x61, 0]), /: it is not UTF-8 text/],
  ] as const
) {
  Deno.test(`readTextFile() refuses ${what}`, () =>
    inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/file`, bytes);
      await assert.rejects(readTextFile(realWorld(), `${folder}/file`, READ), isFileError(why, false));
    }));
}

Deno.test("readTextFile() keeps a byte order mark where that is asked for", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "\uFEFFa");
    assert.equal(await readTextFile(realWorld(), `${folder}/file`, { ...READ, keepsBom: true }), "\uFEFFa");
  }));

Deno.test("readTextFile() tells a missing file from a broken one", () =>
  inFolder(async (folder) => {
    await assert.rejects(readTextFile(realWorld(), `${folder}/gone`, READ), isFileError(/it does not exist/, true));
    await assert.rejects(
      readTextFile(realWorld(), folder, READ),
      isFileError(/it is a directory; name a file$/, false),
    );
    await Deno.writeTextFile(`${folder}/file`, "");
    await assert.rejects(readTextFile(realWorld(), `${folder}/file/x`, READ), isFileError(/it does not exist/, true));
  }));

Deno.test("a file that the runtime opens for nobody is not said to have a wrong owner or mode", async () => {
  const login = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...TOKEN_PERMISSIONS, "main.ts", "token", "-i", "c1", "--cloud", "aws"],
    env: { HOME: "/nonexistent", AWS_SHARED_CREDENTIALS_FILE: "/dev/shm/ram-auth-none" },
    clearEnv: true,
    stdin: "null",
  });
  const { code, stderr } = await login.output();
  assert.equal(code, 1);
  assert.match(
    new TextDecoder().decode(stderr),
    /Cannot read AWS's shared file "\/dev\/shm\/ram-auth-none": the runtime of ram-auth opens nothing below \/dev/,
  );
});

Deno.test("readTextFile() reads a file without a size no further than the cap", async () => {
  await assert.rejects(
    readTextFile(realWorld(), "/dev/zero", READ),
    isFileError(/larger than 16 bytes; make it smaller$/, false),
  );
});

for (const error of [Deno.errors.PermissionDenied, Deno.errors.NotCapable]) {
  Deno.test(`readTextFile() says what to do about ${error.name}`, async () => {
    const world = worldWith({ open: () => Promise.reject(new error("no")) });
    await assert.rejects(
      readTextFile(world, "/x", READ),
      isFileError(/permission denied; check its owner and mode$/, false),
    );
  });
}

Deno.test("writeFileAtomic() writes a file with its mode, over an older one", () =>
  inFolder(async (folder) => {
    const path = `${folder}/file`;
    await Deno.writeTextFile(path, "old, and longer than what comes");
    await writeFileAtomic(realWorld(), path, "Grüße\n", WRITE);
    assert.equal(await Deno.readTextFile(path), "Grüße\n");
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o640);
    assert.deepEqual(await namesIn(folder), ["file"]);
  }));

Deno.test("writeFileAtomic() takes the place of a symbolic link, and leaves its target", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/target`, "old");
    await Deno.symlink(`${folder}/target`, `${folder}/file`);
    await writeFileAtomic(realWorld(), `${folder}/file`, "new", WRITE);
    assert.equal(await Deno.readTextFile(`${folder}/target`), "old");
    assert.equal((await Deno.lstat(`${folder}/file`)).isFile, true);
  }));

Deno.test("writeFileAtomic() leaves the old file and no other where it fails", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "old");
    const world = worldWith({ rename: () => Promise.reject(new Deno.errors.PermissionDenied("no")) });
    await assert.rejects(
      writeFileAtomic(world, `${folder}/file`, "new", WRITE),
      isFileError(/^Cannot write the test file/, false),
    );
    assert.equal(await Deno.readTextFile(`${folder}/file`), "old");
    assert.deepEqual(await namesIn(folder), ["file"]);
  }));

Deno.test("writeFileAtomic() refuses a folder that is not there", () =>
  inFolder(async (folder) => {
    await assert.rejects(
      writeFileAtomic(realWorld(), `${folder}/gone/file`, "new", WRITE),
      isFileError(/it does not exist; check the path$/, true),
    );
  }));

Deno.test("writeFileAtomic() refuses to take the place of a folder", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/file`);
    await assert.rejects(
      writeFileAtomic(realWorld(), `${folder}/file`, "new", WRITE),
      isFileError(/directory/i, false),
    );
    assert.deepEqual(await namesIn(folder), ["file"]);
  }));

Deno.test("writeFileAtomic() sets the exact mode on demand, whatever the umask", () =>
  inFolder(async (folder) => {
    const { openDescriptor: open } = realWorld().fs;
    const openDescriptor: FileSystem["openDescriptor"] = (path, options) =>
      open(path, options?.createMode === undefined ? options : { createMode: 0o600 });
    await writeFileAtomic(worldWith({ openDescriptor }), `${folder}/file`, "new", { ...WRITE, exactMode: true });
    assert.equal((await Deno.stat(`${folder}/file`)).mode! & 0o777, 0o640);
  }));

Deno.test("copyFileAtomic() copies every byte, over an older file", () =>
  inFolder(async (folder) => {
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    const whole = new Uint8Array(3 * 1_048_576 + 1).map((_, i) => bytes[i % bytes.length]!);
    await Deno.writeFile(`${folder}/source`, whole);
    await Deno.writeTextFile(`${folder}/file`, "old");
    await copyFileAtomic(realWorld(), `${folder}/source`, `${folder}/file`, WRITE);
    assert.deepEqual(await Deno.readFile(`${folder}/file`), whole);
    assert.equal((await Deno.stat(`${folder}/file`)).mode! & 0o777, 0o640);
    assert.deepEqual((await namesIn(folder)).sort(), ["file", "source"]);
  }));

Deno.test("copyFileAtomic() leaves the old file and no other where the source is missing", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "old");
    await assert.rejects(
      copyFileAtomic(realWorld(), `${folder}/gone`, `${folder}/file`, WRITE),
      isFileError(/^Cannot write the test file/, true),
    );
    assert.equal(await Deno.readTextFile(`${folder}/file`), "old");
    assert.deepEqual(await namesIn(folder), ["file"]);
  }));

/** A world that tells what is done with each descriptor, before it is done. */
function watchedWorld(before: (path: string, call: keyof Descriptor) => void | Promise<void>): World {
  const { openDescriptor: open } = realWorld().fs;
  return worldWith({
    openDescriptor: async (path, options) => {
      const file = await open(path, options);
      const watched =
        <Args extends unknown[], T>(call: keyof Descriptor, run: (...args: Args) => Promise<T>) =>
        async (...args: Args) => {
          await before(path, call);
          return await run(...args);
        };
      return {
        stat: watched("stat", () => file.stat()),
        read: watched("read", (buffer) => file.read(buffer)),
        write: watched("write", (bytes) => file.write(bytes)),
        chmod: watched("chmod", (mode) => file.chmod(mode)),
        chown: watched("chown", (uid, gid) => file.chown(uid, gid)),
        sync: watched("sync", () => file.sync()),
        [Symbol.dispose]: () => file[Symbol.dispose](),
      };
    },
  });
}

Deno.test("writeFileAtomic() flushes the file before it has its name, and the folder after", () =>
  inFolder(async (folder) => {
    const real = await Deno.realPath(folder);
    const flushed: string[] = [];
    const world = watchedWorld(async (path, call) => {
      if (call !== "sync") return;
      const isThere = (await namesIn(folder)).includes("file");
      flushed.push(`${path === real ? "folder" : "file"} ${isThere ? "after" : "before"}`);
    });
    await writeFileAtomic(world, `${folder}/file`, "new", WRITE);
    assert.deepEqual(flushed, ["file before", "folder after"]);
  }));

Deno.test("writeFileAtomic() gives a draft a name with a dot before it on demand, and removeDrafts() finds it", () =>
  inFolder(async (folder) => {
    const names: string[] = [];
    const rename = (from: string | URL) => {
      names.push(String(from).slice(folder.length + 1));
      throw new Deno.errors.PermissionDenied("made up");
    };
    const path = `${folder}/file`;
    await assert.rejects(
      writeFileAtomic(worldWith({ rename }), path, "new", { ...WRITE, hidesDraft: true }),
      FileError,
    );
    assert.match(names[0]!, /^\.file\.[0-9a-f-]{36}\.tmp$/);
    await Deno.writeTextFile(`${folder}/${names[0]}`, "left");
    await removeDrafts(realWorld(), path);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), names);
    await removeDrafts(realWorld(), hiddenName(path));
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("writeFileAtomic() renames no link that was put in its draft's place at the last moment", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/secret`, "of another");
    const world = watchedWorld(async (path, call) => {
      if (call !== "sync" || !path.endsWith(".tmp")) return;
      await Deno.remove(path);
      await Deno.symlink(`${folder}/secret`, path);
    });
    await assert.rejects(
      writeFileAtomic(world, `${folder}/file`, "new", WRITE),
      isFileError(/another user moved its folder, or the new file in it/, false),
    );
    assert.deepEqual(await namesIn(folder), ["secret"]);
  }));

Deno.test("writeFileAtomic() gives nothing away, and writes nothing, in a folder that took its folder's place", () =>
  inFolder(async (folder) => {
    for (const name of ["theirs", "cron.d"]) await Deno.mkdir(`${folder}/${name}`);
    const calls: (keyof Descriptor)[] = [];
    const watched = watchedWorld((_, call) => void calls.push(call));
    const openDescriptor: FileSystem["openDescriptor"] = async (path, options) => {
      await Deno.rename(`${folder}/theirs`, `${folder}/moved`);
      await Deno.symlink("cron.d", `${folder}/theirs`);
      return await watched.fs.openDescriptor(path, options);
    };
    const owner = { uid: Deno.uid()!, gid: 0 };
    await assert.rejects(
      writeFileAtomic(worldWith({ openDescriptor }), `${folder}/theirs/file`, "new", { ...WRITE, owner }),
      isFileError(/another user moved its folder/, false),
    );
    assert.deepEqual(calls.filter((call) => call !== "stat"), []);
    assert.deepEqual(await namesIn(`${folder}/cron.d`), []);
  }));

testAsRoot(
  "writeFileAtomic() gives the file away that it wrote, and its mode too",
  () =>
    inFolderOfOther(async (folder) => {
      const owner = { uid: OTHER_USER, gid: OTHER_USER };
      await writeFileAtomic(realWorld(), `${folder}/file`, "new", { ...WRITE, owner });
      const { uid, gid, mode } = await Deno.stat(`${folder}/file`);
      assert.deepEqual([uid, gid, mode! & 0o777], [OTHER_USER, OTHER_USER, 0o640]);
    }),
);

testAsRoot(
  "writeFileAtomic() gives nothing else away when its draft is swapped for a link",
  () =>
    inFolderOfOther(async (folder) => {
      const secret = `${folder.slice(0, -"/theirs".length)}/secret`;
      await Deno.writeTextFile(secret, "of root", { mode: 0o600 });
      const options = { what: "the test file", mode: 0o666, owner: { uid: OTHER_USER, gid: OTHER_USER } };
      const path = `${folder}/file`;
      await using _swapper = await scriptOfOther(SWAP_DRAFTS, folder, secret);
      await waitFor("the swap to be noticed", async () => {
        try {
          await writeFileAtomic(realWorld(), path, "new", options);
          return false;
        } catch (error) {
          return error instanceof FileError && /another user moved/.test(error.message);
        } finally {
          const { uid, mode } = await Deno.stat(secret);
          assert.deepEqual([uid, mode! & 0o777, await Deno.readTextFile(secret)], [0, 0o600, "of root"]);
        }
      });
    }),
);

Deno.test("removeDrafts() removes what killed processes left of this file, and nothing else", () =>
  inFolder(async (folder) => {
    const id = crypto.randomUUID();
    const others = ["file", `other.${id}.tmp`, `file.${id}`, "file.tmp", `file.${id}.tmp.old`];
    for (const name of [...others, `file.${id}.tmp`]) await Deno.writeTextFile(`${folder}/${name}`, name);
    await removeDrafts(realWorld(), `${folder}/file`);
    assert.deepEqual((await namesIn(folder)).sort(), others.toSorted());
    await removeDrafts(realWorld(), `${folder}/gone/file`);
  }));

Deno.test("folderOf() is the folder by name", () => {
  for (const [path, want] of [["a", "."], ["/a", "/"], ["a/b", "a"], ["/a/b/", "/a"], ["./a", "."]]) {
    assert.equal(folderOf(path!), want);
  }
});

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
}

function isFileError(message: RegExp, missing: boolean): (thrown: unknown) => boolean {
  return (e) => {
    assert(e instanceof FileError);
    assert.match(e.message, message);
    assert.deepEqual({ code: e.code, missing: e.missing }, { code: "ERR_FILE", missing });
    return true;
  };
}
