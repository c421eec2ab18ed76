/**
 * Options of a control plane node: the server, what `init` makes for it, and what `uninstall` removes.
 *
 * @module
 */

import type { OptionRow } from "../option.ts";
import { JUDGING, MAPPING, SERVER, WEBHOOK_TOKEN } from "./login.ts";

/** Highest port number (RFC 9293, section 3.1: 16 bits). */
const MAX_PORT = 65_535;

/** Highest number that flags of aws-iam-authenticator hold (Go's `int` on 32-bit machines). */
const MAX_GO_INTEGER = 2_147_483_647;

/** The rows. */
export const SERVER_ROWS = {
  bind: {
    type: "text",
    isHost: true,
    short: "b",
    placeholder: "address",
    help: "Address to listen on (default: --address)",
    commands: SERVER,
  },
  address: {
    type: "text",
    isHost: true,
    yaml: "server.address",
    placeholder: "address",
    default: "127.0.0.1",
    help: "Address in the serving certificate and to listen on, unless --bind is set",
    commands: [...SERVER, "init"],
  },
  port: {
    type: "integer",
    yaml: "server.port",
    min: 0,
    max: MAX_PORT,
    default: 21_362,
    help: "Webhook port (TLS); 0 picks a free port",
    commands: [...SERVER, "init"],
  },
  "share-port": {
    type: "boolean",
    yaml: "server.sharePort",
    default: false,
    help: "Let another server process of the same user share the port, so that one serves while the other restarts",
    commands: [...SERVER, "manifests"],
  },
  "health-port": {
    type: "integer",
    yaml: "server.healthPort",
    min: 0,
    max: MAX_PORT,
    default: 21_363,
    help: "Port for health checks and metrics, plain HTTP on loopback; 0 picks a free port",
    commands: [...SERVER, "manifests"],
  },
  "metrics-compat": {
    type: "list",
    yaml: "server.metricsCompat",
    atOnce: true,
    choices: ["ack_ram_authenticator", "aws_iam_authenticator"],
    placeholder: "prefix,...",
    help:
      "Also expose metrics under these prefixes, for dashboards made for ack-ram-authenticator or aws-iam-authenticator",
    commands: SERVER,
  },
  "map-accounts": {
    type: "structure",
    only: "file",
    yaml: "server.mapAccounts",
    atOnce: true,
    help: "Accounts whose principals may all log in, with their ARN as the username and no groups",
    commands: MAPPING,
  },
  "scrubbed-accounts": {
    type: "list",
    only: "file",
    yaml: "server.scrubbedAccounts",
    atOnce: true,
    help: "Accounts whose ARNs, IDs and session names are kept out of logs, traces, response extras and explanations",
    commands: JUDGING,
  },
  "reserved-prefix-config": {
    type: "structure",
    only: "file",
    yaml: "server.reservedPrefixConfig",
    atOnce: true,
    help: "Names that a mapping source may not assign: a list of {backendMode, usernamePrefixReserveList, " +
      "groupPrefixReserveList}; systemNames: allow and adminGroups: allow lift the default restrictions; backendMode Delegate is the other webhook",
    commands: MAPPING,
  },
  "max-token-age": {
    type: "integer",
    yaml: "server.maxTokenAge",
    atOnce: true,
    min: 60,
    max: 900,
    unit: "seconds",
    default: 900,
    help: "Oldest token to accept, which counts for tokens that were accepted before, too",
    commands: JUDGING,
  },
  "audit-path": {
    type: "text",
    yaml: "server.audit.path",
    placeholder: "file",
    help: 'Audit log: one JSON line for each decision; opened again on SIGHUP; "-" for standard error (default: none)',
    commands: SERVER,
  },
  deny: {
    type: "structure",
    only: "file",
    yaml: "server.deny",
    atOnce: true,
    help:
      "Principals to refuse at once, whatever the mappings say: lists of arns, accessKeyIds, principalIds and accounts",
    commands: MAPPING,
  },
  "delegate-kubeconfig": {
    type: "text",
    yaml: "server.delegate.kubeconfig",
    placeholder: "file",
    help:
      "Webhook kubeconfig of another token webhook, which judges tokens that are of no accepted cloud (default: none)",
    commands: SERVER,
  },
  kubeconfig: {
    type: "text",
    yaml: "server.kubeconfig",
    placeholder: "file",
    help: "Kubeconfig for mapping sources in an API server (default: the pod's service account)",
    commands: MAPPING,
  },
  master: {
    type: "text",
    yaml: "server.master",
    placeholder: "url",
    help: "API server URL for mapping sources, overriding the kubeconfig's",
    commands: MAPPING,
  },
  "ec2-describeInstances-qps": {
    type: "integer",
    yaml: "server.ec2DescribeInstancesQps",
    atOnce: true,
    min: 1,
    max: MAX_GO_INTEGER,
    unit: "calls a second",
    default: 15,
    help: "Maximum rate of EC2 DescribeInstances calls, made for {{EC2PrivateDNSName}}",
    commands: SERVER,
  },
  "ec2-describeInstances-burst": {
    type: "integer",
    yaml: "server.ec2DescribeInstancesBurst",
    atOnce: true,
    min: 1,
    max: MAX_GO_INTEGER,
    unit: "calls",
    default: 5,
    help: "Maximum burst of EC2 DescribeInstances calls",
    commands: SERVER,
  },
  "ec2-describeInstances-role": {
    type: "text",
    only: "file",
    yaml: "server.ec2DescribeInstancesRoleARN",
    help: "Role to assume for EC2 calls (default: the server's own AWS credentials)",
    commands: SERVER,
  },
  "source-arn": {
    type: "text",
    only: "file",
    yaml: "server.sourceARN",
    help: "Source ARN to send when assuming that role, as confused deputy protection",
    commands: SERVER,
  },
  "dynamic-file": {
    type: "text",
    only: "file",
    yaml: "server.dynamicfilepath",
    help: "File of the DynamicFile source (JSON or YAML); reloaded when it changes",
    commands: MAPPING,
  },
  "dynamic-file-user-id-strict": {
    type: "boolean",
    only: "file",
    yaml: "server.dynamicfileUserIDStrict",
    default: false,
    help: "Match DynamicFile rules by user ID as well as ARN",
    commands: MAPPING,
  },
  "dynamic-backend-mode": {
    type: "text",
    only: "file",
    yaml: "server.dynamicBackendModePath",
    help: "File that overrides backendMode while it exists: " +
      '{"backendMode": "MountedFile DynamicFile"}',
    commands: MAPPING,
  },
  "cache-ttl": {
    type: "integer",
    yaml: "server.cache.ttl",
    atOnce: true,
    min: 0,
    max: 900,
    unit: "seconds",
    default: 60,
    help: "How long to keep what STS decided about a token, never past the token's end; 0 asks STS at each review",
    commands: SERVER,
  },
  "sts-rate": {
    type: "integer",
    yaml: "server.sts.rate",
    atOnce: true,
    min: 1,
    max: MAX_GO_INTEGER,
    unit: "calls a second",
    default: 1_000,
    help: "Maximum rate of STS calls; half of a second's calls are reserved for access keys that STS has confirmed",
    commands: SERVER,
  },
  "sts-key-rate": {
    type: "integer",
    yaml: "server.sts.keyRate",
    atOnce: true,
    min: 1,
    max: MAX_GO_INTEGER,
    unit: "calls a second",
    default: 10,
    help: "Maximum rate of STS calls for one access key, with a burst of two seconds' calls",
    commands: SERVER,
  },
  hostname: {
    type: "text",
    isHost: true,
    yaml: "server.hostname",
    placeholder: "name",
    default: "localhost",
    help: "Hostname in the serving certificate and the webhook kubeconfig",
    commands: [...SERVER, "init"],
  },
  "state-dir": {
    type: "text",
    yaml: "server.stateDir",
    placeholder: "directory",
    default: "/var/lib/ram-auth",
    defaultFor: { init: "." },
    help:
      "Directory with the CA, the serving certificate and their keys; if it does not exist, a server uses the one that " +
      "ack-ram-authenticator or aws-iam-authenticator left on the node",
    commands: [...SERVER, "init", "manifests", ...WEBHOOK_TOKEN],
  },
  "generate-kubeconfig": {
    type: "text",
    yaml: "server.generateKubeconfig",
    placeholder: "file",
    default: "/etc/kubernetes/ram-auth/kubeconfig.yaml",
    defaultFor: { init: "./ram-auth.kubeconfig" },
    flagOn: { "apiserver configure": "kubeconfig" },
    help: "Path of the webhook kubeconfig for kube-apiserver, which a server and init write",
    commands: [...SERVER, "init", ...WEBHOOK_TOKEN, "apiserver configure"],
  },
  install: {
    type: "boolean",
    only: "flag",
    default: false,
    help:
      "Install the program, the systemd unit and its user, the config file, the state and the webhook kubeconfig on " +
      "this control plane node",
    commands: ["init"],
  },
  root: {
    type: "text",
    only: "flag",
    placeholder: "directory",
    help: "Install into this directory instead of /, for example the root of an image or a mounted disk",
    commands: ["init", "uninstall"],
  },
  "admin-arn": {
    type: "text",
    only: "flag",
    placeholder: "arn",
    help:
      "ARN of the first administrator, a user or a role: adds a rule for it and a manifest that binds its group to " +
      "cluster-admin",
    commands: ["init"],
  },
  purge: {
    type: "boolean",
    only: "flag",
    default: false,
    help: "Also remove the config file, the state with its keys, and the webhook kubeconfig",
    commands: ["uninstall"],
  },
  "kubeconfig-pregenerated": {
    type: "boolean",
    yaml: "server.kubeconfigPregenerated",
    default: false,
    help: "Do not write the webhook kubeconfig; it already exists",
    commands: SERVER,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
