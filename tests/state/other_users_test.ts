import assert from "node:assert/strict";
import { FileError } from "../../lib/files.ts";
import { initialize, type InitOptions, previewInit } from "../../lib/state/init.ts";
import { ensureState } from "../../lib/state/state_dir.ts";
import { SOCKETS_PREFIX } from "../../lib/state/state_files.ts";
import { StateError } from "../../lib/state/state_error.ts";
import { withStateLock } from "../../lib/state/state_lock.ts";
import { retireWebhookToken, rotateWebhookToken } from "../../lib/state/token_rotation.ts";
import { inFolderOfOther, OTHER_USER, scriptOfOther, shellOfOther, testAsRoot } from "../support/other_user.ts";
import { contentsOf, daysAfter, inFolder, modeOf, optionsFor, START, worldAt } from "./stored_files.ts";

const world = worldAt(START);

const NAMES = ["ca-key.pem", "ca.pem", "cert.pem", "key.pem"];

async function ownerOf(path: string): Promise<number> {
  return (await Deno.lstat(path)).uid!;
}

async function statusesOf(stateDir: string, at = world): Promise<Record<string, string>> {
  const { files } = await ensureState(at, optionsFor(stateDir));
  return Object.fromEntries(files.map(({ path, status }) => [path.slice(path.lastIndexOf("/") + 1), status]));
}

function initOptions(folder: string): InitOptions & { readonly kubeconfigPath: string } {
  return {
    ...optionsFor(`${folder}/state`),
    port: 21_362,
    kubeconfigPath: `${folder}/api/kubeconfig.yaml`,
    ownsKubeconfigFolder: true,
  };
}

testAsRoot("Files that root creates in the service's state folder belong to the service", async () => {
  await inFolderOfOther(async (folder) => {
    await ensureState(world, optionsFor(folder));
    for (const name of NAMES) assert.equal(await ownerOf(`${folder}/${name}`), OTHER_USER, name);
    assert.equal(await shellOfOther('cat "$1"/*.pem | grep -c BEGIN; ls -A "$1" | wc -l', folder), "4\n4\n");
  });
});

testAsRoot("Who may ask belongs to the service, after a rotation by root, too", async () => {
  await inFolderOfOther(async (folder) => {
    const options = { ...optionsFor(folder), port: 1, kubeconfigPath: `${folder}.kubeconfig` };
    try {
      for (const act of [initialize, rotateWebhookToken, retireWebhookToken]) {
        await act(world, options);
        assert.equal(await ownerOf(`${folder}/webhook-tokens`), OTHER_USER, act.name);
        assert.equal(
          await shellOfOther('grep -c ^sha256: "$1"/webhook-tokens; ls -A "$1" | wc -l', folder),
          `${act === rotateWebhookToken ? 2 : 1}\n5\n`,
        );
        assert.deepEqual([await ownerOf(options.kubeconfigPath), await modeOf(options.kubeconfigPath)], [0, "600"]);
      }
    } finally {
      await Deno.remove(options.kubeconfigPath).catch(() => {});
    }
  });
});

testAsRoot("Files that root renews in the service's state folder belong to the service", async () => {
  await inFolderOfOther(async (folder) => {
    await ensureState(world, optionsFor(folder));
    const later = worldAt(daysAfter(START, 300));
    assert.equal((await statusesOf(folder, later))["cert.pem"], "renewed");
    assert.equal(await ownerOf(`${folder}/cert.pem`), OTHER_USER);
  });
});

testAsRoot("What root left in the state folder of the service is given to it, and a preview says so", async () => {
  await inFolderOfOther(async (folder) => {
    await ensureState(world, optionsFor(folder));
    for (const name of ["ca-key.pem", "cert.pem"]) await Deno.chown(`${folder}/${name}`, 0, 0);
    const before = await contentsOf(folder);
    const options = { ...optionsFor(folder), port: 1, kubeconfigPath: `${folder}.kubeconfig` };
    const preview = await previewInit(world, options);
    assert.equal(await ownerOf(`${folder}/ca-key.pem`), 0, "a preview writes nothing");
    assert.deepEqual(preview.files.filter(({ status }) => status === "mended").map(({ path }) => path), [
      `${folder}/ca-key.pem`,
      `${folder}/cert.pem`,
    ]);
    assert.deepEqual(await statusesOf(folder), {
      "ca-key.pem": "mended",
      "ca.pem": "kept",
      "key.pem": "kept",
      "cert.pem": "mended",
    });
    for (const name of NAMES) assert.equal(await ownerOf(`${folder}/${name}`), OTHER_USER, name);
    assert.deepEqual(await contentsOf(folder), before);
  });
});

testAsRoot("A state folder that root made stays root's, with everything in it", async () => {
  await inFolder(async (folder) => {
    await ensureState(world, optionsFor(folder));
    for (const name of NAMES) assert.equal(await ownerOf(`${folder}/${name}`), 0, name);
  });
});

for (
  const [what, plant, why] of [
    ["a link to a key of root", 'ln -s "$2" "$1/ca-key.pem"', /is a link in a folder where a user other than root may/],
    ["a FIFO", 'mkfifo "$1/ca-key.pem"', /it is no regular file; name a file; if the file is lost/],
    ["a folder", 'mkdir "$1/ca-key.pem"', /it is a directory; name a file/],
  ] as const
) {
  testAsRoot(`Root does not read ${what} that the service put into its state folder`, async () => {
    await inFolderOfOther(async (folder) => {
      await ensureState(world, optionsFor(folder));
      const secret = `${folder.slice(0, -"/theirs".length)}/secret.pem`;
      await Deno.copyFile(`${folder}/ca-key.pem`, secret);
      await Deno.chmod(secret, 0o600);
      await shellOfOther(`rm "$1/ca-key.pem"; ${plant}`, folder, secret);
      await assert.rejects(
        ensureState(worldAt(daysAfter(START, 300)), optionsFor(folder)),
        (e) => e instanceof StateError && why.test(e.message),
      );
      assert.equal(await ownerOf(secret), 0);
    });
  });
}

testAsRoot("Root does not follow a link that leads another user's folder elsewhere", async () => {
  await inFolderOfOther(async (folder) => {
    const outer = folder.slice(0, -"/theirs".length);
    await Deno.mkdir(`${outer}/roots`);
    await shellOfOther('ln -s "$2" "$1/state"', folder, `${outer}/roots`);
    await assert.rejects(
      ensureState(world, optionsFor(`${folder}/state`)),
      (e) => e instanceof FileError && /is a link in a folder where/.test(e.message),
    );
    assert.deepEqual(await contentsOf(`${outer}/roots`), {});
  });
});

for (const mode of [0o755, 0o711, 0o777, 0o1777]) {
  Deno.test(`A state folder with mode ${mode.toString(8)} is closed to others, and a report says so`, async () => {
    await inFolder(async (folder) => {
      await Deno.chmod(folder, mode);
      const statuses = await statusesOf(folder);
      assert.equal(Object.values(statuses)[0], "mended");
      assert.equal(await modeOf(folder), "700");
      assert.deepEqual(new Set(Object.values(await statusesOf(folder))), new Set(["kept"]));
    });
  });
}

Deno.test("A state folder is closed to others although a server has its sockets there", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/${SOCKETS_PREFIX}0`);
    await Deno.chmod(folder, 0o755);
    await ensureState(world, optionsFor(folder));
    assert.equal(await modeOf(folder), "700");
  });
});

Deno.test("A preview tells that a state folder would be closed, and leaves it", async () => {
  await inFolder(async (folder) => {
    await ensureState(world, optionsFor(folder));
    await Deno.chmod(folder, 0o755);
    const options = { ...optionsFor(folder), port: 1, kubeconfigPath: `${folder}.kubeconfig` };
    const { files } = await previewInit(world, options);
    assert.deepEqual(files.filter(({ status }) => status === "mended").map(({ path }) => path), [folder]);
    assert.equal(await modeOf(folder), "755");
  });
});

Deno.test("A folder that holds other files stays open, and one that everybody can write is refused", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/notes`, "of somebody");
    await Deno.chmod(folder, 0o755);
    await ensureState(world, optionsFor(folder));
    assert.equal(await modeOf(folder), "755");
    await Deno.chmod(folder, 0o777);
    await assert.rejects(
      ensureState(world, optionsFor(folder)),
      (e) =>
        e instanceof StateError &&
        /every user .* can write there; .* a folder of its own by --state-dir/.test(e.message),
    );
  });
});

testAsRoot("A key that somebody put into an open state folder is not taken for ours", async () => {
  await inFolder(async (folder) => {
    await Deno.chmod(folder, 0o1777);
    await shellOfOther('echo "-----BEGIN PRIVATE KEY-----" >"$1/ca-key.pem"; chmod 600 "$1/ca-key.pem"', folder);
    await Deno.writeTextFile(`${folder}/ca-key.pem`, await madeKey());
    await assert.rejects(
      ensureState(world, optionsFor(folder)),
      (e) => e instanceof StateError && /user 65532 made it, while everybody could write in the folder/.test(e.message),
    );
  });
});

async function madeKey(): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await ensureState(world, optionsFor(folder));
    return await Deno.readTextFile(`${folder}/ca-key.pem`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testAsRoot("Nobody else holds the lock of a state folder, not even from the time when it was open", async () => {
  await inFolder(async (folder) => {
    await Deno.chmod(folder, 0o1777);
    const lock = 'exec 8<"$1"; flock 8; exec 9>"$1/.lock"; flock 9; echo locked; while :; do sleep 60; done';
    await using _holder = await scriptOfOther(lock, folder);
    assert.equal((await statusesOf(folder))["cert.pem"], "written");
    assert.deepEqual(Object.keys(await contentsOf(folder)).sort(), NAMES);
  });
});

testAsRoot("The service can open the lock that root holds in its folder", async () => {
  await inFolderOfOther(async (folder) => {
    const heir = { uid: OTHER_USER, gid: OTHER_USER };
    await withStateLock(world, folder, async () => {
      assert.equal(await shellOfOther('flock -n "$1/.lock" true || echo held', folder), "held\n");
      await shellOfOther('exec 9<"$1/.lock"', folder);
    }, { heir });
    assert.equal(await shellOfOther('ls -A "$1"', folder), "");
  });
});

testAsRoot("A lock that is no regular file is refused, whatever it leads to", async () => {
  await inFolderOfOther(async (folder) => {
    const secret = `${folder.slice(0, -"/theirs".length)}/secret`;
    await Deno.writeTextFile(secret, "of root");
    for (const plant of ['ln -s "$2" "$1/.lock"', 'ln -s "$2.gone" "$1/.lock"', 'mkfifo "$1/.lock"']) {
      await shellOfOther(`rm -f "$1/.lock"; ${plant}`, folder, secret);
      await assert.rejects(
        withStateLock(world, folder, () => Promise.resolve(), { maxWaitMs: 0 }),
        (e) => e instanceof StateError && /\.lock" is no regular file; remove it$/.test(e.message),
      );
    }
    assert.equal(await Deno.readTextFile(secret), "of root");
    await assert.rejects(Deno.lstat(`${secret}.gone`), Deno.errors.NotFound);
  });
});

Deno.test("Drafts of killed runs, keys among them, are cleared; a preview tells of them", async () => {
  await inFolder(async (folder) => {
    await ensureState(world, optionsFor(folder));
    const before = await contentsOf(folder);
    const draft = `ca-key.pem.${crypto.randomUUID()}.tmp`;
    await Deno.copyFile(`${folder}/ca-key.pem`, `${folder}/${draft}`);
    const options = { ...optionsFor(folder), port: 1, kubeconfigPath: `${folder}/k` };
    assert.deepEqual((await previewInit(world, options)).files.map(({ status }) => status).slice(0, 2), [
      "removed",
      "kept",
    ]);
    assert.equal((await statusesOf(folder))[draft], "removed");
    assert.deepEqual(await contentsOf(folder), before);
  });
});

testAsRoot("Root takes the folder of the webhook kubeconfig from the service, and the file with it", async () => {
  await inFolder(async (folder) => {
    const options = initOptions(folder);
    await initialize(world, options);
    for (const path of ["api", "api/kubeconfig.yaml"]) await Deno.chown(`${folder}/${path}`, OTHER_USER, OTHER_USER);
    const statuses = async () => (await initialize(world, options)).files.slice(-2).map(({ status }) => status);
    assert.deepEqual((await previewInit(world, options)).files.slice(-2).map(({ status }) => status), [
      "mended",
      "mended",
    ]);
    assert.deepEqual(await statuses(), ["mended", "mended"]);
    assert.deepEqual(await statuses(), ["kept", "kept"]);
    assert.deepEqual([await ownerOf(`${folder}/api`), await ownerOf(options.kubeconfigPath)], [0, 0]);
    assert.deepEqual([await modeOf(`${folder}/api`), await modeOf(options.kubeconfigPath)], ["755", "600"]);
  });
});

testAsRoot("A webhook kubeconfig that is renewed keeps its owner and its mode", async () => {
  await inFolder(async (folder) => {
    const options = initOptions(folder);
    await initialize(world, options);
    await Deno.chown(options.kubeconfigPath, OTHER_USER, OTHER_USER);
    await Deno.chmod(options.kubeconfigPath, 0o640);
    const { files } = await initialize(world, { ...options, port: 1 });
    assert.equal(files.at(-1)!.status, "renewed");
    assert.deepEqual([await ownerOf(options.kubeconfigPath), await modeOf(options.kubeconfigPath)], [
      OTHER_USER,
      "640",
    ]);
  });
});

/** The world of a process of {@linkcode OTHER_USER}. It can read what these tests made: the process is root's. */
const asService = { ...world, userId: () => OTHER_USER };

testAsRoot("A server refuses a state folder of a third user, who could put other keys there", async () => {
  await inFolder(async (folder) => {
    await ensureState(world, optionsFor(folder));
    await Deno.chown(folder, 12_345, 12_345);
    await assert.rejects(
      ensureState(asService, optionsFor(folder)),
      (e) => e instanceof StateError && /it belongs to user 12345, .* as root, run: chown -R 65532 /.test(e.message),
    );
  });
});

testAsRoot(
  "A server refuses a state folder of root that everybody can write, and uses one that they can look into",
  async () => {
    await inFolder(async (folder) => {
      const { serving } = await ensureState(world, optionsFor(folder));
      await Deno.chmod(folder, 0o755);
      assert.deepEqual((await ensureState(asService, optionsFor(folder))).serving, serving);
      assert.equal(await modeOf(folder), "755");
      await Deno.chmod(folder, 0o777);
      await assert.rejects(
        ensureState(asService, optionsFor(folder)),
        (e) =>
          e instanceof StateError &&
          /every user of this machine can write there; as root, run: chmod 700 /.test(e.message),
      );
    });
  },
);

Deno.test("Links in a folder of root's are followed, as volumes of Kubernetes are made of them", async () => {
  await inFolder(async (folder) => {
    await ensureState(world, optionsFor(`${folder}/..data`));
    await Deno.mkdir(`${folder}/state`, { mode: 0o700 });
    for (const name of NAMES) await Deno.symlink(`../..data/${name}`, `${folder}/state/${name}`);
    assert.deepEqual(new Set(Object.values(await statusesOf(`${folder}/state`))), new Set(["kept"]));
  });
});
