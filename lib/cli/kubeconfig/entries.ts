/**
 * What is to be written into a kubeconfig: a user, the context that uses it, and the cluster where that is new. Decides
 * what of an existing kubeconfig may change.
 *
 * @module
 */

import type { ClusterEndpoint } from "../../clouds/cluster_endpoint.ts";
import { KubeconfigError } from "./file.ts";
import { isOurProgram, peerOf } from "./programs.ts";
import type { Plain, YamlChange } from "../../yaml/merge.ts";
import type { YamlValue } from "../../yaml/write.ts";
import { quoted } from "../../quote.ts";

/** The lists of a kubeconfig, by what their items hold beside a name. */
const LISTS = { cluster: "clusters", context: "contexts", user: "users" } as const;

/** What a kubeconfig has lists of. */
export type EntryKind = keyof typeof LISTS;

/** An item of a list, and where it stands. */
export interface Entry {
  readonly name: string;
  readonly index: number;
  /** What it holds beside its name. */
  readonly value: Readonly<Record<string, unknown>>;
}

/** Keys of a user that say who calls, beside `exec`. */
const CREDENTIALS = [
  "auth-provider",
  "client-certificate",
  "client-certificate-data",
  "client-key",
  "client-key-data",
  "password",
  "token",
  "tokenFile",
  "username",
];

/** What is wanted. */
export interface WantedEntries {
  readonly user: string;
  /** The keys of its `exec` section. */
  readonly exec: Readonly<Record<string, YamlValue>>;
  /** A cluster that is there, or, with an endpoint, one to write. */
  readonly cluster: { readonly name: string; readonly endpoint?: Partial<ClusterEndpoint> } | undefined;
  /** The name of the context, which is written where there is a cluster. */
  readonly context: string;
  /** Whether the context becomes the current one even if there is one. */
  readonly setCurrent: boolean;
}

/** The items of a list that have a name. Trust: whoever may write the kubeconfig chose them. */
export function entriesOf(kubeconfig: Plain, kind: EntryKind): readonly Entry[] {
  const items = keysOf(kubeconfig)[LISTS[kind]];
  return !Array.isArray(items) ? [] : items.flatMap((item, index) => {
    const { name, [kind]: value } = keysOf(item);
    return typeof name === "string" ? [{ name, index, value: keysOf(value) }] : [];
  });
}

/**
 * The changes that make a kubeconfig hold what is wanted.
 *
 * @param kubeconfig what it holds; `null` where it is empty or new
 * @throws {KubeconfigError} if a name is taken by what nobody asked to replace, or the cluster is not there
 */
export function planEntries(kubeconfig: Plain, wanted: WantedEntries): readonly YamlChange[] {
  const { user, exec, cluster, context, setCurrent } = wanted;
  assertUser(kubeconfig, user);
  const changes: YamlChange[] = [
    ...(kubeconfig === null ? [{ path: ["apiVersion"], value: "v1" }, { path: ["kind"], value: "Config" }] : []),
    ...(cluster === undefined ? [] : clusterChanges(kubeconfig, cluster)),
    entryChange(kubeconfig, "user", user, { exec }),
  ];
  if (cluster === undefined) return changes;
  assertContext(kubeconfig, context, user);
  const isCurrent = setCurrent || !keysOf(kubeconfig)["current-context"];
  return [
    ...changes,
    entryChange(kubeconfig, "context", context, { cluster: cluster.name, user }),
    ...(isCurrent ? [{ path: ["current-context"], value: context }] : []),
  ];
}

/**
 * Refuses what is no kubeconfig.
 *
 * @throws {KubeconfigError} if it is something else
 */
export function assertKubeconfig(kubeconfig: Plain): void {
  const { kind = "Config" } = keysOf(kubeconfig);
  const isMap = typeof kubeconfig === "object" && !Array.isArray(kubeconfig);
  if (isMap && kind === "Config") return;
  const what = isMap ? `of kind ${JSON.stringify(kind)}` : "no map";
  throw new KubeconfigError(`Cannot edit the kubeconfig: it is ${what}; name a kubeconfig`);
}

function clusterChanges(
  kubeconfig: Plain,
  { name, endpoint }: NonNullable<WantedEntries["cluster"]>,
): readonly YamlChange[] {
  const existing = entriesOf(kubeconfig, "cluster").find((entry) => entry.name === name);
  if (endpoint === undefined) {
    if (existing !== undefined) return [];
    const names = entriesOf(kubeconfig, "cluster").map((entry) => quoted(entry.name)).join(", ") || "none";
    throw new KubeconfigError(
      `Cannot write a context for cluster "${name}": the kubeconfig has no such cluster; there are: ${names}; name one of ` +
        "them, or give --server and --certificate-authority for a new one",
    );
  }
  const { server, certificateAuthorityData: authority } = endpoint;
  return [entryChange(kubeconfig, "cluster", name, {
    ...(server === undefined ? {} : { server }),
    ...(authority === undefined ? {} : { "certificate-authority-data": authority }),
    // kubectl refuses an authority beside it.
    ...(authority !== undefined && existing?.value["insecure-skip-tls-verify"] === true
      ? { "insecure-skip-tls-verify": false }
      : {}),
  })];
}

/** A user is ours to write where it is new or empty, or calls us or a program that we stand in for. */
function assertUser(kubeconfig: Plain, name: string): void {
  const user = entriesOf(kubeconfig, "user").find((entry) => entry.name === name)?.value ?? {};
  const { command } = keysOf(user.exec);
  const isOurs = !user.exec ||
    (typeof command === "string" && (isOurProgram(command) || peerOf(command) !== undefined));
  const foreign = [
    ...CREDENTIALS.filter((key) => Object.hasOwn(user, key)),
    ...(isOurs ? [] : [typeof command === "string" ? `exec: ${quoted(command)}` : "exec, without a command"]),
  ];
  if (foreign.length === 0) return;
  throw new KubeconfigError(
    `Cannot write user "${name}": the kubeconfig has one with other credentials (${
      foreign.join(", ")
    }); choose another ` +
      `name by --user-name, or delete it with: kubectl config delete-user ${name}`,
  );
}

function assertContext(kubeconfig: Plain, name: string, user: string): void {
  const existing = entriesOf(kubeconfig, "context").find((entry) => entry.name === name)?.value;
  if (existing === undefined || !existing.user || existing.user === user) return;
  throw new KubeconfigError(
    `Cannot write context "${name}": the kubeconfig has one, for ${
      typeof existing.user === "string" ? `user ${quoted(existing.user)}` : "something that is not a user's name"
    }; choose another name by ` +
      `--context-name, or delete it with: kubectl config delete-context ${name}`,
  );
}

function entryChange(
  kubeconfig: Plain,
  kind: EntryKind,
  name: string,
  value: Readonly<Record<string, YamlValue>>,
): YamlChange {
  const list = LISTS[kind];
  const existing = entriesOf(kubeconfig, kind).find((entry) => entry.name === name);
  if (existing !== undefined) return { path: [list, existing.index, kind], value };
  const items = keysOf(kubeconfig)[list];
  return { path: [list, Array.isArray(items) ? items.length : 0], value: { name, [kind]: value } };
}

/** The members of a map; none of anything else. */
export function keysOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {};
}
