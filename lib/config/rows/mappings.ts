/**
 * Options of the commands that look at mappings and edit them.
 *
 * @module
 */

import type { OptionRow } from "../option.ts";
import { ADDING, EDITING, LOOKING } from "./general.ts";

/** The rows. */
export const MAPPINGS_ROWS = {
  token: {
    type: "secret",
    short: "t",
    help: 'Token to verify; "-" reads it from standard input, which keeps it out of the process list',
    commands: ["verify"],
  },
  output: {
    type: "choice",
    short: "o",
    choices: ["text", "json"],
    default: "text",
    help: "Form of the output; kubectl reads JSON alone",
    commands: ["eks get-token", "verify", "explain", "check", "config", "version"],
  },
  "list-output": {
    type: "choice",
    only: "flag",
    short: "o",
    flagOn: { "mappings list": "output" },
    choices: ["text", "json", "yaml"],
    default: "text",
    help: "Form of the list",
    commands: ["mappings list"],
  },
  principal: {
    type: "secret",
    only: "flag",
    positional: ["explain"],
    placeholder: "arn|token|-",
    help: 'Who is refused, by ARN or by token; "-" reads it from standard input; the name of the flag may be left out',
    commands: ["explain"],
  },
  file: {
    type: "list",
    only: "flag",
    short: "f",
    positional: ["check", "convert"],
    placeholder: "file,...",
    help: "Files of mappings: ConfigMaps or custom resources as kubectl prints them, or a DynamicFile; for check and " +
      'convert config files too, "-" for standard input, and the name of the flag may be left out',
    commands: ["explain", "check", "mappings list", "convert"],
  },
  to: {
    type: "choice",
    only: "flag",
    choices: ["file", "configmap", "crd"],
    help: "What to convert mappings into: keys of the config file, a ConfigMap, or custom resources",
    commands: ["convert"],
  },
  userarn: {
    type: "text",
    placeholder: "arn",
    help: "ARN of the user to map, or to map no longer; it decides which ConfigMap is edited",
    commands: ["add user", "remove user"],
  },
  rolearn: {
    type: "text",
    placeholder: "arn",
    help: "ARN of the role to map, or to map no longer; it decides which ConfigMap is edited",
    commands: ["add role", "remove role"],
  },
  username: {
    type: "text",
    placeholder: "name",
    help: "Kubernetes user to map to; may hold placeholders such as {{SessionName}}",
    commands: ADDING,
  },
  groups: {
    type: "list",
    placeholder: "group,...",
    help: "Kubernetes groups to map to; may hold placeholders; without it, none",
    commands: ADDING,
  },
  prompt: {
    type: "boolean",
    default: true,
    help: "Show the change and ask before it is made; --prompt=false makes it at once",
    commands: [...EDITING, "uninstall"],
  },
  "dry-run": {
    type: "boolean",
    default: false,
    help: "Print the change and make none",
    commands: [...EDITING, "kubeconfig", "init", "uninstall"],
  },
  "admin-kubeconfig": {
    type: "text",
    flagOn: {
      "add user": "kubeconfig",
      "add role": "kubeconfig",
      "remove user": "kubeconfig",
      "remove role": "kubeconfig",
      "kubeconfig": "kubeconfig",
    },
    environment: ["KUBECONFIG"],
    placeholder: "file",
    help: "Kubeconfig to reach the cluster with, or to write to; without it ~/.kube/config, or, to reach the cluster " +
      "from within a pod, its service account",
    commands: [...EDITING, "kubeconfig"],
  },
  "kubeconfig-context": {
    type: "text",
    placeholder: "name",
    help: "Context of the kubeconfig, in the place of the current one",
    commands: [...EDITING, ...LOOKING],
  },
  "master-url": {
    type: "text",
    placeholder: "url",
    help: "Address of the API server, in the place of the kubeconfig's",
    commands: EDITING,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
