/**
 * Every option of every command: one table. Flags, environment, config file, help, documentation and error messages are
 * all made from it. On the start-up path of `token`, so it imports nothing at run time.
 *
 * @module
 */

import type { CommandName, OptionRow, OptionValue, ValueOf } from "./option.ts";

/** Highest port number (RFC 9293, section 3.1: 16 bits). */
const MAX_PORT = 65_535;

/** Highest number that the peers' own flags hold (Go's `int` on 32-bit machines). */
const MAX_PEER_INTEGER = 2_147_483_647;

/** `config` shows what `server` would use, so it takes the same options. */
const SERVER = ["server", "config"] as const;

/** What kubeconfigs of ack-ram-tool call; they always have a flag for the log. */
const PLUGIN = "credential-plugin get-token";
const NO_PLUGIN_LOG = { by: [PLUGIN], because: "this command writes no log", silently: true } as const;

/** The commands that mint a token, and those that judge one. */
const MINTING = ["token", "eks get-token", PLUGIN] as const;
const JUDGING = [...SERVER, "verify", "explain"] as const;

/** The commands that look at mappings; and with them all that read mappings beside the config file's other options. */
const LOOKING = ["explain", "mappings list"] as const;
const MAPPING = [...SERVER, ...LOOKING] as const;

/** The commands that edit a ConfigMap of mappings. */
const ADDING = ["add user", "add role"] as const;
const EDITING = [...ADDING, "remove user", "remove role"] as const;
const NO_LOG = { by: ["token", "verify", "init"], because: "this command writes no log" } as const;

/** The table. A key is the flag's name and the name by which code asks for the value. */
export const OPTIONS = {
  help: {
    type: "boolean",
    short: "h",
    only: "flag",
    default: false,
    help: "Show this help",
    commands: [
      "token",
      "eks get-token",
      PLUGIN,
      "kubeconfig",
      "server",
      "verify",
      "explain",
      "check",
      "mappings list",
      "convert",
      ...EDITING,
      "init",
      "uninstall",
      "dev",
      "config",
      "version",
    ],
  },
  config: {
    type: "text",
    short: "c",
    placeholder: "file",
    help: "Config file (YAML)",
    commands: ["token", "server", "verify", "explain", "check", "mappings list", "init", "config"],
  },
  "cluster-id": {
    type: "text",
    short: "i",
    environment: ["KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID"],
    yaml: "clusterID",
    placeholder: "id",
    help: "Unique id of the cluster; a token is bound to it and works on no other cluster",
    commands: [...MINTING, "kubeconfig", "server", "verify", "explain", "init", "config"],
    flagOn: { "eks get-token": "cluster-name" },
    shortOn: { [PLUGIN]: "c" },
  },

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

  bind: {
    type: "text",
    short: "b",
    placeholder: "address",
    help: "Address to listen on, where it differs from the one that is announced; without it, --address",
    commands: SERVER,
  },
  address: {
    type: "text",
    yaml: "server.address",
    placeholder: "address",
    default: "127.0.0.1",
    help: "Address in the serving certificate; the server listens on it unless --bind names another",
    commands: [...SERVER, "init"],
  },
  port: {
    type: "integer",
    yaml: "server.port",
    min: 0,
    max: MAX_PORT,
    default: 21_362,
    help: "Port of the webhook (TLS); 0 takes any free port",
    commands: [...SERVER, "init"],
  },
  "share-port": {
    type: "boolean",
    yaml: "server.sharePort",
    default: false,
    help: "Let another server of the same user listen on the port, too: one serves while the other is restarted",
    commands: SERVER,
  },
  "health-port": {
    type: "integer",
    yaml: "server.healthPort",
    min: 0,
    max: MAX_PORT,
    default: 21_363,
    help: "Port of health checks and metrics in plain HTTP on loopback; 0 takes any free port",
    commands: SERVER,
  },
  "metrics-compat": {
    type: "list",
    yaml: "server.metricsCompat",
    choices: ["ack_ram_authenticator", "aws_iam_authenticator"],
    placeholder: "prefix,...",
    help: "Prefixes of the peers under which the metrics that they have too are shown as well, for their dashboards",
    commands: SERVER,
  },
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

  clouds: {
    type: "list",
    yaml: "clouds",
    choices: ["alibaba", "aws"],
    help: "Clouds whose tokens are accepted; without it, those whose ARNs the mappings name, or else alibaba",
    commands: MAPPING,
    fileFor: ["token"],
  },
  region: {
    type: "text",
    environment: ["STS_REGION"],
    yaml: "server.region",
    environmentFor: JUDGING,
    placeholder: "region",
    help:
      "Region whose STS endpoint is used, and where the service of --from is asked; without it, the cloud's central one",
    commands: [...MINTING, "kubeconfig", ...JUDGING],
    flagOn: { [PLUGIN]: "region-id" },
  },
  "sts-endpoint": {
    type: "text",
    environment: ["ALIBABA_CLOUD_STS_ENDPOINT"],
    yaml: "server.sts.endpoint",
    environmentFor: JUDGING,
    placeholder: "host",
    help:
      "Host of STS, with a port where it is not 443; wins over --region and --sts-network. Where tokens name their " +
      "host (AWS), a server takes --sts-hosts in its place",
    commands: ["token", PLUGIN, "kubeconfig", ...JUDGING],
  },
  "sts-ca-file": {
    type: "text",
    yaml: "server.sts.caFile",
    placeholder: "file",
    help: "PEM file of certificate authorities to trust for STS, and the service of --from, beside the public ones",
    commands: [...MINTING, "kubeconfig", ...JUDGING],
  },
  "sts-network": {
    type: "choice",
    yaml: "server.sts.network",
    choices: ["auto", "vpc", "public"],
    default: "auto",
    help: "Which of a region's STS endpoints to use (Alibaba Cloud); auto takes the one inside the VPC if it answers",
    commands: JUDGING,
  },
  "sts-hosts": {
    type: "list",
    yaml: "server.stsHosts",
    placeholder: "host,...",
    help: "Hosts of STS to accept in tokens that name their host (AWS), beside the built-in table",
    commands: JUDGING,
  },
  partition: {
    type: "choice",
    yaml: "server.partition",
    choices: ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"],
    placeholder: "name",
    default: "aws",
    help: "Partition of AWS whose STS hosts and identities are accepted",
    commands: JUDGING,
  },

  "backend-mode": {
    type: "list",
    yaml: "server.backendMode",
    choices: ["MountedFile", "DynamicFile", "ACKConfigMap", "EKSConfigMap", "CRD"],
    spellings: { file: "MountedFile", configmap: "ACKConfigMap" },
    default: ["MountedFile"],
    help: "Where mappings come from; the first source that has one for the identity wins",
    commands: MAPPING,
    fileFor: ["token"],
  },
  "map-roles": {
    type: "structure",
    only: "file",
    yaml: "server.mapRoles",
    help: "Roles and the Kubernetes user of each: a list of {roleARN, username, groups}",
    commands: MAPPING,
    fileFor: ["token"],
  },
  "map-users": {
    type: "structure",
    only: "file",
    yaml: "server.mapUsers",
    help: "Users and the Kubernetes user of each: a list of {userARN, username, groups}",
    commands: MAPPING,
    fileFor: ["token"],
  },
  "map-accounts": {
    type: "structure",
    only: "file",
    yaml: "server.mapAccounts",
    help: "Accounts of which every principal may log in, named by its ARN and in no group",
    commands: MAPPING,
  },
  "scrubbed-accounts": {
    type: "list",
    only: "file",
    yaml: "server.scrubbedAccounts",
    help: "Accounts whose ARNs, ids and sessions stay out of the log and of the extras in answers",
    commands: SERVER,
  },
  "reserved-prefix-config": {
    type: "structure",
    only: "file",
    yaml: "server.reservedPrefixConfig",
    help: "User name prefixes that a source may not give: a list of {backendMode, usernamePrefixReserveList}",
    commands: MAPPING,
  },

  "log-format": {
    type: "choice",
    short: "l",
    choices: ["text", "json"],
    default: "text",
    help: "Form of the log on standard error",
    commands: SERVER,
    ignored: NO_LOG,
  },
  "log-verbosity": {
    type: "choice",
    short: "v",
    choices: ["debug", "info", "warn", "error"],
    spellings: { trace: "debug", warning: "warn", fatal: "error", panic: "error" },
    default: "info",
    help: "Least severe level to log",
    commands: SERVER,
    ignored: NO_LOG,
  },

  kubeconfig: {
    type: "text",
    yaml: "server.kubeconfig",
    placeholder: "file",
    help: "Kubeconfig for the sources that live in an API server; without it, the service account of the pod",
    commands: MAPPING,
  },
  master: {
    type: "text",
    yaml: "server.master",
    placeholder: "url",
    help: "API server for the sources that live in one, in the place of the kubeconfig's",
    commands: MAPPING,
  },
  "feature-gates": {
    type: "list",
    placeholder: "key=value,...",
    help: "Feature gates",
    commands: [],
    ignored: { by: [...SERVER, "token", "verify", "init"], because: "ram-auth has no feature gates" },
  },
  "ec2-describeInstances-qps": {
    type: "integer",
    yaml: "server.ec2DescribeInstancesQps",
    min: 1,
    max: MAX_PEER_INTEGER,
    unit: "calls a second",
    default: 15,
    help: "Rate of calls to EC2, which is asked for {{EC2PrivateDNSName}}",
    commands: SERVER,
  },
  "ec2-describeInstances-burst": {
    type: "integer",
    yaml: "server.ec2DescribeInstancesBurst",
    min: 1,
    max: MAX_PEER_INTEGER,
    unit: "calls",
    default: 5,
    help: "Calls to EC2 that may be made at once",
    commands: SERVER,
  },
  "ec2-describeInstances-role": {
    type: "text",
    only: "file",
    yaml: "server.ec2DescribeInstancesRoleARN",
    help: "Role to ask EC2 as; without it, as whoever the server's AWS credentials belong to",
    commands: SERVER,
  },
  "source-arn": {
    type: "text",
    only: "file",
    yaml: "server.sourceARN",
    help: "ARN that the server gives as the source when it assumes that role, against the confused deputy",
    commands: SERVER,
  },
  "dynamic-file": {
    type: "text",
    only: "file",
    yaml: "server.dynamicfilepath",
    help: "File of the DynamicFile source, JSON or YAML; read again when it changes",
    commands: MAPPING,
  },
  "dynamic-file-user-id-strict": {
    type: "boolean",
    only: "file",
    yaml: "server.dynamicfileUserIDStrict",
    default: false,
    help: "Match the DynamicFile source by user id; the ARN must agree too",
    commands: MAPPING,
  },
  "dynamic-backend-mode": {
    type: "text",
    only: "file",
    yaml: "server.dynamicBackendModePath",
    help: "File that names the sources to use, in the place of backendMode, while it is there: " +
      '{"backendMode": "MountedFile DynamicFile"}',
    commands: MAPPING,
  },
  cache: {
    type: "boolean",
    only: "flag",
    default: false,
    help: "Keep the credentials of assumed roles on disk",
    commands: [],
    ignored: { by: ["token"], because: "this version keeps no credentials on disk" },
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

/** The name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** What {@linkcode Settings.get} yields for an option: `undefined` is possible only where there is no default. */
export type SettingOf<Name extends OptionName> =
  | ValueOf<(typeof OPTIONS)[Name]>
  | ((typeof OPTIONS)[Name] extends { readonly default: unknown } ? never : undefined);

/** A row and its name. */
export type NamedRow = readonly [name: OptionName, row: OptionRow];

/** The table in order. */
export const OPTION_ROWS = Object.entries(OPTIONS) as readonly unknown[] as readonly NamedRow[];

/** Whether the command takes the option and does nothing with it. */
export function isIgnored(row: OptionRow, command: CommandName): boolean {
  return row.ignored?.by.includes(command) ?? false;
}

/** Whether the command takes the option from the config file alone. */
export function isFileOnly(row: OptionRow, command: CommandName): boolean {
  return row.only === "file" || (row.fileFor?.includes(command) ?? false);
}

/** Whether the value of the option means something to the command. */
export function isUsed(row: OptionRow, command: CommandName): boolean {
  return row.commands.includes(command) || (row.fileFor?.includes(command) ?? false);
}

/** The options that a command takes, those it ignores among them. */
export function optionsOf(command: CommandName): readonly NamedRow[] {
  return OPTION_ROWS.filter(([, row]) => isUsed(row, command) || isIgnored(row, command));
}

/** What the option's flag is called on the command, without the dashes; the peer's name first where there is one. */
export function flagNames([name, row]: NamedRow, command: CommandName): readonly [string, ...string[]] {
  const peers = row.flagOn?.[command];
  return peers === undefined ? [name] : [peers, name];
}

/** The letter of the option on the command. */
export function shortOf(row: OptionRow, command: CommandName): string | undefined {
  return row.shortOn?.[command] ?? row.short;
}

/** What an option is to a command where nobody sets it. */
export function defaultOf(row: OptionRow, command: CommandName): OptionValue | undefined {
  const own = row.type === "text" ? row.defaultFor?.[command] : undefined;
  return own ?? ("default" in row ? row.default : undefined);
}

/** The environment variables of an option, the one that wins first: those that a command reads, or all of them. */
export function environmentNames([name, row]: NamedRow, command?: CommandName): readonly string[] {
  if (row.only !== undefined || row.commands.length === 0) return [];
  if (command !== undefined && isFileOnly(row, command)) return [];
  const counts = command === undefined || row.environmentFor === undefined || row.environmentFor.includes(command);
  return [
    variableOf("RAM_AUTH", name),
    ...(counts ? row.environment ?? [] : []),
    ...((command ?? PLUGIN) === PLUGIN && row.commands.includes(PLUGIN)
      ? [variableOf("ACK_RAM_TOOL", flagNames([name, row], PLUGIN)[0])]
      : []),
  ];
}

function variableOf(prefix: string, flag: string): string {
  return `${prefix}_${flag.replaceAll("-", "_").toUpperCase()}`;
}
