/**
 * What a server refuses before it looks at mappings, in words.
 *
 * @module
 */

import { cloudName } from "../../clouds/registry.ts";
import type { Settings } from "../../config/settings.ts";
import type { CloudId, Identity } from "../../identity/identity.ts";
import { Denied } from "../../mapping/deny/denial.ts";
import { cloudsToRead } from "../mappings/read_sources.ts";
import { serverDenyList } from "./server_mapper.ts";

/** Why an identity never reaches the mappings, in words that follow a colon. */
export async function whyBarred(identity: Identity, settings: Settings): Promise<string | undefined> {
  const accepted = (await cloudsToRead(settings, settings.get("file") ?? [])).map(({ id }) => id);
  if (!accepted.includes(identity.cloud)) return `an ARN of ${onlyOthers(identity.cloud, accepted)}`;
  const denial = await denialOf(identity, settings);
  if (denial !== undefined) return denial;
  const partition = settings.get("partition");
  const own = identity.canonicalArn.split(":")[1] ?? "";
  if (identity.cloud !== "aws" || own.toLowerCase() === partition) return undefined;
  return `differs by partition: an ARN of "${own}", but the server accepts only "${partition}"; set server.partition`;
}

async function denialOf(identity: Identity, settings: Settings): Promise<string | undefined> {
  try {
    (await serverDenyList(settings)).assertIdentity(identity);
    return undefined;
  } catch (error) {
    if (error instanceof Denied) return error.why;
    throw error;
  }
}

/** That a cloud is not among those that are accepted, in words that follow "of". */
export function onlyOthers(cloud: CloudId, accepted: readonly CloudId[]): string {
  const others = accepted.map(cloudName).join(" and ");
  return `${cloudName(cloud)}, but the server accepts only ${others}; list both under "clouds"`;
}
