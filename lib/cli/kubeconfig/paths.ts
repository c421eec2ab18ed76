/**
 * Which kubeconfigs kubectl would read: the one that is named, those of `KUBECONFIG`, or the one in the home.
 *
 * Source: "The kubeconfig environment variable", Kubernetes documentation.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import { exists } from "../../folders.ts";
import { homeFolder, homeVariable, inHome, splitPaths } from "../../home.ts";
import { quoted } from "../../quote.ts";
import type { World } from "../../world.ts";

/** Where kubeconfigs are or may be. */
export interface KubeconfigPaths {
  /** In the order in which they count; none where there is no home. */
  readonly paths: readonly string[];
  /** Those of them that exist. */
  readonly existing: readonly string[];
  /** Who named them, in words; `undefined` where nobody did. */
  readonly namedBy: string | undefined;
}

/**
 * Finds them.
 *
 * @throws {UsageError} if `~` stands where kubectl does not read it as the home, or it is another user's home
 */
export async function kubeconfigPaths(settings: Settings, world: World): Promise<KubeconfigPaths> {
  const given = settings.get("admin-kubeconfig");
  const namedBy = given === undefined ? undefined : settings.origin("admin-kubeconfig");
  const paths = given === undefined ? usualPaths(world) : givenPaths(given, settings, world);
  const found = await Promise.all(paths.map(async (path) => await exists(world, path) ? [path] : []));
  return { paths, existing: found.flat(), namedBy };
}

/**
 * The kubeconfig that kubectl would use, or `undefined` for a pod's service account.
 *
 * `KUBECONFIG` may list several files, which kubectl merges; those that do not exist do not count. What is left must be
 * one: which entry of which file wins is not for us to guess where rights are given away.
 *
 * @throws {UsageError} if it names several
 */
export async function kubeconfigPath(settings: Settings, world: World): Promise<string | undefined> {
  const { paths, existing, namedBy } = await kubeconfigPaths(settings, world);
  if (existing.length > 1) {
    throw new UsageError(
      `Cannot use the ${existing.length} files in ${namedBy} together: choose one with --kubeconfig`,
    );
  }
  return existing[0] ?? (namedBy === undefined ? undefined : paths[0]);
}

function usualPaths(world: World): string[] {
  const home = homeFolder(world);
  return home === undefined ? [] : [`${home}/.kube/config`];
}

function givenPaths(given: string, settings: Settings, world: World): string[] {
  if (settings.setBy("admin-kubeconfig") !== "environment") return [inHome(world, given)];
  const paths = splitPaths(world, given);
  const literal = paths.find((path) => path.startsWith("~"));
  if (literal === undefined) return paths;
  throw new UsageError(
    `Cannot use path ${quoted(literal)} from ${settings.origin("admin-kubeconfig")}: kubectl does not read "~" there ` +
      `as the home, but as the name of a folder; set the variable again without quotes round "~", or with $${
        homeVariable(world)
      }`,
  );
}
