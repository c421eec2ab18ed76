/**
 * Options of `ram-auth kubeconfig`: which cluster, and which entries.
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
    help: "Service to ask for the address and the authority of the cluster",
    commands: ["kubeconfig"],
  },
  name: {
    type: "text",
    only: "flag",
    help: "Name of the cluster in EKS, or its id in ACK; without it, --cluster-id, and the other way round",
    commands: ["kubeconfig"],
  },
  "private-address": {
    type: "boolean",
    only: "flag",
    default: false,
    help: "Take the address of the cluster within its VPC (ACK)",
    commands: ["kubeconfig"],
  },
  server: {
    type: "text",
    only: "flag",
    placeholder: "url",
    help: "Address of the API server, for a cluster that the kubeconfig does not have yet",
    commands: ["kubeconfig"],
  },
  "certificate-authority": {
    type: "text",
    only: "flag",
    placeholder: "file",
    help: "PEM file of who vouches for that API server; it is copied into the kubeconfig",
    commands: ["kubeconfig"],
  },
  "cluster-name": {
    type: "text",
    only: "flag",
    placeholder: "name",
    help:
      "Cluster of the kubeconfig: one that it has, or the name of a new one; without it and a new one, no context " +
      "is written",
    commands: ["kubeconfig"],
  },
  "context-name": {
    type: "text",
    only: "flag",
    placeholder: "name",
    help: "Name of the context; without it, the ARN of a cluster of EKS, or else the cluster id",
    commands: ["kubeconfig"],
  },
  "user-name": {
    type: "text",
    only: "flag",
    placeholder: "name",
    help: "Name of the user; without it, the same",
    commands: ["kubeconfig"],
  },
  "set-current": {
    type: "boolean",
    only: "flag",
    default: false,
    help: "Make the context the current one, even where there is one",
    commands: ["kubeconfig"],
  },
  convert: {
    type: "boolean",
    only: "flag",
    default: false,
    help: "Rewrite every user that calls aws, aws-iam-authenticator, ack-ram-tool or ack-ram-authenticator, in the " +
      "place of writing one",
    commands: ["kubeconfig"],
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
