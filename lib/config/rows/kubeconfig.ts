/**
 * Options of `kubeconfig` alone: which cluster, and what the kubeconfig is to call it.
 *
 * @module
 */

import type { OptionRow } from "../option.ts";

/** The rows. */
export const KUBECONFIG_ROWS = {
  from: {
    type: "choice",
    only: "flag",
    choices: ["ack", "eks"],
    help: "Cloud service to look up the cluster's address and CA in",
    commands: ["kubeconfig"],
  },
  name: {
    type: "text",
    only: "flag",
    help: "Cluster name in EKS, or cluster ID in ACK (default: --cluster-id, which in turn defaults to --name)",
    commands: ["kubeconfig"],
  },
  "private-address": {
    type: "boolean",
    only: "flag",
    default: false,
    help: "Use the cluster's private address, inside its VPC (ACK)",
    commands: ["kubeconfig"],
  },
  server: {
    type: "text",
    only: "flag",
    placeholder: "url",
    help: "API server URL, to add a cluster that is not in the kubeconfig yet",
    commands: ["kubeconfig"],
  },
  "certificate-authority": {
    type: "text",
    only: "flag",
    placeholder: "file",
    help: "PEM file with the API server's CA bundle; embedded in the kubeconfig",
    commands: ["kubeconfig"],
  },
  "cluster-name": {
    type: "text",
    only: "flag",
    placeholder: "name",
    help:
      "Kubeconfig cluster entry: an existing one, or the name for a new one (default: the --server or --from cluster; " +
      "with neither, no context is written)",
    commands: ["kubeconfig"],
  },
  "context-name": {
    type: "text",
    only: "flag",
    placeholder: "name",
    help: "Context name (default: the cluster's ARN for EKS, otherwise the cluster ID)",
    commands: ["kubeconfig"],
  },
  "user-name": {
    type: "text",
    only: "flag",
    placeholder: "name",
    help: "User entry name (default: the context name)",
    commands: ["kubeconfig"],
  },
  switch: {
    type: "boolean",
    only: "flag",
    default: true,
    help: "Make the context the current one; --no-switch keeps the one that is",
    commands: ["kubeconfig"],
  },
  convert: {
    type: "boolean",
    only: "flag",
    default: false,
    help:
      "Convert every user that calls aws, aws-iam-authenticator, ack-ram-tool or ack-ram-authenticator, instead of " +
      "adding one",
    commands: ["kubeconfig"],
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
