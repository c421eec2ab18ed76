/**
 * Options of what `init` makes on a node, and `uninstall` removes.
 *
 * @module
 */

import type { OptionRow } from "../option.ts";
import { SERVER } from "./commands.ts";

/** The rows. */
export const INSTALL_ROWS = {
  hostname: {
    type: "text",
    yaml: "server.hostname",
    placeholder: "name",
    default: "localhost",
    help: "Host name in the serving certificate and in the webhook kubeconfig",
    commands: [...SERVER, "init"],
  },
  "state-dir": {
    type: "text",
    yaml: "server.stateDir",
    placeholder: "directory",
    default: "/var/lib/ram-auth",
    defaultFor: { init: "." },
    help:
      "Directory of the certificate authority, the serving certificate and their keys; a server without one takes " +
      "that of ack-ram-authenticator or aws-iam-authenticator where it served before",
    commands: [...SERVER, "init"],
  },
  "generate-kubeconfig": {
    type: "text",
    yaml: "server.generateKubeconfig",
    placeholder: "file",
    default: "/etc/kubernetes/ram-auth/kubeconfig.yaml",
    defaultFor: { init: "./ram-auth.kubeconfig" },
    help: "Where to write the webhook kubeconfig that kube-apiserver reads",
    commands: [...SERVER, "init"],
  },
  install: {
    type: "boolean",
    only: "flag",
    default: false,
    help:
      "Put the program, the systemd unit and its user, the config file, the state and the webhook kubeconfig where " +
      "they belong on a control plane node",
    commands: ["init"],
  },
  root: {
    type: "text",
    only: "flag",
    placeholder: "directory",
    help: "Directory that stands for / where files are installed: that of an image, or of another system's disk",
    commands: ["init", "uninstall"],
  },
  "admin-arn": {
    type: "text",
    only: "flag",
    placeholder: "arn",
    help: "ARN of the first administrator, a user or a role: writes its mapping, and a binding that makes it cluster " +
      "administrator",
    commands: ["init"],
  },
  purge: {
    type: "boolean",
    only: "flag",
    default: false,
    help: "Remove the config file, the state with its keys, and the webhook kubeconfig too",
    commands: ["uninstall"],
  },
  "kubeconfig-pregenerated": {
    type: "boolean",
    yaml: "server.kubeconfigPregenerated",
    default: false,
    help: "The webhook kubeconfig exists already: do not write it",
    commands: SERVER,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
