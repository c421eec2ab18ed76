/**
 * The seam between the token flow and the clouds: everything in it that differs by cloud stands behind
 * {@linkcode Signer}. On the start-up path of `token`.
 *
 * @module
 */

import { RamAuthError } from "../errors.ts";
import type { CloudId } from "../identity/identity.ts";
import type { Secret } from "../secret.ts";
import type { World } from "../world.ts";

/** Keys that sign requests, and where they came from. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: Secret;
  /** Only with temporary credentials. */
  readonly securityToken?: Secret;
  /** When temporary credentials end, where the source tells. */
  readonly expiresAt?: Date;
  /** The source, in words for a person: `environment (ALIBABA_CLOUD_ACCESS_KEY_ID)`. */
  readonly source: string;
}

/** Which credentials the user asked for. */
export interface CredentialsWanted {
  /** The profile asked for by name; sources without profiles are then passed over. */
  readonly profile: string | undefined;
}

/** One place where credentials may be. */
export interface CredentialSource {
  /** What a person calls it, such as `~/.aliyun/config.json`. */
  readonly name: string;
  /**
   * Looks for credentials: found, or why this source is not configured.
   *
   * @throws {CredentialsError} if it is configured, but broken
   */
  find(world: World, want: CredentialsWanted): Promise<Credentials | { readonly notConfigured: string }>;
}

/** No usable credentials: a source is broken, or none is configured. */
export class CredentialsError extends RamAuthError {
  readonly code = "ERR_CREDENTIALS";
  readonly publicMessage = "no usable credentials";
}

/** What a token is minted from. */
export interface MintRequest {
  readonly clusterId: string;
  readonly credentials: Credentials;
  /** The date of the signature. */
  readonly now: Date;
}

/** A token, and when to stop presenting it. */
export interface MintedToken {
  readonly token: Secret;
  /** Ours to announce: before both the signature and the credentials end. */
  readonly expiresAt: Date;
}

/** What one cloud brings to the token flow. */
export interface Signer {
  readonly id: CloudId;
  /** Where credentials may be, in order. */
  credentialSources(): readonly CredentialSource[];
  /** Signs a token. Needs no network. */
  mint(request: MintRequest): Promise<MintedToken>;
}
