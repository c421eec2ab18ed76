/**
 * The same ConfigMap `aws-auth`, in a real API server, before aws-iam-authenticator and ram-auth, which both watch it.
 * Runs where the names of STS lead to the emulator: see `namespace.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { connect } from "../../../lib/kube/connection.ts";
import { startConfigMap } from "../../../lib/server/sources/config_map.ts";
import { realWorld } from "../../../lib/world.ts";
import { type Cluster, startCluster } from "../../support/cluster.ts";
import { waitFor } from "../../support/wait_for.ts";
import { makeConfig, manifestOf, MARKER, sectionsOf } from "../mapping_configs.ts";
import { askBoth, CONFIGS, differencesIn, randomOf, startSwapRig } from "./swap_rig.ts";

const MODE = "EKSConfigMap";

Deno.test("ConfigMaps", async (t) => {
  await using cluster = await startCluster();
  const kubeconfig = cluster.adminKubeconfig;
  const start = startConfigMap(MODE, {
    connect: () => connect(realWorld(), { kubeconfig, master: undefined }),
    reserved: new Map(),
  });
  await using rig = await startSwapRig({ source: { mode: MODE, start } });
  await using theirs = await rig.peer.start("mapUsers: []", ["--backend-mode", MODE, "--kubeconfig", kubeconfig]);
  assert.ok(theirs !== undefined, rig.peer.complaint());
  using auth = await openAwsAuth(cluster);
  for (let i = 0; i < CONFIGS; i += 1) {
    const config = makeConfig(randomOf(i), MODE);
    const differences = await differencesIn(manifestOf(config));
    const marker = { userarn: MARKER.identity.Arn, username: `marker-${i}`, groups: [] };
    const untilMarkerIs = async (username: string | undefined) =>
      await waitFor(`config ${i} to be in force`, async () => {
        const { ours, theirs: his } = await askBoth(rig.tokens(i).marker, rig.server, theirs);
        return [ours, his].every((answer) => answer?.username === username);
      });
    // As at a start: nothing is kept of the config before. Of two changes that come together the newer alone is read.
    await auth.write({});
    await untilMarkerIs(undefined);
    await auth.write(sectionsOf({ ...config, mapUsers: [...config.mapUsers, JSON.stringify(marker)] }));
    await untilMarkerIs(marker.username);
    await rig.compare(theirs, i, differences);
  }
  await t.step(rig.summary(), () => rig.assertAllNamed());
});

/** Writes `aws-auth` as the cluster's administrator. */
async function openAwsAuth({ server, caFile, adminKubeconfig }: Cluster) {
  const { users: [{ user: { token } }] } = JSON.parse(await Deno.readTextFile(adminKubeconfig));
  const client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(caFile)] });
  const url = `${server}/api/v1/namespaces/kube-system/configmaps`;
  let isThere = false;
  return {
    async write(data: Readonly<Record<string, string>>): Promise<void> {
      const response = await fetch(isThere ? `${url}/aws-auth` : url, {
        client,
        method: isThere ? "PUT" : "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "aws-auth" }, data }),
      });
      const answer = await response.text();
      assert.ok(response.ok, answer);
      isThere = true;
    },
    [Symbol.dispose]: () => client.close(),
  };
}
