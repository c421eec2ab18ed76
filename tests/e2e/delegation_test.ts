import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { CREDENTIAL_ID_KEY, credentialIdOf } from "../../lib/review/credential_id.ts";
import { makeLoopbackCertificate } from "../emulator/loopback_certificate.ts";
import { peerPair } from "../state/stored_files.ts";
import { askingHeaders } from "../support/kubeconfigs.ts";
import { startCluster } from "../support/cluster.ts";
import { assertNoLeak } from "../support/leaks.ts";
import { mintedToken } from "../support/minted_token.ts";
import { testNeeding } from "../support/needs.ts";
import { prepareSite, type ServerSite } from "../support/server_process.ts";
import { knowing, reviewed, startOtherWebhook, writeWebhookKubeconfig } from "../support/stand_ins/other_webhook.ts";
import { installTestBinary } from "../support/test_binary.ts";
import { waitFor } from "../support/wait_for.ts";

const { alice } = DEMO_PRINCIPALS;
const GRACE_TOKEN = "made-up-token-of-grace";
const MALLORY_TOKEN = "made-up-token-of-mallory";

/** Whom the server takes the delegate's token for; the HTTP status where it does not judge it. */
async function reviewOfGrace({ folder, url, webhookKubeconfig }: ServerSite): Promise<unknown> {
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${folder}/state/ca.pem`)] });
  const spec = { token: GRACE_TOKEN };
  const response = await fetch(`${url}/authenticate`, {
    client,
    method: "POST",
    headers: await askingHeaders(webhookKubeconfig),
    body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec }),
  });
  const { status } = await response.json();
  return response.ok ? status.user?.username : response.status;
}

testNeeding(["cluster", "kubectl"], "A real API server lets in our people and those of the delegate", async (t) => {
  const users = {
    [GRACE_TOKEN]: { username: "grace", groups: ["oidc:devs"], extra: { "example.com/team": ["blue"] } },
    [MALLORY_TOKEN]: { username: "mallory", groups: ["system:masters"] },
  };
  await using other = await startOtherWebhook(knowing(users));
  await using site = await prepareSite("");
  const delegate = `${site.folder}/delegate.kubeconfig`;
  await writeWebhookKubeconfig(delegate, other);
  await site.writeConfig(`delegate: {kubeconfig: ${delegate}}
mapUsers: [{userARN: "${alice.identity.Arn}", username: alice, groups: [developers]}]`);
  const binary = await installTestBinary(site.folder);
  await using server = await site.start(binary, undefined, ["--audit-path", `${site.folder}/audit.log`]);
  await using cluster = await startCluster({ webhookKubeconfig: site.webhookKubeconfig, webhookCacheTtlSeconds: 0 });

  /** Who the API server says that is, or why it says nothing. */
  const whoami = async (token: string) => {
    const kubeconfig = await cluster.writeKubeconfig({ token });
    const { code, stdout, stderr } = await cluster.kubectl(["auth", "whoami", "-o", "json"], { kubeconfig });
    return code === 0 ? JSON.parse(stdout).status.userInfo : stderr.trim();
  };

  await t.step("one of the delegate's", async () => {
    assert.deepEqual(await whoami(GRACE_TOKEN), {
      username: "grace",
      groups: ["oidc:devs", "system:authenticated"],
      extra: { "example.com/team": ["blue"], [CREDENTIAL_ID_KEY]: [credentialIdOf(GRACE_TOKEN)] },
    });
    assert.deepEqual(other.asked.at(-1)?.body.apiVersion, "authentication.k8s.io/v1beta1");
    assert.ok((other.asked.at(-1)?.body.spec.audiences ?? []).length > 0, "the API server names its audiences");
  });

  await t.step("one of ours, of whom the delegate hears nothing", async () => {
    const asked = other.asked.length;
    const token = await mintedToken(alice, { clusterId: site.clusterId, now: new Date() });
    assert.equal((await whoami(token)).username, "alice");
    assert.equal(other.asked.length, asked);
  });

  await t.step(
    "a service account, whom the API server knows itself, and one of another cluster, whom it does not",
    async () => {
      const asked = other.asked.length;
      const { stdout } = await waitFor("a token of a service account", async () => {
        const created = await cluster.kubectl(["create", "token", "default", "-n", "default"]);
        if (created.code !== 0) await cluster.kubectl(["create", "serviceaccount", "default", "-n", "default"]);
        return created.code === 0 ? created : undefined;
      });
      const token = stdout.trim();
      assert.equal((await whoami(token)).username, "system:serviceaccount:default:default");
      assert.equal(other.asked.length, asked);
      const [head, claims] = token.split(".");
      assert.match(await whoami(`${head}.${claims}.bWFkZSB1cA`), /Unauthorized|must be logged in/);
      assert.ok(other.asked.length > asked);
    },
  );

  await t.step(
    "nobody whom the delegate must not name, nor whom it does not know, and none for other audiences",
    async () => {
      assert.match(await whoami(MALLORY_TOKEN), /Unauthorized|must be logged in/);
      assert.match(server.stderr(), /"systemNames: allow\\" for Delegate in reservedPrefixConfig/);
      assert.match(await whoami("made-up-token-of-nobody"), /Unauthorized|must be logged in/);
      other.answerBy((asked) =>
        reviewed(asked, { authenticated: true, user: { username: "grace" }, audiences: ["https://elsewhere.example"] })
      );
      assert.match(await whoami("made-up-token-for-others"), /Unauthorized|must be logged in/);
    },
  );

  await t.step("an outage of the delegate is one, and ours get in meanwhile", async () => {
    other.answerBy(() => new Response("", { status: 403 }));
    assert.match(await whoami("made-up-token-in-an-outage"), /Unauthorized|must be logged in/);
    await waitFor(
      "the API server's log",
      () =>
        /Failed to make webhook authenticator request: the server is currently unable|unable to handle the request/
          .test(cluster.apiserverLog()),
    );
    const token = await mintedToken(alice, { clusterId: site.clusterId, now: new Date() });
    assert.equal((await whoami(token)).username, "alice");
  });

  await t.step("no log holds a token", async () => {
    const logs = [server.stderr(), cluster.apiserverLog(), await Deno.readTextFile(`${site.folder}/audit.log`)];
    for (const log of logs) assertNoLeak(log, { tokens: [], secrets: [GRACE_TOKEN, MALLORY_TOKEN] });
  });
});

Deno.test("a server whose delegate shows a CA's own certificate says what to do", async () => {
  const { certPem, keyPem } = await peerPair();
  await using other = await startOtherWebhook(knowing({ [GRACE_TOKEN]: { username: "grace" } }), {
    caPem: certPem,
    certPem,
    keyPem,
  });
  await using site = await prepareSite("");
  const delegate = `${site.folder}/delegate.kubeconfig`;
  await writeWebhookKubeconfig(delegate, other);
  const binary = await installTestBinary(site.folder);
  await using server = await site.start(binary, undefined, ["--delegate-kubeconfig", delegate]);
  const words = /its certificate is a CA's own, .*; give it a certificate that a CA issued, and name that CA in/;
  assert.match(server.stderr(), words);
  // The TLS of Deno 2.7, of which binaries are made, takes no such certificate; that of 2.9 does here.
  assert.equal(await reviewOfGrace(site), binary === undefined ? "grace" : 504);
  if (binary !== undefined) assert.match(server.stderr(), new RegExp(`Cannot have the token judged.*${words.source}`));
});

Deno.test("a server whose delegate is itself says so, and lets its own people in", async () => {
  await using site = await prepareSite(`mapUsers: [{userARN: "${alice.identity.Arn}", username: alice}]`);
  const binary = await installTestBinary(site.folder);
  {
    await using _first = await site.start(binary);
  }
  // That of the server for kube-apiserver leads to the server.
  await using server = await site.start(binary, undefined, ["--delegate-kubeconfig", site.webhookKubeconfig]);
  assert.match(server.stderr(), /is this server itself; name the webhook that is to judge the tokens of others/);
  assert.ok((await site.review(alice)).authenticated);
});

Deno.test("a CA that the machine trusts does not vouch for the delegate, where the kubeconfig names another", async () => {
  const rogue = await makeLoopbackCertificate();
  const { caPem } = await makeLoopbackCertificate();
  await using other = await startOtherWebhook(knowing({ [GRACE_TOKEN]: { username: "grace" } }), rogue);
  await using site = await prepareSite("");
  const trusted = `${site.folder}/trusted.pem`;
  await Deno.writeTextFile(trusted, rogue.caPem);
  const delegate = `${site.folder}/delegate.kubeconfig`;
  await writeWebhookKubeconfig(delegate, { url: other.url, caPem });
  const binary = await installTestBinary(site.folder);
  const env = { DENO_CERT: trusted };
  await using server = await site.start(binary, { env }, ["--delegate-kubeconfig", delegate]);
  assert.equal(await reviewOfGrace(site), 504);
  assert.match(server.stderr(), /no TLS connection: .*which a CA of the kubeconfig itself must have issued/);
  assert.equal(other.asked.length, 0);
  await writeWebhookKubeconfig(delegate, { url: other.url, caPem: rogue.caPem });
  await waitFor("the delegate's own CA", async () => await reviewOfGrace(site) === "grace");
});
