import assert from "node:assert/strict";
import { factsOf } from "../../../scripts/image/binary_facts.ts";
import { writeOciArchive } from "../../../scripts/image/oci_archive.ts";
import { LICENSES } from "../../../scripts/image/parts.ts";
import { purlOf } from "../../../scripts/release/debian_package.ts";
import { testNeeding } from "../../support/needs.ts";
import { commitAll, run } from "../../support/project/project_clone.ts";

const SCRIPT = Deno.realPathSync("scripts/image.ts");
const CONFIG = Deno.realPathSync("deno.json");

/** Calls `use` with a folder that is gone afterwards. */
async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "image-test-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function image(args: readonly string[], { cwd = ".", path = Deno.env.get("PATH")! } = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-env", "--allow-read", "--allow-write", "--allow-run"]
      .concat(`--config=${CONFIG}`, SCRIPT, args),
    cwd,
    env: { NO_COLOR: "1", PATH: path },
    stdin: "null",
  }).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

Deno.test("deno task image without buildah says what to install, and makes nothing", () =>
  inFolder(async (folder) => {
    const output = `${folder}/made/image.tar`;
    const { code, out, err } = await image(["--output", output], { path: folder });
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /^Cannot make the image: buildah is not on the PATH; install .*apt-get install buildah\)\n$/);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

for (
  const [what, args] of [
    ["an unknown option", ["--push"]],
    ["a source that is no URL", ["--source", "ram-auth"]],
    ["an argument", ["image.tar"]],
  ] as const
) {
  Deno.test(`deno task image refuses ${what}`, async () => {
    const { code, err } = await image(args);
    assert.equal(code, 2);
    assert.match(err, /^Cannot read the arguments: .*; see deno task image --help\n$/);
  });
}

testNeeding(
  ["git"],
  "a binary that says nothing of itself, or of no commit here, is refused",
  () =>
    inFolder(async (folder) => {
      await assert.rejects(factsOf(`${folder}/missing`), /cannot run ".*\/missing version"; name a binary of ram-auth/);
      const binary = `${folder}/binary`;
      await Deno.writeTextFile(binary, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
      await assert.rejects(factsOf(binary), /cannot run/);
      const said = { version: "1.2.3", commit: `${"0".repeat(40)}-dirty`, deno: "2.0.0" };
      await Deno.writeTextFile(binary, `#!/bin/sh\necho '${JSON.stringify(said)}'\n`);
      await assert.rejects(factsOf(binary), /git does not know here the commit "0+-dirty"/);
    }),
);

testNeeding(
  ["buildah", "git"],
  "a binary of a commit with other packages is refused",
  () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/deno.lock`, "{}");
      await Deno.writeTextFile(`${folder}/LICENSE`, "made up");
      const commit = await commitAll(folder);
      await Deno.writeTextFile(`${folder}/deno.lock`, "{ }");
      const said = { version: "1.2.3", commit, deno: "2.0.0" };
      await Deno.writeTextFile(`${folder}/binary`, `#!/bin/sh\necho '${JSON.stringify(said)}'\n`, { mode: 0o755 });
      const { code, err } = await image(["--binary", "./binary"], { cwd: folder });
      assert.equal(code, 1);
      assert.match(
        err,
        /"\.\/binary" is of commit [0-9a-f]{40}, but deno\.lock or LICENSE here differs from it; compile/,
      );
    }),
);

testNeeding(
  ["dpkg"],
  "a file that is not the package's stays out of the image, and ends its build",
  () =>
    inFolder(async (folder) => {
      // What dpkg knows of this machine, with another checksum of one certificate: as if somebody had replaced the file.
      await run(".", "cp", "--recursive", "--no-target-directory", "/var/lib/dpkg", `${folder}/dpkg`);
      const sums = `${folder}/dpkg/info/ca-certificates.md5sums`;
      const text = await Deno.readTextFile(sums);
      const path = /usr\/share\/ca-certificates\/mozilla\/ISRG_Root_X1\.crt/.exec(text)![0];
      const collect = async () => {
        const { code, stderr } = await new Deno.Command("sh", {
          args: ["scripts/image/parts.sh", `${folder}/parts`],
          env: { DPKG_ADMINDIR: `${folder}/dpkg` },
          stdin: "null",
        }).output();
        await Deno.remove(`${folder}/parts`, { recursive: true });
        return { code, err: new TextDecoder().decode(stderr) };
      };
      assert.deepEqual(await collect(), { code: 0, err: "" });
      await Deno.writeTextFile(sums, text.replace(new RegExp(`^.{32}(?=  ${path}$)`, "m"), "0".repeat(32)));
      const { code, err } = await collect();
      assert.equal(code, 1);
      assert.match(err, /ISRG_Root_X1\.crt: FAILED/);
      assert.match(
        err,
        /Cannot collect the parts of the image: files differ from those of the package ca-certificates/,
      );
      await Deno.remove(sums);
      assert.match((await collect()).err, /ca-certificates is not installed; run: apt-get install ca-certificates/);
    }),
);

Deno.test("Containerfile, parts.sh and the licences are about the same packages", async () => {
  const [containerfile, parts] = await Promise.all(
    ["manifests/Containerfile", "scripts/image/parts.sh"].map((path) => Deno.readTextFile(path)),
  );
  const installed = /apt-get install -y --no-install-recommends (.*)$/m.exec(containerfile!)![1]!.split(" ");
  const taken = [...parts!.matchAll(/\b(?:take|verified) "?([a-z][a-z0-9-]*)/g)].map(([, name]) => name!);
  assert.deepEqual([...new Set(taken)].toSorted(), installed.toSorted());
  assert.deepEqual(Object.keys(LICENSES).toSorted(), installed.toSorted());
});

for (
  const [distribution, start, end] of [
    [{ id: "debian", version: "12" }, "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64", "&distro=debian-12"],
    [{ id: "debian", version: undefined }, "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64", "&distro=debian"],
    [{ id: "ubuntu", version: "24.04" }, "pkg:deb/ubuntu/libc6@2.36-9%2Bdeb12u14?arch=amd64", "&distro=ubuntu-24.04"],
  ] as const
) {
  Deno.test(`a package of ${distribution.id} ${distribution.version ?? "to come"} has a URL that says so`, () => {
    const libc = { name: "libc6", version: "2.36-9+deb12u14", architecture: "amd64", license: "LGPL-2.1-or-later" };
    assert.equal(purlOf({ ...libc, distribution }), start + end);
  });
}

testNeeding(["shellcheck"], "shellcheck finds no fault in parts.sh", async () => {
  assert.equal(
    await run(".", "shellcheck", "--enable=all", "--exclude=SC2250,SC2310,SC2312", "scripts/image/parts.sh"),
    "",
  );
});

testNeeding(
  ["tar"],
  "an archive holds a layout with the name of the image for each kind of loader",
  () =>
    inFolder(async (folder) => {
      const layout = `${folder}/layout`;
      await Deno.mkdir(`${layout}/blobs/sha256`, { recursive: true });
      const manifest = { digest: "sha256:0123", annotations: { "org.opencontainers.image.ref.name": "made-up:1" } };
      await Deno.writeTextFile(`${layout}/index.json`, JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
      await Deno.writeTextFile(`${layout}/oci-layout`, "{}");
      for (const blob of ["b", "a"]) await Deno.writeTextFile(`${layout}/blobs/sha256/${blob}`, blob);
      const archive = `${folder}/image.tar`;
      assert.equal(await writeOciArchive(archive, layout, "docker.io/library/made-up:1"), "sha256:0123");
      const names = (await run(".", "tar", "-tf", archive)).trim().split("\n");
      assert.deepEqual(names, ["oci-layout", "index.json", "blobs/sha256/a", "blobs/sha256/b"]);
      const index = JSON.parse(await run(".", "tar", "-xOf", archive, "index.json"));
      assert.deepEqual(index.manifests[0].annotations, {
        "org.opencontainers.image.ref.name": "made-up:1",
        "io.containerd.image.name": "docker.io/library/made-up:1",
      });
    }),
);
