import assert from "node:assert/strict";
import { type Machine, startMachine } from "../../support/machine.ts";
import { testNeeding } from "../../support/needs.ts";
import { shellCommands } from "../../support/project/shell_commands.ts";
import { waitFor } from "../../support/wait_for.ts";

const INIT = ["/program", "init", "-i", "demo", "--install", "--admin-arn", "acs:ram::1234567890123456:user/alice"];

const RESTARTS = 10;

/** Connects to the server's port again and again, and says how often that was refused, and how often it tried. */
const KNOCK = `refused=0 all=0
while [ -e /run/knocking ]; do
  all=$((all + 1))
  (exec 3<>/dev/tcp/127.0.0.1/21362) 2>/dev/null || refused=$((refused + 1))
done
echo "$refused $all"`;

/** The lines of a command's output that are commands themselves. */
function commandsIn(output: string): string[] {
  return [...output.matchAll(/^ {2}(systemd-sysusers|systemctl|sudo install|userdel) .*$/gm)].map(([line]) =>
    line.trim()
  );
}

/** What would open the cluster, made so that every user may read it but for the unit. */
const KEYS = [
  ...["admin", "super-admin", "kubelet", "controller-manager", "scheduler"].map((name) =>
    `/etc/kubernetes/${name}.conf`
  ),
  ...["ca", "sa", "front-proxy-ca", "apiserver-kubelet-client", "apiserver-etcd-client", "etcd/ca"]
    .map((name) => `/etc/kubernetes/pki/${name}.key`),
  "/var/lib/etcd/member",
  "/var/lib/kubelet/config.yaml",
];

/** What the kubeconfig of the server may be, and name. */
const READABLE = ["/etc/kubernetes/server.conf", "/etc/kubernetes/pki/ca.crt"];

/** Where the service may write. */
const WRITABLE = ["/var/lib/ram-auth", "/run/ram-auth", "/tmp", "/var/tmp", "/dev/shm"];

/** Runs in the sandbox of the service, with what bash has built in and two programs that it is let have. */
const PROBE = `
try() {
  name=$1
  shift
  if ( "$@" ) >/dev/null 2>&1; then echo "$name: done"; else echo "$name: denied"; fi
}
read_file() { : <"$1"; }
write_file() { : >"$1"; }
linker=$(for file in /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.*; do if [ -e "$file" ]; then echo "$file"; break; fi; done)
try "exec /bin/sh" exec /bin/sh -c :
try "exec by ld.so" exec "$linker" /bin/sh -c :
for folder in ${WRITABLE.join(" ")}; do
  install -m 755 /bin/true "$folder/made"
  try "exec $folder/made" exec "$folder/made"
  rm "$folder/made"
done
for file in ${[...KEYS, ...READABLE].join(" ")}; do try "read $file" read_file "$file"; done
for folder in /var/lib/ram-auth /etc/ram-auth; do try "write $folder/probe" write_file "$folder/probe"; done
`;

/** What becomes of what the probe tries in the unit with these lines added. */
async function probe(machine: Machine, lines: readonly string[]): Promise<Record<string, string>> {
  await machine.feed(PROBE, "sh", "-c", "cat >/opt/probe.sh");
  await machine.sh(`{
  systemctl cat ram-auth
  cat <<'END'

[Service]
${lines.join("\n")}
Type=oneshot
Restart=no
WatchdogSec=0
ExecStart=
ExecStart=/bin/bash /opt/probe.sh
ExecPaths=/bin/bash /usr/bin/install /bin/rm
StandardOutput=truncate:/run/probe
END
} >/run/systemd/system/probe.service
systemctl daemon-reload
systemctl start probe`);
  const output = await machine.sh("cat /run/probe && rm /run/systemd/system/probe.service && systemctl daemon-reload");
  return Object.fromEntries(output.trim().split("\n").map((line) => line.split(": ")));
}

/** Properties of the service, as systemd sees it. */
async function service(machine: Machine, ...names: readonly string[]): Promise<Record<string, string>> {
  const lines = (await machine.sh(`systemctl show ram-auth --property=${names.join(",")}`)).trim().split("\n");
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** Asks the server as bash can: this machine has no other client. */
async function get(machine: Machine, path: string): Promise<string> {
  const request = `GET ${path} HTTP/1.1\\r\\nhost: localhost\\r\\nconnection: close\\r\\n\\r\\n`;
  const script = `exec 3<>/dev/tcp/127.0.0.1/21363; printf '${request}' >&3; cat <&3`;
  return (await machine.run("bash", "-c", script)).output;
}

testNeeding(["binary", "machine"], "systemd runs what ram-auth init --install puts in place", async (t) => {
  await using machine = await startMachine({ binds: { "/program": Deno.env.get("RAM_AUTH_TEST_BINARY")! } });

  await t.step("who is not root is told what to copy where, and that installs", async () => {
    const user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const refused = await machine.run(...user, ...INIT);
    assert.equal(refused.code, 1);
    assert.match(refused.output, /permission denied/i);
    await machine.sh("mkdir /stage && chown 65534:65534 /stage");
    const inStage = (...command: string[]) => machine.run("sh", "-euc", 'cd /stage && exec "$@"', "sh", ...command);
    const staged = await inStage(...user, ...INIT, "--root", "./install");
    assert.equal(staged.code, 0, staged.output);
    for (const command of commandsIn(refused.output)) await inStage("sh", "-euc", command.replace(/^sudo /, ""));
    const { code, output } = await machine.run(...INIT);
    assert.equal(code, 0, output);
    assert.match(output, /^Nothing was changed\.$/m);
    assert.equal(await machine.sh("stat -c '%a %u' /var/lib/ram-auth/key.pem"), "600 0\n");
  });

  await t.step("the printed commands, in their order, start it, and it is ready when they end", async () => {
    const { output } = await machine.run(...INIT);
    assert.deepEqual(commandsIn(output), [
      "systemd-sysusers /etc/sysusers.d/ram-auth.conf",
      "systemctl daemon-reload",
      "systemctl enable --now ram-auth",
    ]);
    for (const command of commandsIn(output)) await machine.sh(command);
    assert.match(await get(machine, "/readyz"), /^HTTP\/1\.1 200 /);
    const inReadme = shellCommands(await Deno.readTextFile("README.md")).filter((line) => line.includes("systemctl"));
    assert.equal(inReadme.length, 1);
    await machine.sh(inReadme[0]!);
    assert.deepEqual(await service(machine, "ActiveState", "StatusText"), {
      ActiveState: "active",
      StatusText: "Reviewing tokens on port 21362",
    });
  });

  await t.step("systemd finds nothing wrong with the unit, and an exposure of at most 1.2", async () => {
    assert.deepEqual(await machine.run("systemd-analyze", "verify", "ram-auth.service"), { code: 0, output: "" });
    const { output } = await machine.run("systemd-analyze", "security", "ram-auth");
    const exposure = Number(/Overall exposure level for ram-auth\.service: ([0-9.]+)/.exec(output)?.[1]);
    assert(exposure <= 1.2, output);
  });

  await t.step("the sandbox is real, and the state is the service's own", async () => {
    const { MainPID } = await service(machine, "MainPID");
    const status = await machine.sh(`cat /proc/${MainPID}/status`);
    assert.match(status, /^CapBnd:\t0+$/m);
    assert.match(status, /^NoNewPrivs:\t1$/m);
    assert.match(status, /^Seccomp:\t2$/m);
    const [ipc, own] = (await machine.sh(`readlink /proc/1/ns/ipc /proc/${MainPID}/ns/ipc`)).trim().split("\n");
    assert.notEqual(own, ipc);
    const uid = (await machine.sh("id -u ram-auth")).trim();
    assert.match(status, new RegExp(`^Uid:\t${uid}\t${uid}\t${uid}\t${uid}$`, "m"));
    const owners = await machine.sh("stat -c '%U %a' /var/lib/ram-auth /var/lib/ram-auth/key.pem");
    assert.equal(owners, "ram-auth 700\nram-auth 600\n");
  });

  await t.step(
    "what runs as the service starts no program, reads no key of the cluster, and writes its state",
    async () => {
      await machine.sh(`mkdir -p /etc/kubernetes/pki/etcd /var/lib/etcd /var/lib/kubelet
for file in ${[...KEYS, ...READABLE].join(" ")}; do echo made up >"$file"; chmod 644 "$file"; done
chmod -R a+rX /etc/kubernetes /var/lib/etcd /var/lib/kubelet
`);
      const denied = await probe(machine, []);
      const lifted = await probe(machine, ["NoExecPaths=", "ExecPaths=", "InaccessiblePaths="]);
      const done = {
        "exec /bin/sh": "done",
        "exec by ld.so": "done",
        ...Object.fromEntries(WRITABLE.map((folder) => [`exec ${folder}/made`, "done"])),
      };
      const all = {
        ...done,
        ...Object.fromEntries([...KEYS, ...READABLE].map((file) => [`read ${file}`, "done"])),
        "write /var/lib/ram-auth/probe": "done",
        "write /etc/ram-auth/probe": "denied",
      };
      assert.deepEqual(lifted, all, "what the probe tries can be done");
      const no = [...Object.keys(done), ...KEYS.map((file) => `read ${file}`)];
      assert.deepEqual(denied, { ...all, ...Object.fromEntries(no.map((name) => [name, "denied"])) });
      await machine.sh(`rm /var/lib/ram-auth/probe ${[...KEYS, ...READABLE].join(" ")}`);
    },
  );

  await t.step("what root's init makes or made there is the service's, which starts with it", async () => {
    const files = ["cert.pem", "key.pem"].map((name) => `/var/lib/ram-auth/${name}`).join(" ");
    await machine.sh("systemctl stop ram-auth && cd /var/lib/ram-auth && rm cert.pem && chown root:root key.pem");
    const { code, output } = await machine.run(...INIT);
    assert.equal(code, 0, output);
    assert.match(output, /^written {2}\/var\/lib\/ram-auth\/cert\.pem /m);
    assert.match(output, /^mended {3}\/var\/lib\/ram-auth\/key\.pem /m);
    assert.equal(await machine.sh(`stat -c '%U %a' ${files}`), "ram-auth 644\nram-auth 600\n");
    await machine.sh("systemctl restart ram-auth || { systemctl status --no-pager ram-auth; exit 1; }");
    assert.match(await get(machine, "/readyz"), /^HTTP\/1\.1 200 /);
    assert.match((await machine.run(...INIT)).output, /^Nothing was changed\.$/m);
  });

  await t.step("a reload takes up another config file", async () => {
    const bob = '    - {userARN: "acs:ram::1234567890123456:user/bob", username: bob}';
    await machine.sh(`echo '${bob}' >>/etc/ram-auth/config.yaml && systemctl reload ram-auth`);
    await waitFor("the reload", async () => /: 2 rules/.test(await get(machine, "/readyz?verbose")));
    await waitFor("its end", async () => (await service(machine, "ActiveState")).ActiveState === "active");
    assert.equal((await service(machine, "ReloadResult")).ReloadResult, "success");
  });

  await t.step(
    "docs/operations.md: two units on one port, replaced and restarted ten times, always listen",
    async () => {
      const page = await Deno.readTextFile("docs/operations.md");
      const commandsOf = (title: string) =>
        shellCommands(new RegExp(`^## ${title}$(.*?)^## `, "ms").exec(page)?.[1] ?? "");
      const [replace] = commandsOf("Upgrade");
      const restarts = commandsOf("Upgrade").filter((command) => command.startsWith("systemctl restart")).slice(1);
      for (const command of commandsOf("Several processes")) await machine.sh(command);
      assert.equal(await machine.sh("systemctl is-active ram-auth ram-auth@21364"), "active\nactive\n");
      await machine.sh("mkdir /new && cp /program /new/ram-auth && touch /run/knocking");
      const knocking = machine.run("bash", "-c", KNOCK);
      for (let turn = 0; turn < RESTARTS / 2; turn += 1) {
        await machine.sh(`cd /new && ${replace}`);
        for (const restart of restarts) await machine.sh(restart);
      }
      await machine.sh("rm /run/knocking");
      const [, refused, all] = /^(\d+) (\d+)$/m.exec((await knocking).output) ?? [];
      assert.equal(Number(refused), 0, `of ${all} connections`);
      assert.ok(Number(all) > 100, `only ${all} connections were tried`);
      const refusal = await machine.run("/program", "uninstall", "--purge", "--prompt=false");
      const [, undo = ""] = /the further servers: (.*)$/m.exec(refusal.output) ?? [];
      await machine.sh(undo.replace("PORT", "21364"));
    },
  );

  await t.step("a server that hangs is ended and started again", async () => {
    await machine.sh(
      "mkdir -p /run/systemd/system/ram-auth.service.d && " +
        "printf '[Service]\\nWatchdogSec=2\\nRestartSec=0\\n' >/run/systemd/system/ram-auth.service.d/test.conf && " +
        "systemctl daemon-reload && systemctl restart ram-auth",
    );
    const { MainPID } = await service(machine, "MainPID");
    await waitFor("more than two of its times to pass", async () => {
      const [now] = (await machine.sh("cat /proc/uptime")).split(" ");
      const { ActiveEnterTimestampMonotonic } = await service(machine, "ActiveEnterTimestampMonotonic");
      return Number(now) - Number(ActiveEnterTimestampMonotonic) / 1e6 > 5;
    });
    assert.deepEqual(await service(machine, "MainPID", "NRestarts"), { MainPID, NRestarts: "0" }, "it did live");
    await machine.sh(`kill -STOP ${MainPID}`);
    await waitFor("another start", async () => (await service(machine, "NRestarts")).NRestarts === "1");
    await waitFor("an answer", async () => (await get(machine, "/readyz")).startsWith("HTTP/1.1 200 "));
  });

  await t.step("uninstall waits until it is no longer used, and then leaves nothing", async () => {
    const uninstall = ["/program", "uninstall", "--purge", "--prompt=false"];
    const isRefused = async () => {
      const { code, output } = await machine.run(...uninstall);
      assert.equal(code, 1);
      assert.match(output, /stop the service: systemctl disable --now ram-auth/);
    };
    await isRefused();
    await machine.sh("systemctl disable ram-auth");
    await isRefused();
    await machine.sh("systemctl disable --now ram-auth");
    const { code, output } = await machine.run(...uninstall);
    assert.equal(code, 0, output);
    for (const command of commandsIn(output)) await machine.sh(command);
    assert.deepEqual(await service(machine, "LoadState"), { LoadState: "not-found" });
    assert.equal(await machine.sh("find /etc /usr/local /var -name '*ram-auth*' -newer /etc/machine-id"), "");
    assert.doesNotMatch(await machine.sh("cat /etc/passwd"), /ram-auth/);
  });
});
