/**
 * Everything that has to be on disk before the server can start, made or completed in one call. `ram-auth init` and the
 * server's start share it, so that neither can do what the other does not.
 *
 * @module
 */

import type { World } from "../world.ts";
import { ensureState, type FileReport, type State, type StateOptions } from "./state_dir.ts";
import { buildWebhookKubeconfig, webhookUrl, writeWebhookKubeconfig } from "./webhook_kubeconfig.ts";

/** What to make, and where. */
export interface InitOptions extends StateOptions {
  /** The port in the webhook kubeconfig's URL. */
  readonly port: number;
  /** Where the webhook kubeconfig goes; `undefined` writes none (`--kubeconfig-pregenerated`). */
  readonly kubeconfigPath: string | undefined;
}

/** What is on disk now. */
export interface InitReport {
  readonly state: State;
  /** Every file and what became of it, in the order in which they are made. */
  readonly files: readonly FileReport[];
}

/**
 * Makes the CA, the server's certificate and the webhook kubeconfig, as far as they are missing or due. Needs no
 * network; a second call changes nothing.
 *
 * @throws {StateError} if what is stored is broken, or the kubeconfig's name belongs to something else
 * @throws {FileError} if a folder is not writable
 * @throws {UsageError} if the hostname or the address is malformed, or the port is 0
 */
export async function initialize(world: World, options: InitOptions): Promise<InitReport> {
  const { hostname, port, kubeconfigPath } = options;
  if (kubeconfigPath === undefined) {
    const state = await ensureState(world, options);
    return { state, files: state.files };
  }
  const url = webhookUrl(hostname, port);
  const state = await ensureState(world, options);
  const text = buildWebhookKubeconfig({ url, caPem: state.caPem });
  const status = await writeWebhookKubeconfig(world, kubeconfigPath, text);
  return { state, files: [...state.files, { path: kubeconfigPath, what: "the webhook kubeconfig", status }] };
}
