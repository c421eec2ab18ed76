/**
 * The emergency stop: how long somebody goes on who is logged in already, whose decision is kept, and whom kube-apiserver
 * remembers.
 *
 * @module
 */

import { startCluster } from "../../../tests/support/cluster.ts";
import { whyMissing } from "../../../tests/support/needs.ts";
import { SERVER_PERMISSIONS } from "../../permissions.ts";
import type { Bench, Scenario } from "../outside/bench.ts";
import { elapsed, seconds } from "../outside/clock.ts";
import { PEOPLE, tokenTemplate, USUAL } from "../outside/people.ts";
import { type RunningServer, SERVER_NAMES, type ServerKind } from "../outside/servers.ts";

/** What `--authentication-token-webhook-cache-ttl` is set to, in seconds; the first is kube-apiserver's own. */
const CACHES = [120, 10, 0];

/** How long a request may go on to be let in once nothing remembers it. */
const PATIENCE_MS = 60_000;

/** The scenario. */
export const deny: Scenario = {
  measures: "how long somebody goes on after `ram-auth deny add`, with a token that kube-apiserver has let in\n" +
    "before, and with new ones (KUBEBUILDER_ASSETS)",
  async run(bench) {
    const missing = whyMissing(["cluster"]);
    if (missing !== undefined) throw new Error(missing);
    const rows: (readonly string[])[] = [];
    for (const cache of bench.isQuick ? CACHES.slice(-1) : CACHES) {
      for (const kind of bench.ours) rows.push(await rowOf(bench, kind, cache));
    }
    return [{
      caption: "`ram-auth deny add` of an access key whose token is in use, its decision kept for 15 minutes",
      head: [
        "kube-apiserver's cache",
        "Server",
        "In force after s",
        "A new token refused after s",
        "The old one after s",
      ],
      rows,
    }];
  },
};

async function rowOf(bench: Bench, kind: ServerKind, cache: number): Promise<readonly string[]> {
  bench.say(`deny, kube-apiserver's cache ${cache} s, ${SERVER_NAMES[kind]}`);
  await bench.sts.behave({});
  const args = ["--cache-ttl", "900"];
  await using server = await bench.start(kind, { args });
  const webhookKubeconfig = `${server.folder}/webhook.kubeconfig`;
  await using cluster = await startCluster({ webhookKubeconfig, webhookCacheTtlSeconds: cache });
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(cluster.caFile)] });
  const isIn = async (token: string) => {
    const response = await fetch(`${cluster.server}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
      client,
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
    });
    await response.body?.cancel();
    if (response.status !== 201 && response.status !== 401) throw new Error(`kube-apiserver says ${response.status}`);
    return response.status === 201;
  };
  const old = tokenOf();
  if (!await isIn(old)) throw new Error("Cannot measure: nobody is let in");
  await addDenial(server);
  const started = elapsed();
  const after = async (isOver: () => Promise<boolean>) => {
    while (!await isOver()) {
      if (elapsed() - started > cache * 1_000 + PATIENCE_MS) throw new Error("Cannot measure: nobody is refused");
      await seconds(0.02);
    }
    return ((elapsed() - started) / 1_000).toFixed(2);
  };
  const [inForce, isNewOut, isOldOut] = await Promise.all([
    after(async () => (await server.log()).includes("deny list in force")),
    after(async () => !await isIn(tokenOf())),
    after(async () => !await isIn(old)),
  ]);
  return [`${cache} s`, SERVER_NAMES[kind], inForce, isNewOut, isOldOut];
}

/** A token of now, unlike every other. */
function tokenOf(): string {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const url = tokenTemplate(PEOPLE[USUAL])
    .replaceAll("{day}", date.slice(0, 8))
    .replace("{date}", date)
    .replace("{signature}", crypto.randomUUID().replaceAll("-", "").repeat(2));
  return `k8s-aws-v1.${new TextEncoder().encode(url).toBase64({ alphabet: "base64url", omitPadding: true })}`;
}

async function addDenial({ configFile }: RunningServer): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      ...SERVER_PERMISSIONS,
      "main.ts",
      "deny",
      "add",
      "--access-key-id",
      PEOPLE[USUAL].accessKeyId,
      "-c",
      configFile,
    ],
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
