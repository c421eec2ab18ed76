/**
 * An edit of several kubeconfigs as one: planned on all of them, written under the locks of those that change.
 *
 * @module
 */

import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";
import { type Edited, editLocked, previewEdit } from "../locked_edit.ts";
import { KubeconfigError, kubeconfigFile } from "./file.ts";

/** Texts by path; `undefined` for a file that is not there. */
export type Texts = ReadonlyMap<string, string | undefined>;

/** Turns the texts into others; what it does not name stays. */
export type EditTexts = (before: Texts) => Promise<ReadonlyMap<string, string>>;

/**
 * Makes the edit; where it is a dry run, it only sees what it would make.
 *
 * @param edit is asked twice: to find out which files change, and again under their locks
 * @returns each file, before and after
 * @throws {FileError} if one cannot be read or written, or is locked by another program
 * @throws whatever the edit refuses; nothing is written then
 */
export async function editFiles(
  { settings, world, stopSignal }: Invocation,
  paths: readonly string[],
  edit: EditTexts,
): Promise<ReadonlyMap<string, Edited>> {
  const seen = await readAll(world, paths);
  const seenEdit = { before: seen, after: await edit(seen) };
  const changing = paths.filter((path) => isChanged(seenEdit, path));
  if (settings.get("dry-run") || changing.length === 0) return editedOf(paths, seenEdit);
  const signal = await stopSignal();
  // Locked in the order of kubectl, so that neither waits for the other for ever.
  const done = await underLocks(world, { signal, paths: changing.toSorted(), held: new Map() }, async (held) => {
    const before = new Map([...await readAll(world, paths), ...held]);
    const done = { before, after: await edit(before) };
    const unlocked = paths.find((path) => isChanged(done, path) && !held.has(path));
    if (unlocked === undefined) return done;
    throw new KubeconfigError(`Cannot edit the kubeconfig "${unlocked}": another program edits it; run this again`);
  });
  return editedOf(paths, done);
}

interface EditOfAll {
  readonly before: Texts;
  readonly after: ReadonlyMap<string, string>;
}

interface Locking {
  readonly signal: AbortSignal;
  /** What is yet to be locked. */
  readonly paths: readonly string[];
  /** What is locked. */
  readonly held: Texts;
}

async function underLocks(
  world: World,
  { signal, paths: [path, ...rest], held }: Locking,
  edit: (held: Texts) => Promise<EditOfAll>,
): Promise<EditOfAll> {
  if (path === undefined) return await edit(held);
  const inner: EditOfAll[] = [];
  await editLocked(world, kubeconfigFile(path), async (before) => {
    const done = await underLocks(world, { signal, paths: rest, held: new Map([...held, [path, before]]) }, edit);
    inner.push(done);
    return done.after.get(path) ?? before ?? "";
  }, { signal });
  return inner[0]!;
}

function isChanged({ before, after }: EditOfAll, path: string): boolean {
  return after.has(path) && after.get(path) !== before.get(path);
}

function editedOf(paths: readonly string[], { before, after }: EditOfAll): ReadonlyMap<string, Edited> {
  return new Map(paths.map((path) => {
    const text = before.get(path);
    return [path, { before: text, after: after.get(path) ?? text ?? "" }];
  }));
}

async function readAll(world: World, paths: readonly string[]): Promise<Texts> {
  const texts = new Map<string, string | undefined>();
  for (const path of paths) {
    const { before } = await previewEdit(world, kubeconfigFile(path), (text) => Promise.resolve(text ?? ""));
    texts.set(path, before);
  }
  return texts;
}
