import assert from "node:assert/strict";
import { type Machine, startMachine } from "../../support/machine.ts";
import { testNeeding } from "../../support/needs.ts";

/** What starts kube-apiserver on nodes of one kind or another. */
const STARTERS = ["kubelet", "k3s", "rke2-server", "kube-apiserver"];

/** Stands in for one of them: notes whether the webhook is there when it starts. */
const STARTER = `[Service]
Type=oneshot
ExecStart=/bin/bash -c 'if (exec 3<>/dev/tcp/127.0.0.1/21362) 2>/dev/null; then echo listens; else echo nobody; fi >/run/found-%N'
`;

/** Starts all of them and the server at once, as a boot does, and returns what they found. */
async function boot(machine: Machine): Promise<Record<string, string>> {
  await machine.sh("systemctl stop ram-auth boot.target && rm -f /run/found-* && systemctl start boot.target");
  const output = await machine.sh("cd /run && grep . found-*");
  return Object.fromEntries(output.trim().split("\n").map((line) => line.replace("found-", "").split(":")));
}

/** All of them in one go, which orders them: a command that starts several units starts one after the other. */
const BOOT = `[Unit]
Wants=${STARTERS.map((name) => `${name}.service`).join(" ")} ram-auth.service
`;

const allFind = (what: string) => Object.fromEntries(STARTERS.map((name) => [name, what]));

testNeeding(["binary", "machine"], "what starts the API server waits for the unit, but not for ever", async (t) => {
  await using machine = await startMachine({ binds: { "/program": Deno.env.get("RAM_AUTH_TEST_BINARY")! } });
  await machine.sh("/program init -i demo --install --admin-arn acs:ram::1234567890123456:user/alice");
  await machine.sh("systemd-sysusers /etc/sysusers.d/ram-auth.conf");
  const units = Object.fromEntries(STARTERS.map((name) => [`${name}.service`, STARTER]));
  for (const [name, text] of Object.entries({ ...units, "boot.target": BOOT })) {
    await machine.feed(text, "sh", "-c", `cat >/run/systemd/system/${name}`);
  }
  await machine.sh("systemctl daemon-reload");

  await t.step("it listens before any of them starts", async () => {
    assert.deepEqual(await boot(machine), allFind("listens"));
  });

  await t.step("one that cannot start keeps none of them from starting", async () => {
    await machine.sh("mv /etc/ram-auth/config.yaml /run/config.yaml && echo '{' >/etc/ram-auth/config.yaml");
    assert.deepEqual(await boot(machine), allFind("nobody"));
    await machine.sh("mv /run/config.yaml /etc/ram-auth/config.yaml");
  });

  await t.step("one that hangs while it starts keeps them waiting for half a minute at most", async () => {
    assert.equal(await machine.sh("systemctl show ram-auth --property=TimeoutStartUSec"), "TimeoutStartUSec=30s\n");
    await machine.sh(`mkdir /run/systemd/system/ram-auth.service.d
cat >/run/systemd/system/ram-auth.service.d/test.conf <<'END'
[Service]
TimeoutStartSec=1
ExecPaths=/bin/sleep
ExecStart=
ExecStart=/bin/sleep infinity
END
systemctl daemon-reload`);
    assert.deepEqual(await boot(machine), allFind("nobody"));
  });
});
