import assert from "node:assert/strict";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { STS_NAMES } from "../../interop/inside/sts_names.ts";
import { awsToken } from "../../support/aws_tokens.ts";
import { countLogins } from "../../support/login_loop.ts";
import { testNeeding } from "../../support/needs.ts";
import { importProgram } from "../../support/node/images.ts";
import { startNode } from "../../support/node/node.ts";
import { makeImage } from "../../support/node/own_image.ts";
import { sectionOf, shellCommands } from "../../support/project/shell_commands.ts";
import { prepareSite, withoutCredentialId } from "../../support/server_process.ts";
import { waitFor } from "../../support/wait_for.ts";

const PEER = "aws-iam-authenticator";
const PAGE = `docs/migrate-from-${PEER}.md`;
const PEER_IMAGE = `registry.example.com/${PEER}:v0.7.18`;

/** Where the webhook kubeconfig is, by which kube-apiserver asks the old server and then the new one. */
const WEBHOOK = `/etc/kubernetes/${PEER}/kubeconfig.yaml`;

/** Of the shape of its project's `deploy/example.yaml`, for a control plane node of today; STS is emulated. */
const MANIFEST = `apiVersion: v1
kind: ServiceAccount
metadata: {name: ${PEER}, namespace: kube-system}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ${PEER}, namespace: kube-system}
data:
  config.yaml: |
    clusterID: production
    server:
      mapUsers:
      - userARN: arn:aws:iam::123456789012:user/dave
        username: dave
        groups:
        - developers
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ${PEER}, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: ${PEER}}}
  updateStrategy: {type: RollingUpdate}
  template:
    metadata: {labels: {k8s-app: ${PEER}}}
    spec:
      serviceAccountName: ${PEER}
      hostNetwork: true
      nodeSelector: {node-role.kubernetes.io/control-plane: ""}
      tolerations:
      - {effect: NoSchedule, key: node-role.kubernetes.io/control-plane}
      priorityClassName: system-cluster-critical
      containers:
      - name: ${PEER}
        image: ${PEER_IMAGE}
        args:
        - server
        - --config=/etc/${PEER}/config.yaml
        - --state-dir=/var/${PEER}
        - --generate-kubeconfig=${WEBHOOK}
        env:
        - {name: AWS_REGION, value: us-east-1}
        - {name: SSL_CERT_FILE, value: /etc/sts-ca/sts-ca.pem}
        - {name: RAM_AUTH_STS_CA_FILE, value: /etc/sts-ca/sts-ca.pem}
        securityContext:
          allowPrivilegeEscalation: false
          capabilities: {drop: [ALL]}
        resources:
          requests: {memory: 20Mi, cpu: 10m}
          limits: {memory: 20Mi, cpu: 100m}
        volumeMounts:
        - {name: config, mountPath: /etc/${PEER}/}
        - {name: state, mountPath: /var/${PEER}/}
        - {name: output, mountPath: /etc/kubernetes/${PEER}/}
        - {name: sts-ca, mountPath: /etc/sts-ca/}
      volumes:
      - {name: config, configMap: {name: ${PEER}}}
      - {name: output, hostPath: {path: /etc/kubernetes/${PEER}/}}
      - {name: state, hostPath: {path: /var/${PEER}/}}
      - {name: sts-ca, hostPath: {path: /etc/sts-ca}}
`;

const { dave } = DEMO_AWS_PRINCIPALS;

/** Who every kubectl is, by the old program. */
const USER = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{
    name: "production",
    cluster: { server: "https://192.0.2.1:6443", "certificate-authority": "/etc/kubernetes/pki/ca.crt" },
  }],
  contexts: [{ name: "production", context: { cluster: "production", user: "dave" } }],
  "current-context": "production",
  users: [{
    name: "dave",
    user: {
      exec: {
        apiVersion: "client.authentication.k8s.io/v1beta1",
        interactiveMode: "Never",
        command: `/peers/${PEER}`,
        args: ["token", "-i", "production"],
        env: Object.entries({
          AWS_ACCESS_KEY_ID: dave.accessKeyId,
          AWS_SECRET_ACCESS_KEY: dave.accessKeySecret,
          AWS_REGION: "us-east-1",
        }).map(([name, value]) => ({ name, value })),
      },
    },
  }],
});

testNeeding(
  ["binary", "buildah", "kubeadmNode", "peers"],
  "a cluster moves from the DaemonSet of aws-iam-authenticator to ram-auth and back",
  async (t) => {
    // It emulates STS; its folder of a server is not used.
    await using site = await prepareSite("", { clusterId: "production", stsNames: STS_NAMES });
    await using stack = new AsyncDisposableStack();
    const [binary, peers] = ["RAM_AUTH_TEST_BINARY", "RAM_AUTH_TEST_PEERS"].map((name) => Deno.env.get(name)!);
    const stsPort = Number(site.stsHost.split(":")[1]);
    const archive = `${site.folder}/image.tar`;
    const [starting, image] = await Promise.allSettled([
      startNode({ binds: { "/usr/local/bin/ram-auth": binary!, "/peers": peers! }, reaches: [stsPort] }),
      makeImage(binary!, archive),
    ]);
    if (starting.status === "rejected") throw starting.reason;
    const node = stack.use(starting.value);
    if (image.status === "rejected") throw image.reason;
    const kubectl = async (args: readonly string[], stdin = "") => {
      const { code, output } = await node.kubectl(args, { stdin });
      assert.equal(code, 0, output);
      return output;
    };
    const rolledOut = () => kubectl(["-n", "kube-system", "rollout", "status", "daemonset", PEER]);
    const whoami = async () => {
      const { code, output } = await node.kubectl(["auth", "whoami", "-o", "json"], { kubeconfig: "/root/user.yaml" });
      if (code !== 0) return output;
      const user = JSON.parse(output).status.userInfo;
      return { ...user, extra: withoutCredentialId(user.extra) };
    };

    await node.writeFile("/etc/hosts", ["localhost", ...STS_NAMES].map((name) => `127.0.0.1 ${name}\n`).join(""));
    await node.writeFile("/etc/sts-ca/sts-ca.pem", await Deno.readTextFile(site.stsCaFile));
    await node.writeFile("/etc/systemd/system/sts.socket", "[Socket]\nListenStream=127.0.0.1:443\n");
    const relay = `[Service]\nExecStart=/lib/systemd/systemd-socket-proxyd 127.0.0.1:${stsPort}\n`;
    await node.writeFile("/etc/systemd/system/sts.service", relay);
    await node.sh("systemctl daemon-reload && systemctl start sts.socket");
    await node.sh(importProgram("/peers", PEER, PEER_IMAGE));
    await node.loadImage(archive);
    const name = "registry.example.com/ram-auth:0.1.0";
    await node.sh(`ctr -n k8s.io images tag docker.io/library/ram-auth:0.1.0 ${name}`);

    let [before, files]: unknown[] = [];
    await t.step("before, aws-iam-authenticator's own DaemonSet lets its user in", () =>
      node.explain(async () => {
        await kubectl(["apply", "-f", "-"], MANIFEST);
        await rolledOut();
        await waitFor("the webhook kubeconfig", async () => (await node.run("test", "-f", WEBHOOK)).code === 0);
        await node.sh(`ram-auth apiserver configure --kubeconfig ${WEBHOOK}`);
        await node.writeFile("/root/user.yaml", USER);
        before = await waitFor("its user", async () => {
          const user = await whoami();
          return typeof user === "string" ? undefined : user;
        });
        assert.equal((before as { username: string }).username, "dave");
        files = await node.sh(`sha256sum /var/${PEER}/*`);
      }));

    // A token that the API server knows does not reach the webhook; those of different seconds do.
    let count = 0;
    const token = () =>
      Promise.resolve(awsToken(dave, {
        clusterId: "production",
        now: new Date(Date.now() - (count++ % 600) * 1_000),
        host: "sts.us-east-1.amazonaws.com",
      }));
    const logins = countLogins({ cluster: node, token, everyMs: 200 });
    stack.defer(() => logins.stop());
    const section = sectionOf(await Deno.readTextFile(PAGE), "In a DaemonSet");
    await node.writeFile("/root/image.yaml", /```yaml\n(.*?)```/s.exec(section)![1]!);
    for (const command of shellCommands(section)) {
      const [from, already] = [logins.failed().length, logins.succeeded()];
      let lost = 0;
      await node.explain(async () => {
        const isUsers = command === "kubectl auth whoami";
        const kubeconfig = isUsers ? "/root/user.yaml" : "/etc/kubernetes/admin.conf";
        const run = ["env", `KUBECONFIG=${kubeconfig}`, "HOME=/root", "sh", "-euc", `cd /root && ${command}`];
        const { code, output } = await node.run(...run);
        assert.equal(code, 0, `${command}: ${output}`);
        if (isUsers) assert.deepEqual(await whoami(), before);
        await waitFor("logins to go on", () => logins.succeeded() > already + 5);
        lost = logins.failed().length - from;
      });
      await t.step(`${PAGE}: ${command} (${lost} of ${logins.succeeded() - already + lost} logins lost)`, () => {
        if (!/patch|rollout/.test(command)) assert.equal(lost, 0, String(logins.failed().at(-1)?.why));
      });
    }

    await logins.stop();
    await t.step("in the end, each user and the old server's files are as they were", async () => {
      assert.deepEqual(await whoami(), before);
      assert.deepEqual(await node.sh(`sha256sum /var/${PEER}/*`), files);
    });
  },
);
