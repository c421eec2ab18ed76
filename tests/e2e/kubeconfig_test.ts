import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../lib/emulator/aws/principals.ts";
import { SERVER_PERMISSIONS } from "../../scripts/permissions.ts";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { installOnPath } from "../support/programs/install_on_path.ts";
import { testNeeding } from "../support/needs.ts";
import { prepareSite } from "../support/server_process.ts";

const MAPPINGS = `mapUsers:
  - {userARN: "acs:ram::1234567890123456:user/alice", username: "ram:alice"}
  - {userARN: "arn:aws:iam::123456789012:user/dave", username: "aws:dave"}`;

const { alice } = DEMO_PRINCIPALS;
const { dave } = DEMO_AWS_PRINCIPALS;
const ALICE_KEYS = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: alice.accessKeyId,
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: alice.accessKeySecret,
};
const DAVE_KEYS = { AWS_ACCESS_KEY_ID: dave.accessKeyId, AWS_SECRET_ACCESS_KEY: dave.accessKeySecret };

/** `ram-auth kubeconfig`, with the permissions that ship. */
async function kubeconfig(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...SERVER_PERMISSIONS, "main.ts", "kubeconfig", ...args],
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

async function whoami(
  cluster: Cluster,
  kubeconfig: string,
  { context, env }: { readonly context: string; readonly env: Readonly<Record<string, string>> },
): Promise<string> {
  const args = ["auth", "whoami", "-o", "jsonpath={.status.userInfo.username}", `--context=${context}`];
  const { code, stdout, stderr } = await cluster.kubectl(args, { kubeconfig, env });
  assert.equal(code, 0, stderr);
  return stdout;
}

testNeeding(
  ["cluster", "kubectl"],
  "kubectl logs in by a kubeconfig that ram-auth kubeconfig wrote or converted",
  async (t) => {
    await using site = await prepareSite(MAPPINGS, { clouds: ["alibaba", "aws"] });
    const { clusterId, stsHost, folder } = site;
    await site.writeConfig(`stsHosts: ["${stsHost}"]\n${MAPPINGS}`);
    await using _server = await site.start();
    await using cluster = await startCluster({ webhookKubeconfig: site.webhookKubeconfig, webhookVersion: "v1" });
    const PATH = await installOnPath(folder);
    const asDave = (path: string) => {
      const names = ["--user-name", "dave", "--context-name", "dave", "--cluster-name", clusterId];
      return ["-i", clusterId, "--cloud", "aws", "--sts-endpoint", stsHost, ...names, "--kubeconfig", path];
    };

    await t.step("a new kubeconfig, with the cluster and a context", async () => {
      const path = `${folder}/new/config`;
      const place = ["--server", cluster.server, "--certificate-authority", cluster.caFile, "--kubeconfig", path];
      const out = await kubeconfig("-i", clusterId, ...place);
      assert.match(out, new RegExp(`\\ntry: kubectl --kubeconfig=${path} auth whoami\\n$`));
      assert.equal(await whoami(cluster, path, { context: clusterId, env: { PATH, ...ALICE_KEYS } }), "ram:alice");

      await kubeconfig(...asDave(path));
      assert.equal(await whoami(cluster, path, { context: "dave", env: { PATH, ...DAVE_KEYS } }), "aws:dave");
      assert.equal(await whoami(cluster, path, { context: clusterId, env: { PATH, ...ALICE_KEYS } }), "ram:alice");
    });

    await t.step("what kubectl wrote in it stays, and what we wrote, too", async () => {
      const path = `${folder}/new/config`;
      const config = (...args: string[]) => cluster.kubectl(["config", ...args], { kubeconfig: path });
      assert.equal((await config("set-context", "dave", "--namespace=team")).code, 0);
      assert.equal((await config("set-credentials", "other", "--token=made-up")).code, 0);
      const before = await Deno.readTextFile(path);
      const out = await kubeconfig(...asDave(path));
      assert.match(out, /^nothing to do/);
      assert.equal(await Deno.readTextFile(path), before);
    });

    await t.step("where ram-auth is not installed, kubectl says what to do", async () => {
      const { code, stderr } = await cluster.kubectl(["auth", "whoami", `--context=${clusterId}`], {
        kubeconfig: `${folder}/new/config`,
        env: { ...ALICE_KEYS },
      });
      assert.notEqual(code, 0);
      assert.match(stderr, /executable ram-auth not found/);
      assert.match(stderr, /Install ram-auth and put it on the PATH, as its docs\/install.md says/);
    });

    const converted = `${folder}/converted`;
    await t.step("a kubeconfig of the peers, converted", async () => {
      const exec = (command: string, args: readonly string[], env: Readonly<Record<string, string>>) => ({
        exec: {
          apiVersion: "client.authentication.k8s.io/v1beta1",
          command,
          args,
          env: Object.entries(env).map(([name, value]) => ({ name, value })),
          interactiveMode: "Never",
        },
      });
      const plugin = ["credential-plugin", "get-token", "--cluster-id", clusterId, "--api-version", "v1beta1"];
      const users = {
        ack: exec("/usr/local/bin/ack-ram-tool", [...plugin, "--log-level", "error"], ALICE_KEYS),
        iam: exec("aws-iam-authenticator", ["token", "-i", clusterId], {
          ...DAVE_KEYS,
          RAM_AUTH_STS_ENDPOINT: stsHost,
        }),
      };
      const name = "test";
      await Deno.writeTextFile(
        converted,
        JSON.stringify(
          {
            apiVersion: "v1",
            kind: "Config",
            clusters: [{ name, cluster: { server: cluster.server, "certificate-authority": cluster.caFile } }],
            users: Object.entries(users).map(([name, user]) => ({ name, user })),
            contexts: Object.keys(users).map((user) => ({ name: user, context: { cluster: name, user } })),
          },
          null,
          2,
        ),
      );
      await kubeconfig("--convert", "--kubeconfig", converted);
      assert.equal(await whoami(cluster, converted, { context: "ack", env: { PATH } }), "ram:alice");
      assert.equal(await whoami(cluster, converted, { context: "iam", env: { PATH } }), "aws:dave");
    });
  },
);
