import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { TOKEN_PERMISSIONS } from "../../scripts/permissions.ts";
import { startCluster } from "../support/cluster.ts";
import { freePort } from "../support/free_port.ts";
import { testNeeding } from "../support/needs.ts";
import { prepareSite, startServerProcess } from "../support/server_process.ts";

const { alice } = DEMO_PRINCIPALS;

/** The pair that ack-ram-authenticator makes: its own CA, for a hundred years. */
const OPENSSL = "req -x509 -newkey rsa:2048 -nodes -days 36500 -subj /CN=ack-ram-authenticator " +
  "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign " +
  "-addext extendedKeyUsage=serverAuth -addext subjectAltName=DNS:localhost,IP:127.0.0.1";

/** Its config file; only what differs on a test machine is added: free ports. */
const config = (port: number, healthPort: number) =>
  `clusterID: c-of-the-test
server:
  port: ${port}
  healthPort: ${healthPort}
  region: cn-hangzhou
  backendMode:
  - MountedFile
  mapRoles:
  - rolearn: acs:ram::1234567890123456:role/KubernetesAdmin
    username: "admin:{{SessionName}}"
    groups:
    - system:masters
  mapUsers:
  - userarn: acs:ram::1234567890123456:user/alice
    username: alice
    groups:
    - developers
`;

/** Its webhook kubeconfig. */
const webhook = (port: number, caPem: string) =>
  `# kubeconfig for the webhook
clusters:
  - name: ack-ram-authenticator
    cluster:
      certificate-authority-data: ${new TextEncoder().encode(caPem).toBase64()}
      server: https://localhost:${port}/authenticate
users:
  - name: apiserver
current-context: webhook
contexts:
- name: webhook
  context:
    cluster: ack-ram-authenticator
    user: apiserver
`;

testNeeding(
  ["cluster", "kubectl", "openssl"],
  "a cluster moves from ack-ram-authenticator on files of its shapes",
  async () => {
    await using site = await prepareSite("");
    const { folder, clusterId, stsHost, stsCaFile } = site;
    const [port, healthPort] = [freePort(), freePort()];
    const state = `${folder}/ack-ram-authenticator`;
    await Deno.mkdir(state);
    const pair = ["-keyout", `${state}/key.pem`, "-out", `${state}/cert.pem`];
    const { code, stderr } = await new Deno.Command("openssl", { args: [...OPENSSL.split(" "), ...pair] }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const pairBefore = await Promise.all(["key.pem", "cert.pem"].map((name) => Deno.readTextFile(`${state}/${name}`)));
    await Deno.writeTextFile(`${state}/config.yaml`, config(port, healthPort));
    await Deno.writeTextFile(`${state}/webhook.yaml`, webhook(port, pairBefore[1]!));

    await using server = await startServerProcess(
      ["--config", `${state}/config.yaml`, "--state-dir", state, "--kubeconfig-pregenerated"],
      {
        healthUrl: `http://127.0.0.1:${healthPort}`,
        env: { RAM_AUTH_STS_ENDPOINT: stsHost, RAM_AUTH_STS_CA_FILE: stsCaFile },
      },
    );
    await using cluster = await startCluster({ webhookKubeconfig: `${state}/webhook.yaml` });
    const kubeconfig = await cluster.writeKubeconfig({
      exec: {
        apiVersion: "client.authentication.k8s.io/v1beta1",
        interactiveMode: "Never",
        command: Deno.execPath(),
        args: ["run", "--quiet", ...TOKEN_PERMISSIONS, `${Deno.cwd()}/main.ts`, "token", "-i", clusterId],
        env: [
          { name: "ALIBABA_CLOUD_ACCESS_KEY_ID", value: alice.accessKeyId },
          { name: "ALIBABA_CLOUD_ACCESS_KEY_SECRET", value: alice.accessKeySecret },
        ],
      },
    });
    const whoami = await cluster.kubectl(["auth", "whoami", "-o", "json"], { kubeconfig });
    assert.equal(whoami.code, 0, whoami.stderr + server.stderr());
    assert.deepEqual(JSON.parse(whoami.stdout).status.userInfo, {
      username: "alice",
      uid: "ack-ram-authenticator:1234567890123456:200000000000000001",
      groups: ["developers", "system:authenticated"],
      extra: {
        arn: ["acs:ram::1234567890123456:user/alice"],
        canonicalArn: ["acs:ram::1234567890123456:user/alice"],
        sessionName: [""],
      },
    });
    assert.deepEqual(
      await Promise.all(["key.pem", "cert.pem"].map((name) => Deno.readTextFile(`${state}/${name}`))),
      pairBefore,
    );
  },
);
