import assert from "node:assert/strict";
import { startMachine } from "../support/machine.ts";
import { testNeeding } from "../support/needs.ts";

const WEBHOOKS = "/etc/kubernetes/ram-auth";
const FLAG = `--authentication-token-webhook-config-file=${WEBHOOKS}`;

/** Answers at its port as long as it runs, which it does not with a webhook that it cannot use. */
const SERVER = `if (Deno.args.some((arg) => arg.endsWith("broken.yaml"))) Deno.exit(1);
Deno.serve({ hostname: "127.0.0.1", port: 6443 }, () => new Response("ok"));`;

const UNIT = `[Service]
ExecStart=/usr/local/bin/kube-apiserver run --quiet --no-config --allow-net=127.0.0.1:6443 /opt/server.js \\
  --v=2
Restart=no`;

const INSTALL = `mkdir -p ${WEBHOOKS}
for name in kubeconfig broken; do echo made up >${WEBHOOKS}/$name.yaml; done
chmod 600 ${WEBHOOKS}/*
ln -s ${Deno.execPath()} /usr/local/bin/kube-apiserver
cat >/opt/server.js <<'END'
${SERVER}
END
cat >/etc/systemd/system/kube-apiserver.service <<'END'
${UNIT}
END
systemctl daemon-reload
systemctl start kube-apiserver
until (exec 3<>/dev/tcp/127.0.0.1/6443) 2>/dev/null; do sleep 0.1; done`;

testNeeding(["machine", "binary"], "apiserver restarts a unit of a real systemd, or puts it back", async (t) => {
  await using machine = await startMachine({ binds: { "/program": Deno.env.get("RAM_AUTH_TEST_BINARY")! } });
  const apiserver = (...args: readonly string[]) =>
    machine.run("/program", "apiserver", ...args, "--health-url", "http://127.0.0.1:6443/readyz");
  const commandLine = () => machine.sh("tr '\\0' ' ' </proc/$(systemctl show -P MainPID kube-apiserver)/cmdline");
  await machine.run("bash", "-euc", INSTALL);
  const original = await commandLine();
  assert.match(original, /^\/usr\/local\/bin\/kube-apiserver .* --v=2 $/);

  await t.step("configure", async () => {
    const { code, output } = await apiserver("configure");
    assert.equal(code, 0, output);
    assert.match(output, /kube-apiserver \(process \d+\) is healthy/);
    assert.equal(await commandLine(), `${original}${FLAG}/kubeconfig.yaml `);
  });
  await t.step("configure of a webhook with which it does not start", async () => {
    const broken = ["--kubeconfig", `${WEBHOOKS}/broken.yaml`, "--replace", "--timeout", "5"];
    const { code, output } = await apiserver("configure", ...broken);
    assert.equal(code, 1, output);
    assert.match(output, /^Rolled back: /m);
    assert.match(output, /^ram-auth: Cannot configure kube-apiserver: .* rolled back, and is healthy again/m);
    assert.equal(await commandLine(), `${original}${FLAG}/kubeconfig.yaml `);
  });
  await t.step("undo", async () => {
    const { code, output } = await apiserver("undo");
    assert.equal(code, 0, output);
    assert.equal(await commandLine(), original);
    assert.equal((await machine.run("test", "-e", "/etc/systemd/system/kube-apiserver.service.d")).code, 1);
  });
});
