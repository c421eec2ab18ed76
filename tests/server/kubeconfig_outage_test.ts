import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { listOf, pieces, startScriptedServer } from "../kube/scripted_server.ts";
import { asVersion1, makePair, ODD_KEYS } from "../support/certificates/made_pairs.ts";
import { prepareSite, type ServerSite } from "../support/server_process.ts";
import { mintedToken } from "../support/minted_token.ts";
import { replaceFile } from "../support/replace_file.ts";
import { installTestBinary } from "../support/test_binary.ts";
import { waitFor } from "../support/wait_for.ts";
import { askingHeaders } from "../support/kubeconfigs.ts";

const { alice, kubernetesAdmin } = DEMO_PRINCIPALS;
const PAIR = await makePair("P-256");

const CONFIG_MAP = {
  metadata: { name: "alibabacloud-auth", resourceVersion: "7" },
  data: { mapRoles: `[{rolearn: "acs:ram::1234567890123456:role/KubernetesAdmin", username: operator}]` },
};

const BROKEN = [
  ["a client certificate of version 1", { certPem: asVersion1(PAIR.certPem) }, /X\.509 version 1/],
  ["the key of another", { keyPem: (await makePair("P-256")).keyPem }, /does not belong/],
  ["a key that TLS does not sign with", { keyPem: ODD_KEYS["a key on secp256k1"]! }, /secp256k1 is not supported/],
  ["half a certificate", { certPem: PAIR.certPem.slice(0, 300) }, /is cut short/],
] as const;

async function writeKubeconfig(site: ServerSite, server: string, pair: typeof PAIR): Promise<void> {
  const data = (pem: string) => new TextEncoder().encode(pem).toBase64();
  const user = { "client-certificate-data": data(pair.certPem), "client-key-data": data(pair.keyPem) };
  await replaceFile(
    `${site.folder}/kubeconfig`,
    JSON.stringify({
      clusters: [{ name: "c", cluster: { server } }],
      users: [{ name: "u", user }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
}

Deno.test("ram-auth server lives on with a kubeconfig that cannot be used, and takes the next one up", async (t) => {
  await using api = startScriptedServer([
    (asked) => asked.isWatch ? pieces([], "stay")(asked) : listOf([CONFIG_MAP], "7")(asked),
  ]);
  await using site = await prepareSite("");
  await site.writeConfig(`backendMode: [MountedFile, ACKConfigMap]
kubeconfig: ${site.folder}/kubeconfig
mapUsers: [{userARN: "acs:ram::1234567890123456:user/alice", username: alice}]`);
  const binary = await installTestBinary(site.folder);
  const readyz = async () => await (await fetch(`${site.healthUrl}/readyz?verbose`)).text();
  /** The username, or the HTTP status of an answer that is none. */
  const login = async (keys: typeof alice | typeof kubernetesAdmin): Promise<string | number> => {
    const token = await mintedToken(keys, { clusterId: site.clusterId, now: new Date() });
    using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${site.folder}/state/ca.pem`)] });
    const body = JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } });
    const headers = await askingHeaders(site.webhookKubeconfig);
    const response = await fetch(`${site.url}/authenticate`, { client, method: "POST", headers, body });
    const text = await response.text();
    return response.ok ? JSON.parse(text).status.user.username : response.status;
  };
  for (const [what, broken, says] of BROKEN) {
    await t.step(what, async () => {
      await writeKubeconfig(site, api.url, { ...PAIR, ...broken });
      await using server = await site.start(binary);
      assert.match(await readyz(), says);
      assert.match(await readyz(), /ACKConfigMap: Cannot use .*client.* in the kubeconfig .*answered with 503\n/);
      assert.equal(await login(alice), "alice");
      assert.equal(await login(kubernetesAdmin), 503);
      assert.match(server.stderr(), says);
      assert.doesNotMatch(server.stderr(), /panicked|BEGIN/);
      await writeKubeconfig(site, api.url, PAIR);
      await waitFor("the source to be read", async () => (await readyz()).includes("mapping ACKConfigMap: 1 rules"));
      assert.equal(await login(kubernetesAdmin), "operator");
      assert.match(await readyz(), /\nok\n$/);
    });
  }
});
