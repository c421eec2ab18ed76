/**
 * What the options of the commands that edit a ConfigMap say: how to ask, and which cluster is meant.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import { connect } from "../../kube/connection.ts";
import type { World } from "../../world.ts";
import type { EditOptions } from "./agreed_edit.ts";
import { kubeconfigPath } from "../kubeconfig/paths.ts";

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
