/**
 * The token flow: credentials are found, and the cloud signs with them.
 *
 * @module
 */

import { type Credentials, CredentialsError, type MintedToken, type Signer } from "../clouds/signer.ts";
import type { World } from "../world.ts";

/** For which cluster to mint, and with whose credentials. */
export interface MintOptions {
  readonly clusterId: string;
  readonly profile: string | undefined;
}

/**
 * Mints a token for one cluster.
 *
 * @throws {CredentialsError} if no source has usable credentials, or they end within a minute
 */
export async function mintToken(
  world: World,
  signer: Signer,
  { clusterId, profile }: MintOptions,
): Promise<MintedToken & { readonly source: string }> {
  const credentials = await findCredentials(world, signer, profile);
  const now = world.now();
  const minted = await signer.mint({ clusterId, credentials, now });
  if (minted.expiresAt <= now) {
    throw new CredentialsError(
      `Cannot mint a token: the credentials from ${credentials.source} have ended or end within a minute; renew them`,
    );
  }
  return { ...minted, source: credentials.source };
}

/** Asks each source in turn. One that is not configured is passed over; one that is broken ends the search. */
async function findCredentials(world: World, signer: Signer, profile: string | undefined): Promise<Credentials> {
  const reasons: string[] = [];
  for (const source of signer.credentialSources()) {
    const found = await source.find(world, { profile });
    if (!("notConfigured" in found)) return found;
    reasons.push(`\n  ${source.name}: ${found.notConfigured}`);
  }
  throw new CredentialsError(`Cannot find credentials for ${signer.id}; configure one of these:${reasons.join("")}`);
}
