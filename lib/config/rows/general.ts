/**
 * Options of most commands: help, the config file and the cluster.
 *
 * @module
 */

import type { OptionRow } from "../option.ts";
import { EDITING, MINTING, PLUGIN } from "./commands.ts";

/** The rows. */
export const GENERAL_ROWS = {
  help: {
    type: "boolean",
    short: "h",
    only: "flag",
    default: false,
    help: "Show this help",
    commands: [
      "token",
      "eks get-token",
      PLUGIN,
      "kubeconfig",
      "server",
      "verify",
      "explain",
      "check",
      "mappings list",
      "convert",
      ...EDITING,
      "init",
      "uninstall",
      "dev",
      "config",
      "version",
    ],
  },
  config: {
    type: "text",
    short: "c",
    placeholder: "file",
    help: "Config file (YAML)",
    commands: ["token", "server", "verify", "explain", "check", "mappings list", "init", "config"],
  },
  "cluster-id": {
    type: "text",
    short: "i",
    environment: ["KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID"],
    yaml: "clusterID",
    placeholder: "id",
    help: "Unique id of the cluster; a token is bound to it and works on no other cluster",
    commands: [...MINTING, "kubeconfig", "server", "verify", "explain", "init", "config"],
    flagOn: { "eks get-token": "cluster-name" },
    shortOn: { [PLUGIN]: "c" },
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
