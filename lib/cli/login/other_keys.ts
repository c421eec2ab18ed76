/**
 * Whether keys of another cloud are there, for whoever finds none of the cloud that signs. Loaded only then: nothing of it
 * is on the start-up path of `token`.
 *
 * @module
 */

import { cloudName, loadSigner, otherClouds } from "../../clouds/registry.ts";
import { CredentialsError, type CredentialsWanted } from "../../clouds/signer.ts";
import type { CloudId } from "../../identity/identity.ts";
import type { World } from "../../world.ts";

/** Keys of another cloud, and where they are. */
export interface OtherKeys {
  readonly cloud: CloudId;
  /** In words that an advice may follow: `environment (AWS_ACCESS_KEY_ID): these look like AWS keys`. */
  readonly text: string;
}

/** Looks into the environment and the usual files; nobody is called. `undefined` where nothing is found. */
export async function findOtherKeys(
  world: World,
  cloud: CloudId,
  want: CredentialsWanted,
): Promise<OtherKeys | undefined> {
  for (const other of otherClouds(cloud)) {
    const source = await findKeys(world, other, want);
    if (source !== undefined) return { cloud: other, text: `${source}: these look like ${cloudName(other)} keys` };
  }
  return undefined;
}

/** Where the environment or the usual files of a cloud have keys, or say where they are; whether they work or not. */
export async function findKeys(world: World, cloud: CloudId, want: CredentialsWanted): Promise<string | undefined> {
  const signer = await loadSigner(cloud);
  for (const { name, callsOthers, find } of signer.credentialSources()) {
    if (callsOthers) continue;
    const found = await find(world, want).catch((broken) => {
      if (broken instanceof CredentialsError) return broken;
      throw broken;
    });
    // A profile that is asked for by name may be the other cloud's, and is missing here.
    if (found instanceof CredentialsError) return want.profile === undefined ? name : undefined;
    if (!("notConfigured" in found)) return found.source;
  }
  return await signer.findProfile?.(world, want);
}
