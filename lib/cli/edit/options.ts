/**
 * What the options of the commands that edit a ConfigMap say: how to ask, and which cluster is meant.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import { connect } from "../../kube/connection.ts";
import type { World } from "../../world.ts";
import type { EditOptions } from "./agreed_edit.ts";
import { kubeconfigPaths } from "../kubeconfig/paths.ts";

/** How to edit, and where. */
export function editOptions(settings: Settings, world: World): EditOptions {
  return {
    prompt: settings.get("prompt"),
    dryRun: settings.get("dry-run"),
    connect: async () =>
      await connect(world, {
        kubeconfig: await kubeconfigPath(settings, world),
        context: settings.get("kubeconfig-context"),
        master: settings.get("master-url"),
      }),
  };
}

/**
 * The kubeconfig that kubectl would use, or `undefined` for a pod's service account.
 *
 * `KUBECONFIG` may list several files, which kubectl merges; those that do not exist do not count. What is left must be
 * one: which entry of which file wins is not for us to guess where rights are given away.
 *
 * @throws {UsageError} if it names several
 */
async function kubeconfigPath(settings: Settings, world: World): Promise<string | undefined> {
  const { paths, existing, namedBy } = await kubeconfigPaths(settings, world);
  if (existing.length > 1) {
    throw new UsageError(
      `Cannot use the ${existing.length} files in ${namedBy} together: choose one with --kubeconfig`,
    );
  }
  return existing[0] ?? (namedBy === undefined ? undefined : paths[0]);
}
