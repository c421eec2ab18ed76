/**
 * Owner and mode of what is put in place: that root alone can change it, and that the service can read it. A file whose
 * text is right is not kept as it is where one of these is wrong.
 *
 * @module
 */

import type { Descriptor } from "../../descriptor.ts";
import { explainFile, FileError, folderOf } from "../../files.ts";
import {
  guardedPath,
  openRegular,
  ROOT,
  setOwnerAndMode,
  WRITTEN_BY_ALL,
  WRITTEN_BY_OTHERS,
} from "../../guarded_file.ts";
import type { World } from "../../world.ts";
import { InstallError } from "./install.ts";
import type { Place } from "./node_files.ts";
import type { PlannedFile } from "./planned_file.ts";

/** Set user id, set group id, sticky. */
const SPECIAL = 0o7000;

/** What is looked at. */
interface Attributes {
  readonly uid: number | null;
  readonly gid: number | null;
  readonly mode: number | null;
}

/**
 * A plan that also mends owner and mode, where they are wrong: of a file that stays as it is because somebody changed it,
 * that is a second line.
 *
 * @throws {FileError} if a link leads to a file that others can change
 */
export async function withOwnership(world: World, plan: PlannedFile): Promise<PlannedFile[]> {
  const { path, what, mode, fate } = plan;
  if (world.userId() === undefined || (fate !== "kept" && fate !== "differs")) return [plan];
  const attempt = `Cannot check the owner and mode of ${what} "${path}"`;
  try {
    const realPath = await guardedPath(world, path, attempt);
    const why = whyWrong(world, await world.fs.stat(realPath), mode);
    if ((await world.fs.lstat(path)).isSymlink) {
      const folder = folderOf(realPath);
      const whyFolder = whyWrong(world, await world.fs.stat(folder), 0);
      if (why === undefined && whyFolder === undefined) return [plan];
      throw new FileError(
        `Cannot use ${what} "${path}": it is a link to "${realPath}", and ${
          why ?? `of its folder, ${whyFolder}`
        }; put the file itself there`,
      );
    }
    if (why === undefined) return [plan];
    const make = () => mend(world, { path: realPath, what, mode }, (attempt) => openRegular(world, realPath, attempt));
    return [...(fate === "differs" ? [plan] : []), { path, mode, fate: "mended", what: `${what}: ${why}`, make }];
  } catch (cause) {
    throw explainFile(cause, attempt);
  }
}

async function mend(
  world: World,
  { path, what, mode }: Place,
  open: (attempt: string) => Promise<Descriptor>,
): Promise<void> {
  const attempt = `Cannot correct the owner and mode of ${what} "${path}"`;
  await setOwnerAndMode(world, () => open(attempt), { attempt, mode, owner: ROOT });
}

/**
 * Plans the mending of a folder that holds nothing else than what is put in place; nothing where it is right or missing.
 *
 * @throws {FileError} if it cannot be looked at
 */
export async function planFolder(world: World, { path, what, mode }: Place): Promise<PlannedFile[]> {
  const attempt = `Cannot check the owner and mode of ${what} "${path}"`;
  try {
    const realPath = await guardedPath(world, path, attempt);
    const why = world.userId() === undefined ? undefined : whyWrong(world, await world.fs.stat(realPath), mode);
    if (why === undefined) return [];
    const make = () => mend(world, { path, what, mode }, () => world.fs.openDescriptor(realPath));
    return [{ path, what: `${what}: ${why}`, mode, fate: "mended", make }];
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    throw explainFile(cause, attempt);
  }
}

/**
 * Demands of a folder that others use too that nobody but root can replace what is put there. It is not ours to mend. Its
 * group may write: so it is with `/usr/local/bin` on some systems.
 *
 * @throws {InstallError} if somebody can, with what to do
 */
export async function demandSafeFolder(world: World, folder: string): Promise<void> {
  const facts = await world.fs.stat(folder).catch(() => undefined);
  const me = world.userId();
  if (facts === undefined || me === undefined) return;
  const attempt = `Cannot install into "${folder}"`;
  if (![0, me].includes(facts.uid ?? 0)) {
    throw new InstallError(
      `${attempt}: it belongs to user ${facts.uid}, who could replace what the service runs; run: chown root ${folder}`,
    );
  }
  if (((facts.mode ?? 0) & WRITTEN_BY_ALL) !== 0) {
    throw new InstallError(
      `${attempt}: every user can write there, and replace what the service runs; run: chmod o-w ${folder}`,
    );
  }
}

/**
 * Why owner or mode are wrong. What only a group can read, other than root's, is right: that is an operator's choice.
 *
 * @param wanted the mode that it should have; 0 where it is enough that nobody else can write
 */
function whyWrong(world: World, { uid, gid, mode }: Attributes, wanted: number): string | undefined {
  const [me, bits] = [world.userId(), mode ?? 0];
  if (uid !== 0 && uid !== me) return me === 0 ? `it belongs to user ${uid}` : undefined;
  if ((bits & WRITTEN_BY_OTHERS) !== 0) return "others can write it";
  if ((bits & SPECIAL) !== 0 && wanted !== 0) return "it has special permission bits";
  const needed = wanted & 0o005;
  const isForGroup = gid !== 0 && ((bits >> 3) & needed) === needed;
  return (bits & needed) === needed || isForGroup ? undefined : "the service could not read it";
}
