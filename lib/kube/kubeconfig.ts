/**
 * Kubeconfigs, and the service account of a pod, read by the Kubernetes client package into what a connection is made
 * of. The package is dear (half a second, 70 MB), so that this module is imported only once it is needed.
 *
 * What the package reads over (`tokenFile`) is read here; what would make the connection another than the file says is
 * refused, not read over.
 *
 * @module
 */

import { KubeConfig } from "@kubernetes/client-node";
import { parseCaBundle } from "../trust.ts";
import { readTextFile } from "../files.ts";
import { Secret } from "../secret.ts";
import { readTlsPair, type Refuse } from "../tls_pair.ts";
import type { World } from "../world.ts";
import { plainOf, valueAt } from "../yaml/access.ts";
import { YamlError, type YamlNode } from "../yaml/read.ts";
import { readYaml } from "../yaml/read_aside.ts";
import type { ClusterAccess, ConnectOptions } from "./access.ts";
import type { TokenOrigin } from "./bearer.ts";
import { createExecToken } from "./exec_token.ts";
import { KubeError } from "./kube_error.ts";
import { shapeProblem } from "./kubeconfig_shape.ts";

/** Largest kubeconfig, and largest file that one names. One of a hundred clusters has about 600 KB. */
const MAX_BYTES = 4_194_304;

/** Keys of a user entry that say who calls, in ways that are not supported; each with what to do. */
const REFUSED_USER_KEYS: Readonly<Record<string, string>> = {
  "as": "impersonation is not supported; use that user's own credentials",
  "as-groups": "impersonation is not supported; use that user's own credentials",
  "as-uid": "impersonation is not supported; use that user's own credentials",
  "as-user-extra": "impersonation is not supported; use that user's own credentials",
  "auth-provider": "Kubernetes removed these plugins in 1.26; use a token, a client certificate or exec",
  "username": "Kubernetes removed passwords in 1.19; use a token, a client certificate or exec",
};

/**
 * Reads how to reach a cluster; it is not asked for anything.
 *
 * @param root stands before the paths of a pod's service account
 * @throws {FileError} {CaBundleError} {KubeError} if that is missing, unreadable, or not supported
 */
export async function loadAccess(world: World, options: ConnectOptions, root = ""): Promise<ClusterAccess> {
  const { kubeconfig, context, master } = options;
  const readFile = async (path: string, what: string) => {
    await options.noteFile?.(path);
    // What is followed is read again and again.
    return await readTextFile(world, path, { what, maxBytes: MAX_BYTES, onlyRegular: options.noteFile !== undefined });
  };
  const config = new KubeConfig();
  if (!kubeconfig) {
    assertInPod(world);
    config.loadFromCluster(root);
    return await accessOf(config, { where: "of this pod's service account", master, readFile });
  }
  const where = `in the kubeconfig "${kubeconfig}"`;
  const tree = await readTree(await readFile(kubeconfig, "the kubeconfig"), `Cannot use the settings ${where}`);
  // One parser alone decides what the text means.
  config.loadFromString(JSON.stringify(plainOf(tree)));
  const folder = kubeconfig.replace(/[^/]*$/, "") || "./";
  config.makePathsAbsolute(folder);
  if (context) config.setCurrentContext(context);
  return await accessOf(config, { where, master, userEntry: (name) => entryOf(tree, name), folder, readFile });
}

async function readTree(text: string, attempt: string): Promise<YamlNode> {
  let tree: YamlNode;
  try {
    tree = await readYaml(text);
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    throw new KubeError(`${attempt}: ${cause.message}; correct the file`, { cause });
  }
  const problem = shapeProblem(tree);
  if (problem === undefined) return tree;
  throw new KubeError(`${attempt}: ${problem}; compare it with the output of "kubectl config view"`);
}

function assertInPod(world: World): void {
  if (world.env("KUBERNETES_SERVICE_HOST") && world.env("KUBERNETES_SERVICE_PORT")) return;
  throw new KubeError(
    "Cannot find a Kubernetes API: no kubeconfig is named, and this is not a pod (KUBERNETES_SERVICE_HOST is not set); " +
      "name a file with --kubeconfig",
  );
}

interface Source {
  /** For errors: where the settings are. */
  readonly where: string;
  readonly master: string | undefined;
  /** The user's entry as it is written, for what the package reads over. */
  readonly userEntry?: (name: string) => ReadonlyMap<string, string>;
  readonly folder?: string;
  /** Reads a file that is named there. @throws {FileError} */
  readonly readFile: (path: string, what: string) => Promise<string>;
}

/** A text that is in the kubeconfig, or in a file of its own, and where that is. */
interface Found {
  readonly text: string;
  /** Such as `"client-key-data" in the kubeconfig "…"` */
  readonly name: string;
}

async function accessOf(config: KubeConfig, source: Source): Promise<ClusterAccess> {
  const { where, master, userEntry, folder = "" } = source;
  const attempt = `Cannot use the settings ${where}`;
  const context = config.getCurrentContext();
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw new KubeError(
      `${attempt}: ${context ? `the context "${context}" or its cluster is not there` : "no context is chosen"}; ` +
        `choose one of: ${config.getContexts().map(({ name }) => name).join(", ") || "(there is none)"}`,
    );
  }
  if (cluster.skipTLSVerify) {
    throw new KubeError(
      `${attempt}: "insecure-skip-tls-verify" is not supported, because whoever answers would decide who may log in; ` +
        'set its "certificate-authority"',
    );
  }
  if (cluster.tlsServerName) {
    throw new KubeError(
      `${attempt}: "tls-server-name" is not supported; write the name into the address of "server", or use an address ` +
        "that the certificate has",
    );
  }
  const user = config.getCurrentUser();
  const entry = userEntry?.(user?.name ?? "") ?? new Map<string, string>();
  for (const [key, why] of Object.entries(REFUSED_USER_KEYS)) {
    if (entry.has(key)) throw new KubeError(`${attempt}: the user "${user?.name}" has "${key}", but ${why}`);
  }
  const found = (key: string, data?: string | null, path?: string | null) => findText(source, { key, data, path });
  const certificate = await found("client-certificate", user?.certData, user?.certFile);
  const key = await found("client-key", user?.keyData, user?.keyFile);
  if ((certificate === undefined) !== (key === undefined)) {
    throw new KubeError(`${attempt}: a client certificate needs its key, and the key its certificate; name both`);
  }
  const authority = await found("certificate-authority", cluster.caData, cluster.caFile);
  return {
    server: (master || cluster.server).replace(/\/+$/, ""),
    caCerts: authority === undefined ? [] : parseCaBundle(authority.text, authority.name),
    clientCertificate: certificate && readTlsPair({ certPem: certificate.text, keyPem: new Secret(key!.text) }, {
      certificate: refusing(certificate.name),
      key: refusing(key!.name),
    }),
    token: tokenOrigin(config, entry.get("tokenFile"), folder),
    proxyUrl: cluster.proxyUrl || undefined,
  };
}

function refusing(name: string): Refuse {
  return (why) => new KubeError(`Cannot use ${name}: ${why}`);
}

/** The file of the token, where one is named, is newer than a token that stands beside it. */
function tokenOrigin(config: KubeConfig, tokenFile: string | undefined, folder: string): TokenOrigin | undefined {
  const user = config.getCurrentUser();
  if (tokenFile) return { kind: "file", path: tokenFile.startsWith("/") ? tokenFile : `${folder}${tokenFile}` };
  if (user?.token) return { kind: "fixed", token: new Secret(user.token) };
  if (user?.exec) return { kind: "exec", run: createExecToken(user) };
  const mounted: unknown = user?.authProvider?.config?.tokenFile;
  return typeof mounted === "string" ? { kind: "file", path: mounted } : undefined;
}

/** A text that is there as Base64 (which wins, as in client-go), or in a file of its own. */
async function findText(
  { where, readFile }: Source,
  { key, data, path }: {
    readonly key: string;
    readonly data: string | undefined | null;
    readonly path: string | undefined | null;
  },
): Promise<Found | undefined> {
  if (data) {
    const name = `"${key}-data" ${where}`;
    try {
      return { text: new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.fromBase64(data)), name };
    } catch {
      throw new KubeError(`Cannot use ${name}: it is not Base64 of a PEM text; encode the file with base64`);
    }
  }
  return path
    ? { text: await readFile(path, `the file of "${key}"`), name: `the file "${path}" of "${key}"` }
    : undefined;
}

/** The keys of a user's entry, those that hold one value with it. */
function entryOf(tree: YamlNode, name: string): ReadonlyMap<string, string> {
  const users = valueAt(tree, "users");
  const item = users?.kind === "list" ? users.items.find((item) => textOf(valueAt(item, "name")) === name) : undefined;
  const user = item && valueAt(item, "user");
  if (user?.kind !== "map") return new Map();
  return new Map(user.entries.map(({ key, value }) => [key, textOf(value)]));
}

function textOf(node: YamlNode | undefined): string {
  return node?.kind === "scalar" ? String(node.value ?? "") : "";
}
