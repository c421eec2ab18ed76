/**
 * The file that is changed: read with what stands beside it, written whole or not at all, and locked meanwhile.
 *
 * In the folder of static pods the kubelet runs every file whose name does not begin with a dot, so that no other name
 * may ever appear there.
 *
 * @module
 */

import {
  explainFile,
  FileError,
  folderOf,
  hiddenName,
  nameOf,
  removeDrafts,
  syncFolder,
  writeFileAtomic,
} from "../../files.ts";
import { makeFolder } from "../../folders.ts";
import { type GuardedText, readGuarded } from "../../guarded_file.ts";
import { withFileLock } from "../../state/file_lock.ts";
import type { World } from "../../world.ts";
import { ApiserverError } from "./apiserver_error.ts";
import type { FileToChange } from "./change.ts";
import type { Target } from "./node_type.ts";
import { namesIn, readUnitTexts, textsOf } from "./unit_texts.ts";

/** Largest file that is changed. */
const MAX_BYTES = 1_048_576;

/** Modes of files that are new: a config file of K3s may hold its token, a drop-in is for everybody. */
const NEW_MODES = { kubeadm: 0o600, k3s: 0o600, rke2: 0o600, systemd: 0o644 } as const;

/** The file as it was read. */
export interface TargetText {
  /** `undefined` where there is none. */
  readonly text: string | undefined;
  /** What the plan goes by. */
  readonly file: FileToChange;
}

/**
 * Reads the file, and what else says how kube-apiserver is started.
 *
 * @throws {FileError} if a file cannot be read, or the file is no regular one
 * @throws {ApiserverError} if it must be there and is not
 */
export async function readTarget(world: World, target: Target): Promise<TargetText> {
  const { kind, path } = target;
  const text = (await readRegular(world, path))?.text;
  if (text === undefined && kind === "kubeadm") {
    throw new ApiserverError(
      `Cannot read "${path}": there is no such file; run this on a control plane node, or give --file`,
    );
  }
  const unit = target.unit === undefined ? undefined : await readUnitTexts(world, target.unit);
  const dropIns = new Map([...unit?.dropIns ?? []].filter(([dropIn]) => dropIn !== path));
  return {
    text,
    file: {
      kind,
      path,
      before: text,
      ...(unit === undefined ? {} : { unit: { ...unit, dropIns } }),
      ...(kind === "k3s" || kind === "rke2" ? { beside: await configsBeside(world, path) } : {}),
    },
  };
}

/** Every other config file that K3s or RKE2 reads beside this one. */
async function configsBeside(world: World, path: string): Promise<ReadonlyMap<string, string>> {
  const folder = folderOf(path);
  const main = folder.endsWith(".d") ? folder.slice(0, -".d".length) : path;
  const paths = [main, ...await namesIn(world, `${main}.d`, [".yaml", ".yml"])];
  return await textsOf(world, paths.filter((one) => one !== path));
}

/**
 * The text of the file; `undefined` where there is none. A link is refused: to write would take its place.
 *
 * @throws {FileError}
 */
async function readRegular(world: World, path: string): Promise<GuardedText | undefined> {
  const found = await readGuarded(world, path, { what: "the file", maxBytes: MAX_BYTES, keepsBom: true });
  const attempt = `Cannot change "${path}"`;
  try {
    const info = await world.fs.lstat(path).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    });
    if (info === undefined && found === undefined) return undefined;
    const realFolder = await world.fs.realPath(folderOf(path));
    const isItself = found?.realPath === `${realFolder.replace(/\/$/, "")}/${nameOf(path)}`;
    if (info?.isFile && isItself) return found;
  } catch (cause) {
    throw explainFile(cause, attempt);
  }
  throw new FileError(`${attempt}: it is not a regular file; give the one that it leads to by --file`);
}

/** A file with another text: the one that is wanted, where it had the one that was expected. */
export interface Swap {
  /** `undefined`: there is no file. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/**
 * Replaces a text by another one, with owner and mode kept.
 *
 * @throws {FileError} if that cannot be done; the file is then as it was
 * @throws {ApiserverError} if the file has neither of the texts: somebody else changed it
 */
export async function swapText(world: World, { kind, path }: Target, { from, to }: Swap): Promise<void> {
  const found = await readRegular(world, path);
  if (found?.text === to) return;
  if (found?.text !== from) throw new ApiserverError(`Cannot change "${path}": somebody else has just changed it`);
  const folder = folderOf(path);
  if (to === undefined) {
    try {
      await world.fs.remove(path);
    } catch (cause) {
      throw explainFile(cause, `Cannot remove "${path}"`);
    }
    // The folder of drop-ins may hold others.
    if (kind === "systemd") await world.fs.remove(folder).catch(() => {});
    // Else it could be back after a crash of the machine, when what it names is gone.
    await syncFolder(world, folder);
    await syncFolder(world, folderOf(folder));
    return;
  }
  if (kind === "systemd") await makeFolder(world, folder);
  await removeDrafts(world, hiddenName(path));
  const { uid, gid, mode } = found?.facts ?? { uid: undefined, gid: undefined, mode: NEW_MODES[kind] };
  await writeFileAtomic(world, path, to, {
    what: "the file",
    mode,
    exactMode: true,
    owner: uid === undefined || world.userId() === undefined ? undefined : { uid, gid },
    hidesDraft: true,
  });
}

/**
 * Does the work while no other run of ours changes this file. Another one is waited for, however long it takes.
 *
 * @throws {ApiserverError} if the folder of the file cannot be written
 * @throws the reason of `signal`
 */
export async function withTargetLock<T>(
  world: World,
  { kind, path }: Target,
  { signal, onWait }: { readonly signal: AbortSignal; readonly onWait: () => void },
  work: () => Promise<T>,
): Promise<T> {
  // The folder of drop-ins comes and goes.
  const locked = kind === "systemd" ? folderOf(path) : path;
  try {
    if (!(await world.fs.stat(folderOf(locked))).isDirectory) throw new Deno.errors.NotADirectory("no folder");
  } catch (cause) {
    const advice = "run this on a control plane node, or give --file";
    throw new ApiserverError(`Cannot change "${path}": there is no folder "${folderOf(locked)}"; ${advice}`, { cause });
  }
  return await withFileLock(world, {
    path: `${hiddenName(locked)}.ram-auth.lock`,
    attempt: `Cannot lock "${path}"`,
    fail: (message, options) =>
      new ApiserverError(world.userId() === 0 ? message : `${message}, or run this as root`, options),
    maxWaitMs: Infinity,
    signal,
    onWait,
  }, work);
}
