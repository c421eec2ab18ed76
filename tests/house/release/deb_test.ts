import assert from "node:assert/strict";
import { artefactAt } from "../../../scripts/release/artefacts.ts";
import { debName, writeDeb } from "../../../scripts/release/deb.ts";
import { testNeeding } from "../../support/needs.ts";
import { run } from "../../support/project/project_clone.ts";

/** Of the commit that is packaged, in seconds since 1970. */
const CHANGED_AT = 1_790_000_000;

/** Makes a package in the folder, and returns its path. */
async function makeDeb(
  folder: string,
  program: string,
  { version = "1.2.3-rc.1", name = debName(version, "amd64") } = {},
) {
  await Deno.writeTextFile(`${folder}/notices.txt`, "made up\n");
  const release = {
    version,
    program,
    notices: `${folder}/notices.txt`,
    changelog: "# Changes\n",
    changedAt: CHANGED_AT,
  };
  await writeDeb(`${folder}/${name}`, release, "amd64");
  return `${folder}/${name}`;
}

/** Runs a test in a folder with something like a program. */
async function inFolder(test: (folder: string, program: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "deb-test-" });
  try {
    await Deno.writeTextFile(`${folder}/program`, "#!/bin/sh\n");
    await test(folder, `${folder}/program`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testNeeding(
  ["dpkg"],
  "a package is of its version and architecture, and all in it is root's and as old as the commit",
  () =>
    inFolder(async (folder, program) => {
      const deb = await makeDeb(folder, program);
      assert.equal(deb, `${folder}/ram-auth_1.2.3~rc.1-1_amd64.deb`);
      const field = (name: string) => run(folder, "dpkg-deb", "--field", deb, name);
      assert.deepEqual(await Promise.all(["Version", "Architecture"].map(field)), ["1.2.3~rc.1-1\n", "amd64\n"]);
      const lines = (await run(folder, "dpkg-deb", "--contents", deb)).trim().split("\n");
      const isPlain = /^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x) 0\/0 +\d+ 2026-09-21 \d\d:\d\d \.\/(\S*)$/;
      for (const line of lines) assert.match(line, isPlain);
      assert.deepEqual(lines.filter((line) => line.startsWith("-rwx")).map((line) => isPlain.exec(line)![2]), [
        "usr/bin/ram-auth",
      ]);
      assert(lines.every((line) => /\.\/(usr\/.*)?$/.test(line)), "it has files outside of /usr, which people edit");
    }),
);

testNeeding(
  ["dpkg"],
  "the unit in a package runs the program in it, and is else the one of init --install",
  () =>
    inFolder(async (folder, program) => {
      await run(folder, "dpkg-deb", "--extract", await makeDeb(folder, program), "tree");
      const unit = await Deno.readTextFile(`${folder}/tree/usr/lib/systemd/system/ram-auth.service`);
      const own = await Deno.readTextFile("manifests/ram-auth.service");
      assert(unit.includes("ExecStart=/usr/bin/ram-auth server "));
      assert.equal(unit, own.replaceAll("/usr/local/bin/", "/usr/bin/"));
    }),
);

testNeeding(["dpkg"], "the sums of a package are those of its files", () =>
  inFolder(async (folder, program) => {
    const deb = await makeDeb(folder, program);
    await run(folder, "dpkg-deb", "--raw-extract", deb, "tree");
    const checked = await run(`${folder}/tree`, "md5sum", "--check", "DEBIAN/md5sums");
    const files = (await run(`${folder}/tree`, "find", "usr", "-type", "f")).trim().split("\n");
    assert.deepEqual(checked.trim().split("\n").sort(), files.map((file) => `${file}: OK`).sort());
  }));

Deno.test("packages of the same release are the same, whoever made them and whenever", () =>
  inFolder(async (folder, program) => {
    const first = await artefactAt(await makeDeb(folder, program, { name: "first.deb" }));
    await Deno.utime(program, 1, 1);
    await Deno.chmod(program, 0o600);
    const second = await artefactAt(await makeDeb(folder, program, { name: "second.deb" }));
    assert.equal(first.sha256, second.sha256);
  }));

testNeeding(["shellcheck"], "the scripts of a package are POSIX shell", async () => {
  const scripts = ["postinst", "postrm", "prerm"].map((name) => `scripts/release/debian/${name}`);
  assert.equal(await run(".", "shellcheck", ...scripts), "");
});

for (const scripts of ["postinst", "prerm"]) {
  Deno.test(`${scripts} of a package does nothing where systemd does not run`, async () => {
    const env = { PATH: "/nonexistent" };
    const { code, stderr } = await new Deno.Command("/bin/sh", {
      args: [`scripts/release/debian/${scripts}`, "abort-upgrade"],
      env,
    }).output();
    assert.deepEqual([code, new TextDecoder().decode(stderr)], [0, ""]);
  });
}

testNeeding(["binary", "lintian"], "lintian finds nothing wrong with a package", () =>
  inFolder(async (folder) => {
    const deb = await makeDeb(folder, Deno.env.get("RAM_AUTH_TEST_BINARY")!);
    assert.equal(
      await run(folder, "env", `TMPDIR=${folder}`, "lintian", "--allow-root", "--fail-on", "error,warning", deb),
      "",
    );
  }));
