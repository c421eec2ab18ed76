import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import type { Principal } from "../../../lib/emulator/principal.ts";
import { startCluster } from "../../support/cluster.ts";
import { freePort } from "../../support/free_port.ts";
import { testNeeding } from "../../support/needs.ts";
import { prepareSite, startServerProcess } from "../../support/server_process.ts";
import { installTestBinary } from "../../support/test_binary.ts";
import { waitFor } from "../../support/wait_for.ts";

const { kubernetesAdmin, alice, bob } = DEMO_PRINCIPALS;

/** What a person adds to the config file that `init` wrote. */
const VIEWER = `
  mapUsers:
    - userARN: acs:ram::1234567890123456:user/alice
      username: alice
      groups: [viewers]
`;

testNeeding(
  ["binary", "cluster", "kubectl"],
  "from an empty folder with nothing but the binary to the first logins, as administrator and as viewer",
  async (t) => {
    // It emulates STS; its folder of a server is not used.
    await using site = await prepareSite("");
    const { stsHost, stsCaFile } = site;
    await using stack = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "from-binary-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    const binary = (await installTestBinary(folder))!;
    const [port, healthPort] = [freePort(), freePort()];
    const run = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
      const { code, stdout, stderr } = await new Deno.Command(args[0]!, {
        args: args.slice(1),
        cwd: folder,
        clearEnv: true,
        env: { PATH: `${folder}:${Deno.env.get("PATH")}`, HOME: folder, TMPDIR: folder, ...env },
        stdin: "null",
      }).output();
      return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
    };
    const succeed = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await run(args);
      assert.equal(code, 0, `${args.join(" ")}: ${stdout}${stderr}`);
      return stdout;
    };

    await t.step("init makes the state, the webhook kubeconfig, the first mapping and its binding", async () => {
      await succeed(
        "./ram-auth",
        ...["init", "-i", "demo", "--state-dir", "state", "--generate-kubeconfig", "webhook.yaml"],
        ...["--port", String(port), "--admin-arn", "acs:ram::1234567890123456:role/KubernetesAdmin"],
      );
      await Deno.writeTextFile(`${folder}/config.yaml`, VIEWER, { append: true });
      assert.match(await succeed("./ram-auth", "check", "-c", "config.yaml"), /2 rules/);
    });

    const flags = ["-c", "config.yaml", "--state-dir", "state", "--generate-kubeconfig", "webhook.yaml"];
    const start = async () =>
      stack.use(
        await startServerProcess(
          [...flags, "--port", String(port), "--health-port", String(healthPort)],
          {
            binary,
            healthUrl: `http://127.0.0.1:${healthPort}`,
            cwd: folder,
            clearEnv: true,
            env: { RAM_AUTH_STS_ENDPOINT: stsHost, RAM_AUTH_STS_CA_FILE: stsCaFile, TMPDIR: folder },
          },
        ),
      );
    const server = await start();
    const cluster = stack.use(await startCluster({ webhookKubeconfig: `${folder}/webhook.yaml` }));
    const asOperator = async (...args: readonly string[]) => {
      const { code, stderr } = await cluster.kubectl(args);
      assert.equal(code, 0, stderr);
    };
    await asOperator("apply", "-f", `${folder}/admin-binding.yaml`);
    // The role "view" is filled by the controller manager, which does not run here.
    await asOperator("create", "clusterrole", "look", "--verb=get,list,watch", "--resource=pods,namespaces");
    await asOperator("create", "clusterrolebinding", "viewers", "--clusterrole=look", "--group=viewers");

    await t.step("kubeconfig writes user, context and cluster", async () => {
      await succeed(
        ...["./ram-auth", "kubeconfig", "-i", "demo", "--kubeconfig", "user.yaml", "--cluster-name", "demo"],
        ...["--server", cluster.server, "--certificate-authority", cluster.caFile],
      );
    });
    const kubectl = (who: Principal, ...args: readonly string[]) =>
      run(["kubectl", "--kubeconfig", "user.yaml", ...args], {
        ALIBABA_CLOUD_ACCESS_KEY_ID: who.accessKeyId,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET: who.accessKeySecret,
        ...(who.securityToken !== undefined && { ALIBABA_CLOUD_SECURITY_TOKEN: who.securityToken }),
      });

    await t.step("the administrator may do everything", async () => {
      await waitFor("the binding to count", async () => {
        const { code, stderr } = await kubectl(kubernetesAdmin, "get", "secrets", "-A");
        assert.doesNotMatch(stderr, /Unauthorized/, server.stderr());
        return code === 0;
      });
      const { code, stderr } = await kubectl(kubernetesAdmin, "create", "namespace", "first");
      assert.equal(code, 0, stderr);
      assert.match((await kubectl(kubernetesAdmin, "auth", "whoami")).stdout, /alice@example.com|alice-example.com/);
    });

    await t.step("the viewer may look, and nothing more", async () => {
      await waitFor("the binding to count", async () => (await kubectl(alice, "get", "pods", "-A")).code === 0);
      const { code, stderr } = await kubectl(alice, "create", "namespace", "second");
      assert.equal(code, 1);
      assert.match(stderr, /User "alice" cannot create resource "namespaces"/);
    });

    await t.step("a mapping that add writes into the cluster's ConfigMap lets somebody else in", async () => {
      await server.stop("SIGTERM");
      const sources = `  backendMode: [MountedFile, ACKConfigMap]\n  kubeconfig: ${cluster.adminKubeconfig}\n`;
      await Deno.writeTextFile(`${folder}/config.yaml`, sources, { append: true });
      await start();
      await succeed(
        ...["./ram-auth", "add", "user", "--userarn", "acs:ram::1234567890123456:user/bob", "--username", "bob"],
        ...["--groups", "viewers", "--prompt=false", "--kubeconfig", cluster.adminKubeconfig],
      );
      await waitFor("the mapping to count", async () => (await kubectl(bob, "get", "pods", "-A")).code === 0);
    });
  },
);
