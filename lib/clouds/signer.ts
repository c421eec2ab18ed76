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
  /** The region whose STS knows the keys, for whoever configured none. */
  readonly region?: string;
  /** What the source calls its values, for errors: `AWS_SECRET_ACCESS_KEY`. */
  readonly names?: KeyNames;
}

/** What a source calls the values of {@linkcode Credentials}. */
export interface KeyNames {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string;
}

/** Which credentials the user asked for. */
export interface CredentialsWanted {
  /** The profile asked for by name; sources without profiles are then passed over. */
  readonly profile: string | undefined;
  /** For a source that has to ask STS. Default: the user said nothing of it. */
  readonly sts?: StsWanted;
  /** For a source that asks others for temporary keys. Default: each login obtains its own. */
  readonly keep?: KeepKeys;
}

/**
 * Temporary keys that are kept for what was asked, or those that `obtain` gets.
 *
 * @param asked everything on which it depends whose keys they are; it can be written as JSON
 */
export type KeepKeys = (
  asked: Readonly<Record<string, unknown>>,
  obtain: () => Promise<Credentials>,
) => Promise<Credentials>;

/** One place where credentials may be. */
export interface CredentialSource {
  /** What a person calls it, such as `~/.aliyun/config.json`. */
  readonly name: string;
  /** Whether it may call others for them, instead of looking into the environment and files alone. */
  readonly callsOthers?: true;
  /**
   * Looks for credentials: found, or why this source is not configured.
   *
   * @throws {CredentialsError} if it is configured, but broken
   */
  find(world: World, want: CredentialsWanted): Promise<Credentials | NotConfigured>;
}

/** Why a source has no credentials. */
export interface NotConfigured {
  readonly notConfigured: string;
}

/** A source whose module is loaded when it is asked, after those before it had nothing. */
export function sourceLater(
  name: string,
  load: () => Promise<CredentialSource>,
  traits: Pick<CredentialSource, "callsOthers"> = {},
): CredentialSource {
  return { name, ...traits, find: async (world, want) => await (await load()).find(world, want) };
}

/** No usable credentials: a source is broken, or none is configured. */
export class CredentialsError extends RamAuthError {
  readonly code = "ERR_CREDENTIALS";
}

/** No source has any. */
export class NoCredentials extends CredentialsError {}

/** What the user says of the STS to sign for and to ask. */
export interface StsWanted {
  readonly region: string | undefined;
  /** A host with an optional port; wins over the region. */
  readonly endpoint: string | undefined;
  /** PEM file with a CA bundle, in addition to the public CAs. */
  readonly caFile: string | undefined;
  /** The profile asked for by name, whose region counts where none is given. */
  readonly profile: string | undefined;
}

/** What a token is minted from. */
export interface MintRequest {
  readonly clusterId: string;
  readonly credentials: Credentials;
  /** The date of the signature. */
  readonly now: Date;
  readonly sts: StsWanted;
}

/** A token, and when to stop presenting it. */
export interface MintedToken {
  readonly token: Secret;
  /** Ours to announce: before both the signature and the credentials end. */
  readonly expiresAt: Date;
}

/** How the session of an assumed role is called; `of_caller` hands on the name of the session that assumes it. */
export type SessionName =
  | { readonly kind: "usual" }
  | { readonly kind: "given"; readonly name: string }
  | { readonly kind: "of_caller" };

/** On what terms a role is assumed. */
export interface RoleTerms {
  readonly session: SessionName;
  readonly externalId?: string | undefined;
  /** How long its keys are to live, in seconds; without it, for as short a time as STS takes. */
  readonly durationSeconds?: number | undefined;
  /** A policy that takes rights from its keys: JSON. */
  readonly policy?: string | undefined;
  /** The ARNs of managed policies that do the same. */
  readonly policyArns?: readonly string[] | undefined;
  /** Serial number or ARN of the caller's MFA device, whose code is asked for at the terminal. */
  readonly mfaSerial?: string | undefined;
}

/** Which role to assume, and as whom. */
export interface RoleRequest extends RoleTerms {
  readonly roleArn: string;
  /** The caller's. */
  readonly credentials: Credentials;
  readonly sts: StsWanted;
}

/** STS does not hand out the role, or cannot be asked. */
export class AssumeRoleError extends RamAuthError {
  readonly code = "ERR_ASSUME_ROLE";
}

/** How a cloud's access key ids look, as its token parser has it. */
export interface KeyForm {
  /** Characters of an id, as the inside of a class of a regular expression: `A-Za-z0-9`. */
  readonly characters: string;
  readonly minLength: number;
  readonly maxLength: number;
  /** How the ids of temporary keys start, which work only with a security token. */
  readonly temporaryPrefix: string;
}

/** Secrets and security tokens: visible ASCII, and no quotes, which only a shell or a file should have around them. */
export const SECRET_TEXT = /^[\x21\x23-\x26\x28-\x5f\x61-\x7e]+$/;

/** The whole of an access key id, as a part of a regular expression. */
export function keyIdPattern({ characters, minLength, maxLength }: KeyForm): string {
  return `[${characters}]{${minLength},${maxLength}}`;
}

/** What one cloud brings to the token flow. */
export interface Signer {
  readonly id: CloudId;
  readonly keyForm: KeyForm;
  /** Where credentials may be, in order. */
  credentialSources(): readonly CredentialSource[];
  /** The profile that says where credentials are, for a source that calls others, in words; `undefined` without one. */
  findProfile?(world: World, want: CredentialsWanted): Promise<string | undefined>;
  /** Signs a token. Needs no network. */
  mint(world: World, request: MintRequest): Promise<MintedToken>;
  /**
   * Asks STS for the keys of a role.
   *
   * @throws {UsageError} if the ARN is none of a role of this cloud, or the cloud knows no such terms
   * @throws {CredentialsError} if nobody sits at the terminal to type the code of an MFA device
   * @throws {AssumeRoleError} if STS refuses, or cannot be asked
   */
  assumeRole(world: World, request: RoleRequest): Promise<Credentials>;
}
