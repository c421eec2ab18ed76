/**
 * Whether the webhook kubeconfig and the state agree on who may ask. Reads only.
 *
 * @module
 */

import type { World } from "../world.ts";
import type { TokenPlaces } from "./token_rotation.ts";
import { readWebhookKubeconfig, tokenIn } from "./webhook_kubeconfig.ts";
import { accepts, ANYONE, readAcceptedTokens } from "./webhook_token.ts";

/** The two ends of the webhook token. */
export interface TokenMatch {
  /**
   * Whether the server demands a token: `never` where the state says nothing of tokens, `not_yet` over a rotation that is
   * to end with it.
   */
  readonly demanded: "always" | "not_yet" | "never";
  /** How many tokens are accepted: two over a rotation. */
  readonly tokens: number;
  /** What kube-apiserver will show once it has read the kubeconfig; `missing` also where there is no kubeconfig. */
  readonly shown: "accepted" | "refused" | "missing";
}

/**
 * Compares them. `shown` says something about the token even where none is demanded.
 *
 * @throws {StateError} if the state's file is broken, or the kubeconfig is none of a webhook
 * @throws {FileError} if one of them cannot be read
 */
export async function matchWebhookToken(world: World, { stateDir, kubeconfigPath }: TokenPlaces): Promise<TokenMatch> {
  const accepted = await readAcceptedTokens(world, stateDir);
  const kubeconfig = await readWebhookKubeconfig(world, kubeconfigPath);
  const token = kubeconfig === undefined ? undefined : tokenIn(kubeconfig);
  return {
    demanded: accepted === undefined ? "never" : accepted.includes(ANYONE) ? "not_yet" : "always",
    tokens: accepted?.filter((entry) => entry !== ANYONE).length ?? 0,
    shown: token === undefined ? "missing" : accepts(accepted ?? [], token) ? "accepted" : "refused",
  };
}
