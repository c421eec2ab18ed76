/**
 * Options of `manifests`.
 *
 * @module
 */

import type { OptionRow } from "../option.ts";

/** The rows. */
export const MANIFESTS_ROWS = {
  manifest: {
    type: "list",
    only: "flag",
    choices: [
      "crds",
      "rbac",
      "mapping-guard",
      "daemonset",
      "all",
      "static-pod",
      "systemd-unit",
      "config-example",
      "rbac-example",
      "mapping-editor-example",
      "alerts",
      "dashboard",
    ],
    positional: ["manifests"],
    help: "What to print; the name of the flag may be left out (default: list what there is)",
    commands: ["manifests"],
  },
  image: {
    type: "text",
    only: "flag",
    placeholder: "reference",
    help: "Container image of the server, such as registry.example.com/ram-auth:0.1.0",
    commands: ["manifests"],
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
