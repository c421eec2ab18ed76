/**
 * `ram-auth token`: prints the bearer token for one cluster, as kubectl's exec plugin.
 *
 * @module
 */

import { loadSigner } from "../clouds/registry.ts";
import { formatExecCredential, readExecInfo } from "../token/exec_credential.ts";
import { mintToken } from "../token/mint.ts";
import type { Invocation } from "./command.ts";

/** Mints and prints; nothing but the answer goes to standard output. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const clusterId = settings.require("cluster-id");
  const version = readExecInfo(world.env("KUBERNETES_EXEC_INFO"));
  if (version === "v1alpha1") {
    world.stderr.write(
      'ram-auth: warning: the kubeconfig\'s exec section says "client.authentication.k8s.io/v1alpha1", which kubectl ' +
        "no longer reads since 1.24; write v1beta1 or v1\n",
    );
  }
  const signer = await loadSigner(settings.get("cloud"));
  const minted = await mintToken(world, signer, { clusterId, profile: settings.get("profile") });
  world.stdout.write(
    settings.get("token-only") ? `${minted.token.reveal()}\n` : `${formatExecCredential(minted, version)}\n`,
  );
  return 0;
}
