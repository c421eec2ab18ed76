import assert from "node:assert/strict";
import { artefactAt } from "../../../scripts/release/artefacts.ts";
import { rpmName, writeRpm } from "../../../scripts/release/rpm.ts";
import { testNeeding } from "../../support/needs.ts";
import { run } from "../../support/project/project_clone.ts";

testNeeding(["rpmbuild"], "an rpm holds the program as it is, and is the same whenever it is made", async () => {
  const folder = await Deno.makeTempDir({ prefix: "rpm-test-" });
  try {
    const program = `${folder}/program`;
    await Deno.copyFile("/bin/bash", program);
    await Deno.writeTextFile(program, "a part at its end", { append: true });
    const release = {
      version: "1.2.3-rc.1",
      program,
      notices: "LICENSE",
      changelog: "# Changes\n",
      changedAt: 1_790_000_000,
    };
    const [one, two] = [`${folder}/${rpmName(release.version, "amd64")}`, `${folder}/two.rpm`];
    assert.equal(one, `${folder}/ram-auth-1.2.3~rc.1-1.x86_64.rpm`);
    await writeRpm(one, release, "amd64");
    await Deno.utime(program, 1, 1);
    await Deno.chmod(program, 0o600);
    await writeRpm(two, release, "amd64");
    assert.equal((await artefactAt(one)).sha256, (await artefactAt(two)).sha256);

    const lines = (await run(folder, "rpm", "-qplv", one)).trim().split("\n");
    for (const line of lines) assert.match(line, /^-rw(-r--r--|xr-xr-x) +1 root +root +\d+ Sep 21 \d\d:\d\d \/usr\//);
    assert.deepEqual(lines.filter((line) => line.startsWith("-rwx")).map((line) => line.split(" ").at(-1)), [
      "/usr/bin/ram-auth",
    ]);
    assert.match(await run(folder, "rpm", "-K", one), /digests OK/);
    const installing = ["--root", `${folder}/root`, "--nodeps", "--noscripts", "--ignorearch", "--force-debian"];
    await run(folder, "rpm", "--install", ...installing, one);
    const installed = `${folder}/root/usr/bin/ram-auth`;
    assert.equal((await artefactAt(installed)).sha256, (await artefactAt(program)).sha256);
    const scripts = await run(folder, "rpm", "-qp", "--scripts", one);
    const postrm = await Deno.readTextFile("scripts/release/debian/postrm");
    assert(scripts.includes(`set -- remove\n${postrm.trim()}`), scripts);
    assert.match(scripts, /^preuninstall scriptlet .*\n\[ "\$1" = 0 \] \|\| exit 0$/m);
    assert(!scripts.includes("dpkg --configure"), scripts);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
