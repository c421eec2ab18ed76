/**
 * What is to be written into a kubeconfig: a user, the context that uses it, and the cluster where that is new. Decides
 * what of an existing kubeconfig may change, and in which of several files, as `kubectl config` does.
 *
 * @module
 */

import type { ClusterEndpoint } from "../../clouds/cluster_endpoint.ts";
import { KubeconfigError } from "./file.ts";
import { currentContext, type EntryKind, findEntry, keysOf, LISTS, type LoadedFile, mergedEntries } from "./merged.ts";
import { isOurProgram, peerOf } from "./programs.ts";
import type { YamlChange } from "../../yaml/merge.ts";
import type { YamlValue } from "../../yaml/write.ts";
import { quoted, shellWord } from "../../quote.ts";

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
  /** The name of the user, where somebody chose one; without it, that of the context. */
  readonly user: string | undefined;
  /** The keys of its `exec` section. */
  readonly exec: Readonly<Record<string, YamlValue>>;
  /** A cluster that is there, or, with an endpoint, one to write. */
  readonly cluster: { readonly name: string; readonly endpoint?: Partial<ClusterEndpoint> } | undefined;
  /** The name of the context, which is written where there is a cluster. */
  readonly context: string;
  /** Whether the context becomes the current one even if there is one. */
  readonly isSwitched: boolean;
}

/** One thing that is written, and in which file. */
export interface PlannedChange {
  readonly path: string;
  /** For a person: `user "dev"`; `undefined` for what goes without saying. */
  readonly what?: string;
  /** Without it, what is wanted is there. */
  readonly change?: YamlChange;
}

/** What is to be written. */
export interface Plan {
  readonly user: string;
  readonly changes: readonly PlannedChange[];
  /** The context that was current, where another one becomes so; empty where none was. */
  readonly switchedFrom: string | undefined;
}

/**
 * The changes that make kubectl find what is wanted.
 *
 * @param files in the order in which they count
 * @param target the path of the file for what is in none yet
 * @throws {KubeconfigError} if a name is taken by what nobody asked to replace, or the cluster is not there
 */
export function planEntries(files: readonly LoadedFile[], target: string, wanted: WantedEntries): Plan {
  const { exec, cluster, context, isSwitched } = wanted;
  const user = chooseUser(files, wanted);
  assertUser(files, user, wanted);
  const place = { files, target };
  const isNew = files.every(({ path, content }) => path !== target || content === null);
  const changes: PlannedChange[] = [
    ...(isNew
      ? [
        { path: target, change: { path: ["apiVersion"], value: "v1" } },
        { path: target, change: { path: ["kind"], value: "Config" } },
      ]
      : []),
    entryChange(place, "user", user, { exec }),
  ];
  if (cluster === undefined) return { user, changes, switchedFrom: undefined };
  assertContext(files, context, user);
  const current = currentContext(files);
  const isChanged = current !== context && (isSwitched || current === undefined);
  return {
    user,
    changes: [
      ...changes,
      entryChange(place, "context", context, { cluster: cluster.name, user }),
      ...clusterChanges(place, cluster),
      ...(isChanged ? [{ path: target, change: { path: ["current-context"], value: context } }] : []),
    ],
    switchedFrom: isChanged ? current ?? "" : undefined,
  };
}

/** A context keeps the user that it has where that is ours and nobody else's; a new one is called as its context. */
function chooseUser(files: readonly LoadedFile[], wanted: WantedEntries): string {
  const { user, context, cluster } = wanted;
  if (user !== undefined) return user;
  const existing = cluster && findEntry(files, "context", context)?.value.user;
  if (typeof existing !== "string" || existing === "") return context;
  const isKept = foreignCredentials(files, existing).length === 0 && othersOf(files, existing, wanted).length === 0;
  return isKept ? existing : context;
}

/** Other contexts, whose identity would be another one if the user were written; none where it stays the same. */
function othersOf(files: readonly LoadedFile[], user: string, { exec, cluster, context }: WantedEntries): string[] {
  const now = findEntry(files, "user", user)?.value.exec;
  const { command, args } = keysOf(now);
  const isSame = typeof command === "string" && isOurProgram(command) &&
    JSON.stringify(args) === JSON.stringify(exec.args);
  if (!now || isSame) return [];
  return mergedEntries(files, "context")
    .filter(({ name, value }) => value.user === user && !(cluster && name === context)).map(({ name }) => name);
}

function clusterChanges(
  place: Place,
  { name, endpoint }: NonNullable<WantedEntries["cluster"]>,
): readonly PlannedChange[] {
  const existing = findEntry(place.files, "cluster", name);
  if (endpoint === undefined) {
    if (existing !== undefined) return [{ path: existing.path, what: `cluster ${quoted(name)}` }];
    const names = mergedEntries(place.files, "cluster").map((entry) => quoted(entry.name)).join(", ") || "none";
    throw new KubeconfigError(
      `Cannot write a context for cluster "${name}": the kubeconfig has no such cluster; there are: ${names}; name one of ` +
        "them, or give --server and --certificate-authority for a new one",
    );
  }
  const { server, certificateAuthorityData: authority } = endpoint;
  return [entryChange(place, "cluster", name, {
    ...(server === undefined ? {} : { server }),
    ...(authority === undefined ? {} : { "certificate-authority-data": authority }),
    // kubectl refuses an authority beside it.
    ...(authority !== undefined && existing?.value["insecure-skip-tls-verify"] === true
      ? { "insecure-skip-tls-verify": false }
      : {}),
  })];
}

/** A user is ours to write where it is new or empty, or calls us or a program that we stand in for. */
function foreignCredentials(files: readonly LoadedFile[], name: string): readonly string[] {
  const user = findEntry(files, "user", name)?.value ?? {};
  const { command } = keysOf(user.exec);
  const isOurs = !user.exec ||
    (typeof command === "string" && (isOurProgram(command) || peerOf(command) !== undefined));
  return [
    ...CREDENTIALS.filter((key) => Object.hasOwn(user, key)),
    ...(isOurs ? [] : [typeof command === "string" ? `exec: ${quoted(command)}` : "exec, without a command"]),
  ];
}

function assertUser(files: readonly LoadedFile[], name: string, wanted: WantedEntries): void {
  const foreign = foreignCredentials(files, name);
  if (foreign.length > 0) {
    throw new KubeconfigError(
      `Cannot write user "${name}": the kubeconfig has one with other credentials (${
        foreign.join(", ")
      }); choose another ` +
        `name by --user-name, or delete it with: kubectl config delete-user ${shellWord(name)}`,
    );
  }
  const others = othersOf(files, name, wanted);
  if (others.length === 0) return;
  throw new KubeconfigError(
    `Cannot write user "${name}": ${others.length === 1 ? "context" : "contexts"} ${
      others.map(quoted).join(", ")
    } would log in as somebody else; choose another name by --user-name` +
      (wanted.cluster === undefined ? ", or write that context too, with --context-name and --cluster-name" : ""),
  );
}

/** A context is ours to write where its user is. */
function assertContext(files: readonly LoadedFile[], name: string, user: string): void {
  const existing = findEntry(files, "context", name)?.value.user;
  if (existing === undefined || existing === null || existing === "" || existing === user) return;
  if (foreignCredentials(files, String(existing)).length === 0) return;
  throw new KubeconfigError(
    `Cannot write context "${name}": the kubeconfig has one, for user ${
      quoted(String(existing))
    }; choose another name by ` +
      `--context-name, or delete it with: kubectl config delete-context ${shellWord(name)}`,
  );
}

interface Place {
  readonly files: readonly LoadedFile[];
  readonly target: string;
}

/** An entry changes where it stands; a new one is put into the target. */
function entryChange(
  { files, target }: Place,
  kind: EntryKind,
  name: string,
  value: Readonly<Record<string, YamlValue>>,
): PlannedChange {
  const what = `${kind} ${quoted(name)}`;
  const list = LISTS[kind];
  const existing = findEntry(files, kind, name);
  if (existing !== undefined) {
    return { path: existing.path, what, change: { path: [list, existing.index, kind], value } };
  }
  const items = keysOf(files.find(({ path }) => path === target)?.content)[list];
  const change = { path: [list, Array.isArray(items) ? items.length : 0], value: { name, [kind]: value } };
  return { path: target, what, change };
}
