/**
 * Options of the commands that look at mappings and edit them.
 *
 * @module
 */

import type { OptionRow } from "../option.ts";
import { ADDING, APISERVER, DENYING, EDITING, LOOKING, WEBHOOK_TOKEN } from "./login.ts";

/** The rows. */
export const MAPPINGS_ROWS = {
  token: {
    type: "secret",
    short: "t",
    help:
      'Token to verify, or the ExecCredential that holds it; "-" reads it from standard input, which keeps it out of ' +
      "the process list",
    commands: ["verify"],
  },
  "list-output": {
    type: "choice",
    only: "flag",
    short: "o",
    flagOn: { "mappings list": "output" },
    choices: ["text", "json", "yaml"],
    default: "text",
    help: "Output format",
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
    help:
      "Mapping files: ConfigMaps or custom resources as printed by kubectl, or a DynamicFile; check and convert also " +
      'take config files and "-" for standard input, as plain arguments',
    commands: ["explain", "verify", "check", "mappings list", "convert"],
  },
  as: {
    type: "choice",
    only: "flag",
    choices: ["aws-iam-authenticator", "ack-ram-authenticator"],
    help: "List what a swap from this server changes: each entry that means something else there, and for whom",
    commands: ["check"],
  },
  to: {
    type: "choice",
    only: "flag",
    choices: ["file", "configmap", "crd"],
    help: "Target format: keys of the config file, a ConfigMap, or custom resources",
    commands: ["convert"],
  },
  userarn: {
    type: "text",
    placeholder: "arn",
    help: "ARN of the user to add or remove; its cloud determines which ConfigMap is edited",
    commands: ["add user", "remove user"],
  },
  rolearn: {
    type: "text",
    placeholder: "arn",
    help: "ARN of the role to add or remove; its cloud determines which ConfigMap is edited",
    commands: ["add role", "remove role"],
  },
  username: {
    type: "text",
    placeholder: "name",
    help: "Kubernetes username to map to; may contain placeholders such as {{SessionName}}",
    commands: ADDING,
  },
  groups: {
    type: "list",
    placeholder: "group,...",
    help: "Kubernetes groups to map to; may contain placeholders (default: none)",
    commands: ADDING,
  },
  arn: {
    type: "text",
    only: "flag",
    positional: DENYING,
    placeholder: "arn",
    help: "ARN to deny; may contain * and ?",
    commands: DENYING,
  },
  "access-key-id": {
    type: "text",
    only: "flag",
    placeholder: "id",
    help: "Access key ID to deny",
    commands: DENYING,
  },
  "principal-id": {
    type: "text",
    only: "flag",
    placeholder: "id",
    help: "ID of a user or role to deny, which outlives its name",
    commands: DENYING,
  },
  account: {
    type: "text",
    only: "flag",
    placeholder: "id",
    help: "Account to deny, with all of its principals",
    commands: DENYING,
  },
  prompt: {
    type: "boolean",
    default: true,
    help: "Show the change and ask for confirmation; --prompt=false applies it without asking",
    commands: [...EDITING, "uninstall"],
  },
  "dry-run": {
    type: "boolean",
    default: false,
    help: "Print the change without making it",
    commands: [...EDITING, ...DENYING, "kubeconfig", "init", ...WEBHOOK_TOKEN, "uninstall", ...APISERVER],
  },
  "admin-kubeconfig": {
    type: "text",
    flagOn: {
      "add user": "kubeconfig",
      "add role": "kubeconfig",
      "remove user": "kubeconfig",
      "remove role": "kubeconfig",
      "kubeconfig": "kubeconfig",
      "whoami": "kubeconfig",
    },
    environment: ["KUBECONFIG"],
    placeholder: "file",
    help:
      "Kubeconfig to connect with, or to write (default: ~/.kube/config, or the service account when connecting from " +
      "a pod)",
    commands: [...EDITING, "kubeconfig", "whoami"],
  },
  "kubeconfig-context": {
    type: "text",
    placeholder: "name",
    help: "Kubeconfig context to use (default: the current context)",
    commands: [...EDITING, ...LOOKING, "whoami"],
  },
  "master-url": {
    type: "text",
    placeholder: "url",
    help: "API server URL, overriding the kubeconfig's",
    commands: EDITING,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
