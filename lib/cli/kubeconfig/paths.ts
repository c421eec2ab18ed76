/**
 * Which kubeconfigs kubectl would read: the one that is named, those of `KUBECONFIG`, or the one in the home.
 *
 * Source: "The kubeconfig environment variable", Kubernetes documentation.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import { exists } from "../../folders.ts";
import type { World } from "../../world.ts";

/** Where kubeconfigs are or may be. */
export interface KubeconfigPaths {
  /** At least one, in the order in which they count. */
  readonly paths: readonly string[];
  /** Those of them that exist. */
  readonly existing: readonly string[];
  /** Who named them, in words; `undefined` where nobody did. */
  readonly namedBy: string | undefined;
}

/** Finds them. */
export async function kubeconfigPaths(settings: Settings, world: World): Promise<KubeconfigPaths> {
  const given = settings.get("admin-kubeconfig");
  const paths = given === undefined
    ? [`${world.env("HOME") ?? ""}/.kube/config`]
    : settings.setBy("admin-kubeconfig") === "environment" && given.includes(":")
    ? given.split(":").filter((path) => path !== "")
    : [given];
  const namedBy = given === undefined ? undefined : settings.origin("admin-kubeconfig");
  const found = await Promise.all(paths.map(async (path) => await exists(world, path) ? [path] : []));
  return { paths, existing: found.flat(), namedBy };
}
