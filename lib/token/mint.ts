/**
 * The token flow: credentials are found, a role is assumed with them where one is wanted, and the cloud signs.
 *
 * @module
 */

import {
  type Credentials,
  CredentialsError,
  type CredentialsWanted,
  type MintedToken,
  NoCredentials,
  type RoleRequest,
  type Signer,
  type StsWanted,
} from "../clouds/signer.ts";
import type { World } from "../world.ts";
import { usableKeys } from "./usable_keys.ts";

/** The role to sign as, in place of whoever the credentials belong to. */
export interface RoleWanted extends Pick<RoleRequest, "externalId" | "session"> {
  readonly arn: string;
}

/** For which cluster to mint, with whose credentials, and for which STS. */
export interface MintOptions {
  readonly clusterId: string;
  readonly profile: string | undefined;
  readonly sts: StsWanted;
  readonly role: RoleWanted | undefined;
}

/**
 * Mints a token for one cluster.
 *
 * @throws {CredentialsError} if no source has usable credentials, or they end within a minute
 * @throws {AssumeRoleError} if the role cannot be assumed
 */
export async function mintToken(
  world: World,
  signer: Signer,
  { clusterId, profile, sts, role }: MintOptions,
): Promise<MintedToken & { readonly source: string }> {
  const found = await findCredentials(world, signer, { profile, sts });
  const credentials = role === undefined ? found : await assume(world, signer, { role, credentials: found, sts });
  const now = world.now();
  const minted = await signer.mint(world, { clusterId, credentials, now, sts });
  if (minted.expiresAt <= now) {
    throw new CredentialsError(
      `Cannot mint a token: the credentials from ${credentials.source} have expired or expire within a minute; renew them`,
    );
  }
  return { ...minted, source: credentials.source };
}

/**
 * Asks each source in turn. One that is not configured is passed over; one that is broken ends the search.
 *
 * @throws {CredentialsError} if no source has usable credentials
 */
export async function findCredentials(
  world: World,
  signer: Signer,
  want: CredentialsWanted,
): Promise<Credentials> {
  const reasons: string[] = [];
  for (const source of signer.credentialSources()) {
    const found = await source.find(world, want);
    if (!("notConfigured" in found)) return await usableKeys(found, signer.keyForm);
    reasons.push(`\n  ${source.name}: ${found.notConfigured}`);
  }
  throw new NoCredentials(`Cannot find credentials for ${signer.id}; configure one of these:${reasons.join("")}`);
}

async function assume(
  world: World,
  signer: Signer,
  { role: { arn, ...role }, credentials, sts }: { role: RoleWanted; credentials: Credentials; sts: StsWanted },
): Promise<Credentials> {
  return await usableKeys(await signer.assumeRole(world, { roleArn: arn, ...role, credentials, sts }), signer.keyForm);
}
