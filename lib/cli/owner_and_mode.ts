/**
 * How owner and mode of a file or folder should be, what is wrong with them, and the command line that mends them.
 *
 * @module
 */

import { explainFile, folderOf } from "../files.ts";
import { guardedPath, WRITTEN_BY_OTHERS } from "../guarded_file.ts";
import type { World } from "../world.ts";
import { shellWord } from "../quote.ts";

/** How a file or folder should be. */
export interface Wanted {
  readonly path: string;
  readonly what: string;
  /** Permission bits that must not be there. */
  readonly never: number;
  /** The mode that it is made with. */
  readonly mode: number;
  /** Users to whom it may belong; the first is told. Default: any. */
  readonly owners?: readonly number[] | undefined;
}

/** What is wrong, and how it is mended. */
export interface Misfit {
  readonly saw: string;
  readonly command: string;
}

/** Whose a file is. */
export interface Attributes {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/**
 * Looks; `undefined` where it does not exist, or the system numbers no users.
 *
 * @throws {FileError} if it cannot be looked at, or for root, if a link on the way is another user's
 */
export async function attributesOf(
  world: World,
  { path, what }: Pick<Wanted, "path" | "what">,
): Promise<Attributes | undefined> {
  const attempt = `Cannot look at ${what} "${path}"`;
  if (world.userId() === undefined) return undefined;
  try {
    const { uid, gid, mode } = await world.fs.stat(await guardedPath(world, path, attempt));
    return { uid: uid ?? 0, gid: gid ?? 0, mode: (mode ?? 0) & 0o7777 };
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw explainFile(cause, attempt);
  }
}

/** What is wrong with it. */
export function misfitOf(found: Attributes, { path, what, never, mode, owners }: Wanted): Misfit | undefined {
  const isForeign = owners !== undefined && !owners.includes(found.uid);
  const excess = found.mode & never;
  if (!isForeign && excess === 0) return undefined;
  const file = shellWord(path);
  return {
    saw: `${what} "${path}" ${
      [
        ...(isForeign ? [`belongs to user ${found.uid}, not to ${owners[0]}`] : []),
        ...(excess === 0 ? [] : [`has mode ${octal(found.mode)}, so that ${whoCan(excess)}`]),
      ].join(" and ")
    }`,
    command: [
      ...(isForeign ? [`chown ${owners[0]} ${file}`] : []),
      ...(excess === 0 ? [] : [`chmod ${octal(mode)} ${file}`]),
    ].join(" && "),
  };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function whoCan(bits: number): string {
  const who = (bits & 0o007) !== 0 ? "every user" : "its group";
  return (bits & 0o022) !== 0 ? `${who} can write it` : `${who} can read it`;
}

/** Root, and who runs this: to them what decides over logins may belong. */
export function trustedOwners(world: World): readonly number[] {
  const me = world.userId() ?? 0;
  return me === 0 ? [0] : [0, me];
}

/** How a folder should be in which nobody else may put anything. */
export function folderWanted(world: World, path: string, what: string): Wanted {
  return { path, what, never: WRITTEN_BY_OTHERS, mode: 0o755, owners: trustedOwners(world) };
}

/** How the webhook kubeconfig and its folder should be: whoever can write them makes kube-apiserver run a program. */
export function webhookFilesWanted(world: World, kubeconfig: string): readonly Wanted[] {
  return [
    folderWanted(world, folderOf(kubeconfig), "the folder of the webhook kubeconfig"),
    { path: kubeconfig, what: "the webhook kubeconfig", never: 0o026, mode: 0o600, owners: trustedOwners(world) },
  ];
}
