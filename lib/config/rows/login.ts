/**
 * Options of the commands that print a token: whose token to sign, and as which role. On the start-up path of `token`.
 *
 * @module
 */

import type { OptionRow } from "../option.ts";
import { MINTING, PLUGIN } from "./general.ts";

/** Why that command ignores flags about the log; silently, because its kubeconfigs always have one. */
const NO_PLUGIN_LOG = { by: [PLUGIN], because: "this command writes no log", silently: true } as const;

/** The rows. */
export const LOGIN_ROWS = {
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
  cache: {
    type: "boolean",
    only: "flag",
    default: false,
    help: "Cache assumed-role credentials on disk",
    commands: [],
    ignored: { by: ["token"], because: "this version does not cache credentials on disk" },
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
