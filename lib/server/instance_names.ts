/**
 * Names of instances while the server runs: the lookup of the mappings, put together with the call to their cloud. Nothing
 * of it is loaded, and nobody is asked, before the first instance logs in.
 *
 * @module
 */

import type { Cloud } from "../clouds/cloud.ts";
import type { AskInstances, Instances } from "../clouds/instances.ts";
import { loadSigner } from "../clouds/registry.ts";
import type { StsWanted } from "../clouds/signer.ts";
import { createPrivateDnsNames, type PrivateDnsNames } from "../mapping/instances/private_dns_names.ts";
import { processTimers } from "../time.ts";
import type { Rate } from "../token_bucket.ts";
import { findCredentials } from "../token/mint.ts";
import type { World } from "../world.ts";

/** How the cloud is asked, by the settings in force. */
export interface InstanceNamesOptions {
  /** Of calls; asked each time. */
  readonly rate: () => Rate;
  /** The role to ask as, in place of whoever the server's credentials belong to. */
  readonly roleArn: string | undefined;
  /** What the server assumes that role for. */
  readonly sourceArn: string | undefined;
  /** The STS that gives the role's keys; its region is that of the instances. */
  readonly sts: StsWanted;
  /** A URL in place of the region's. */
  readonly endpoint?: string;
}

/** What the lookup works with. */
export interface InstanceNamesParts {
  readonly cloud: Pick<Cloud, "id"> & { readonly instances: Instances };
  /** Decides which roots are trusted; it belongs to the caller. */
  readonly client: Deno.HttpClient;
  /** Called at each call to the cloud, for metrics. */
  readonly onCall: () => void;
}

/** Makes the lookup of one server. Credentials are looked for as `token` does; they and the client are kept. */
export function createInstanceNames(
  world: World,
  { rate, ...options }: InstanceNamesOptions,
  { cloud: { id, instances }, client, onCall }: InstanceNamesParts,
): PrivateDnsNames {
  const load = async (): Promise<AskInstances> => {
    const signer = await loadSigner(id);
    const find = () => findCredentials(world, signer, { profile: options.sts.profile, sts: options.sts });
    return await instances.createAsker(world, { ...options, client, findCredentials: find });
  };
  let asker: Promise<AskInstances> | undefined;
  const ask: AskInstances = async (ids) => {
    onCall();
    // What is not configured may be soon.
    asker ??= load().catch((cause) => {
      asker = undefined;
      throw cause;
    });
    return await (await asker)(ids);
  };
  return createPrivateDnsNames({
    idOf: (identity) => identity.cloud === id ? instances.idOf(identity) : undefined,
    ask,
    rate,
    timers: processTimers,
  });
}
