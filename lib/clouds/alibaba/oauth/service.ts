/**
 * What Alibaba Cloud's OAuth service gives: tokens for the code of a sign-in, new tokens for a refresh token, keys for an
 * access token.
 *
 * Source: github.com/aliyun/aliyun-cli, `config/configure.go`; github.com/aliyun/credentials-go,
 * `credentials/providers/oauth.go`.
 *
 * @module
 */

import type { OutgoingRequest, ReceivedAnswer } from "../../../http.ts";
import { Secret } from "../../../secret.ts";
import type { JsonObject } from "../../../strict_json.ts";
import { VERSION } from "../../../version.ts";
import type { World } from "../../../world.ts";
import { askService, opaqueMember, type ServiceCall, temporaryKeys } from "../../service_call.ts";
import { type Credentials, CredentialsError } from "../../signer.ts";
import { readResult } from "../answers.ts";
import type { OauthSite } from "./sites.ts";

/** How the service is asked. */
export interface Asking {
  /** Starts each error: `Cannot log in as profile "work"`. */
  readonly attempt: string;
  readonly site: OauthSite;
  readonly caFile: string | undefined;
  /** What to do where the service refuses. */
  readonly advice: string;
}

/** What a sign-in lasts on. */
export interface OauthTokens {
  readonly accessToken: Secret;
  readonly accessTokenEnd: Date;
  /** Redeemed once, for the next pair. */
  readonly refreshToken: Secret | undefined;
}

/** Longest life of an access token that is believed: a year, in seconds. Real ones have hours. */
const MAX_LIFE_SECONDS = 31_536_000;

/** For one request; a person waits. */
const TOKEN_DEADLINE_MS = 10_000;

/** Answers by which the service refuses a refresh token, so that only a new sign-in helps (RFC 6749, section 5.2). */
const REFUSALS = [400, 401];

/** The tokens of a sign-in. @throws {CredentialsError} if the service refuses, or gives nothing usable */
export async function redeemCode(
  world: World,
  asking: Asking,
  given: { readonly code: Secret; readonly verifier: Secret; readonly redirectUri: string },
): Promise<OauthTokens> {
  const form = {
    grant_type: "authorization_code",
    code: given.code.reveal(),
    client_id: asking.site.clientId,
    redirect_uri: given.redirectUri,
    code_verifier: given.verifier.reveal(),
  };
  return readTokens(world, await askForTokens(world, asking, form), asking);
}

/**
 * The tokens that follow on a refresh token, which is spent by that.
 *
 * @returns `undefined` where the service refuses it
 * @throws {CredentialsError} if the service cannot be asked, or gives nothing usable
 */
export async function refreshTokens(
  world: World,
  asking: Asking,
  refreshToken: Secret,
): Promise<OauthTokens | undefined> {
  const form = {
    grant_type: "refresh_token",
    refresh_token: refreshToken.reveal(),
    client_id: asking.site.clientId,
  };
  const answer = await askForTokens(world, asking, form);
  if (REFUSALS.includes(answer.status)) return undefined;
  const tokens = readTokens(world, answer, asking);
  return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken };
}

/** Keys for an access token. @throws {CredentialsError} if the service refuses, or gives nothing usable */
export async function exchangeForKeys(
  world: World,
  asking: Asking,
  { accessToken, source }: { readonly accessToken: Secret; readonly source: string },
): Promise<Credentials> {
  const call = callOf(asking);
  const request = {
    url: `${asking.site.service}/v1/exchange`,
    method: "POST",
    headers: {
      "accept": "application/json",
      "authorization": `Bearer ${accessToken.reveal()}`,
      "content-type": "application/json",
      "user-agent": `ram-auth/${VERSION}`,
    },
  } as const;
  const members = resultOf(await askService(world, request, call), asking, "requestId");
  return { ...temporaryKeys(members, KEY_MEMBERS, call), source };
}

const KEY_MEMBERS = { id: "accessKeyId", secret: "accessKeySecret", token: "securityToken", end: "expiration" };

/** Asked once: what is redeemed counts once, and an answer that got lost may have spent it. */
async function askForTokens(
  world: World,
  asking: Asking,
  form: Readonly<Record<string, string>>,
): Promise<ReceivedAnswer> {
  const request: OutgoingRequest = {
    url: `${asking.site.service}/v1/token`,
    method: "POST",
    headers: {
      "accept": "application/json",
      "content-type": "application/x-www-form-urlencoded",
      "user-agent": `ram-auth/${VERSION}`,
    },
    body: new URLSearchParams(form).toString(),
  };
  return await askService(world, request, { ...callOf(asking), tries: 1, deadlineMs: TOKEN_DEADLINE_MS });
}

function readTokens(world: World, answer: ReceivedAnswer, asking: Asking): OauthTokens {
  const call = callOf(asking);
  const members = resultOf(answer, asking, "request_id");
  const seconds = members.get("expires_in");
  if (typeof seconds !== "number" || !(seconds > 0 && seconds <= MAX_LIFE_SECONDS)) {
    throw new CredentialsError(`${asking.attempt}: ${call.service} answered with no usable "expires_in"; try again`);
  }
  return {
    accessToken: new Secret(opaqueMember(members, "access_token", call)),
    accessTokenEnd: new Date(world.now().getTime() + seconds * 1000),
    refreshToken: members.has("refresh_token") ? new Secret(opaqueMember(members, "refresh_token", call)) : undefined,
  };
}

function resultOf(answer: ReceivedAnswer, asking: Asking, requestId: string): JsonObject {
  const advice = { byCode: {}, otherwise: asking.advice };
  return readResult(answer, callOf(asking), advice, ["error", "error_description", requestId]);
}

function callOf({ attempt, caFile }: Asking): ServiceCall {
  return {
    attempt,
    service: "Alibaba Cloud's OAuth service",
    hostOption: '"oauth_site_type"',
    caFile,
    Failure: CredentialsError,
  };
}
