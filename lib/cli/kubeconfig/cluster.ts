/**
 * Which cluster a kubeconfig entry is for: one that the kubeconfig has, one whose address is given, or one that its cloud
 * is asked for.
 *
 * @module
 */

import { parseCaBundle } from "../../trust.ts";
import { type ClusterEndpoint, isServerUrl } from "../../clouds/cluster_endpoint.ts";
import { loadSigner } from "../../clouds/registry.ts";
import { type Credentials, type CredentialsWanted, NoCredentials } from "../../clouds/signer.ts";
import type { OptionName } from "../../config/options.ts";
import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import { readTextFile } from "../../files.ts";
import type { CloudId } from "../../identity/identity.ts";
import { importLater } from "../../import_later.ts";
import { findCredentials } from "../../token/mint.ts";
import { findOtherKeys } from "../login/other_keys.ts";
import type { World } from "../../world.ts";
import type { WantedEntries } from "./entries.ts";
import { sayWhenSlow } from "../terminal.ts";
import { quoted } from "../../quote.ts";

/** Largest file of an authority: chains of certificates have 10 KB. */
const MAX_CA_FILE_BYTES = 65_536;

/** What is known of the cluster. */
export interface ClusterWanted {
  /** The id that tokens are bound to. */
  readonly clusterId: string;
  /** What its entries are called where nobody says. */
  readonly usualName: string;
  /** The only cloud that can be meant; `undefined` where any can. */
  readonly cloud: CloudId | undefined;
  /** The region that the cloud was asked in, where it was. */
  readonly region: string | undefined;
  readonly cluster: WantedEntries["cluster"];
}

/**
 * Finds out what is known of the cluster that is meant.
 *
 * @throws {UsageError} if the options contradict each other, or name no cluster
 * @throws {ClusterLookupError} if its cloud does not say where it is; {CredentialsError} if it cannot be asked
 */
export async function findCluster(settings: Settings, world: World): Promise<ClusterWanted> {
  const from = settings.get("from");
  if (from === undefined) return await clusterAsGiven(settings, world);
  refuseBeside(settings, "from", ["server", "certificate-authority"]);
  const name = settings.get("name") ?? settings.get("cluster-id") ?? settings.require("name");
  const clusterId = settings.get("cluster-id") ?? name;
  const region = settings.get("region");
  const common = { profile: settings.get("profile"), caFile: settings.get("sts-ca-file"), region };
  const sts = { ...common, endpoint: settings.get("sts-endpoint") };
  const want: CredentialsWanted = { profile: common.profile, sts };
  const patience = { what: `asking ${from.toUpperCase()} for cluster "${name}"` };
  if (from === "eks") {
    refuseBeside(settings, "from eks", ["private-address"]);
    const credentials = await credentialsOf("aws", world, want);
    const { findEksCluster } = await importLater<typeof import("../../clouds/aws/eks.ts")>(
      "../../clouds/aws/eks.ts",
      import.meta.url,
    );
    const found = await sayWhenSlow(world, patience, () => findEksCluster(world, { ...common, name, credentials }));
    const cluster = { name: settings.get("cluster-name") ?? found.arn, endpoint: found.endpoint };
    return { clusterId, usualName: found.arn, cloud: "aws", region: found.region, cluster };
  }
  const credentials = await credentialsOf("alibaba", world, want);
  const { findAckCluster } = await importLater<typeof import("../../clouds/alibaba/container_service.ts")>(
    "../../clouds/alibaba/container_service.ts",
    import.meta.url,
  );
  const privateAddress = settings.get("private-address");
  const lookup = { ...common, clusterId: name, credentials, privateAddress };
  const endpoint = await sayWhenSlow(world, patience, () => findAckCluster(world, lookup));
  return {
    clusterId,
    usualName: name,
    cloud: "alibaba",
    region,
    cluster: { name: settings.get("cluster-name") ?? name, endpoint },
  };
}

/** The service that each cloud's clusters are looked up in. */
const SERVICES: Readonly<Record<CloudId, string>> = { alibaba: "ack", aws: "eks" };

async function credentialsOf(cloud: CloudId, world: World, want: CredentialsWanted): Promise<Credentials> {
  try {
    return await findCredentials(world, await loadSigner(cloud), want);
  } catch (failure) {
    if (!(failure instanceof NoCredentials)) throw failure;
    const other = await findOtherKeys(world, cloud, want);
    if (other === undefined) throw failure;
    const advice = `${other.text}; look the cluster up with --from ${SERVICES[other.cloud]}`;
    throw new NoCredentials(`${failure.message}\n  ${advice}`, { cause: failure });
  }
}

async function clusterAsGiven(settings: Settings, world: World): Promise<ClusterWanted> {
  const clusterId = settings.require("cluster-id");
  for (const option of ["name", "private-address"] as const) {
    if (isGiven(settings, option)) throw new UsageError(`Cannot use --${option} without --from: it is for ack and eks`);
  }
  const endpoint = await givenEndpoint(settings, world);
  const name = settings.get("cluster-name") ?? (endpoint === undefined ? undefined : clusterId);
  const cluster = name === undefined ? undefined : endpoint === undefined ? { name } : { name, endpoint };
  return { clusterId, usualName: clusterId, cloud: undefined, region: settings.get("region"), cluster };
}

async function givenEndpoint(settings: Settings, world: World): Promise<Partial<ClusterEndpoint> | undefined> {
  const [server, file] = [settings.get("server"), settings.get("certificate-authority")];
  if (server === undefined) {
    if (file === undefined) return undefined;
    throw new UsageError(
      "Cannot use --certificate-authority without --server: it is the CA bundle of that server; give both",
    );
  }
  if (!isServerUrl(server)) {
    throw new UsageError(`Cannot use --server ${quoted(server)}: write an https URL, such as "https://192.0.2.1:6443"`);
  }
  if (file === undefined) return { server };
  const pem = await readTextFile(world, file, { what: "the certificate authority", maxBytes: MAX_CA_FILE_BYTES });
  parseCaBundle(pem, `the CA bundle ${quoted(file)}`);
  return { server, certificateAuthorityData: new TextEncoder().encode(pem).toBase64() };
}

function refuseBeside(settings: Settings, what: string, options: readonly OptionName[]): void {
  const beside = options.find((option) => isGiven(settings, option));
  if (beside === undefined) return;
  throw new UsageError(`Cannot use --${beside} together with --${what}: leave one of them out`);
}

/** Whether the command line has the option. */
export function isGiven(settings: Settings, option: OptionName): boolean {
  return settings.setBy(option) === "flag";
}
