/**
 * Options of the commands that judge a token: which STS they ask, and which hosts of AWS they accept.
 *
 * @module
 */

import type { OptionRow } from "../option.ts";
import { JUDGING } from "./login.ts";

/** The rows. */
export const STS_ROWS = {
  "sts-network": {
    type: "choice",
    yaml: "server.sts.network",
    atOnce: true,
    choices: ["auto", "vpc", "public"],
    default: "auto",
    help: "Which of the region's STS endpoints to use (Alibaba Cloud); auto picks the VPC endpoint if it is reachable",
    commands: JUDGING,
  },
  "sts-hosts": {
    type: "list",
    yaml: "server.stsHosts",
    atOnce: true,
    placeholder: "host,...",
    help: "STS hosts to accept in AWS tokens, in addition to the built-in list",
    commands: JUDGING,
  },
  "sts-hosts-only": {
    type: "boolean",
    yaml: "server.stsHostsOnly",
    atOnce: true,
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
    commands: [...JUDGING, "whoami"],
    fileFor: ["mappings list"],
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
