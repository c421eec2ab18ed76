/**
 * Everything that has to be on disk before the server can start, made or completed in one call. `ram-auth init` and the
 * server's start share it, so that neither can do what the other does not.
 *
 * @module
 */

import { RamAuthError } from "../errors.ts";
import { removeDrafts } from "../files.ts";
import type { World } from "../world.ts";
import { ensureState, previewState, type State, type StateOptions } from "./state_dir.ts";
import type { FileReport } from "./state_files.ts";
import { findStateFolder } from "./state_folder.ts";
import { withStateLock } from "./state_lock.ts";
import { buildWebhookKubeconfig, planWebhookKubeconfig, webhookUrl } from "./webhook_kubeconfig.ts";

/** What to make, and where. */
export interface InitOptions extends StateOptions {
  /** The port in the webhook kubeconfig's URL. */
  readonly port: number;
  /** Where the webhook kubeconfig goes; `undefined` writes none (`--kubeconfig-pregenerated`). */
  readonly kubeconfigPath: string | undefined;
  /** Whether nothing else belongs into its folder: root then takes the folder from any other user. */
  readonly ownsKubeconfigFolder?: boolean;
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
  const plan = await planWebhookKubeconfig(world, {
    path: kubeconfigPath,
    text,
    ownsFolder: options.ownsKubeconfigFolder,
  });
  const hasDrafts = plan.files.some(({ status }) => status === "removed");
  const isCleared = hasDrafts && await clearDrafts(world, { stateDir: options.stateDir, kubeconfigPath });
  await plan.make();
  const done = plan.files.filter(({ status }) => status !== "removed" || isCleared);
  return { state, files: [...state.files, ...done] };
}

/** Whether that could be done. Where the state cannot be locked, they stay: that must not keep a server from starting. */
async function clearDrafts(
  world: World,
  { stateDir, kubeconfigPath }: { readonly stateDir: string; readonly kubeconfigPath: string },
): Promise<boolean> {
  try {
    const heir = (await findStateFolder(world, stateDir))?.heir;
    await withStateLock(world, stateDir, () => removeDrafts(world, kubeconfigPath), { heir });
    return true;
  } catch (cause) {
    if (cause instanceof RamAuthError) return false;
    throw cause;
  }
}

/** What {@linkcode initialize} would do. */
export interface InitPreview {
  readonly files: readonly FileReport[];
  /**
   * The kubeconfig's text now and then; `undefined` where it stays, or holds a CA that is yet to be made. Both may hold
   * kube-apiserver's credentials.
   */
  readonly kubeconfig: { readonly before: string; readonly after: string } | undefined;
}

/**
 * Looks what {@linkcode initialize} would do, and writes nothing.
 *
 * @throws {RamAuthError} as {@linkcode initialize}, as far as it can be told without writing
 */
export async function previewInit(
  world: World,
  { kubeconfigPath, ...options }: InitOptions & { readonly kubeconfigPath: string },
): Promise<InitPreview> {
  const url = webhookUrl(options.hostname, options.port);
  const { files, caPem } = await previewState(world, options);
  const text = caPem === undefined ? undefined : buildWebhookKubeconfig({ url, caPem });
  const plan = await planWebhookKubeconfig(world, {
    path: kubeconfigPath,
    text,
    ownsFolder: options.ownsKubeconfigFolder,
  });
  const { before, after } = plan;
  return {
    files: [...files, ...plan.files],
    kubeconfig: after === undefined || after === before ? undefined : { before, after },
  };
}
