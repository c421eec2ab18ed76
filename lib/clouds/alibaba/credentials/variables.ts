/**
 * Variables of Alibaba Cloud's SDKs and CLI that several sources of credentials heed. On the start-up path of `token`.
 *
 * @module
 */

import type { World } from "../../../world.ts";
import type { CredentialsWanted } from "../../signer.ts";

/** Variables that name the profile to use, as the aliyun CLI reads them. */
const PROFILE_VARIABLES = ["ALIBABACLOUD_PROFILE", "ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE"];

/** Whether a variable says yes, in the words of the SDKs: `true` or `1`, in any case. */
export function isSet(world: World, variable: string): boolean {
  return /^(?:true|1)$/i.test(world.env(variable) ?? "");
}

/** The profile asked for: by name, else by a variable; `undefined` where the file with profiles is to choose. */
export function askedProfile(world: World, { profile }: CredentialsWanted): string | undefined {
  return profile ?? PROFILE_VARIABLES.map((name) => world.env(name)).find((value) => value);
}

/** Why a source without profiles is passed over, where a profile was asked for. */
export function skippedFor(profile: string): { readonly notConfigured: string } {
  return { notConfigured: `skipped, because profile "${profile}" was asked for` };
}
