/**
 * Options of most commands: help, the config file, the cluster, and how STS is asked; and the groups of commands that take
 * the same options.
 *
 * @module
 */

import type { OptionRow } from "../option.ts";

/** Highest port number (RFC 9293, section 3.1: 16 bits). */
export const MAX_PORT = 65_535;

/** Highest number that flags of aws-iam-authenticator hold (Go's `int` on 32-bit machines). */
export const MAX_GO_INTEGER = 2_147_483_647;

/** `config` shows what `server` would use, so it takes the same options. */
export const SERVER = ["server", "config"] as const;

/** What kubeconfigs of ack-ram-tool call. */
export const PLUGIN = "credential-plugin get-token";

/** Why that command ignores flags about the log; silently, because its kubeconfigs always have one. */
export const NO_PLUGIN_LOG = { by: [PLUGIN], because: "this command writes no log", silently: true } as const;

/** Why commands of one answer ignore flags about the log. */
export const NO_LOG = { by: ["token", "verify", "init"], because: "this command writes no log" } as const;

/** The commands that mint a token. */
export const MINTING = ["token", "eks get-token", PLUGIN] as const;

/** The commands that judge a token. */
export const JUDGING = [...SERVER, "verify", "explain"] as const;

/** The commands that look at mappings. */
export const LOOKING = ["explain", "mappings list"] as const;

/** The commands that read mappings. */
export const MAPPING = [...SERVER, ...LOOKING] as const;

/** The commands that add to a ConfigMap of mappings. */
export const ADDING = ["add user", "add role"] as const;

/** The commands that edit a ConfigMap of mappings. */
export const EDITING = [...ADDING, "remove user", "remove role"] as const;

/** The commands that edit the deny list. */
export const DENYING = ["deny add", "deny remove"] as const;

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
      "kubeconfig",
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
    commands: [
      "token",
      "server",
      "verify",
      "explain",
      "check",
      "mappings list",
      ...DENYING,
      "deny list",
      "init",
      "config",
    ],
  },
  "cluster-id": {
    type: "text",
    short: "i",
    environment: ["KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID"],
    yaml: "clusterID",
    placeholder: "id",
    help: "Unique cluster ID; a token is bound to it and valid for no other cluster",
    commands: [...MINTING, "kubeconfig", "server", "verify", "explain", "init", "config"],
    flagOn: { "eks get-token": "cluster-name" },
    shortOn: { [PLUGIN]: "c" },
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

/** How STS is asked, and whose tokens are accepted. */
export const STS_ROWS = {
  clouds: {
    type: "list",
    yaml: "clouds",
    choices: ["alibaba", "aws"],
    help: "Clouds whose tokens to accept (default: the clouds that the rules' ARNs name, otherwise alibaba)",
    commands: MAPPING,
    fileFor: ["token"],
  },
  region: {
    type: "text",
    environment: ["STS_REGION"],
    yaml: "server.region",
    environmentFor: JUDGING,
    placeholder: "region",
    help: "Region of the STS endpoint and of the --from service (default: the cloud's central endpoint)",
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
      "STS host, with a port if it is not 443; overrides --region and --sts-network. AWS tokens name their host: a " +
      "server uses --sts-hosts for those",
    commands: ["token", PLUGIN, "kubeconfig", ...JUDGING],
  },
  "sts-ca-file": {
    type: "text",
    yaml: "server.sts.caFile",
    placeholder: "file",
    help: "PEM file with a CA bundle to trust for STS and the --from service, in addition to the public CAs",
    commands: [...MINTING, "kubeconfig", ...JUDGING],
  },
  "sts-network": {
    type: "choice",
    yaml: "server.sts.network",
    choices: ["auto", "vpc", "public"],
    default: "auto",
    help: "Which of the region's STS endpoints to use (Alibaba Cloud); auto picks the VPC endpoint if it is reachable",
    commands: JUDGING,
  },
  "sts-hosts": {
    type: "list",
    yaml: "server.stsHosts",
    placeholder: "host,...",
    help: "STS hosts to accept in AWS tokens, in addition to the built-in list",
    commands: JUDGING,
  },
  "sts-hosts-only": {
    type: "boolean",
    yaml: "server.stsHostsOnly",
    default: false,
    help: "Accept no STS hosts in AWS tokens but those of --sts-hosts, which may be in the built-in list, too",
    commands: JUDGING,
  },
  partition: {
    type: "choice",
    yaml: "server.partition",
    choices: ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"],
    placeholder: "name",
    default: "aws",
    help: "AWS partition whose STS hosts and identities to accept",
    commands: JUDGING,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
