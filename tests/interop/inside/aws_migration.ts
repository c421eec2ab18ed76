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
import { followPage, type Units } from "../../support/project/migration.ts";
import { type RunningProcess, startProcess } from "../../support/process.ts";
import { prepareSite, startServerProcess, withoutCredentialId } from "../../support/server_process.ts";
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

const PEER = "aws-iam-authenticator";
const PAGE = `docs/migrate-from-${PEER}.md`;

/** What commands of the page print, by how they start. */
const EXPECTED: readonly (readonly [string, RegExp])[] = [
  ["ram-auth check -c", /3 rules/],
  ["ram-auth check --as", /every entry means the same/],
  ["ram-auth mappings list", /user\/dave/],
  ["ram-auth explain", /^allowed as "kubernetes-admin"/],
  ["curl", /mapping MountedFile: 3 rules/],
  ["kubectl auth whoami", /dave/],
  ["ram-auth kubeconfig --convert --dry-run", /^-.*aws-iam-authenticator/m],
];

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
  const { stsCaFile } = site;
  const root = `${site.folder}/root`;
  const [config, state] = [`${root}/etc/${PEER}/config.yaml`, `${root}/var/${PEER}`];
  const webhook = `${root}/etc/kubernetes/${PEER}/kubeconfig.yaml`;
  for (const folder of [`${root}/etc/${PEER}`, state, `${root}/etc/kubernetes/${PEER}`]) {
    await Deno.mkdir(folder, { recursive: true });
  }
  await Deno.writeTextFile(config, CONFIG);
  await using stack = new AsyncDisposableStack();
  const startPeer = async () => {
    const process = stack.use(startProcess(peerBinary(), {
      args: ["server", "--config", config, "--state-dir", state, "--generate-kubeconfig", webhook],
      clearEnv: true,
      // Without a region it would look for one on the network, for seconds.
      env: { SSL_CERT_FILE: stsCaFile, AWS_REGION: "us-east-1" },
    }));
    await waitFor("aws-iam-authenticator to listen", () => {
      if (process.hasEnded()) throw new Error(`Cannot start aws-iam-authenticator: ${process.stderr()}`);
      return process.stderr().includes("Starting the h.ec2Provider");
    });
    return process;
  };
  let serving: RunningProcess = await startPeer();
  const files = { pair: await contents(state), webhook: await Deno.readTextFile(webhook) };
  await using cluster = await startCluster({ webhookKubeconfig: webhook, webhookCacheTtlSeconds: 0 });
  const kubeconfig = await cluster.writeKubeconfig({ exec: EXEC });
  const whoami = async () => {
    const { code, stdout, stderr } = await cluster.kubectl(["auth", "whoami", "-o", "json"], { kubeconfig });
    assert.equal(code, 0, stderr);
    const user = JSON.parse(stdout).status.userInfo;
    return { ...user, extra: withoutCredentialId(user.extra) };
  };
  const before = await whoami();
  assert.equal(before.username, "dave");

  const logins = countLogins({ cluster, token: () => nextToken(stsCaFile), everyMs: 200 });
  stack.defer(() => logins.stop());
  await waitFor("logins on the peer", () => logins.succeeded() >= 5);
  const swaps: { fromMs: number; untilMs: number }[] = [];
  const units: Units = {
    async stop() {
      swaps.push({ fromMs: Date.now(), untilMs: Infinity });
      await serving.stop("SIGTERM");
    },
    async start(unit, args) {
      serving = unit === PEER ? await startPeer() : stack.use(
        await startServerProcess(args.slice(1), {
          healthUrl: "http://127.0.0.1:21363",
          env: { RAM_AUTH_STS_CA_FILE: stsCaFile },
          binary: `${root}/bin/ram-auth`,
        }),
      );
      swaps.at(-1)!.untilMs = Date.now();
      const already = logins.succeeded();
      await waitFor(`logins on ${unit}`, () => logins.succeeded() >= already + 10);
    },
  };
  const env = { RAM_AUTH_STS_CA_FILE: stsCaFile };
  await followPage(PAGE, { root, units, kubeconfig, env, leaveOut: "In a DaemonSet" }, async ({ command, output }) => {
    await t.step(`${PAGE}: ${command.replaceAll(`${root}/`, "/")}`, async () => {
      const [, expected] = EXPECTED.find(([start]) => command.startsWith(start)) ?? [];
      if (expected !== undefined) assert.match(output, expected);
      if (command !== "systemctl start ram-auth") return;
      assert.deepEqual(await whoami(), before);
      assert.match(serving.stderr(), /login allowed .* username=dave/);
      assert.deepEqual(await contents(state), files.pair);
      assert.deepEqual(serverAndCa(await Deno.readTextFile(webhook)), serverAndCa(files.webhook));
    });
  });
  await logins.stop();

  const lost = logins.failed();
  const [swapMs] = swaps.map(({ fromMs, untilMs }) => untilMs - fromMs);
  await t.step(
    `of ${
      logins.succeeded() + lost.length
    } logins, ${lost.length} failed, each while the servers were swapped (there: ${swapMs} ms)`,
    () => {
      for (const { startedAtMs, endedAtMs, why } of lost) {
        const isInSwap = swaps.some(({ fromMs, untilMs }) => startedAtMs <= untilMs && endedAtMs >= fromMs);
        assert.ok(isInSwap, `a login failed outside the swaps: ${why}`);
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
