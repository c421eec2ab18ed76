/**
 * The tutorial of the README, from an empty control plane node to a login: every command as it stands, on the folders
 * and ports that it names. Runs where the name of STS leads to the emulator and those folders are the test's own: see
 * `namespace.ts`.
 *
 * systemd cannot run there: in its place stands a `systemctl` after which the test starts what the unit says. The same
 * lines by the real systemd are in `tests/e2e/installed/systemd_test.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { kubeadmManifest } from "../../support/control_plane_node/kubeadm_manifests.ts";
import { type Cluster, startCluster } from "../../support/cluster.ts";
import { startProcess } from "../../support/process.ts";
import { inlineCommands, sectionOf, shellCommands } from "../../support/project/shell_commands.ts";
import { prepareSite, startServerProcess } from "../../support/server_process.ts";
import { startKubelet } from "../../support/stand_ins/kubelet.ts";
import { installTestBinary } from "../../support/test_binary.ts";
import { waitFor } from "../../support/wait_for.ts";

const CONFIG = "/etc/ram-auth/config.yaml";
const UNIT = "/etc/systemd/system/ram-auth.service";
const MANIFESTS = "/etc/kubernetes/manifests";
const MANIFEST = `${MANIFESTS}/kube-apiserver.yaml`;

/** Takes what the tutorial asks of systemd, and nothing else. */
const SYSTEMCTL = `#!/bin/sh
case "$*" in
  daemon-reload) ;;
  "enable --now ram-auth") : >"$0.started" ;;
  *) exit 1 ;;
esac
`;

/** What each command prints; those that are not here print what does not matter, or nothing. */
const EXPECTED: Readonly<Record<string, RegExp>> = {
  "ram-auth init -i my-cluster --install --admin-arn acs:ram::1234567890123456:user/alice --dry-run":
    /ram-auth\.service/,
  "ram-auth init -i my-cluster --install --admin-arn acs:ram::1234567890123456:user/alice": /ram-auth:admins/,
  "curl -s 'http://127.0.0.1:21363/readyz?verbose'": /mapping MountedFile: 1 rule/,
  "ram-auth apiserver configure --dry-run": /^\+ .*--authentication-token-webhook-config-file=/m,
  "ram-auth apiserver configure": /^Configured: kube-apiserver asks ram-auth, and is healthy/m,
  "kubectl apply -f /etc/ram-auth/admin-binding.yaml": /created/,
  "ram-auth kubeconfig -i my-cluster --cluster-name kubernetes": /wrote user/,
  "kubectl auth whoami": /ram-auth:admin:alice[^]*ram-auth:admins/,
  "ram-auth token -i my-cluster --token-only | ram-auth verify -i my-cluster -t -":
    /acs:ram::1234567890123456:user\/alice/,
  "ram-auth explain -c /etc/ram-auth/config.yaml <arn>": /^allowed as "ram-auth:admin:alice"/,
};

Deno.test("the tutorial", async (t) => {
  const { alice, kubernetesAdmin } = DEMO_PRINCIPALS;
  const tutorial = sectionOf(await Deno.readTextFile("README.md"), "Tutorial: five minutes");
  await using stack = new AsyncDisposableStack();
  await using site = await prepareSite("", { stsNames: ["sts.aliyuncs.com"], stsPort: 443 });
  const [bin, home] = [`${site.folder}/bin`, `${site.folder}/home`];
  for (const folder of [bin, `${home}/.kube`, MANIFESTS]) await Deno.mkdir(folder, { recursive: true });
  await installTestBinary(bin);
  await Deno.writeTextFile(`${bin}/systemctl`, SYSTEMCTL, { mode: 0o755 });
  // They belong to a group that the namespace lacks; systemd-sysusers makes them anew.
  for (const path of ["/etc/shadow", "/etc/gshadow"]) await Deno.remove(path).catch(() => {});

  await using cluster = await startCluster({
    runApiserver: async (program, flags) => {
      await Deno.writeTextFile(MANIFEST, kubeadmManifest("1.36", { flags }), { mode: 0o600 });
      return startKubelet(MANIFESTS, (args) => startProcess(program, { args }));
    },
  });
  await Deno.writeTextFile(`${home}/.kube/config`, usersKubeconfig(cluster), { mode: 0o600 });

  const keys = {
    ALIBABA_CLOUD_ACCESS_KEY_ID: alice.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: alice.accessKeySecret,
  };
  const env = {
    PATH: `${bin}:${Deno.env.get("PATH")}`,
    HOME: home,
    RAM_AUTH_STS_CA_FILE: site.stsCaFile,
    ...keys,
  };
  const run = async (command: string, more: Readonly<Record<string, string>> = {}) => {
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-euc", command],
      env: { ...env, ...more },
      stdin: "null",
    }).output();
    return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  };

  const commands = [...shellCommands(tutorial), ...inlineCommands(tutorial, "ram-auth ")];
  for (const command of commands) {
    const isDone = await t.step(command, async () => {
      // The operator's kubectl is the administrator's; the user has the kubeconfig at the usual place.
      const asOperator = command.startsWith("kubectl apply") ? { KUBECONFIG: cluster.adminKubeconfig } : {};
      const before = await changedFiles();
      const { code, output } = await run(command.replace("<arn>", "acs:ram::1234567890123456:user/alice"), asOperator);
      assert.equal(code, 0, output);
      if (command in EXPECTED) assert.match(output, EXPECTED[command]!);
      if (command.endsWith("--dry-run")) assert.deepEqual(await changedFiles(), before);
      if (command.includes("systemctl enable --now")) {
        assert.ok(Deno.statSync(`${bin}/systemctl.started`).isFile);
        const [, program = "", args = ""] = /^ExecStart=(\S+) server (.*)$/m.exec(await Deno.readTextFile(UNIT)) ?? [];
        const options = { healthUrl: "http://127.0.0.1:21363", binary: program, env };
        stack.use(await startServerProcess(args.split(" "), options));
      }
    });
    if (!isDone) return;
  }
  await t.step("no command was left out", () => {
    for (const command of Object.keys(EXPECTED)) assert.ok(commands.includes(command), command);
  });

  await t.step("the administrator may do everything", async () => {
    await waitFor("the binding to count", async () => {
      return (await run("kubectl get secrets -A")).code === 0;
    });
  });

  await t.step("more people are mapped by the lines of the tutorial", async () => {
    const [, yaml = ""] = /^```yaml\n(.*?)^```/ms.exec(tutorial) ?? [];
    const rules = yaml.replace(/^server:\n/, "");
    assert.match(rules, /^ {2}mapRoles:\n/);
    await Deno.writeTextFile(CONFIG, rules, { append: true });
    const checked = await run(`ram-auth check -c ${CONFIG}`);
    assert.equal(checked.code, 0, checked.output);
    assert.match(checked.output, /2 rules/);
    const role = {
      ALIBABA_CLOUD_ACCESS_KEY_ID: kubernetesAdmin.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: kubernetesAdmin.accessKeySecret,
      ALIBABA_CLOUD_SECURITY_TOKEN: kubernetesAdmin.securityToken!,
    };
    await waitFor("the reload", async () => {
      const { output } = await run("kubectl auth whoami", role);
      return /ram:admin:alice/.test(output);
    });
  });
});

/** What commands with --dry-run would change, as it is; `undefined` where there is no such file. */
function changedFiles(): Promise<readonly (string | undefined)[]> {
  return Promise.all([CONFIG, UNIT, MANIFEST].map((path) => Deno.readTextFile(path).catch(() => undefined)));
}

/** What a user of a cluster of kubeadm has before: the cluster, by the name `kubernetes`. */
function usersKubeconfig({ server, caFile }: Cluster): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: kubernetes
  cluster: {server: "${server}", certificate-authority: ${caFile}}
`;
}
