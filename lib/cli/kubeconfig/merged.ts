/**
 * Several kubeconfigs as kubectl merges them: of entries with one name, that of the first file counts, whole.
 *
 * Source: "Merging kubeconfig files", Kubernetes documentation; observed with kubectl 1.27 to 1.33.
 *
 * @module
 */

import type { Plain } from "../../yaml/merge.ts";

/** The lists of a kubeconfig, by what their items hold beside a name. */
export const LISTS = { cluster: "clusters", context: "contexts", user: "users" } as const;

/** What a kubeconfig has lists of. */
export type EntryKind = keyof typeof LISTS;

/** One of the files. */
export interface LoadedFile {
  readonly path: string;
  /** `null` where it is empty, or not there yet. */
  readonly content: Plain;
}

/** An item of a list, and where it stands. */
export interface Entry {
  readonly name: string;
  readonly path: string;
  readonly index: number;
  /** What it holds beside its name. */
  readonly value: Readonly<Record<string, unknown>>;
}

/** The items of a list that have a name. Trust: whoever may write the kubeconfig chose them. */
export function entriesOf({ path, content }: LoadedFile, kind: EntryKind): readonly Entry[] {
  const items = keysOf(content)[LISTS[kind]];
  return !Array.isArray(items) ? [] : items.flatMap((item, index) => {
    const { name, [kind]: value } = keysOf(item);
    return typeof name === "string" ? [{ name, path, index, value: keysOf(value) }] : [];
  });
}

/** The entries that count. */
export function mergedEntries(files: readonly LoadedFile[], kind: EntryKind): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const entry of files.flatMap((file) => entriesOf(file, kind))) {
    if (!entries.has(entry.name)) entries.set(entry.name, entry);
  }
  return [...entries.values()];
}

/** The entry of that name that counts. */
export function findEntry(files: readonly LoadedFile[], kind: EntryKind, name: string): Entry | undefined {
  return mergedEntries(files, kind).find((entry) => entry.name === name);
}

/** The context that kubectl uses where none is named. */
export function currentContext(files: readonly LoadedFile[]): string | undefined {
  return files.map(({ content }) => keysOf(content)["current-context"]).find((name) =>
    typeof name === "string" && name
  ) as
    | string
    | undefined;
}

/** The members of a map; none of anything else. */
export function keysOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {};
}
