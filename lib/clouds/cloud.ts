/**
 * The seam between the review flow and the clouds: everything in it that differs by cloud stands behind
 * {@linkcode Cloud}. The token flow has a seam of its own in `signer.ts`, so that neither loads the other's code.
 *
 * @module
 */

import type { Instances } from "./instances.ts";
import { PublicError, RamAuthError } from "../errors.ts";
import type { ReceivedAnswer } from "../http.ts";
import type { CloudId, Identity } from "../identity/identity.ts";

/** Most bytes in a token; real STS session tokens make tokens of over 4 KiB. */
export const MAX_TOKEN_BYTES = 16_384;

/** How long STS takes a signed request, counted from its date. Both clouds: 15 minutes. */
export const SIGNATURE_LIFETIME_MS = 15 * 60_000;

/** How far ahead of our clock a signed request's date may be. */
export const MAX_CLOCK_SKEW_MS = 5 * 60_000;

/** What a server judges a token against. */
export interface ReadContext {
  readonly clusterId: string;
  readonly now: Date;
}

/** Why a token was refused before STS was asked. The `reason` is a stable code for logs and tests. */
export type TokenRefusal =
  | "malformed"
  | "wrong_cluster"
  | "wrong_host"
  | "expired"
  | "not_yet_valid"
  | "too_large";

/** The token is ours in form of address, but is refused without asking STS. Trust: a stranger chose the token. */
export class TokenError extends PublicError {
  readonly code = "ERR_TOKEN";
  readonly publicMessage: string;
  readonly reason: TokenRefusal;

  /**
   * `message` is for the operator: it names the part that is wrong, and of its values at most cluster id, host, region
   * and date, in quotes; never a signature or a security token.
   */
  constructor(reason: TokenRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.publicMessage = PUBLIC_TOKEN_MESSAGES[reason];
  }
}

const PUBLIC_TOKEN_MESSAGES: Readonly<Record<TokenRefusal, string>> = {
  malformed: "token is malformed",
  wrong_cluster: "token is for another cluster",
  wrong_host: "token names an unknown STS host",
  expired: "token is expired",
  not_yet_valid: "token is dated in the future",
  too_large: "token is too large",
};

/** One request to STS, rebuilt from validated values and our own constants, and how to judge its answer. */
export interface StsCall {
  /** Host, with a port where it is not 443. Trust: from our table or the operator's configuration. */
  readonly host: string;
  /** The endpoint's region, as a label of metrics: `global` and `custom` stand for hosts of no region. */
  readonly region: string;
  readonly method: "GET" | "POST";
  /** Path and query. */
  readonly target: string;
  /** Whose calls pause when STS throttles this one. Trust: the caller's choice until STS has confirmed it. */
  readonly accessKeyId: string;
  /** When STS stops taking it, in milliseconds since 1970. Trust: the caller's choice within 20 minutes from now. */
  readonly endsAtMs: number;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Judges STS's answer.
   *
   * @throws {StsDenied} if STS refused the caller
   * @throws {StsThrottled} if STS asks for fewer calls
   * @throws {StsFault} if the answer is not one that STS gives
   */
  readAnswer(answer: StsAnswer): Identity;
}

/**
 * What came back from STS, whole. Trust: STS, or whoever sits in its place; nothing is believed before it is judged.
 */
export type StsAnswer = ReceivedAnswer;

/** STS says no: a bad key, a bad signature, expired credentials. */
export class StsDenied extends PublicError {
  readonly code = "ERR_STS_DENIED";
  readonly publicMessage: string;
  /** STS's own error code, such as `SignatureDoesNotMatch`. */
  readonly stsCode: string;
  readonly stsRequestId: string;
  /** What else an operator should know, in words that follow a semicolon. */
  readonly facts: string | undefined;

  constructor(stsCode: string, stsRequestId: string, facts?: string) {
    const refusal = `Cannot verify the token: STS refused it with "${stsCode}" (STS request id "${stsRequestId}")`;
    super(facts === undefined ? refusal : `${refusal}; ${facts}`);
    this.facts = facts;
    this.publicMessage = `STS refused the token: ${stsCode}, STS request id ${stsRequestId}`;
    this.stsCode = stsCode;
    this.stsRequestId = stsRequestId;
  }
}

/** STS asks us to slow down. */
export class StsThrottled extends PublicError {
  readonly code = "ERR_STS_THROTTLED";
  readonly publicMessage = "STS is throttling this server";
  override readonly retryable = true;
}

/** STS cannot be reached, answers too late, or answers what STS never answers. An outage, not a denial. */
export class StsFault extends PublicError {
  readonly code = "ERR_STS_FAULT";
  readonly publicMessage = "STS cannot be asked";
  override readonly retryable = true;
}

/** An ARN that a mapping names; `*` and `?` in it stand for any text and any one character within a `:` segment. */
export interface ArnPattern {
  readonly kind: "role" | "user" | "root";
  /** The canonical ARN to compare with {@linkcode Identity.canonicalArn}, ignoring case. */
  readonly canonicalArn: string;
  /** Whether it holds `*` or `?`. */
  readonly isGlob: boolean;
  /** Whether it is to be compared with {@linkcode Identity.permissionSetArn} in its place. */
  readonly isPermissionSet?: true;
  /** What was read differently from how it was written, for the operator: a role path that was dropped. */
  readonly notice?: string;
  /** The one session of the role that the text names. No rule can match it alone: whoever assumes the role names it. */
  readonly session?: string;
}

/** A permission set in one account, as a mapping names it. Trust: operators write mappings. */
export interface PermissionSet {
  readonly name: string;
  readonly accountId: string;
  /** Where there is none, the cloud's main one. */
  readonly partition: string | undefined;
}

/** The text is not an ARN that a mapping can name. Trust: operators write mappings. */
export class ArnError extends RamAuthError {
  readonly code = "ERR_ARN";
}

/** What speaks against an account id of a mapping, in words that follow a colon. */
export interface AccountDoubt {
  readonly why: string;
  /** Whether no account has it, and it is not only unusual. */
  readonly isImpossible: boolean;
}

/** What one cloud brings to the review flow. */
export interface Cloud {
  readonly id: CloudId;
  /** How its tokens start, with the dot: `k8s-ack-v2.`. */
  readonly tokenPrefix: string;
  /** The other tool's name in front of a `uid`. */
  readonly uidPrefix: string;
  /** How its ARNs start: `acs:`. */
  readonly arnPrefix: string;
  /**
   * Reads the ARN of a mapping rule.
   *
   * @throws {ArnError} if no identity of this cloud could ever have it
   */
  readArnPattern(text: string): ArnPattern;
  /**
   * Reads the permission set of a mapping rule, where the cloud has single sign-on that makes roles.
   *
   * @throws {ArnError} if no role could ever be made for it
   */
  readPermissionSet?(set: PermissionSet): ArnPattern;
  /** What speaks against an id being one of an account of this cloud; `undefined` where nothing does. */
  doubtAccountId(accountId: string): AccountDoubt | undefined;
  /** The partition of an ARN that was read, where the cloud has several, of which a server accepts one. */
  partitionOf?(canonicalArn: string): string;
  /**
   * Judges the id of our cluster, once.
   *
   * @throws {UsageError} if no signature of this cloud can bind a token to it
   */
  assertClusterId(clusterId: string): void;
  /**
   * Judges the STS hosts that the operator adds, as {@linkcode Cloud.createReader} does, where tokens name theirs.
   *
   * @throws {UsageError} if one of them is not a host, or none is there where only they count
   */
  assertStsHosts?(choice: Pick<EndpointChoice, "partition" | "stsHosts" | "stsHostsOnly">): void;
  /** Prepares to judge tokens: settles once which STS endpoint to ask, where the token does not say. */
  createReader(choice: EndpointChoice, accepts: (host: string) => Promise<boolean>): Promise<TokenReader>;
  /** There where the cloud's machines have roles of their own, whose names can be looked up. */
  readonly instances?: Instances;
  /** What `status.user.extra` carries, with the keys that the other tool uses. */
  extra(identity: Identity): Readonly<Record<string, readonly string[]>>;
}

/** Judges tokens of one cloud against its settled STS endpoint. */
export interface TokenReader {
  /** Which endpoint is asked and why, in words for the log. */
  readonly endpoint: string;
  /** The hosts that most tokens lead to, each with a port where it is not 443: at least one. */
  readonly usualHosts: readonly string[];
  /**
   * Reads a token by a closed grammar and rebuilds the request that its signer signed.
   *
   * @throws {TokenError} whatever the token holds that is not understood
   */
  read(token: string, context: ReadContext): StsCall;
}

/** What the operator says about STS endpoints. */
export interface EndpointChoice {
  /** The operator's own host, with an optional port, for tokens that name none; wins over all else. */
  readonly stsEndpoint: string | undefined;
  readonly region: string | undefined;
  readonly network: "auto" | "vpc" | "public";
  /** The partition whose hosts and ARNs are accepted, for a cloud that has several. Default: its main one. */
  readonly partition?: string;
  /** Hosts, each with an optional port, that tokens may name beside those of the cloud's table. Default: none. */
  readonly stsHosts?: readonly string[];
  /** Whether tokens may name only `stsHosts`. Default: no. */
  readonly stsHostsOnly?: boolean;
}
