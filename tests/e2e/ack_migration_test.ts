import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { startCluster } from "../support/cluster.ts";
import { freePort } from "../support/free_port.ts";
import { followPage, type Units } from "../support/project/migration.ts";
import { testNeeding } from "../support/needs.ts";
import { peerWebhookKubeconfig } from "../support/stand_ins/peer_webhook.ts";
import type { RunningProcess } from "../support/process.ts";
import { prepareSite, startServerProcess } from "../support/server_process.ts";

const PEER = "ack-ram-authenticator";
const PAGE = `docs/migrate-from-${PEER}.md`;

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

/** What commands of the page print, by how they start. */
const EXPECTED: readonly (readonly [string, RegExp])[] = [
  ["ram-auth check -c", /2 rules/],
  ["ram-auth check --as", /every entry means the same/],
  ["ram-auth mappings list", /user\/alice/],
  ["ram-auth explain", /^allowed as "admin:/],
  ["curl", /mapping MountedFile: 2 rules/],
  ["kubectl auth whoami", /alice[^]*developers/],
  ["ram-auth kubeconfig --convert --dry-run", /^-.*ack-ram-tool/m],
];

testNeeding(
  ["cluster", "kubectl", "openssl"],
  "a cluster moves from ack-ram-authenticator on files of its shapes",
  async (t) => {
    await using site = await prepareSite("");
    const { clusterId, stsHost, stsCaFile } = site;
    const root = `${site.folder}/root`;
    const [port, healthPort] = [freePort(), freePort()];
    const state = `${root}/var/${PEER}`;
    const webhookFile = `${root}/etc/kubernetes/${PEER}/kubeconfig.yaml`;
    for (const folder of [`${root}/etc/${PEER}`, state, `${root}/etc/kubernetes/${PEER}`, `${root}/bin`]) {
      await Deno.mkdir(folder, { recursive: true });
    }
    const pair = ["-keyout", `${state}/key.pem`, "-out", `${state}/cert.pem`];
    const { code, stderr } = await new Deno.Command("openssl", { args: [...OPENSSL.split(" "), ...pair] }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const readPair = () => Promise.all(["key.pem", "cert.pem"].map((name) => Deno.readTextFile(`${state}/${name}`)));
    const before = await readPair();
    await Deno.writeTextFile(`${root}/etc/${PEER}/config.yaml`, config(port, healthPort));
    const caBase64 = new TextEncoder().encode(before[1]).toBase64();
    await Deno.writeTextFile(webhookFile, peerWebhookKubeconfig({ peer: PEER, port, caBase64 }));
    // The old client: its tokens are those of the vectors, which ram-auth makes byte for byte.
    await Deno.writeTextFile(`${root}/bin/ack-ram-tool`, '#!/bin/sh\nexec ram-auth "$@"\n', { mode: 0o755 });

    await using stack = new AsyncDisposableStack();
    await using cluster = await startCluster({ webhookKubeconfig: webhookFile });
    const kubeconfig = await cluster.writeKubeconfig({
      exec: {
        apiVersion: "client.authentication.k8s.io/v1beta1",
        interactiveMode: "Never",
        command: "ack-ram-tool",
        args: ["credential-plugin", "get-token", "--cluster-id", clusterId, "--api-version", "v1beta1"],
        env: [
          { name: "ALIBABA_CLOUD_ACCESS_KEY_ID", value: alice.accessKeyId },
          { name: "ALIBABA_CLOUD_ACCESS_KEY_SECRET", value: alice.accessKeySecret },
        ],
      },
    });
    const env = { RAM_AUTH_STS_ENDPOINT: stsHost, RAM_AUTH_STS_CA_FILE: stsCaFile };
    let server: RunningProcess | undefined;
    const units: Units = {
      stop: async () => void await server?.stop("SIGTERM"),
      async start(unit, args) {
        if (unit === PEER) return;
        const options = { healthUrl: `http://127.0.0.1:${healthPort}`, env, binary: `${root}/bin/ram-auth` };
        server = stack.use(await startServerProcess(args.slice(1), options));
      },
    };
    const replace = [["127.0.0.1:21363", `127.0.0.1:${healthPort}`]] as const;
    await followPage(PAGE, { root, units, kubeconfig, env, replace }, async ({ command, output }) => {
      await t.step(`${PAGE}: ${command.replaceAll(`${root}/`, "/")}`, () => {
        const [, expected] = EXPECTED.find(([start]) => command.startsWith(start)) ?? [];
        if (expected !== undefined) assert.match(output, expected);
      });
    });
    assert.deepEqual(await readPair(), before);
    const after = await Deno.readTextFile(webhookFile);
    assert.ok(after.includes(caBase64), after);
    assert.match(after, new RegExp(`server: https://localhost:${port}/authenticate`));
  },
);
