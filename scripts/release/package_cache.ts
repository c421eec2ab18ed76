/**
 * The packages that Deno keeps on this machine, and what they say of their licences.
 *
 * @module
 */

import { deno } from "../compile/deno.ts";
import type { LockedPackage } from "./lock_file.ts";

/** Files that a package wants to be passed on. */
const NOTICE = /^(licen[cs]e|notice|copying)([.-].*)?$/i;

/** What packages say of their licences. */
export interface PackageCache {
  /** SPDX id or expression in `package.json`, or what old packages have in its place. */
  licenseOf(locked: LockedPackage): Promise<string | undefined>;
  /** The texts of licence and notice files. */
  noticesOf(locked: LockedPackage): Promise<readonly string[]>;
}

/**
 * Opens the cache. Deno first gets all packages of the lock file that are for this machine.
 *
 * @throws {Error} where a package cannot be had; Deno has then said on stderr why
 */
export async function openPackageCache(): Promise<PackageCache> {
  if (!await deno(["install", "--quiet", "--frozen"])) {
    throw new Error("Cannot get the packages of deno.lock: see above");
  }
  const registries = await registryFolders();
  const folderOf = ({ name, version }: LockedPackage) =>
    registries.map((registry) => `${registry}/${name}/${version}`).find(exists);
  return {
    async licenseOf(locked) {
      const folder = folderOf(locked);
      return folder && licenseIn(JSON.parse(await Deno.readTextFile(`${folder}/package.json`)));
    },
    async noticesOf(locked) {
      const folder = folderOf(locked);
      if (folder === undefined) return [];
      const files = [...Deno.readDirSync(folder)].filter(({ isFile, name }) => isFile && NOTICE.test(name));
      return await Promise.all(
        files.map(({ name }) => name).sort().map((name) => Deno.readTextFile(`${folder}/${name}`)),
      );
    },
  };
}

/** Deno keeps the packages of each registry in a folder of their own. */
async function registryFolders(): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stdin: "null" }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout)) as { npmCache: string };
  return [...Deno.readDirSync(npmCache)].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => `${npmCache}/${name}`);
}

function exists(folder: string): boolean {
  try {
    return Deno.statSync(`${folder}/package.json`).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Old packages have an object, or a list of objects. */
function licenseIn(
  { license, licenses }: { license?: string | { type?: string }; licenses?: { type?: string }[] },
): string | undefined {
  if (typeof license === "string") return license;
  return license?.type ?? licenses?.map(({ type }) => type).join(" OR ");
}
