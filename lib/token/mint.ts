/**
 * The token flow: credentials are found, a role is assumed with them where one is wanted, and the cloud signs.
 *
 * @module
 */

import {
  type Credentials,
  CredentialsError,
  type CredentialsWanted,
  type KeepKeys,
  type MintedToken,
  NoCredentials,
  type RoleTerms,
  type Signer,
  type StsWanted,
} from "../clouds/signer.ts";
import { usableKeys } from "../clouds/usable_keys.ts";
import type { World } from "../world.ts";

/** The roles to assume, each with the keys of the one before; the token is signed with those of the last. */
export interface RolesWanted {
  /** At least one. */
  readonly arns: readonly string[];
  /** The session has the same name in all. The MFA device is the first one's, everything else the last one's. */
  readonly terms: RoleTerms;
}

/** For which cluster to mint, with whose credentials, and for which STS. */
export interface MintOptions {
  readonly clusterId: string;
  readonly profile: string | undefined;
  readonly sts: StsWanted;
  readonly roles: RolesWanted | undefined;
  /** Keeps temporary keys over logins; without it, each login obtains its own. */
  readonly keep?: KeepKeys;
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
  { clusterId, profile, sts, roles, keep = (_, obtain) => obtain() }: MintOptions,
): Promise<MintedToken & { readonly credentials: Credentials }> {
  const found = await findCredentials(world, signer, { profile, sts, keep });
  const credentials = roles === undefined ? found : await keep(
    { keys: found.accessKeyId, profile, roles, sts },
    () => assume(world, signer, { roles, credentials: found, sts }),
  );
  const now = world.now();
  const minted = await signer.mint(world, { clusterId, credentials, now, sts });
  if (minted.expiresAt <= now) {
    throw new CredentialsError(
      `Cannot mint a token: the credentials from ${credentials.source} have expired or expire within a minute; renew them`,
    );
  }
  return { ...minted, credentials };
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
  { roles: { arns, terms }, credentials, sts }: { roles: RolesWanted; credentials: Credentials; sts: StsWanted },
): Promise<Credentials> {
  const { session, mfaSerial, ...termsOfLast } = terms;
  let latest = credentials;
  for (const [i, roleArn] of arns.entries()) {
    const keys = await signer.assumeRole(world, {
      roleArn,
      session,
      ...(i === 0 ? { mfaSerial } : {}),
      ...(i === arns.length - 1 ? termsOfLast : {}),
      credentials: latest,
      sts,
    });
    latest = await usableKeys(keys, signer.keyForm);
  }
  return latest;
}
