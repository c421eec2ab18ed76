import assert from "node:assert/strict";
import { RamAuthError } from "../../../lib/errors.ts";
import { modeOf } from "../../state/stored_files.ts";
import { SERVER_PERMISSIONS } from "../../../scripts/permissions.ts";
import {
  inFolderOfOther,
  OTHER_USER,
  scriptOfOther,
  shellOfOther,
  SWAP_DRAFTS,
  testAsRoot,
} from "../../support/other_user.ts";
import { waitFor } from "../../support/wait_for.ts";
import { inSite, tree } from "./site.ts";

const PROGRAM = "/usr/local/bin/ram-auth";
const UNIT = "/etc/systemd/system/ram-auth.service";
const CONFIG = "/etc/ram-auth/config.yaml";
const FOLDER = "/etc/ram-auth";

/** A group that is not root's. */
const GROUP = 54_321;

async function attributesOf(path: string): Promise<readonly [uid: number, mode: string]> {
  return [(await Deno.lstat(path)).uid!, await modeOf(path)];
}

for (
  const [what, path, spoil, why, want] of [
    ["a program that everybody can write", PROGRAM, { mode: 0o777 }, "others can write it", "755"],
    ["a program of another user", PROGRAM, { uid: OTHER_USER }, "it belongs to user 65532", "755"],
    ["a program that runs as its owner", PROGRAM, { mode: 0o4755 }, "it has special permission bits", "755"],
    ["a unit that everybody can write", UNIT, { mode: 0o666 }, "others can write it", "644"],
    ["a config file that everybody can write", CONFIG, { mode: 0o666 }, "others can write it", "644"],
    ["a config file that a group can write", CONFIG, { mode: 0o664, gid: GROUP }, "others can write it", "644"],
    ["a config file made with umask 077", CONFIG, { mode: 0o600 }, "the service could not read it", "644"],
    ["a config file that root's group can read", CONFIG, { mode: 0o640 }, "the service could not read it", "644"],
    ["a program made with umask 077", PROGRAM, { mode: 0o700 }, "the service could not read it", "755"],
    ["a folder of the config file that everybody can write", FOLDER, { mode: 0o777 }, "others can write it", "755"],
    ["a folder of the config file of another user", FOLDER, { uid: OTHER_USER }, "it belongs to user 65532", "755"],
    ["a folder made with umask 077", FOLDER, { mode: 0o700 }, "the service could not read it", "755"],
  ] as const
) {
  testAsRoot(`init --install mends ${what}, once, and a dry run says so`, async () => {
    await inSite(async ({ root, install }) => {
      await install("-i", "demo");
      const before = await tree(root, Deno.readTextFile);
      const { uid = 0, gid = 0, mode }: { uid?: number; gid?: number; mode?: number } = spoil;
      await Deno.chown(root + path, uid, gid);
      if (mode !== undefined) await Deno.chmod(root + path, mode);
      const spoilt = await attributesOf(root + path);
      const dry = await install("-i", "demo", "--dry-run");
      assert.match(dry, new RegExp(`^would mend ${root}${path} \\(0${want}, you\\): .*: ${why}$`, "m"));
      assert.deepEqual(await attributesOf(root + path), spoilt);
      const output = await install("-i", "demo");
      assert.match(output, new RegExp(`^mended   ${root}${path} .*: ${why}$`, "m"));
      assert.doesNotMatch(output, /Nothing was changed|restart/);
      assert.deepEqual(await attributesOf(root + path), [0, want]);
      assert.deepEqual(await tree(root, Deno.readTextFile), before);
      assert.match(await install("-i", "demo"), /^Nothing was changed\.$/m);
    });
  });
}

testAsRoot("init --install keeps a config file that only a group can read: that is the operator's choice", async () => {
  await inSite(async ({ root, install }) => {
    await install("-i", "demo");
    for (const path of [CONFIG, FOLDER]) await Deno.chown(root + path, 0, GROUP);
    await Deno.chmod(root + CONFIG, 0o640);
    await Deno.chmod(root + FOLDER, 0o750);
    assert.match(await install("-i", "demo"), /^Nothing was changed\.$/m);
    assert.deepEqual([await modeOf(root + CONFIG), await modeOf(root + FOLDER)], ["640", "750"]);
  });
});

testAsRoot("init --install mends the owner of a unit that somebody changed, and leaves its text alone", async () => {
  await inSite(async ({ root, install }) => {
    await install("-i", "demo");
    await Deno.writeTextFile(root + UNIT, "# of the operator\n");
    await Deno.chown(root + UNIT, OTHER_USER, OTHER_USER);
    const output = await install("-i", "demo");
    assert.match(output, new RegExp(`^differs  ${root}${UNIT} `, "m"));
    assert.match(output, new RegExp(`^mended   ${root}${UNIT} .*it belongs to user 65532$`, "m"));
    assert.deepEqual(await attributesOf(root + UNIT), [0, "644"]);
    assert.equal(await Deno.readTextFile(root + UNIT), "# of the operator\n");
  });
});

for (
  const [what, spoil, why] of [
    ["everybody can write", { mode: 0o1777 }, /every user can write there, .*; run: chmod o-w /],
    ["belongs to another user", { uid: OTHER_USER }, /it belongs to user 65532, .*; run: chown root /],
  ] as const
) {
  testAsRoot(`init --install refuses a shared folder that ${what}, and changes nothing`, async () => {
    await inSite(async ({ root, install }) => {
      await install("-i", "demo");
      const { uid = 0, mode }: { uid?: number; mode?: number } = spoil;
      const folder = `${root}/usr/local/bin`;
      await Deno.chown(folder, uid, 0);
      if (mode !== undefined) await Deno.chmod(folder, mode);
      await Deno.chmod(root + CONFIG, 0o666);
      await assert.rejects(
        install("-i", "demo"),
        (e) => e instanceof RamAuthError && e.code === "ERR_INSTALL" && why.test(e.message),
      );
      assert.equal(await modeOf(root + CONFIG), "666");
    });
  });
}

testAsRoot("init --install installs where a group may write, as Debian has /usr/local/bin", async () => {
  await inSite(async ({ root, install }) => {
    await install("-i", "demo");
    await Deno.chown(`${root}/usr/local/bin`, 0, GROUP);
    await Deno.chmod(`${root}/usr/local/bin`, 0o2775);
    assert.match(await install("-i", "demo"), /^Nothing was changed\.$/m);
  });
});

testAsRoot("init --install refuses a config file that is a link to one that another user can change", async () => {
  await inSite(async ({ root, install }) => {
    await install("-i", "demo");
    await Deno.mkdir(`${root}/srv`);
    await Deno.rename(root + CONFIG, `${root}/srv/config.yaml`);
    await Deno.symlink("../../srv/config.yaml", root + CONFIG);
    assert.match(await install("-i", "demo"), /^Nothing was changed\.$/m);
    const isRefused = (e: unknown) =>
      e instanceof RamAuthError && /it is a link to ".*", and .*; put the file itself there$/.test(e.message);
    await Deno.chown(`${root}/srv`, OTHER_USER, OTHER_USER);
    await assert.rejects(install("-i", "demo"), isRefused);
    await Deno.chown(`${root}/srv`, 0, 0);
    await Deno.chmod(`${root}/srv/config.yaml`, 0o666);
    await assert.rejects(install("-i", "demo"), isRefused);
    assert.equal(await modeOf(`${root}/srv/config.yaml`), "666");
  });
});

testAsRoot("init --install closes the state folder and gives what it makes to the service", async () => {
  await inSite(async ({ root, install }) => {
    await install("-i", "demo");
    const state = `${root}/var/lib/ram-auth`;
    await Deno.chmod(state, 0o1777);
    assert.match(await install("-i", "demo", "--dry-run"), new RegExp(`^would mend ${state} \\(0700, you\\): `, "m"));
    assert.match(await install("-i", "demo"), new RegExp(`^mended   ${state} `, "m"));
    assert.equal(await modeOf(state), "700");
    await Deno.chown(state, OTHER_USER, OTHER_USER);
    await Deno.remove(`${state}/cert.pem`);
    await install("-i", "demo");
    for (const { name } of Deno.readDirSync(state)) {
      assert.equal((await Deno.stat(`${state}/${name}`)).uid, OTHER_USER, name);
    }
  });
});

for (const path of [PROGRAM, CONFIG, UNIT]) {
  Deno.test(`init --install clears drafts of ${path} that a killed run left`, async () => {
    await inSite(async ({ root, install }) => {
      await install("-i", "demo");
      const names = () => [...Deno.readDirSync((root + path).replace(/\/[^/]+$/, ""))].map(({ name }) => name).sort();
      const before = names();
      await Deno.writeTextFile(`${root}${path}.${crypto.randomUUID()}.tmp`, "half");
      await install("-i", "demo");
      assert.deepEqual(names(), before);
    });
  });
}

testAsRoot("init --install does not wait for a FIFO that stands where a file should", async () => {
  await inSite(async ({ root, install }) => {
    await install("-i", "demo");
    for (const path of [PROGRAM, UNIT, CONFIG, "/etc/kubernetes/ram-auth/kubeconfig.yaml"]) {
      await Deno.rename(root + path, `${root}${path}.old`);
      assert((await new Deno.Command("mkfifo", { args: [root + path] }).output()).success);
      await assert.rejects(
        install("-i", "demo"),
        (e) => e instanceof RamAuthError && /it is no regular file; name a file$/.test(e.message),
      );
      await Deno.rename(`${root}${path}.old`, root + path);
    }
  });
});

testAsRoot(
  "init --admin-arn in the folder of another user gives nothing of root away while that user swaps drafts",
  async () => {
    await inFolderOfOther(async (folder) => {
      const secret = `${folder.slice(0, -"/theirs".length)}/secret`;
      await Deno.writeTextFile(secret, "of root", { mode: 0o600 });
      const root = Deno.cwd();
      const args = ["-i", "demo", "--admin-arn", "acs:ram::1234567890123456:user/alice"];
      await using _swapper = await scriptOfOther(SWAP_DRAFTS, folder, secret);
      await waitFor("the swap to be noticed", async () => {
        await shellOfOther('rm -f "$1"/*.yaml "$1"/*.pem "$1"/*.kubeconfig', folder);
        const { stderr } = await new Deno.Command(Deno.execPath(), {
          args: [
            "run",
            "--quiet",
            ...SERVER_PERMISSIONS,
            "--config",
            `${root}/deno.json`,
            `${root}/main.ts`,
            "init",
            ...args,
          ],
          cwd: folder,
        }).output();
        const { uid, mode } = await Deno.stat(secret);
        assert.deepEqual([uid, mode! & 0o777, await Deno.readTextFile(secret)], [0, 0o600, "of root"]);
        return /another user moved|is a link in a folder/.test(new TextDecoder().decode(stderr));
      });
    });
  },
);
