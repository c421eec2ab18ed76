import assert from "node:assert/strict";
import { kubeconfigFile } from "../../lib/cli/kubeconfig/file.ts";
import { editLocked, previewEdit } from "../../lib/cli/locked_edit.ts";
import { FileError } from "../../lib/files.ts";
import { YamlEditError } from "../../lib/yaml/splice.ts";
import { realWorld } from "../../lib/world.ts";
import { testNeeding } from "../support/needs.ts";
import {
  inFolderOfOther,
  OTHER_USER,
  scriptOfOther,
  shellOfOther,
  SWAP_DRAFTS,
  testAsRoot,
} from "../support/other_user.ts";
import { waitFor } from "../support/wait_for.ts";

const world = realWorld();
const signal = new AbortController().signal;
const append = (before = "") => Promise.resolve(`${before}# more\n`);

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "kubeconfig-file-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();

for (const mode of [0o600, 0o640, 0o664]) {
  Deno.test(`editLocked() keeps the mode ${mode.toString(8)} of the file`, () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/config`, "kind: Config\n");
      await Deno.chmod(`${folder}/config`, mode);
      const edited = await editLocked(world, kubeconfigFile(`${folder}/config`), append, { signal });
      assert.deepEqual(edited, { before: "kind: Config\n", after: "kind: Config\n# more\n" });
      assert.equal(await Deno.readTextFile(`${folder}/config`), edited.after);
      assert.equal((await Deno.stat(`${folder}/config`)).mode! & 0o777, mode);
      assert.deepEqual(namesIn(folder), ["config"]);
    }));
}

Deno.test("editLocked() keeps the owner of the file", () =>
  inFolder(async (folder) => {
    const path = `${folder}/config`;
    await Deno.writeTextFile(path, "");
    // Only the administrator can give files away; whoever else runs this keeps theirs.
    await Deno.chown(path, 12_345, 12_346).catch(() => {});
    const { uid, gid } = await Deno.stat(path);
    await editLocked(world, kubeconfigFile(path), append, { signal });
    const info = await Deno.stat(path);
    assert.deepEqual([info.uid, info.gid], [uid, gid]);
  }));

Deno.test("editLocked() writes through symbolic links to the file itself", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/elsewhere`);
    await Deno.writeTextFile(`${folder}/elsewhere/real`, "a: 1\n");
    await Deno.symlink("elsewhere/real", `${folder}/link`);
    await Deno.symlink("link", `${folder}/config`);
    await editLocked(world, kubeconfigFile(`${folder}/config`), append, { signal });
    assert.equal(await Deno.readTextFile(`${folder}/elsewhere/real`), "a: 1\n# more\n");
    for (const name of ["config", "link"]) assert.ok((await Deno.lstat(`${folder}/${name}`)).isSymlink, name);
    assert.deepEqual(namesIn(folder), ["config", "elsewhere", "link"]);
  }));

Deno.test("editLocked() refuses a link to what is not there, and leaves it", () =>
  inFolder(async (folder) => {
    await Deno.symlink("gone", `${folder}/config`);
    await assert.rejects(editLocked(world, kubeconfigFile(`${folder}/config`), append, { signal }), {
      code: "ERR_FILE",
      message: /it is a link to what is not there; make that file first/,
    });
    assert.deepEqual(namesIn(folder), ["config"]);
  }));

Deno.test("editLocked() keeps a byte order mark", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/config`, "\uFEFFa: 1\n");
    await editLocked(world, kubeconfigFile(`${folder}/config`), append, { signal });
    const bytes = await Deno.readFile(`${folder}/config`);
    assert.deepEqual([...bytes.subarray(0, 4)], [0xef, 0xbb, 0xbf, 0x61]);
  }));

Deno.test("editLocked() does not touch a file that stays as it is", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/config`, "a: 1\n");
    const { ino } = await Deno.stat(`${folder}/config`);
    await editLocked(world, kubeconfigFile(`${folder}/config`), (before) => Promise.resolve(before!), { signal });
    assert.equal((await Deno.stat(`${folder}/config`)).ino, ino);
  }));

Deno.test("editLocked() leaves the file and no lock where the edit fails", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/config`, "a: 1\n");
    const path = `${folder}/config`;
    const fail = () => Promise.reject(new YamlEditError("it is made up; edit it by hand"));
    const says = { message: /^Cannot edit the kubeconfig ".*config": it is made up; edit it by hand$/ };
    await assert.rejects(editLocked(world, kubeconfigFile(path), fail, { signal }), says);
    await assert.rejects(previewEdit(world, kubeconfigFile(path), fail), says);
    assert.equal(await Deno.readTextFile(`${folder}/config`), "a: 1\n");
    assert.deepEqual(namesIn(folder), ["config"]);
  }));

Deno.test("editLocked() waits for another writer, and edits what that one wrote", () =>
  inFolder(async (folder) => {
    const path = `${folder}/config`;
    await Deno.writeTextFile(path, "a: 1\n");
    await Deno.writeTextFile(`${path}.lock`, "");
    let hasRead = false;
    const edited = editLocked(world, kubeconfigFile(path), (before) => {
      hasRead = true;
      return append(before);
    }, { signal, maxWaitMs: 60_000 });
    await Deno.writeTextFile(path, "b: 2\n");
    assert.equal(hasRead, false);
    await Deno.remove(`${path}.lock`);
    assert.equal((await edited).after, "b: 2\n# more\n");
  }));

Deno.test("editLocked() gives up where the lock stays, says which file it is, and leaves it", () =>
  inFolder(async (folder) => {
    const path = `${folder}/config`;
    await Deno.writeTextFile(path, "a: 1\n");
    await Deno.writeTextFile(`${path}.lock`, "");
    await assert.rejects(
      editLocked(world, kubeconfigFile(path), append, { signal, maxWaitMs: 0 }),
      (e) => e instanceof FileError && e.message.includes(`another program holds "${path}.lock"; try again, and`),
    );
    assert.deepEqual(namesIn(folder), ["config", "config.lock"]);
  }));

Deno.test("editLocked() does not mind that a person removes its lock meanwhile", () =>
  inFolder(async (folder) => {
    const path = `${folder}/config`;
    await editLocked(world, kubeconfigFile(path), async (before) => {
      await Deno.remove(`${path}.lock`);
      return await append(before);
    }, { signal });
    assert.equal(await Deno.readTextFile(path), "# more\n");
  }));

Deno.test("editLocked() stops waiting when it is interrupted", () =>
  inFolder(async (folder) => {
    const path = `${folder}/config`;
    await Deno.writeTextFile(`${path}.lock`, "");
    const stop = new AbortController();
    const edited = editLocked(world, kubeconfigFile(path), append, { signal: stop.signal, maxWaitMs: 600_000 });
    stop.abort();
    await assert.rejects(edited, { message: /interrupted; nothing was written/ });
    assert.deepEqual(namesIn(folder), ["config.lock"]);
  }));

Deno.test("editLocked() says what it cannot make", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await assert.rejects(editLocked(world, kubeconfigFile(`${folder}/file/config`), append, { signal }), {
      code: "ERR_FILE",
      message: /^Cannot make the folder .*--kubeconfig$/,
    });
    await Deno.mkdir(`${folder}/config`);
    await assert.rejects(
      editLocked(world, kubeconfigFile(`${folder}/config`), append, { signal }),
      /it is a directory; name a file/,
    );
    assert.deepEqual(namesIn(folder), ["config", "file"]);
  }));

testNeeding(["kubectl"], "kubectl and editLocked() keep out of each other's way", () =>
  inFolder(async (folder) => {
    const path = `${folder}/config`;
    await Deno.writeTextFile(path, "kind: Config\napiVersion: v1\n");
    const kubectl = async (name: string) => {
      const args = [`--kubeconfig=${path}`, "config", "set-credentials", name, "--token=made-up"];
      const { code, stderr } = await new Deno.Command("kubectl", { args, stdin: "null" }).output();
      return { code, stderr: new TextDecoder().decode(stderr) };
    };
    const entered = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const edited = editLocked(world, kubeconfigFile(path), async (before) => {
      entered.resolve();
      await leave.promise;
      return await append(before);
    }, { signal });
    await entered.promise;
    const refused = await kubectl("early");
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /config\.lock: file exists/);
    leave.resolve();
    await edited;
    await waitFor("kubectl to be let in", async () => (await kubectl("late")).code === 0);
    assert.match(await Deno.readTextFile(path), /name: late/);
  }));

Deno.test("editLocked() clears what a killed run left beside the file", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/config.${crypto.randomUUID()}.tmp`, "token: half");
    await editLocked(world, kubeconfigFile(`${folder}/config`), append, { signal });
    assert.deepEqual(namesIn(folder), ["config"]);
  }));

testAsRoot("editLocked() leaves a file of another user that user's", () =>
  inFolderOfOther(async (folder) => {
    await shellOfOther('echo "kind: Config" >"$1/config"; chmod 640 "$1/config"', folder);
    await editLocked(world, kubeconfigFile(`${folder}/config`), append, { signal });
    const { uid, gid, mode } = await Deno.stat(`${folder}/config`);
    assert.deepEqual([uid, gid, mode! & 0o777], [OTHER_USER, OTHER_USER, 0o640]);
    assert.equal(await shellOfOther('cat "$1/config"', folder), "kind: Config\n# more\n");
  }));

for (
  const [what, plant, why] of [
    ["a link to a file of root", 'ln -s "$2" "$1/config"', /is a link in a folder where a user other than root may/],
    ["a folder that is a link", 'mkdir "$1/x"; ln -s "$(dirname "$2")" "$1/kube"', /is a link in a folder where/],
    ["a FIFO", 'mkfifo "$1/config"', /it is no regular file; name a file$/],
  ] as const
) {
  testAsRoot(
    `editLocked() as root refuses ${what} in the folder of another user, and touches nothing`,
    () =>
      inFolderOfOther(async (folder) => {
        const secret = `${folder.slice(0, -"/theirs".length)}/config`;
        await Deno.writeTextFile(secret, "of: root\n", { mode: 0o600 });
        await shellOfOther(plant, folder, secret);
        const path = what.startsWith("a folder") ? `${folder}/kube/config` : `${folder}/config`;
        await assert.rejects(editLocked(world, kubeconfigFile(path), append, { signal }), why);
        const { uid, mode } = await Deno.stat(secret);
        assert.deepEqual([await Deno.readTextFile(secret), uid, mode! & 0o777], ["of: root\n", 0, 0o600]);
      }),
  );
}

testAsRoot(
  "editLocked() as root gives nothing of root away while another user swaps its draft for a link",
  () =>
    inFolderOfOther(async (folder) => {
      const secret = `${folder.slice(0, -"/theirs".length)}/secret`;
      await Deno.writeTextFile(secret, "of: root\n", { mode: 0o600 });
      await shellOfOther('echo "kind: Config" >"$1/config"; chmod 666 "$1/config"', folder);
      await using _swapper = await scriptOfOther(SWAP_DRAFTS, folder, secret);
      await waitFor("the swap to be noticed", async () => {
        try {
          await editLocked(world, kubeconfigFile(`${folder}/config`), append, { signal });
          return false;
        } catch (error) {
          return /another user moved|is a link in a folder/.test(String(error));
        } finally {
          const { uid, mode } = await Deno.stat(secret);
          assert.deepEqual([await Deno.readTextFile(secret), uid, mode! & 0o777], ["of: root\n", 0, 0o600]);
        }
      });
    }),
);
