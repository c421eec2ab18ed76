/**
 * Where a cluster of Container Service (ACK) is: DescribeClusterUserKubeconfig, of whose answer only the cluster is
 * kept.
 *
 * Source: "DescribeClusterUserKubeconfig" of the Container Service API reference, version 2015-12-15.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";
import type { OutgoingRequest, ReceivedAnswer } from "../../http.ts";
import type { World } from "../../world.ts";
import { parseYaml, type YamlNode } from "../../yaml/read.ts";
import { valueAt } from "../../yaml/access.ts";
import { type ClusterEndpoint, ClusterLookupError, readClusterEndpoint } from "../cluster_endpoint.ts";
import { type Advice, adviceOn, askService, readObject, refusal, type ServiceCall } from "../service_call.ts";
import type { Credentials } from "../signer.ts";
import { type ApiCallContext, buildApiCall, errorFamily } from "./api_call.ts";
import { isRegion } from "./endpoints.ts";

/** The endpoint where no region is configured. It knows the clusters of every region. */
const CENTRAL_HOST = "cs.aliyuncs.com";

/** How long the certificate lives that comes with the answer and is thrown away: the shortest that can be asked for. */
const CERTIFICATE_MINUTES = 15;

/** Ids of clusters: a `c` and 32 hex digits, as observed; no character that a path would have to encode. */
const CLUSTER_ID = /^[A-Za-z0-9-]{1,64}$/;

/** What to do about an error code; of a code with parts, about its first. */
const ADVICE: Advice = {
  byCode: {
    ErrorClusterNotFound: "check the id of the cluster, and the region",
    Forbidden: 'allow the caller "cs:DescribeClusterUserKubeconfig" on the cluster',
    InvalidAccessKeyId: "check the caller's keys",
    InvalidSecurityToken: "renew the caller's credentials",
    InvalidTimeStamp: "check the clock of this machine",
    SignatureDoesNotMatch: "check the caller's secret key",
    StatusForbidden: 'allow the caller "cs:DescribeClusterUserKubeconfig" on the cluster',
  },
  otherwise: "check the cluster's id and state, and what the caller may do",
};

/** Which cluster is looked up, and as whom. */
export interface AckLookup {
  readonly clusterId: string;
  readonly region: string | undefined;
  /** Whether its address within the VPC is wanted. */
  readonly privateAddress: boolean;
  readonly credentials: Credentials;
  /** PEM file of roots to trust beside the public ones. */
  readonly caFile: string | undefined;
  /** Instead of the region's host. */
  readonly host?: string;
}

/**
 * Asks where a cluster is.
 *
 * @throws {UsageError} if the id or the region cannot be one
 * @throws {ClusterLookupError} if the service refuses, cannot be asked, or says what cannot be
 */
export async function findAckCluster(world: World, lookup: AckLookup): Promise<ClusterEndpoint> {
  const call = callFor(lookup.clusterId, lookup.caFile);
  const host = lookup.host ?? chooseHost(lookup.region);
  const request = await buildDescribe(lookup, { host, now: world.now() }, crypto.randomUUID());
  return readDescribe(await askService(world, request, call), call);
}

function callFor(clusterId: string, caFile: string | undefined): ServiceCall {
  const attempt = `Cannot look up cluster "${clusterId}" of ACK`;
  return { attempt, service: "Container Service", hostOption: "--region", caFile, Failure: ClusterLookupError };
}

function chooseHost(region: string | undefined): string {
  if (region === undefined) return CENTRAL_HOST;
  if (isRegion(region)) return `cs.${region}.aliyuncs.com`;
  throw new UsageError(
    `Cannot find Container Service in region "${region}": unknown region; check its spelling, or leave --region ` +
      "out to ask the central endpoint",
  );
}

/**
 * The request that asks for the kubeconfig of a cluster. As the vendor's own client does, it signs the host and a
 * nonce.
 *
 * @throws {UsageError} if the id cannot be one of ACK
 */
export async function buildDescribe(
  { clusterId, privateAddress, credentials }: Pick<AckLookup, "clusterId" | "privateAddress" | "credentials">,
  context: ApiCallContext,
  nonce: string,
): Promise<OutgoingRequest> {
  if (!CLUSTER_ID.test(clusterId)) {
    throw new UsageError(
      `Cannot look up cluster "${clusterId}" of ACK: no id is written so; give the one in the console`,
    );
  }
  return await buildApiCall(
    {
      method: "GET",
      path: `/k8s/${clusterId}/user_config`,
      action: "DescribeClusterUserKubeconfig",
      version: "2015-12-15",
      query: { PrivateIpAddress: String(privateAddress), TemporaryDurationMinutes: String(CERTIFICATE_MINUTES) },
      headers: { host: context.host, "x-acs-signature-nonce": nonce },
    },
    credentials,
    context,
  );
}

/**
 * Judges what came back. The client certificate and its key in it are passed over.
 *
 * @throws {ClusterLookupError} if the service refused, or the answer holds no usable cluster
 */
export function readDescribe(answer: ReceivedAnswer, call: ServiceCall): ClusterEndpoint {
  const members = readObject(answer, call);
  const { status } = answer;
  if (status !== 200) {
    // Of the gateway's errors the members begin with a capital.
    const [code, message, requestId] = ["code", "message", "requestId"].map((key) =>
      members.get(key) ?? members.get(key[0]!.toUpperCase() + key.slice(1))
    );
    throw refusal(call, { status, code, message, requestId }, adviceOn(errorFamily(code), ADVICE));
  }
  const cluster = readCluster(members.get("config"), call.attempt);
  return readClusterEndpoint(
    { server: scalarAt(cluster, "server"), authority: scalarAt(cluster, "certificate-authority-data") },
    call.attempt,
  );
}

/** The cluster of a kubeconfig that has one. */
function readCluster(config: unknown, attempt: string): YamlNode | undefined {
  if (typeof config !== "string") throw new ClusterLookupError(`${attempt}: the answer holds no kubeconfig; try again`);
  let clusters: YamlNode | undefined;
  try {
    clusters = valueAt(parseYaml(config), "clusters");
  } catch {
    // The cause is dropped: it may quote the text, which holds a key.
    throw new ClusterLookupError(`${attempt}: the kubeconfig in the answer is not YAML; try again`);
  }
  const [first, ...others] = clusters?.kind === "list" ? clusters.items : [];
  if (others.length > 0) throw new ClusterLookupError(`${attempt}: the answer names several clusters; report it`);
  return first && valueAt(first, "cluster");
}

function scalarAt(node: YamlNode | undefined, key: string): unknown {
  const value = node && valueAt(node, key);
  return value?.kind === "scalar" ? value.value : undefined;
}
