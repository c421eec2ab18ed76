/**
 * What sources of credentials share that ask STS: whom, and how they say that it failed.
 *
 * @module
 */

import { RamAuthError } from "../../../errors.ts";
import type { World } from "../../../world.ts";
import { CredentialsError, type CredentialsWanted, type StsWanted } from "../../signer.ts";

/** What a profile says of the STS to ask; the user's own words win, then the variables of the SDKs. */
export interface ProfileSts {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
}

/** The STS that a source asks. */
export function stsWanted(world: World, want: CredentialsWanted, ofProfile: ProfileSts = {}): StsWanted {
  return {
    region: want.sts?.region ?? ofProfile.region,
    endpoint: want.sts?.endpoint ?? (world.env("ALIBABA_CLOUD_STS_ENDPOINT") || ofProfile.endpoint),
    caFile: want.sts?.caFile,
    profile: want.profile,
  };
}

/**
 * Does the work of a source.
 *
 * @param attempt starts the message: `Cannot use profile "work"`
 * @throws {CredentialsError} for whatever expected failure the work ends with, with its message behind the attempt
 */
export async function explaining<Result>(attempt: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof RamAuthError) || cause.message.startsWith(attempt)) throw cause;
    throw new CredentialsError(`${attempt}: ${cause.message.replace(/^Cannot/, "cannot")}`, { cause });
  }
}
