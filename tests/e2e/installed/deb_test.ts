import assert from "node:assert/strict";
import { writeDeb } from "../../../scripts/release/deb.ts";
import { type Machine, startMachine } from "../../support/machine.ts";
import { startMachineLogins, STS_PORT } from "../../support/stand_ins/machine_logins.ts";
import { testNeeding } from "../../support/needs.ts";
import { waitFor } from "../../support/wait_for.ts";

const INIT = ["ram-auth", "init", "-i", "demo", "--install"];

const STATIC_POD = "/etc/kubernetes/manifests/ram-auth.yaml";
const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";

const KUBECONFIG = "/etc/kubernetes/ram-auth/kubeconfig.yaml";

const SERVER_KUBECONFIG = "/etc/kubernetes/ram-auth-server.conf";

/** Maps the one who logs in. */
const CONFIG_MAP = `apiVersion: v1
kind: ConfigMap
metadata: {name: alibabacloud-auth, namespace: kube-system}
data:
  mapUsers: |
    - {userarn: "acs:ram::1234567890123456:user/alice", username: alice}
`;

const UPGRADES = 2;

/** Logins that must come through before, between and after changes. */
const LOGINS = 25;

/** A program of the next version that cannot start. */
const BROKEN = '#!/bin/sh\necho "a made-up version that does not start" >&2\nexit 1\n';

/** Makes a package of each version, and returns their paths. */
async function makePackages<Version extends string>(
  folder: string,
  programs: Readonly<Record<Version, string>>,
): Promise<Readonly<Record<Version, string>>> {
  const notices = `${folder}/notices.txt`;
  await Deno.writeTextFile(notices, "made up\n");
  const made: Partial<Record<Version, string>> = {};
  for (const [version, program] of Object.entries<string>(programs)) {
    const path = made[version as Version] = `${folder}/${version}.deb`;
    const release = {
      version,
      program,
      notices,
      changelog: "# Changelog\n",
      changedAt: 1_790_000_000,
    };
    await writeDeb(path, release, Deno.build.arch === "x86_64" ? "amd64" : "arm64");
  }
  return made as Record<Version, string>;
}

/** Properties of the service, a line each. */
async function service(machine: Machine, ...names: readonly string[]): Promise<string> {
  return await machine.sh(`systemctl show ram-auth --property=${names.join(",")}`);
}

const dpkg = (machine: Machine, ...args: readonly string[]) => machine.run("dpkg", "--no-triggers", ...args);

/** What a command of dpkg said that came through. */
async function done(machine: Machine, ...args: readonly string[]): Promise<string> {
  const { code, output } = await dpkg(machine, ...args);
  assert.equal(code, 0, output);
  return output;
}

testNeeding(
  ["binary", "cluster", "curl", "dpkg", "kubectl", "machine"],
  "a package is installed, upgraded under logins, removed, installed again and purged",
  async (t) => {
    const binary = await Deno.realPath(Deno.env.get("RAM_AUTH_TEST_BINARY")!);
    await using stack = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "deb-test-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    await Deno.writeTextFile(`${folder}/broken`, BROKEN);
    const packages = await makePackages(folder, { "1.0.0": binary, "1.1.0": binary, "1.2.0": `${folder}/broken` });
    const machine = stack.use(await startMachine({ binds: { "/program": binary } }));

    await t.step("installing brings program, unit and user, and starts nothing", async () => {
      await done(machine, "-i", packages["1.0.0"]);
      assert.match(await machine.sh("ram-auth version; id ram-auth"), /^ram-auth [^]*\nuid=\d+\(ram-auth\)/);
      assert.match(
        await service(machine, "ActiveState", "UnitFileState"),
        /^ActiveState=inactive\nUnitFileState=disabled$/m,
      );
      assert.deepEqual(await machine.run("systemd-analyze", "verify", "ram-auth.service"), { code: 0, output: "" });
      assert.equal(await machine.sh("dpkg --verify ram-auth"), "");
    });

    await t.step("init --install adds config and state alone, and says what starts the server", async () => {
      const { code, output } = await machine.run(...INIT);
      assert.equal(code, 0, output);
      assert.equal(await machine.sh("find /etc /usr/local/bin -path '*s[uy]s*ram-auth*'"), "");
      assert.deepEqual(output.match(/^ {2}system.*$/gm), ["  systemctl enable --now ram-auth"]);
    });

    const logins = stack.use(
      await startMachineLogins(machine, {
        folder,
        kubeconfig: await machine.sh(`cat ${KUBECONFIG}`),
        clusterId: "demo",
      }),
    );
    const goOn = async () => {
      const { succeeded } = logins.count();
      await waitFor("logins to go on", () => logins.count().succeeded >= succeeded + LOGINS);
    };
    /** None is lost meanwhile, or before the next have come through. */
    const losingNone = async <T>(change: () => Promise<T>): Promise<T> => {
      await goOn();
      const { failed } = logins.count();
      const result = await change();
      await goOn();
      const now = logins.count();
      assert.equal(now.failed, failed, `${now.lastFailure}`);
      return result;
    };

    await t.step("it then starts, and logs in whom the cluster maps, by a kubeconfig in /etc/kubernetes", async () => {
      await machine.feed(logins.adminKubeconfig, "sh", "-c", `umask 022; cat >${SERVER_KUBECONFIG}`);
      await machine.sh(`cat >/etc/ram-auth/sts-ca.pem <<'END'\n${logins.stsCaPem}END\n
cat >>/etc/ram-auth/config.yaml <<'END'
  sts: {endpoint: "127.0.0.1:${STS_PORT}", caFile: /etc/ram-auth/sts-ca.pem, rate: 1000000, keyRate: 1000000}
  cache: {ttl: 0}
  backendMode: [MountedFile, ACKConfigMap]
  kubeconfig: ${SERVER_KUBECONFIG}
END
systemctl enable --now ram-auth`);
      const { succeeded } = logins.count();
      assert.equal(succeeded, 0);
      const { output: found } = await machine.run("ram-auth", "doctor", "-o", "json");
      assert.match(found, /MiB in use; MemoryMax 1024 MiB/);
      await machine.feed(
        CONFIG_MAP,
        "kubectl",
        `--kubeconfig=${SERVER_KUBECONFIG}`,
        "--cache-dir=/tmp/kubectl",
        "create",
        "-f-",
      );
      await goOn();
    });

    await t.step(`${UPGRADES} upgrades replace it, and no login is lost`, async () => {
      const seen = new Set<string>();
      for (let nth = 0; nth <= UPGRADES; nth += 1) {
        if (nth > 0) await losingNone(() => done(machine, "-i", packages[nth % 2 === 1 ? "1.1.0" : "1.0.0"]));
        seen.add(await service(machine, "MainPID"));
      }
      assert.equal(seen.size, UPGRADES + 1);
      assert.equal(
        await machine.sh("ls /run/systemd/system; systemctl list-units --no-legend 'ram-auth*' | wc -l"),
        "1\n",
      );
    });

    await t.step("where the new version does not start, dpkg says so, and the old one goes on", async () => {
      const before = await service(machine, "MainPID", "NRestarts");
      const { code, output } = await losingNone(() => dpkg(machine, "-i", packages["1.2.0"]));
      assert.notEqual(code, 0);
      assert.match(output, /^ram-auth: the new version does not start, see above\. The old one goes on/m);
      assert.equal(await service(machine, "MainPID", "NRestarts"), before);
    });

    await t.step("where it starts, but not in the old one's place, it goes on beside that", async () => {
      const dropIns = "/etc/systemd/system/ram-auth.service.d";
      await machine.sh(`mkdir ${dropIns}
cat >${dropIns}/test.conf <<'END'
[Service]
ExecStartPre=+/bin/sh -c 'test "$RAM_AUTH_HEALTH_PORT" = 0'
END`);
      const { code, output } = await losingNone(() => dpkg(machine, "-i", packages["1.1.0"]));
      assert.notEqual(code, 0);
      assert.match(output, /^ram-auth: ram-auth\.service does not start, see above\. .* as ram-auth-upgrade\.service/m);
      await machine.sh(`rm -r ${dropIns}`);
      await losingNone(() => done(machine, "--configure", "ram-auth"));
      assert.match(await service(machine, "ActiveState"), /=active/);
      assert.equal(await machine.sh("ls /run/systemd/system"), "");
    });

    await t.step("removing it stops the service, and keeps config, state and webhook kubeconfig", async () => {
      await machine.sh(`mkdir -p $(dirname ${MANIFEST}) && echo "- --flag=${KUBECONFIG}" >${MANIFEST}`);
      const output = await done(machine, "--remove", "ram-auth");
      assert(output.includes(`asks the webhook, which ends now. It is named in:\n${MANIFEST}\n`), output);
      assert.match(await service(machine, "ActiveState", "LoadState"), /LoadState=not-found\nActiveState=inactive/);
      await machine.sh(
        `test -e ${KUBECONFIG} && test -e /etc/ram-auth/config.yaml && test -e /var/lib/ram-auth/ca.pem`,
      );
      assert.equal(await machine.sh("find /etc/systemd/system /run/systemd/system -name 'ram-auth*'"), "");
    });

    await t.step("installed again, it is started by one command, and kube-apiserver trusts it as before", async () => {
      await done(machine, "-i", packages["1.1.0"]);
      assert.match(await service(machine, "ActiveState"), /=inactive/);
      await machine.sh("systemctl enable --now ram-auth");
      await losingNone(goOn);
    });

    /** What there is of it, but for what dpkg keeps. */
    const left = () =>
      machine.sh("find /etc /run/systemd /usr /var/lib/ram-auth -path '*ram-auth*' 2>/dev/null || true");

    await t.step("purging it leaves what kube-apiserver does not start without, and the state of a pod", async () => {
      await machine.sh("systemctl disable --now ram-auth && chown 65532 /var/lib/ram-auth");
      const output = await done(machine, "--purge", "ram-auth");
      assert.match(output, /^ram-auth: kept \/var\/lib\/ram-auth: it belongs to another user/m);
      assert(output.includes("kept /etc/kubernetes/ram-auth: kube-apiserver does not start"), output);
      assert(output.includes(`named in:\n${MANIFEST}\n`), output);
      await machine.sh(`test -e /var/lib/ram-auth/ca.pem && rm -r /var/lib/ram-auth ${SERVER_KUBECONFIG}`);
      assert.equal(await left(), `${KUBECONFIG.slice(0, KUBECONFIG.lastIndexOf("/"))}\n${KUBECONFIG}\n`);
    });

    await t.step("a unit of init --install comes first, is left alone, and gives way as the package says", async () => {
      await machine.sh(`/program ${INIT.slice(1).join(" ")} && systemd-sysusers && systemctl daemon-reload
systemctl enable --now ram-auth`);
      const before = await service(machine, "MainPID");
      const output = await done(machine, "-i", packages["1.0.0"]);
      assert.match(output, /^ram-auth: the service does not run this package's program/m);
      assert.equal(await service(machine, "MainPID"), before);
      for (const command of output.match(/^ {2}(rm|systemctl) .*$/gm)!) await machine.sh(command);
      assert.match(await service(machine, "ExecStart", "ActiveState"), /path=\/usr\/bin\/ram-auth [^]*=active/);
      assert.equal(await machine.sh("find /usr/local/bin /etc/sysusers.d -name 'ram-auth*'"), "");
    });

    await t.step("purging it leaves nothing where no kube-apiserver needs it", async () => {
      await machine.sh(`rm ${MANIFEST} && cp /var/lib/dpkg/info/ram-auth.postrm /root/postrm
sh -c 'sleep infinity; :' kube-apiserver --flag=${KUBECONFIG} >/dev/null 2>&1 &
echo $! >/run/running`);
      assert.match(await done(machine, "--purge", "ram-auth"), /named in:\n\/proc\/\d+\/cmdline\n/);
      await machine.sh("kill $(cat /run/running)");
      // The mount without the flag, and the config of a static pod.
      const folders = [["/etc/kubernetes/ram-auth", MANIFEST], ["/etc/ram-auth", STATIC_POD]] as const;
      for (const [folder, manifest] of folders) {
        await machine.sh(`mkdir -p ${folder} && echo "  hostPath: { path: ${folder}, type: Directory }" >${manifest}`);
      }
      const { output } = await machine.run("/root/postrm", "purge");
      for (const [folder, manifest] of folders) {
        assert.match(output, new RegExp(`kept ${folder}: [^\n]*:\n${manifest}\n`));
        await machine.sh(`test -d ${folder} && rm ${manifest}`);
      }
      await machine.sh("/root/postrm purge");
      assert.equal(await left(), "");
    });
  },
);
