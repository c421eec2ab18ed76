/**
 * Where a cluster of EKS is: DescribeCluster by the vendor's own client, over connections of ours. Loaded only to ask.
 *
 * The client finds the host by itself, from the region and from what AWS's variables and config file say of endpoints.
 *
 * Source: "DescribeCluster" of the EKS API reference, version 2017-11-01.
 *
 * @module
 */

import { DescribeClusterCommand, EKSClient } from "@aws-sdk/client-eks";
import { messageOf, RamAuthError, UsageError } from "../../errors.ts";
import { BodyTooLargeError, createTrustingClient } from "../../http.ts";
import { VERSION } from "../../version.ts";
import type { World } from "../../world.ts";
import { type ClusterEndpoint, ClusterLookupError, readClusterEndpoint } from "../cluster_endpoint.ts";
import { type Advice, adviceOn } from "../service_call.ts";
import type { Credentials, StsWanted } from "../signer.ts";
import { sdkConnection, toSdk } from "./sdk_connection.ts";
import { caBundle } from "./service.ts";
import { wantedRegion } from "./sts_host.ts";
import { sentence } from "../../quote.ts";

/** A person waits. An answer has 5 KB, more with many tags. */
const LIMITS = { tries: 2, deadlineMs: 5_000, maxBytes: 262_144 };

/** States in which a cluster is there to be used, as `aws eks update-kubeconfig` has it. */
const USABLE = ["ACTIVE", "UPDATING"];

const ARN = /^arn:aws[a-z-]*:eks:[a-z0-9-]{1,32}:\d{12}:cluster\/[A-Za-z0-9_-]{1,100}$/;

/** What to do about an error code of EKS. */
const ADVICE: Advice = {
  byCode: {
    AccessDeniedException: 'allow the caller "eks:DescribeCluster" on the cluster',
    ExpiredTokenException: "renew the caller's credentials",
    InvalidSignatureException: "check the caller's secret key, and the clock of this machine",
    ResourceNotFoundException: "check the name of the cluster, the region and the account",
    UnrecognizedClientException: "check the caller's keys, and that the region is switched on",
  },
  otherwise: "check the network, the proxy variables, the region and the credentials",
};

/** Which cluster is looked up, and as whom. */
export interface EksLookup extends Pick<StsWanted, "region" | "profile"> {
  readonly name: string;
  readonly credentials: Credentials;
  /** PEM file of roots to trust beside the public ones. */
  readonly caFile: string | undefined;
}

/** A cluster of EKS. */
export interface EksCluster {
  readonly arn: string;
  /** The one it is in. */
  readonly region: string;
  readonly endpoint: ClusterEndpoint;
}

/**
 * Asks where a cluster is.
 *
 * @throws {UsageError} if no region is configured
 * @throws {ClusterLookupError} if EKS refuses, cannot be asked, or the cluster is not there to be used
 */
export async function findEksCluster(world: World, lookup: EksLookup): Promise<EksCluster> {
  const { name, credentials, profile, caFile } = lookup;
  const attempt = `Cannot look up cluster "${name}" of EKS`;
  const region = await wantedRegion(world, { endpoint: undefined, ...lookup });
  if (region === undefined) {
    throw new UsageError(`${attempt}: no region is configured; give --region or set AWS_REGION`);
  }
  const client = await createTrustingClient(world, await caBundle(world, { caFile, profile }));
  try {
    const eks = new EKSClient({
      region,
      ...(profile === undefined ? {} : { profile }),
      credentials: toSdk(credentials),
      maxAttempts: 1,
      customUserAgent: `ram-auth/${VERSION}`,
      requestHandler: sdkConnection(world, { ...LIMITS, client }),
    });
    const { cluster = {} } = await eks.send(new DescribeClusterCommand({ name }));
    const { arn = "", status = "", endpoint: server, certificateAuthority } = cluster;
    if (!ARN.test(arn)) {
      throw new ClusterLookupError(`${attempt}: EKS returned an unexpected answer; check the endpoint`);
    }
    if (!USABLE.includes(status)) {
      throw new ClusterLookupError(
        `${attempt}: it is ${sentence(status) || "in no known state"}; wait until it is ACTIVE`,
      );
    }
    return { arn, region, endpoint: readClusterEndpoint({ server, authority: certificateAuthority?.data }, attempt) };
  } catch (cause) {
    if (cause instanceof RamAuthError && !(cause instanceof BodyTooLargeError)) throw cause;
    throw failure(attempt, region, cause);
  } finally {
    client.close();
  }
}

function failure(attempt: string, region: string, cause: unknown): ClusterLookupError {
  const code = cause instanceof Error ? cause.name : "";
  const { requestId } = (cause as { readonly $metadata?: { readonly requestId?: string } }).$metadata ?? {};
  const id = requestId === undefined ? "" : ` (EKS request id "${sentence(requestId)}")`;
  const said = sentence(`${code}: ${messageOf(cause)}`);
  return new ClusterLookupError(`${attempt} in region "${region}": ${said}${id}; ${adviceOn(code, ADVICE)}`, { cause });
}
