/**
 * A cluster moves from aws-iam-authenticator to ram-auth: same config file, state, webhook kubeconfig and users. Runs where
 * the names of STS lead to the emulator: see `namespace.ts`, whose network also has the usual ports free.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { startCluster } from "../../support/cluster.ts";
import { countLogins } from "../../support/login_loop.ts";
import { type RunningProcess, startProcess } from "../../support/process.ts";
import { prepareSite, startServerProcess } from "../../support/server_process.ts";
import { waitFor } from "../../support/wait_for.ts";
import { peerBinary, peerToken } from "./clients.ts";
import { STS_NAMES } from "./sts_names.ts";

/** As the peer's users have it: defaults for all that can have one. */
const CONFIG = `clusterID: production
server:
  mapRoles:
  - roleARN: arn:aws:iam::123456789012:role/ClusterAdmin
    username: kubernetes-admin
    groups:
    - system:masters
  mapUsers:
  - userARN: arn:aws:iam::123456789012:user/dave
    username: dave
    groups:
    - developers
  mapAccounts:
  - "123456789012"
`;

const { dave, erin, clusterAdmin } = DEMO_AWS_PRINCIPALS;
const KEYS = { AWS_ACCESS_KEY_ID: dave.accessKeyId, AWS_SECRET_ACCESS_KEY: dave.accessKeySecret };

/** What every kubectl of the cluster runs. */
const EXEC = {
  apiVersion: "client.authentication.k8s.io/v1beta1",
  interactiveMode: "Never",
  command: peerBinary(),
  args: ["token", "-i", "production"],
  env: Object.entries({ ...KEYS, AWS_REGION: "us-east-1" }).map(([name, value]) => ({ name, value })),
};

Deno.test("a cluster moves from aws-iam-authenticator to ram-auth on the same files", async (t) => {
  await using site = await prepareSite("", { stsNames: STS_NAMES, stsPort: 443 });
  const { folder, stsCaFile } = site;
  const [config, state, webhook] = [`${folder}/peer.yaml`, `${folder}/peer-state`, `${folder}/peer-state/webhook.yaml`];
  await Deno.writeTextFile(config, CONFIG);
  await Deno.mkdir(state);
  const flags = ["--config", config, "--state-dir", state, "--generate-kubeconfig", webhook];
  await using stack = new AsyncDisposableStack();
  const peer = stack.use(startProcess(peerBinary(), {
    args: ["server", ...flags],
    clearEnv: true,
    // Without a region it would look for one on the network, for seconds.
    env: { SSL_CERT_FILE: stsCaFile, AWS_REGION: "us-east-1" },
  }));
  await waitFor("aws-iam-authenticator to listen", () => {
    if (peer.hasEnded()) throw new Error(`Cannot start aws-iam-authenticator: ${peer.stderr()}`);
    return peer.stderr().includes("Starting the h.ec2Provider");
  });
  const files = await contents(state);
  await using cluster = await startCluster({ webhookKubeconfig: webhook, webhookCacheTtlSeconds: 0 });
  const kubeconfig = await cluster.writeKubeconfig({ exec: EXEC });
  const whoami = async () => {
    const { code, stdout, stderr } = await cluster.kubectl(["auth", "whoami", "-o", "json"], { kubeconfig });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout).status.userInfo;
  };
  const before = await whoami();
  assert.equal(before.username, "dave");

  const logins = countLogins({ cluster, token: () => nextToken(stsCaFile), everyMs: 200 });
  stack.defer(() => logins.stop());
  await waitFor("logins on the peer", () => logins.succeeded() >= 5);
  const swap = { from: Date.now(), until: 0 };
  await peer.stop("SIGTERM");
  const server: RunningProcess = stack.use(
    await startServerProcess(flags, {
      healthUrl: "http://127.0.0.1:21363",
      env: { RAM_AUTH_STS_CA_FILE: stsCaFile },
    }),
  );
  swap.until = Date.now();
  const already = logins.succeeded();
  await waitFor("logins on ram-auth", () => logins.succeeded() >= already + 10);
  await logins.stop();

  await t.step("the same kubectl is the same user, member by member", async () => {
    assert.deepEqual(await whoami(), before);
    assert.match(server.stderr(), /login allowed .* username=dave/);
  });

  await t.step("key and certificate are as they were, and the API server would be told of the same", async () => {
    const { "webhook.yaml": webhookAfter, ...after } = await contents(state);
    const { "webhook.yaml": webhookBefore, ...pair } = files;
    assert.deepEqual(after, pair);
    assert.deepEqual(serverAndCa(webhookAfter!), serverAndCa(webhookBefore!));
  });

  const lost = logins.failed();
  await t.step(
    `of ${logins.succeeded() + lost.length} logins, ${lost.length} failed, each within the swap of ${
      swap.until - swap.from
    } ms`,
    () => {
      for (const { startedAtMs, endedAtMs, why } of lost) {
        assert.ok(startedAtMs <= swap.until && endedAtMs >= swap.from, `a login failed outside the swap: ${why}`);
      }
    },
  );
});

/** A token is the same for a second, and the API server remembers it: five logins a second take turns. */
const TURNS = [dave, erin, clusterAdmin].flatMap((keys) =>
  ["us-east-1", "us-west-2"].map((region) => ({ keys, region }))
);
let turn = 0;

async function nextToken(stsCaFile: string): Promise<string> {
  const { keys, region } = TURNS[turn++ % TURNS.length]!;
  return await peerToken({ clusterId: "production", keys, stsCaFile, args: ["--region", region] });
}

async function contents(folder: string): Promise<Readonly<Record<string, string>>> {
  const texts: Record<string, string> = {};
  for await (const { name } of Deno.readDir(folder)) texts[name] = await Deno.readTextFile(`${folder}/${name}`);
  return texts;
}

function serverAndCa(kubeconfig: string): readonly string[] {
  return ["server", "certificate-authority-data"].map((key) => new RegExp(`${key}: (\\S+)`).exec(kubeconfig)![1]!);
}
