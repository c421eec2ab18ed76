/**
 * Options of the commands that print a token, shared with others or not: a login loads these alone. And the groups of
 * commands that take the same options. On the start-up path of `token`.
 *
 * @module
 */

import type { OptionRow } from "../option.ts";

/** `config` shows what `server` would use, and `doctor` looks at it, so they take the same options. */
export const SERVER = ["server", "config", "doctor"] as const;

/** What kubeconfigs of ack-ram-tool call. */
export const PLUGIN = "credential-plugin get-token";

/** Why commands of one answer ignore flags about the log. */
const NO_LOG = { by: ["token", "verify", "init"], because: "this command writes no log" } as const;

/** The commands that mint a token. */
export const MINTING = ["token", "eks get-token", PLUGIN] as const;

/** The commands that sign as the user of the settings. */
const SIGNING = ["token", "whoami"] as const;

/** The commands that judge a token. */
export const JUDGING = [...SERVER, "verify", "explain"] as const;

/** The commands that look at mappings. */
export const LOOKING = ["explain", "verify", "mappings list"] as const;

/** The commands that read mappings. */
export const MAPPING = [...SERVER, ...LOOKING] as const;

/** The commands that add to a ConfigMap of mappings. */
export const ADDING = ["add user", "add role"] as const;

/** The commands that edit a ConfigMap of mappings. */
export const EDITING = [...ADDING, "remove user", "remove role"] as const;

/** The commands that edit the deny list. */
export const DENYING = ["deny add", "deny remove"] as const;

/** The commands that change the token by which kube-apiserver asks. */
export const WEBHOOK_TOKEN = ["webhook-token rotate", "webhook-token retire"] as const;

/** The commands that change how kube-apiserver is started. */
export const APISERVER = ["apiserver configure", "apiserver undo"] as const;

/** Help, the config file, the cluster. */
export const GENERAL_ROWS = {
  help: {
    type: "boolean",
    short: "h",
    only: "flag",
    default: false,
    help: "Show help",
    commands: [
      "token",
      "eks get-token",
      PLUGIN,
      "whoami",
      "login",
      "cache list",
      "logout",
      "kubeconfig",
      "completion",
      "server",
      "verify",
      "explain",
      "check",
      "mappings list",
      "convert",
      ...EDITING,
      ...DENYING,
      "deny list",
      "init",
      ...WEBHOOK_TOKEN,
      "uninstall",
      ...APISERVER,
      "manifests",
      "dev",
      "config",
      "doctor",
      "version",
    ],
  },
  config: {
    type: "text",
    short: "c",
    placeholder: "file",
    help: "Config file (YAML)",
    defaultFor: { doctor: "/etc/ram-auth/config.yaml" },
    commands: [
      ...SIGNING,
      "server",
      "verify",
      "explain",
      "check",
      "mappings list",
      ...DENYING,
      "deny list",
      "init",
      ...WEBHOOK_TOKEN,
      "config",
      "doctor",
    ],
  },
  "cluster-id": {
    type: "text",
    short: "i",
    environment: ["KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID"],
    yaml: "clusterID",
    placeholder: "id",
    help: "Unique cluster ID; a token is bound to it and valid for no other cluster",
    commands: [
      ...MINTING,
      "whoami",
      "kubeconfig",
      "server",
      "verify",
      "explain",
      "init",
      "manifests",
      "config",
      "doctor",
    ],
    flagOn: { "eks get-token": "cluster-name" },
    shortOn: { [PLUGIN]: "c" },
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

/** Why {@linkcode PLUGIN} ignores flags about the log; silently, because its kubeconfigs always have one. */
const NO_PLUGIN_LOG = { by: [PLUGIN], because: "this command writes no log", silently: true } as const;

/** Whose token to sign, and as which role. */
export const LOGIN_ROWS = {
  cloud: {
    type: "choice",
    choices: ["alibaba", "aws"],
    help: "Cloud whose credentials sign the token (default: the role's cloud, then the config file's, then alibaba)",
    commands: [...SIGNING, "kubeconfig"],
  },
  role: {
    type: "list",
    // The name of a role may hold commas.
    separator: /,(?=\s*(?:acs|arn):)/,
    short: "r",
    yaml: "defaultRole",
    placeholder: "arn",
    help: "ARN of a role to assume before signing; repeat it to assume one role with the keys of another",
    commands: [...MINTING, "whoami", "kubeconfig"],
    flagOn: { "eks get-token": "role-arn", [PLUGIN]: "role-arn" },
  },
  "external-id": {
    type: "text",
    short: "e",
    placeholder: "id",
    help: "External ID required by the role's trust policy",
    commands: [...SIGNING, "kubeconfig"],
  },
  "session-name": {
    type: "text",
    short: "s",
    placeholder: "name",
    help:
      "Session name for the assumed role, shown to the cluster and in the cloud's audit trail (default: ram-auth-<time>)",
    commands: [...SIGNING, "kubeconfig"],
  },
  "forward-session-name": {
    type: "boolean",
    default: false,
    help: "Reuse the session name of your own credentials for the assumed role",
    commands: [...SIGNING, "kubeconfig"],
  },
  duration: {
    type: "integer",
    min: 900,
    max: 43_200,
    unit: "seconds",
    placeholder: "seconds",
    help: "How long the credentials of the last role are valid (default: 900)",
    commands: [...SIGNING, "kubeconfig"],
  },
  policy: {
    type: "text",
    placeholder: "file",
    help: "File (JSON) with a session policy, which takes rights from the last role's credentials",
    commands: [...SIGNING, "kubeconfig"],
  },
  "policy-arn": {
    type: "list",
    separator: /,(?=\s*arn:)/,
    placeholder: "arn",
    help: "ARN of a managed policy to use as a session policy (AWS)",
    commands: [...SIGNING, "kubeconfig"],
  },
  "mfa-serial": {
    type: "text",
    placeholder: "serial",
    help: "Serial number or ARN of the MFA device whose code the first role requires (AWS); the code is asked for",
    commands: [...SIGNING, "kubeconfig"],
  },
  profile: {
    type: "text",
    placeholder: "name",
    // ack-ram-tool has its variable in two spellings, of which its documentation has this one.
    environment: ["ACK_RAM_TOOL_PROFIL_ENAME"],
    environmentFor: [PLUGIN],
    help: "Profile in the cloud's own config file to read credentials from",
    commands: [...MINTING, "whoami", "login", "kubeconfig"],
    flagOn: { [PLUGIN]: "profile-name" },
  },
  site: {
    type: "choice",
    choices: ["cn", "intl"],
    help: "Site of the account: cn for aliyun.com, intl for alibabacloud.com (default: the profile's, otherwise cn)",
    commands: ["login"],
  },
  browser: {
    type: "boolean",
    default: true,
    help: "Open the page to sign in at; --no-browser only prints its URL",
    commands: ["login"],
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
    help:
      "File to read credentials from, instead of any other source: the aliyun CLI's (.json), or that of the SDKs (INI)",
    commands: [PLUGIN],
  },
  "credential-type": {
    type: "choice",
    choices: ["auto", "imds"],
    default: "auto",
    spellings: { "ecs-role": "imds" },
    help: "Credential sources: imds for the ECS metadata service alone, auto for all others",
    commands: [PLUGIN],
  },
  "ignore-env-credentials": {
    type: "boolean",
    default: false,
    help: "Ignore credentials that environment variables hold or lead to",
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
    default: false,
    help: "Cache temporary credentials on disk until shortly before they expire",
    commands: [...SIGNING, "kubeconfig"],
  },
  "cache-dir": {
    type: "text",
    placeholder: "folder",
    help: "Folder for cached credentials (default: ram-auth in the user's cache folder)",
    commands: [...SIGNING, "kubeconfig", "cache list", "logout"],
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

/** What logins share with the server and others: the form of the output, mappings as far as they tell a cloud, log, STS. */
export const SHARED_ROWS = {
  output: {
    type: "choice",
    short: "o",
    choices: ["text", "json"],
    default: "text",
    help: "Output format; kubectl requires json",
    commands: [
      "eks get-token",
      "whoami",
      "cache list",
      "verify",
      "explain",
      "check",
      "deny list",
      "config",
      "doctor",
      "version",
    ],
  },
  "backend-mode": {
    type: "list",
    yaml: "server.backendMode",
    choices: ["MountedFile", "DynamicFile", "ACKConfigMap", "EKSConfigMap", "CRD"],
    spellings: { file: "MountedFile", configmap: "ACKConfigMap" },
    default: ["MountedFile"],
    help: "Mapping sources, in order of trust; the first one with a rule for the principal wins. ConfigMap means " +
      "EKSConfigMap where aws is the only accepted cloud, and ACKConfigMap otherwise",
    commands: [...MAPPING, "manifests"],
    fileFor: SIGNING,
  },
  "map-roles": {
    type: "structure",
    only: "file",
    yaml: "server.mapRoles",
    atOnce: true,
    help: "Role mappings: a list of {roleARN, username, groups}",
    commands: MAPPING,
    fileFor: SIGNING,
  },
  "map-users": {
    type: "structure",
    only: "file",
    yaml: "server.mapUsers",
    atOnce: true,
    help: "User mappings: a list of {userARN, username, groups}",
    commands: MAPPING,
    fileFor: SIGNING,
  },
  "log-format": {
    type: "choice",
    short: "l",
    choices: ["text", "json"],
    default: "text",
    help: "Format of the log on standard error",
    commands: SERVER,
    ignored: NO_LOG,
  },
  "log-verbosity": {
    type: "choice",
    short: "v",
    yaml: "server.logVerbosity",
    atOnce: true,
    choices: ["debug", "info", "warn", "error"],
    spellings: { trace: "debug", warning: "warn", fatal: "error", panic: "error" },
    default: "info",
    help: "Minimum level to log",
    commands: SERVER,
    ignored: NO_LOG,
  },
  "feature-gates": {
    type: "list",
    placeholder: "key=value,...",
    help: "Feature gates",
    commands: [],
    ignored: { by: [...SERVER, "token", "verify", "init"], because: "ram-auth has no feature gates" },
  },
  clouds: {
    type: "list",
    yaml: "clouds",
    choices: ["alibaba", "aws"],
    help: "Clouds whose tokens to accept (default: the clouds that the rules' ARNs name, otherwise alibaba)",
    commands: MAPPING,
    fileFor: SIGNING,
  },
  region: {
    type: "text",
    environment: ["STS_REGION"],
    yaml: "server.region",
    environmentFor: JUDGING,
    placeholder: "region",
    help: "Region of the STS endpoint and of the --from service (default: the cloud's central endpoint)",
    commands: [...MINTING, "whoami", "kubeconfig", ...JUDGING],
    flagOn: { [PLUGIN]: "region-id" },
  },
  "sts-endpoint": {
    type: "text",
    environment: ["ALIBABA_CLOUD_STS_ENDPOINT"],
    yaml: "server.sts.endpoint",
    atOnce: true,
    environmentFor: JUDGING,
    placeholder: "host",
    help:
      "STS host, with a port if it is not 443; overrides --region and --sts-network. AWS tokens name their host: a " +
      "server uses --sts-hosts for those",
    commands: [...SIGNING, PLUGIN, "kubeconfig", ...JUDGING],
  },
  "sts-ca-file": {
    type: "text",
    yaml: "server.sts.caFile",
    placeholder: "file",
    help: "PEM file with a CA bundle to trust for STS and the --from service, in addition to the public CAs",
    commands: [...MINTING, "whoami", "login", "kubeconfig", ...JUDGING],
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
