/**
 * Which STS host a token is signed for, and for which region. On the start-up path of `token`.
 *
 * Source: the endpoint rules of STS in the AWS SDKs (`endpoint-rule-set.json` of `sts`): FIPS, dual-stack and partitions.
 * The global host is signed for only where no region is found, or where `aws-global` is asked for.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";
import { importLater } from "../../import_later.ts";
import type { World } from "../../world.ts";
import type { StsWanted } from "../signer.ts";
import { type Partition, PARTITIONS } from "./partitions.ts";

/** The host of no region, and the region that its signatures are scoped to. */
const GLOBAL = { host: "sts.amazonaws.com", region: "us-east-1" };

/** How a configuration asks for {@linkcode GLOBAL} by name. */
const GLOBAL_REGION = "aws-global";

/** Partitions whose ordinary hosts are the FIPS ones. */
const PLAIN_HOST_IS_FIPS = new Set(["aws-us-gov"]);

/** Region names, those that are newer than the table too. */
const REGION = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** The STS that a signature is for. */
export interface StsHost {
  /** With a port where it is not 443. */
  readonly host: string;
  /** The region of the credential scope. */
  readonly region: string;
}

/**
 * Settles the host and the region: of the endpoint asked for, else of the region, else of the region `otherwise`.
 *
 * @throws {UsageError} if the endpoint is not a host, or the region is in no partition or without the host asked for
 */
export async function chooseStsHost(world: World, sts: StsWanted, otherwise?: string): Promise<StsHost> {
  if (sts.endpoint !== undefined) {
    const host = await readEndpoint(sts.endpoint);
    return { host, region: await regionAtEndpoint(world, sts, host) };
  }
  const variant = { fips: flag(world, "AWS_USE_FIPS_ENDPOINT"), dualStack: flag(world, "AWS_USE_DUALSTACK_ENDPOINT") };
  const wanted = await wantedRegion(world, sts) ?? otherwise;
  const isGlobal = wanted === undefined || wanted === GLOBAL_REGION;
  if (isGlobal && !variant.fips && !variant.dualStack) return GLOBAL;
  const region = isGlobal ? GLOBAL.region : wanted;
  return regionalHost(partitionWith(region), { region, ...variant });
}

/** A host in the canonical form that is signed: without the port that clients leave out. */
async function readEndpoint(endpoint: string): Promise<string> {
  const { readStsEndpoint } = await importLater<typeof import("../sts_endpoint.ts")>(
    "../sts_endpoint.ts",
    import.meta.url,
  );
  return readStsEndpoint(endpoint, "sts.eu-west-1.amazonaws.com").replace(/:443$/, "");
}

/** A host of one region takes no signature of another, so its name counts for more than the usual region. */
async function regionAtEndpoint(world: World, sts: StsWanted, host: string): Promise<string> {
  const inHost = host.replace(/:.*/, "").split(".").find((label) => partitionOf(label) !== undefined);
  const region = sts.region ?? inHost ?? await wantedRegion(world, sts) ?? GLOBAL.region;
  if (!REGION.test(region)) throw new UsageError(`Cannot use region "${region}": no region is called so`);
  return region === GLOBAL_REGION ? GLOBAL.region : region;
}

/** The region that is configured: as asked for, by the environment, by the profile; `undefined` where none is. */
export async function wantedRegion(world: World, { region, profile }: StsWanted): Promise<string | undefined> {
  const given = region ?? (world.env("AWS_REGION") || world.env("AWS_DEFAULT_REGION") || undefined);
  if (given !== undefined) return given;
  const { profileSetting } = await importLater<typeof import("./credentials/profile.ts")>(
    "./credentials/profile.ts",
    import.meta.url,
  );
  return await profileSetting(world, profile, "region");
}

function partitionWith(region: string): Partition {
  const partition = partitionOf(region);
  if (partition !== undefined) return partition;
  throw new UsageError(
    `Cannot find the STS host of region "${region}": unknown region; check its spelling, or name the host ` +
      "with --sts-endpoint",
  );
}

/**
 * The host of a region, of the kind that is asked for.
 *
 * @throws {UsageError} if the partition has none of that kind
 */
export function regionalHost(
  partition: Partition,
  { region, fips, dualStack }: { readonly region: string; readonly fips: boolean; readonly dualStack: boolean },
): StsHost {
  const lacking = fips && !partition.supportsFips
    ? "FIPS (AWS_USE_FIPS_ENDPOINT)"
    : dualStack && !partition.supportsDualStack
    ? "dual-stack (AWS_USE_DUALSTACK_ENDPOINT)"
    : undefined;
  if (lacking !== undefined) {
    throw new UsageError(
      `Cannot find the ${lacking} host of STS in region "${region}": partition "${partition.id}" has none; unset the ` +
        "variable, or name the host with --sts-endpoint",
    );
  }
  const service = fips && (dualStack || !PLAIN_HOST_IS_FIPS.has(partition.id)) ? "sts-fips" : "sts";
  return { host: `${service}.${region}.${dualStack ? partition.dualStackDnsSuffix : partition.dnsSuffix}`, region };
}

/** The partition of a region; `undefined` where the table has none. */
export function partitionOf(region: string): Partition | undefined {
  return PARTITIONS.find(({ regions }) => regions.includes(region));
}

/** A variable of the SDKs that is `true` or `false`, in any case. */
function flag(world: World, name: string): boolean {
  const value = world.env(name) || "false";
  if (/^(?:true|false)$/i.test(value)) return value.toLowerCase() === "true";
  throw new UsageError(`Cannot use ${name} "${value}": write "true" or "false"`);
}
