import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { initialize } from "../../lib/state/init.ts";
import { realWorld } from "../../lib/world.ts";
import { SERVER_PERMISSIONS } from "../../scripts/permissions.ts";
import { optionsFor } from "../state/stored_files.ts";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { askingHeaders, webhookTokenIn } from "../support/kubeconfigs.ts";
import { assertNoLeak } from "../support/leaks.ts";
import { countLogins } from "../support/login_loop.ts";
import { manyTokens, mintedToken } from "../support/minted_token.ts";
import { testNeeding } from "../support/needs.ts";
import { prepareSite, type ServerSite } from "../support/server_process.ts";
import { waitFor } from "../support/wait_for.ts";

const { alice } = DEMO_PRINCIPALS;

const ALICE = `mapUsers:
  - {userARN: "acs:ram::1234567890123456:user/alice", username: alice, groups: [developers]}`;

/** Ten logins a second for each API server. */
const EVERY_MS = 100;

const TOKENS = 200;

/** Runs `ram-auth` on the site, as an operator does, and returns what it printed. */
async function ramAuth(site: ServerSite, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...SERVER_PERMISSIONS, "main.ts", ...args, "-c", site.configFile],
  }).output();
  const text = new TextDecoder();
  assert.equal(code, 0, text.decode(stderr));
  return text.decode(stdout);
}

/** The HTTP status that another process of the node gets. */
async function curl(site: ServerSite, headers: Readonly<Record<string, string>>): Promise<string> {
  const token = await mintedToken(alice, { clusterId: site.clusterId, now: new Date() });
  const review = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } };
  const { stdout } = await new Deno.Command("curl", {
    args: ["-sS", "--cacert", `${site.folder}/state/ca.pem`, "-o", "/dev/null", "-w", "%{http_code}"]
      .concat(...Object.entries(headers).map(([name, value]) => ["-H", `${name}: ${value}`]))
      .concat(["-d", JSON.stringify(review), `${site.url}/authenticate`]),
  }).output();
  return new TextDecoder().decode(stdout);
}

async function login(cluster: Cluster, site: ServerSite): Promise<string> {
  const token = await mintedToken(alice, { clusterId: site.clusterId, now: new Date() });
  const kubeconfig = await cluster.writeKubeconfig({ token });
  const { stdout, stderr } = await cluster.kubectl(["auth", "whoami"], { kubeconfig });
  return stdout + stderr;
}

testNeeding(
  ["cluster", "curl"],
  "kube-apiserver shows the token of its webhook kubeconfig; another process is refused, and costs no call to STS",
  async () => {
    await using site = await prepareSite(ALICE, { asksAlways: true });
    await using server = await site.start();
    const first = (await webhookTokenIn(site.webhookKubeconfig))!;
    for (const webhookVersion of ["v1", "v1beta1"] as const) {
      await using cluster = await startCluster({ webhookKubeconfig: site.webhookKubeconfig, webhookVersion });
      assert.match(await login(cluster, site), /Username +alice/, webhookVersion);
      const calls = site.stsCalls();
      assert.ok(calls > 0);
      const json = { "content-type": "application/json" };
      assert.equal(await curl(site, json), "401");
      assert.equal(await curl(site, { ...json, authorization: "Bearer made-up" }), "401");
      assert.equal(site.stsCalls(), calls);
      assert.equal(await curl(site, await askingHeaders(site.webhookKubeconfig)), "200");
      assert.equal(site.stsCalls(), calls + 1);
      assertNoLeak(cluster.apiserverLog(), { tokens: [], secrets: [first] });
    }
    assert.match(server.stderr(), /"reason":"no_webhook_token".*"message":"caller refused"/);
    assertNoLeak(server.stderr(), { tokens: [], secrets: [first] });
  },
);

testNeeding(
  ["cluster"],
  "an installation without a token goes on as it is, and is given one without a lost login",
  async () => {
    await using site = await prepareSite(ALICE, { asksAlways: true });
    const state = `${site.folder}/state`;
    await initialize(realWorld(), { ...optionsFor(state), port: 1, kubeconfigPath: undefined });
    await using server = await site.start();
    assert.equal(await webhookTokenIn(site.webhookKubeconfig), undefined);
    const readyz = async () => await (await fetch(`${site.healthUrl}/readyz?verbose`)).text();
    assert.match(await readyz(), /webhook token: none is demanded/);
    await using old = await startCluster({ webhookKubeconfig: site.webhookKubeconfig, webhookCacheTtlSeconds: 0 });
    const tokens = await manyTokens(alice, site.clusterId, TOKENS);
    let next = 0;
    const token = () => Promise.resolve(tokens[next++ % TOKENS]!);
    const onOld = countLogins({ cluster: old, token, everyMs: EVERY_MS });
    try {
      await ramAuth(site, "init");
      assert.equal(await webhookTokenIn(site.webhookKubeconfig), undefined);
      assert.match(await ramAuth(site, "webhook-token", "rotate"), /requests without a token as before/);
      await waitFor("the new list", async () => (await readyz()).includes("without one: last review"));
      await using renewed = await startCluster({
        webhookKubeconfig: site.webhookKubeconfig,
        webhookCacheTtlSeconds: 0,
      });
      const onNew = countLogins({ cluster: renewed, token, everyMs: EVERY_MS });
      try {
        await waitFor("logins on both", () => onNew.succeeded() > 20 && onOld.succeeded() > 20);
        assert.match(await readyz(), /the one in force: last review/);
        await onOld.stop();
        await ramAuth(site, "webhook-token", "retire");
        await waitFor(
          "the old API server to be refused",
          async () => (await login(old, site)).includes("Unauthorized"),
        );
        const before = onNew.succeeded();
        await waitFor("logins to go on", () => onNew.succeeded() > before + 20);
      } finally {
        await onNew.stop();
      }
      assert.deepEqual([onOld.failed(), onNew.failed()], [[], []]);
    } finally {
      await onOld.stop();
    }
    assert.match(server.stderr(), /"reason":"no_webhook_token".*"message":"caller refused"/);
    assert.match(old.apiserverLog(), /Unable to authenticate the request/);
  },
);
