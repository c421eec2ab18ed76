/**
 * Everything that has to be on disk before the server can start, made or completed in one call. `ram-auth init` and the
 * server's start share it, so that neither can do what the other does not.
 *
 * @module
 */

import { RamAuthError } from "../errors.ts";
import { removeDrafts } from "../files.ts";
import { importLater } from "../import_later.ts";
import type { World } from "../world.ts";
import { ensureState, previewState, type State, type StateOptions } from "./state_dir.ts";
import { type FileReport, STATE_FILES, statePath } from "./state_files.ts";
import { findStateFolder } from "./state_folder.ts";
import { withStateLock } from "./state_lock.ts";
import type { KubeconfigPlan, WantedKubeconfig } from "./webhook_kubeconfig.ts";
import {
  type AcceptedTokens,
  accepts,
  digestOf,
  makeWebhookToken,
  MAX_KEPT_TOKENS,
  readAcceptedTokens,
  saveAcceptedTokens,
} from "./webhook_token.ts";

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
  /** Whether the state demands a token, and the webhook kubeconfig has none that is accepted. */
  readonly lacksToken: boolean;
}

/**
 * Makes the CA, the server's certificate and the webhook kubeconfig, as far as they are missing or due. Needs no
 * network; a second call changes nothing.
 *
 * A state that is made now demands the token that the kubeconfig then gets. One that was made before and demands none
 * never comes to, because kube-apiserver read its kubeconfig when it started. Where the kubeconfig was lost, a second
 * token is accepted beside the first, for which there is room once.
 *
 * @throws {StateError} if what is stored is broken, or the kubeconfig's name belongs to something else
 * @throws {FileError} if a folder is not writable
 * @throws {UsageError} if the hostname or the address is malformed, or the port is 0
 */
export async function initialize(world: World, options: InitOptions): Promise<InitReport> {
  const { hostname, port, kubeconfigPath } = options;
  if (kubeconfigPath === undefined) {
    const state = await ensureState(world, options);
    return { state, files: state.files, lacksToken: false };
  }
  const { buildWebhookKubeconfig, webhookUrl } = await loadKubeconfig();
  const url = webhookUrl(hostname, port);
  const state = await ensureState(world, { ...options, demandsToken: true });
  const wanted = {
    path: kubeconfigPath,
    text: buildWebhookKubeconfig({ url, caPem: state.caPem }),
    ownsFolder: options.ownsKubeconfigFolder,
  };
  const { accepted, plan, isAdded } = await settleToken(world, options.stateDir, wanted);
  const hasDrafts = plan.files.some(({ status }) => status === "removed");
  const isCleared = hasDrafts && await clearDrafts(world, { stateDir: options.stateDir, kubeconfigPath });
  if (!isAdded) await plan.make();
  const done = plan.files.filter(({ status }) => status !== "removed" || isCleared);
  return {
    state,
    files: [...withTokens(state.files, { stateDir: options.stateDir, accepted, isAdded }), ...done],
    lacksToken: accepted !== undefined && !isAdded && !accepts(accepted, plan.token),
  };
}

/** The kubeconfig with a token that is accepted, as far as that can be. */
interface Settled {
  /** Who could ask before. */
  readonly accepted: AcceptedTokens | undefined;
  readonly plan: KubeconfigPlan;
  /** Whether the token of the plan is a new one, and all is written. */
  readonly isAdded: boolean;
}

/**
 * A new token is accepted before it stands in the kubeconfig: a run that is cut short between leaves one that nobody has.
 * Where the state cannot be written, one that accepts another token stays as it is: that must not keep a server from
 * starting.
 */
async function settleToken(world: World, stateDir: string, wanted: WantedKubeconfig): Promise<Settled> {
  const { planWebhookKubeconfig } = await loadKubeconfig();
  const look = async () => {
    const accepted = await readAcceptedTokens(world, stateDir);
    const plan = await planWebhookKubeconfig(world, wanted);
    return { accepted, plan, isAdded: false };
  };
  const found = await look();
  if (!mustAdd(found.accepted, found.plan)) return found;
  const heir = (await findStateFolder(world, stateDir))?.heir;
  try {
    return await withStateLock(world, stateDir, async () => {
      const { accepted = [], plan } = await look();
      if (!mustAdd(accepted, plan)) return { accepted, plan, isAdded: false };
      const token = makeWebhookToken();
      const changed = await planWebhookKubeconfig(world, { ...wanted, token });
      await saveAcceptedTokens(world, stateDir, { accepted: [...accepted, digestOf(token)], heir });
      await changed.make();
      return { accepted, plan: changed, isAdded: true };
    }, { heir });
  } catch (cause) {
    if (!(cause instanceof RamAuthError) || found.accepted!.length === 0) throw cause;
    return found;
  }
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
   * kube-apiserver's credentials; a new token in it is none that will be used.
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
  const { buildWebhookKubeconfig, planWebhookKubeconfig, webhookUrl } = await loadKubeconfig();
  const url = webhookUrl(options.hostname, options.port);
  const { files, caPem, isNew } = await previewState(world, options);
  const text = caPem === undefined ? undefined : buildWebhookKubeconfig({ url, caPem });
  const accepted = await readAcceptedTokens(world, options.stateDir) ?? (isNew ? [] : undefined);
  const wanted = { path: kubeconfigPath, text, ownsFolder: options.ownsKubeconfigFolder };
  const found = await planWebhookKubeconfig(world, wanted);
  const isAdded = mustAdd(accepted, found);
  const plan = isAdded ? await planWebhookKubeconfig(world, { ...wanted, token: makeWebhookToken() }) : found;
  const { before, after } = plan;
  return {
    files: [...withTokens(files, { stateDir: options.stateDir, accepted, isAdded }), ...plan.files],
    kubeconfig: after === undefined || after === before ? undefined : { before, after },
  };
}

/** With the package that writes it: a server that writes none starts without. */
async function loadKubeconfig(): Promise<typeof import("./webhook_kubeconfig.ts")> {
  return await importLater<typeof import("./webhook_kubeconfig.ts")>("./webhook_kubeconfig.ts", import.meta.url);
}

/** Whether the kubeconfig is to get a new token. */
function mustAdd(accepted: AcceptedTokens | undefined, { token }: Pick<KubeconfigPlan, "token">): boolean {
  return accepted !== undefined && !accepts(accepted, token) && accepted.length < MAX_KEPT_TOKENS;
}

/** The reports of the state, and of who may ask. */
function withTokens(
  files: readonly FileReport[],
  { stateDir, accepted, isAdded }: { readonly stateDir: string } & Pick<Settled, "accepted" | "isAdded">,
): readonly FileReport[] {
  const path = statePath(stateDir, STATE_FILES.tokens);
  if (accepted === undefined || files.some((file) => file.path === path)) return files;
  const { what, mode } = STATE_FILES.tokens;
  const status = !isAdded ? "kept" : accepted.length === 0 ? "written" : "renewed";
  return [...files, { path, what, mode, status }];
}
