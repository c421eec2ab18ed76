/**
 * What commands that mint a token have in common: the answer to kubectl on standard output, all else on standard error.
 *
 * @module
 */

import type { Signer } from "../clouds/signer.ts";
import { formatExecCredential, readExecInfo } from "../token/exec_credential.ts";
import { type MintOptions, mintToken } from "../token/mint.ts";
import type { World } from "../world.ts";

/** Mints a token and prints it: bare, or as the ExecCredential that kubectl asks for in its environment. */
export async function printToken(
  world: World,
  signer: Signer,
  { bare, ...options }: MintOptions & { readonly bare: boolean },
): Promise<void> {
  const version = readExecInfo(world.env("KUBERNETES_EXEC_INFO"));
  if (version === "v1alpha1") {
    world.stderr.write(
      'ram-auth: warning: the kubeconfig\'s exec section says "client.authentication.k8s.io/v1alpha1", which kubectl ' +
        "no longer reads since 1.24; write v1beta1 or v1\n",
    );
  }
  const minted = await mintToken(world, signer, options);
  world.stdout.write(bare ? `${minted.token.reveal()}\n` : `${formatExecCredential(minted, version)}\n`);
}
