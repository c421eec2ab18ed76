/**
 * The kubeconfig by which kube-apiserver finds and trusts this server. kube-apiserver reads it once, when it starts.
 *
 * @module
 */

import { parse, parseDocument, stringify } from "yaml";
import { messageOf, UsageError } from "../errors.ts";
import { explainFile, findDrafts, folderOf, type Owner, writeFileAtomic } from "../files.ts";
import { makeFolder } from "../folders.ts";
import {
  guardedPath,
  type GuardedText,
  readGuarded,
  ROOT,
  setOwnerAndMode,
  WRITTEN_BY_OTHERS,
} from "../guarded_file.ts";
import { Secret } from "../secret.ts";
import type { World } from "../world.ts";
import { listAt, plainOf, textAt, valueAt } from "../yaml/access.ts";
import { parseYaml, type YamlNode } from "../yaml/read.ts";
import { hostAndPort, parseHost } from "./host.ts";
import { StateError } from "./state_error.ts";
import { type FileReport, LEFT_BEHIND } from "./state_files.ts";

const WHAT = "the webhook kubeconfig";

/** Mode of a new one: it holds kube-apiserver's token. */
export const WEBHOOK_KUBECONFIG_MODE = 0o600;

/** Mode of a folder that is taken from another user. */
const FOLDER_MODE = 0o755;

/** Name of the context, as the other tools write it. A file without it is somebody's own kubeconfig. */
const CONTEXT = "webhook";

/** What of a user keeps kube-apiserver from showing its token. */
const INSTEAD_OF_TOKEN = ["exec", "auth-provider", "tokenFile", "username", "password"];

const CLUSTER = "ram-auth";
const USER = "apiserver";

/** Largest file that is looked at before it is replaced: a kubeconfig with a chain of certificates has 10 KB. */
const MAX_KUBECONFIG_BYTES = 1_048_576;

/**
 * The URL that kube-apiserver calls.
 *
 * @param hostname DNS name or IP address; the certificate must carry it
 * @throws {UsageError} if the hostname is malformed, or the port is 0: kube-apiserver cannot look for a free one
 */
export function webhookUrl(hostname: string, port: number): string {
  if (port === 0) throw new UsageError('Cannot write the webhook kubeconfig for port "0": give a fixed one by --port');
  return `https://${hostAndPort(parseHost(hostname).text, port)}/authenticate`;
}

/** Builds the kubeconfig's text from the URL and the certificate to trust. */
export function buildWebhookKubeconfig({ url, caPem }: { readonly url: string; readonly caPem: string }): string {
  const authority = new TextEncoder().encode(caPem).toBase64();
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: CLUSTER, cluster: { "certificate-authority-data": authority, server: url } }],
    users: [{ name: USER }],
    contexts: [{ name: CONTEXT, context: { cluster: CLUSTER, user: USER } }],
    "current-context": CONTEXT,
  }, { lineWidth: 0 });
}

/** What is to become of the kubeconfig's file; its folder stands before it where that is mended too. */
export interface KubeconfigPlan {
  readonly files: readonly FileReport[];
  /** What is in the file now; nothing where it is missing. Trust: it may hold the credentials of kube-apiserver. */
  readonly before: string;
  /** What will be in it; `undefined` where that is not known yet, because the CA is not made. */
  readonly after: string | undefined;
  /** The token that kube-apiserver will show; `undefined` where it will show none, or that is not known yet. */
  readonly token: Secret | undefined;
  /** Does it, but for the clearing of drafts, which needs the lock of the state; nothing where all is as it should be. */
  make(): Promise<void>;
}

/** Where the kubeconfig goes, and what is to be in it. */
export interface WantedKubeconfig {
  readonly path: string;
  /** `undefined` where it is not known yet, because the CA is not made. */
  readonly text: string | undefined;
  /** What kube-apiserver is to show. Default: what it shows now. */
  readonly token?: Secret | undefined;
  /** Whether nothing else belongs into its folder, so that root takes the folder from any other user. */
  readonly ownsFolder?: boolean | undefined;
}

/**
 * Plans the kubeconfig: it is written if it differs from what is there, and its folder is made if need be. The
 * credentials that are in it stay, and so do its owner and its mode, unless others could write it.
 *
 * kube-apiserver, which is root on its node, runs what a kubeconfig names as `exec`: one that has that is refused.
 *
 * @throws {StateError} if something else than a webhook kubeconfig has that name: it may be an administrator's own
 * @throws {FileError} if the file cannot be read
 */
export async function planWebhookKubeconfig(
  world: World,
  { path, text, token, ownsFolder = false }: WantedKubeconfig,
): Promise<KubeconfigPlan> {
  const found = await readFile(world, path);
  const folder = ownsFolder ? await findFolder(world, folderOf(path)) : undefined;
  const isFolderMended = folder?.isOthers ?? false;
  const kept = replacement(path, found?.text, text);
  const after = kept === undefined || token === undefined ? kept : withToken(path, kept, token);
  const attributes = attributesOf(world, found, isFolderMended);
  const files: FileReport[] = [{ path, what: WHAT, mode: attributes.mode, status: "written" }];
  if (found !== undefined) {
    const isMended = isFolderMended || (found.facts.mode & WRITTEN_BY_OTHERS) !== 0;
    const status = found.text !== after ? "renewed" : isMended ? "mended" : "kept";
    files[0] = { ...files[0]!, status };
  }
  if (isFolderMended) {
    files.unshift({
      path: folderOf(path),
      what: `the folder of ${WHAT}, where others could write`,
      mode: FOLDER_MODE,
      status: "mended",
    });
  }
  for (const draft of await findDrafts(world, path)) {
    files.unshift({ path: draft, what: LEFT_BEHIND, mode: WEBHOOK_KUBECONFIG_MODE, status: "removed" });
  }
  const make = async () => {
    if (isFolderMended) await takeFolder(world, folder!.path);
    if (after === undefined || files.at(-1)!.status === "kept") return;
    await makeFolder(world, folderOf(path), { advice: "make it, or name another file by --generate-kubeconfig" });
    await writeFileAtomic(world, path, after, { what: WHAT, exactMode: true, ...attributes });
  };
  return { files, before: found?.text ?? "", after, token: after === undefined ? undefined : tokenIn(after), make };
}

/**
 * The text of a webhook kubeconfig; `undefined` where there is none.
 *
 * @throws {StateError} if something else has that name
 * @throws {FileError} if it cannot be read
 */
export async function readWebhookKubeconfig(world: World, path: string): Promise<string | undefined> {
  const text = (await readFile(world, path))?.text;
  if (text !== undefined) refuseForeign(path, text);
  return text;
}

/** The token by which kube-apiserver asks with this kubeconfig; `undefined` where it shows none. */
export function tokenIn(kubeconfig: string): Secret | undefined {
  const user = userOf(kubeconfig);
  // As client-go has it: a file goes before the token.
  if (user === undefined || valueAt(user, "tokenFile") !== undefined) return undefined;
  const token = textAt(user, "token");
  return token ? new Secret(token) : undefined;
}

async function readFile(world: World, path: string): Promise<GuardedText | undefined> {
  return await readGuarded(world, path, { what: WHAT, maxBytes: MAX_KUBECONFIG_BYTES });
}

function replacement(path: string, existing: string | undefined, text: string | undefined): string | undefined {
  if (existing === undefined || existing === text) return text;
  refuseForeign(path, existing);
  return text === undefined ? undefined : withCredentials(path, existing, text);
}

/** What the file is to be like. */
interface Attributes {
  readonly mode: number;
  readonly owner?: Owner;
}

/** As they are, but for what lets others write. Where others could write the folder, the file is recreated. */
function attributesOf(world: World, found: GuardedText | undefined, isFolderMended: boolean): Attributes {
  const me = world.userId();
  if (found === undefined || me === undefined || isFolderMended) return { mode: WEBHOOK_KUBECONFIG_MODE };
  const { mode, uid, gid } = found.facts;
  const kept = mode & 0o777 & ~WRITTEN_BY_OTHERS;
  return me === 0 ? { mode: kept, owner: { uid, gid } } : { mode: kept };
}

/** The folder, without links, and whether another user than root can write there; for root alone. */
async function findFolder(
  world: World,
  folder: string,
): Promise<{ readonly path: string; readonly isOthers: boolean } | undefined> {
  if (world.userId() !== 0) return undefined;
  const attempt = `Cannot use the folder of ${WHAT} "${folder}"`;
  try {
    const path = await guardedPath(world, folder, attempt);
    const { uid, mode } = await world.fs.stat(path);
    return { path, isOthers: uid !== 0 || ((mode ?? 0) & WRITTEN_BY_OTHERS) !== 0 };
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw explainFile(cause, attempt);
  }
}

async function takeFolder(world: World, path: string): Promise<void> {
  await setOwnerAndMode(world, () => world.fs.openDescriptor(path), {
    attempt: `Cannot take the folder of ${WHAT} "${path}" from other users`,
    mode: FOLDER_MODE,
    owner: ROOT,
  });
}

/** Our text, with the credentials that the text there has. */
function withCredentials(path: string, existing: string, text: string): string {
  const user = userOf(existing);
  if (user === undefined) return text;
  for (const plugin of ["exec", "auth-provider"]) {
    if (valueAt(user, plugin) === undefined) continue;
    throw new StateError(
      `Cannot replace "${path}": its user has "${plugin}", which kube-apiserver would run as the user that it runs as; ` +
        "look who wrote it, and take it out or move the file away",
    );
  }
  const kubeconfig = parse(text);
  kubeconfig.users = [{ name: USER, user: plainOf(user) }];
  return stringify(kubeconfig, { lineWidth: 0 });
}

/** The text with another token; all else stays as somebody wrote it. */
function withToken(path: string, text: string, token: Secret): string {
  const attempt = `Cannot put a token into "${path}"`;
  const user = userOf(text);
  for (const other of INSTEAD_OF_TOKEN) {
    if (user === undefined || valueAt(user, other) === undefined) continue;
    throw new StateError(
      `${attempt}: its user has "${other}", and kube-apiserver uses that instead of a token; ` +
        "take it out, or move the file away",
    );
  }
  const users = listAt(parseYaml(text), "users");
  const index = users.findIndex((entry) => textAt(entry, "name") === userName(text));
  if (index < 0) {
    throw new StateError(`${attempt}: the context "${CONTEXT}" names no user that is in it; move the file away`);
  }
  const document = parseDocument(text);
  if (user === undefined) document.setIn(["users", index, "user"], document.createNode({ token: token.reveal() }));
  else document.setIn(["users", index, "user", "token"], token.reveal());
  return document.toString({ lineWidth: 0 });
}

/** The credentials of the user that the context of the webhook names. */
function userOf(text: string): YamlNode | undefined {
  const name = userName(text);
  const user = listAt(parseYaml(text), "users").find((entry) => textAt(entry, "name") === name);
  const credentials = name === undefined || user === undefined ? undefined : valueAt(user, "user");
  return credentials?.kind === "map" && credentials.entries.length > 0 ? credentials : undefined;
}

function userName(text: string): string | undefined {
  const context = listAt(parseYaml(text), "contexts").find((entry) => textAt(entry, "name") === CONTEXT);
  return context === undefined ? undefined : textAt(valueAt(context, "context") ?? context, "user");
}

function refuseForeign(path: string, text: string): void {
  const refuse = (why: string, cause?: unknown) =>
    new StateError(`Cannot replace "${path}": ${why}; move it away, or name another file by --generate-kubeconfig`, {
      cause,
    });
  let context: string | undefined;
  try {
    context = currentContext(text);
  } catch (cause) {
    throw refuse(`it is not YAML (${messageOf(cause)})`, cause);
  }
  if (context !== CONTEXT) throw refuse(`its current-context is not "${CONTEXT}", so it is not a webhook kubeconfig`);
}

function currentContext(text: string): string | undefined {
  const value = valueAt(parseYaml(text), "current-context");
  return value?.kind === "scalar" ? String(value.value) : undefined;
}
