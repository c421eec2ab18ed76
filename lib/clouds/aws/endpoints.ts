/**
 * AWS's STS hosts: a table, never a pattern, so that no region name can lead elsewhere. The operator may add to it.
 *
 * Source: the endpoint rule set of STS in AWS's SDKs ("endpoint-rule-set-1.json" of botocore, `client-sts` of the SDK for
 * JavaScript) over the table in `partitions.ts`. As there, GovCloud's plain hosts are its FIPS hosts, and only the
 * partition `aws` has a host of no region, which is signed for as us-east-1.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";
import type { EndpointChoice } from "../cloud.ts";
import { quoted } from "../../quote.ts";
import { type Partition, PARTITIONS } from "./partitions.ts";

/** The partition where none is configured. */
const DEFAULT_PARTITION = "aws";

/** The host of no region. */
const GLOBAL_HOST = "sts.amazonaws.com";

/** A host that tokens may name. */
export interface StsHost {
  /** With a port where it is not 443. */
  readonly host: string;
  /** The region that a signature for it must name; `undefined` where any will do, and STS judges. */
  readonly scopeRegion: string | undefined;
  /** As a label of metrics: the region, or `global` or `custom` for hosts of none. */
  readonly label: string;
}

/** The hosts of one partition, and those that the operator added. Built only by {@linkcode createHostTable}. */
export interface HostTable {
  /** The partition, as ARNs name it. */
  readonly partition: string;
  /** Whether there are only those that the operator added. */
  readonly isAddedOnly: boolean;
  readonly hosts: ReadonlyMap<string, StsHost>;
  /** How many there are of each, in words for the log. */
  readonly summary: string;
}

/**
 * The hosts that tokens may name.
 *
 * @throws {UsageError} if the partition is not known, what the operator added is not a host, or only added ones count and
 *   there are none
 */
export function createHostTable(
  { partition: id = DEFAULT_PARTITION, stsHosts = [], stsHostsOnly = false }: Pick<
    EndpointChoice,
    "partition" | "stsHosts" | "stsHostsOnly"
  >,
): HostTable {
  const partition = PARTITIONS.find((known) => known.id === id);
  if (partition === undefined) {
    throw new UsageError(
      `Cannot use partition "${id}": it is unknown; use one of ${PARTITIONS.map((known) => known.id).join(", ")}`,
    );
  }
  const table = new Map(hostsOf(partition).map((row) => [row.host, row]));
  const added = new Map(stsHosts.map((host) => [host, table.get(host) ?? addedHost(host)]));
  if (stsHostsOnly) {
    if (added.size === 0) {
      throw new UsageError('Cannot accept only configured STS hosts: none is; name them in "server.stsHosts"');
    }
    return { partition: id, isAddedOnly: true, hosts: added, summary: `${added.size} configured hosts` };
  }
  return {
    partition: id,
    isAddedOnly: false,
    hosts: new Map([...added, ...table]),
    summary: `hosts of partition ${id} (${table.size})` + (added.size === 0 ? "" : ` and ${added.size} configured`),
  };
}

/** Most hosts that are named as the usual ones. */
const MAX_USUAL = 4;

/** The hosts that most tokens name: those that the operator added, else that of the region, the global or any one. */
export function usualHosts(
  { hosts }: HostTable,
  { region, stsHosts = [] }: Pick<EndpointChoice, "region" | "stsHosts">,
): readonly string[] {
  if (stsHosts.length > 0) return stsHosts.slice(0, MAX_USUAL);
  const names = [...hosts.keys()];
  const ofRegion = names.find((host) => host.startsWith(`sts.${region}.`));
  return [ofRegion ?? names.find((host) => host === GLOBAL_HOST) ?? names[0]!];
}

/** The host that a token names, compared as text; `undefined` if no token may name it. */
export function findHost({ hosts }: HostTable, host: string): StsHost | undefined {
  return hosts.get(host);
}

/**
 * Why no token may name the host, and which option accepts it, in words that follow a colon.
 *
 * @param host a stranger may have chosen it: whoever answers there says who somebody is
 */
export function whyNoHost({ partition, isAddedOnly }: HostTable, host: string): string {
  const signed = `it is signed for host ${quoted(host)}`;
  const added = '"server.stsHosts" (--sts-hosts)';
  const trust = "if you trust it to say who somebody is";
  if (isAddedOnly) return `${signed}, and only those of ${added} are accepted; add it there ${trust}`;
  const other = PARTITIONS.find((row) => row.id !== partition && hostsOf(row).some((known) => known.host === host));
  return other === undefined
    ? `${signed}, which is none of the AWS hosts that this version knows; add it to ${added} ${trust}`
    : `${signed} of partition "${other.id}", and "${partition}" is accepted; set "server.partition" (--partition)`;
}

function hostsOf(partition: Partition): readonly StsHost[] {
  const { id, dnsSuffix, dualStackDnsSuffix, supportsFips, supportsDualStack } = partition;
  const regional = partition.regions.flatMap((region) => {
    const hosts = [`sts.${region}.${dnsSuffix}`];
    if (supportsFips && id !== "aws-us-gov") hosts.push(`sts-fips.${region}.${dnsSuffix}`);
    if (supportsDualStack) hosts.push(`sts.${region}.${dualStackDnsSuffix}`);
    if (supportsDualStack && supportsFips) hosts.push(`sts-fips.${region}.${dualStackDnsSuffix}`);
    return hosts.map((host): StsHost => ({ host, scopeRegion: region, label: region }));
  });
  const global: StsHost = { host: GLOBAL_HOST, scopeRegion: partition.globalRegion, label: "global" };
  return id === "aws" ? [...regional, global] : regional;
}

/** A DNS label in lower case (RFC 1123, section 2.1). */
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";

/** A DNS name of at most 253 characters or an IPv4 address, with an optional port. */
const HOST = new RegExp(`^(?=.{1,253}(?::|$))${LABEL}(?:\\.${LABEL})*(?::[1-9][0-9]{0,4})?$`);

/** A DNS label that can only be a region, be it newer than the table. */
const REGION_LABEL = /^[a-z]{2,4}(?:-[a-z]+)?-(?:central|(?:north|south)(?:east|west)?|east|west)-[0-9]{1,2}$/;

function addedHost(host: string): StsHost {
  if (!HOST.test(host) || !URL.canParse(`https://${host}`) || new URL(`https://${host}`).host !== host) {
    throw new UsageError(
      `Cannot use the STS host "${host}": write a DNS name in lower case or an IPv4 address, with a port only where it ` +
        `is not 443, such as "${GLOBAL_HOST}"`,
    );
  }
  const [region, ...others] = host.split(/[.:]/).filter((label) => REGION_LABEL.test(label));
  const scopeRegion = others.length === 0 ? region : undefined;
  return { host, scopeRegion, label: scopeRegion ?? "custom" };
}
