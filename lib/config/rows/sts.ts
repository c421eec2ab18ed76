/**
 * Options of how STS is asked, and whose tokens are accepted.
 *
 * @module
 */

import type { OptionRow } from "../option.ts";
import { JUDGING, MAPPING, MINTING, PLUGIN } from "./commands.ts";

/** The rows. */
export const STS_ROWS = {
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
} as const satisfies Readonly<Record<string, OptionRow>>;
