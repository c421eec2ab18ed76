/**
 * Options on a user's machine: whose token to sign, as which role, and what goes into a kubeconfig.
 *
 * @module
 */

import type { OptionRow } from "../option.ts";
import { MINTING, NO_PLUGIN_LOG, PLUGIN } from "./general.ts";

/** The rows. */
export const CLIENT_ROWS = {
  cloud: {
    type: "choice",
    choices: ["alibaba", "aws"],
    help: "Cloud whose credentials sign the token (default: the role's cloud, then the config file's, then alibaba)",
    commands: ["token", "kubeconfig"],
  },
  role: {
    type: "text",
    short: "r",
    yaml: "defaultRole",
    placeholder: "arn",
    help: "ARN of a role to assume before signing",
    commands: [...MINTING, "kubeconfig"],
    flagOn: { "eks get-token": "role-arn", [PLUGIN]: "role-arn" },
  },
  "external-id": {
    type: "text",
    short: "e",
    placeholder: "id",
    help: "External ID required by the role's trust policy",
    commands: ["token", "kubeconfig"],
  },
  "session-name": {
    type: "text",
    short: "s",
    placeholder: "name",
    help:
      "Session name for the assumed role, shown to the cluster and in the cloud's audit trail (default: ram-auth-<time>)",
    commands: ["token", "kubeconfig"],
  },
  "forward-session-name": {
    type: "boolean",
    default: false,
    help: "Reuse the session name of your own credentials for the assumed role",
    commands: ["token", "kubeconfig"],
  },
  profile: {
    type: "text",
    placeholder: "name",
    help: "Profile in the cloud's own config file to read credentials from",
    commands: [...MINTING, "kubeconfig"],
    flagOn: { [PLUGIN]: "profile-name" },
  },
  "token-only": {
    type: "boolean",
    default: false,
    help: "Print only the token, not an ExecCredential",
    commands: ["token"],
  },
  "api-version": {
    type: "choice",
    choices: ["v1beta1", "v1"],
    default: "v1beta1",
    help: "ExecCredential version to print when kubectl does not ask for one",
    commands: [PLUGIN],
  },
  "profile-file": {
    type: "text",
    placeholder: "file",
    help: "aliyun CLI config file (JSON) to read credentials from, instead of any other credential source",
    commands: [PLUGIN],
  },
  "credential-type": {
    type: "choice",
    choices: ["auto", "imds"],
    default: "auto",
    help: "Credential source to use; only auto is supported",
    commands: [PLUGIN],
  },
  "ignore-env-credentials": {
    type: "boolean",
    default: false,
    help: "Ignore credentials in the environment",
    commands: [PLUGIN],
  },
  "ignore-aliyun-cli-credentials": {
    type: "boolean",
    default: false,
    help: "Ignore credentials in the aliyun CLI's config file",
    commands: [PLUGIN],
  },
  "log-level": { type: "text", placeholder: "level", help: "Log level", commands: [], ignored: NO_PLUGIN_LOG },
  verbose: { type: "boolean", short: "v", default: false, help: "Verbose log", commands: [], ignored: NO_PLUGIN_LOG },
  "assume-yes": {
    type: "boolean",
    short: "y",
    default: false,
    help: "Answer yes to every prompt",
    commands: [],
    ignored: { by: [PLUGIN], because: "this command never prompts", silently: true },
  },
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
  "set-current": {
    type: "boolean",
    only: "flag",
    default: false,
    help: "Switch to the context, even if another one is current",
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
