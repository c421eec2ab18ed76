import assert from "node:assert/strict";
import { writeRpm } from "../../../scripts/release/rpm.ts";
import { startMachine } from "../../support/machine.ts";
import { testNeeding } from "../../support/needs.ts";

// That no login is lost is shown with the deb, whose scripts an rpm has.
testNeeding(["binary", "machine", "rpmbuild"], "an rpm is installed, upgraded and removed", async () => {
  const program = Deno.env.get("RAM_AUTH_TEST_BINARY")!;
  const folder = await Deno.makeTempDir({ prefix: "rpm-test-" });
  try {
    const release = {
      version: "1.0.0",
      program,
      notices: "LICENSE",
      changelog: "# Changes\n",
      changedAt: 1_790_000_000,
    };
    await writeRpm(`${folder}/ram-auth.rpm`, release, Deno.build.arch === "x86_64" ? "amd64" : "arm64");
    await using machine = await startMachine({ binds: { "/packages": folder } });
    const rpm = (what: string) => machine.sh(`rpm --dbpath /var/lib/rpm-test --nodeps --force-debian ${what} 2>&1`);
    const service = (property: string) => machine.sh(`systemctl show ram-auth --value --property=${property}`);

    await rpm("--install /packages/ram-auth.rpm");
    assert.match(await machine.sh("id ram-auth"), /^uid=/);
    assert.equal(await service("ActiveState"), "inactive\n");
    await machine.sh("ram-auth init -i demo --install && systemctl enable --now ram-auth");
    const before = await service("MainPID");
    assert.equal(await rpm("--upgrade --force /packages/ram-auth.rpm"), "");
    assert.equal(await service("ActiveState"), "active\n");
    assert.notEqual(await service("MainPID"), before);
    assert.equal(await machine.sh("ls /run/systemd/system"), "");
    await rpm("--erase ram-auth");
    assert.equal(await service("LoadState"), "not-found\n");
    assert.equal(
      await machine.sh("ls /var/lib/ram-auth/ca.pem; find /etc/systemd -name 'ram-auth*'"),
      "/var/lib/ram-auth/ca.pem\n",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
