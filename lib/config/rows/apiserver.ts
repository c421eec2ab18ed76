/**
 * Options of `apiserver configure` and `apiserver undo`. All by the command line alone: what is meant is this node, now.
 *
 * @module
 */

import type { OptionRow } from "../option.ts";
import { APISERVER } from "./login.ts";

/** The rows. */
export const APISERVER_ROWS = {
  "apiserver-type": {
    type: "choice",
    only: "flag",
    flagOn: { "apiserver configure": "type", "apiserver undo": "type" },
    choices: ["kubeadm", "k3s", "rke2", "systemd"],
    help: "What runs kube-apiserver; kubeadm stands for every static pod (default: what this node has)",
    commands: APISERVER,
  },
  "apiserver-file": {
    type: "text",
    only: "flag",
    flagOn: { "apiserver configure": "file", "apiserver undo": "file" },
    placeholder: "file",
    help: "Manifest, config file or unit of kube-apiserver (default: where its type has it)",
    commands: APISERVER,
  },
  replace: {
    type: "boolean",
    only: "flag",
    default: false,
    help: 'Take the place of another webhook; "apiserver undo" brings it back',
    commands: ["apiserver configure"],
  },
  "backup-dir": {
    type: "text",
    only: "flag",
    placeholder: "directory",
    default: "/var/backups/ram-auth",
    help: "Where the original is kept, for root alone",
    commands: APISERVER,
  },
  wait: {
    type: "boolean",
    only: "flag",
    default: true,
    help:
      "Restart kube-apiserver, wait until it is healthy, and put the original back where it is not; --no-wait only " +
      "writes the file, for a node whose kube-apiserver does not run yet",
    commands: APISERVER,
  },
  timeout: {
    type: "integer",
    only: "flag",
    min: 1,
    max: 9_999,
    unit: "s",
    help: "How long kube-apiserver may take to be healthy again (default: 120; for RKE2 180)",
    commands: APISERVER,
  },
  "health-url": {
    type: "text",
    only: "flag",
    placeholder: "url",
    help:
      "URL to ask for the health of this node's kube-apiserver (default: /readyz at the address and port of its flags)",
    commands: APISERVER,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
