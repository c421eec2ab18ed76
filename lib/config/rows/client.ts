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
    help:
      "Cloud whose credentials sign the token; without it the role's ARN decides, then the config file, then alibaba",
    commands: ["token", "kubeconfig"],
  },
  role: {
    type: "text",
    short: "r",
    yaml: "defaultRole",
    placeholder: "arn",
    help: "ARN of a role to assume; the token is then the role's",
    commands: [...MINTING, "kubeconfig"],
    flagOn: { "eks get-token": "role-arn", [PLUGIN]: "role-arn" },
  },
  "external-id": {
    type: "text",
    short: "e",
    placeholder: "id",
    help: "External id that the role's trust policy asks for",
    commands: ["token", "kubeconfig"],
  },
  "session-name": {
    type: "text",
    short: "s",
    placeholder: "name",
    help: "Name of the role's session, as the cluster and the cloud's audit trail see it; without it, ram-auth-<time>",
    commands: ["token", "kubeconfig"],
  },
  "forward-session-name": {
    type: "boolean",
    default: false,
    help: "Name the role's session as the session of your own credentials is named",
    commands: ["token", "kubeconfig"],
  },
  profile: {
    type: "text",
    placeholder: "name",
    help: "Profile of the cloud's own config file to take credentials from",
    commands: [...MINTING, "kubeconfig"],
    flagOn: { [PLUGIN]: "profile-name" },
  },
  "token-only": {
    type: "boolean",
    default: false,
    help: "Print the bare token in place of an ExecCredential",
    commands: ["token"],
  },
  "api-version": {
    type: "choice",
    choices: ["v1beta1", "v1"],
    default: "v1beta1",
    help: "Version of the ExecCredential where kubectl does not say which it wants",
    commands: [PLUGIN],
  },
  "profile-file": {
    type: "text",
    placeholder: "file",
    help: "Config file of the aliyun CLI (JSON) to take credentials from, in the place of every other source",
    commands: [PLUGIN],
  },
  "credential-type": {
    type: "choice",
    choices: ["auto", "imds"],
    default: "auto",
    help: "Where to look for credentials; this version knows no other type than auto",
    commands: [PLUGIN],
  },
  "ignore-env-credentials": {
    type: "boolean",
    default: false,
    help: "Take no credentials from the environment",
    commands: [PLUGIN],
  },
  "ignore-aliyun-cli-credentials": {
    type: "boolean",
    default: false,
    help: "Take no credentials from the config file of the aliyun CLI",
    commands: [PLUGIN],
  },
  "log-level": { type: "text", placeholder: "level", help: "Level of the log", commands: [], ignored: NO_PLUGIN_LOG },
  verbose: { type: "boolean", short: "v", default: false, help: "Log more", commands: [], ignored: NO_PLUGIN_LOG },
  "assume-yes": {
    type: "boolean",
    short: "y",
    default: false,
    help: "Answer each question with yes",
    commands: [],
    ignored: { by: [PLUGIN], because: "this command asks nothing", silently: true },
  },
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
