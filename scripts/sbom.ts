/**
 * `deno task sbom`: prints the bill of materials of a binary that this Deno would compile from this commit.
 *
 * @module
 */

import { realWorld } from "../lib/world.ts";
import { VERSION } from "../lib/version.ts";
import { dateOfCommit } from "./compile/commit.ts";
import { type LockedPackage, shippedPackages } from "./release/lock_file.ts";
import { openPackageCache, type PackageCache } from "./release/package_cache.ts";
import { type SbomOptions, writeSbom } from "./release/sbom.ts";

/** Packages, and what they say of their licences. */
export interface ProjectPackages {
  readonly packages: ReadonlyMap<string, LockedPackage>;
  readonly cache: PackageCache;
}

/** The packages of the project in the current folder whose code may be in a binary. */
export async function packagesOfProject(): Promise<ProjectPackages> {
  const { imports } = JSON.parse(await Deno.readTextFile("deno.json")) as { imports: Record<string, string> };
  return { packages: shippedPackages(await Deno.readTextFile("deno.lock"), imports), cache: await openPackageCache() };
}

/**
 * The bill of materials of the project in the current folder, which has these packages.
 *
 * @param of what is described; default: a binary that this Deno would compile from this commit
 */
export async function sbomOfProject(
  { packages, cache }: ProjectPackages,
  of: Partial<Omit<SbomOptions, "licenseOf">> = {},
): Promise<string> {
  const here = { version: VERSION, date: await dateOfCommit(), deno: Deno.version.deno };
  return await writeSbom(packages, { ...here, ...of, licenseOf: cache.licenseOf });
}

if (import.meta.main) realWorld().stdout.write(await sbomOfProject(await packagesOfProject()));
