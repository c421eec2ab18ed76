/**
 * Alibaba Cloud's AssumeRole: the request, and the judgement of the answer. Not on the start-up path of `token`.
 *
 * Source: "AssumeRole" of the STS API reference, version 2015-04-01.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";
import type { OutgoingRequest, ReceivedAnswer } from "../../http.ts";
import { quoted } from "../../quote.ts";
import type { World } from "../../world.ts";
import { roleCall, settleSessionName } from "../role_session.ts";
import { type Advice, askService, objectAt, opaqueMember, type ServiceCall } from "../service_call.ts";
import type { Credentials, RoleRequest, StsWanted } from "../signer.ts";
import { readResult, readTemporaryKeys } from "./answers.ts";
import { type ApiCallContext, buildApiCall } from "./api_call.ts";
import { isSet } from "./credentials/variables.ts";
import { chooseEndpoint } from "./endpoints.ts";
import { API_VERSION } from "./token.ts";

/** How long the keys of the role live: as long as the token that they sign, and the shortest that STS takes. */
export const DURATION_SECONDS = 900;

const ROLE_ARN = /^acs:ram::\d{1,20}:role\/[A-Za-z0-9._-]{1,128}$/;

/** The names that sessions may have. */
export const SESSION_NAMES = { pattern: /^[A-Za-z0-9.@_-]{2,64}$/, alphabet: "letters, digits and .@_-" };

/** What to do about an error code of STS; of a code with parts, about its first. */
const ADVICE: Advice = {
  byCode: {
    EntityNotExist: "check the role's ARN",
    InvalidAccessKeyId: "check the caller's keys",
    InvalidSecurityToken: "renew the caller's credentials",
    InvalidTimeStamp: "check the clock of this machine",
    NoPermission:
      "check that the role's trust policy names the caller and takes its external id, and that the caller's " +
      'policies allow "sts:AssumeRole"',
    SignatureDoesNotMatch: "check the caller's secret key",
  },
  otherwise: "check the role and the request",
};

/** Assumes a role, as `Signer.assumeRole` promises. */
export async function assumeRole(world: World, request: RoleRequest): Promise<Credentials> {
  const { roleArn, session, credentials, sts } = request;
  demandRoleArn(roleArn);
  assertKnownTerms(request);
  const call = roleCall(roleArn, sts.caFile);
  const context = { host: await chooseStsHost(world, sts), now: world.now() };
  const sessionName = await settleSessionName(session, {
    ...SESSION_NAMES,
    now: context.now,
    callerPrincipalId: async () =>
      readPrincipalId(await askService(world, await buildGetCallerIdentity(credentials, context), call), call),
  });
  return readAssumeRole(
    await askService(world, await buildAssumeRole(request, { ...context, sessionName }), call),
    request,
  );
}

/** STS has no parameters for these. */
function assertKnownTerms({ policyArns, mfaSerial }: RoleRequest): void {
  const flag = policyArns !== undefined ? "--policy-arn" : mfaSerial !== undefined ? "--mfa-serial" : undefined;
  if (flag === undefined) return;
  const advice = flag === "--policy-arn"
    ? "give the document itself with --policy"
    : 'for MFA, sign in in the browser with "ram-auth login", or with a profile of mode CloudSSO';
  throw new UsageError(`Cannot use ${flag} with a role of Alibaba Cloud: its AssumeRole has no such thing; ${advice}`);
}

/** @throws {UsageError} if the text is not the ARN of a role */
export function demandRoleArn(roleArn: string): void {
  if (ROLE_ARN.test(roleArn)) return;
  throw new UsageError(
    `Cannot assume role ${quoted(roleArn)}: it is not a role ARN; write "acs:ram::1234567890123456:role/NAME"`,
  );
}

/**
 * The STS to ask; what the user does not say, variables of Alibaba Cloud's SDKs do. Of a region, it is the public endpoint:
 * a user's machine is in no VPC as a rule, and waiting to find out is no option.
 *
 * @throws {UsageError} if the region is not known, or the endpoint is not a host
 */
export async function chooseStsHost(world: World, wanted: StsWanted): Promise<string> {
  const stsEndpoint = wanted.endpoint ?? (world.env("ALIBABA_CLOUD_STS_ENDPOINT") || undefined);
  const region = wanted.region ?? (world.env("ALIBABA_CLOUD_STS_REGION") || undefined);
  const network = region !== undefined && isSet(world, "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED") ? "vpc" : "public";
  const never = () => Promise.resolve(false);
  return (await chooseEndpoint({ stsEndpoint, region, network }, never)).host;
}

/** The request that asks for the keys of a role. */
export async function buildAssumeRole(
  { roleArn, externalId, durationSeconds = DURATION_SECONDS, policy, credentials }: RoleRequest,
  { sessionName, ...context }: ApiCallContext & { readonly sessionName: string },
): Promise<OutgoingRequest> {
  const query = {
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    DurationSeconds: String(durationSeconds),
    ...(externalId === undefined ? {} : { ExternalId: externalId }),
    ...(policy === undefined ? {} : { Policy: policy }),
  };
  return await buildCall({ action: "AssumeRole", query }, credentials, context);
}

/** The request that asks who the caller is. */
export async function buildGetCallerIdentity(
  credentials: Credentials,
  context: ApiCallContext,
): Promise<OutgoingRequest> {
  return await buildCall({ action: "GetCallerIdentity", query: {} }, credentials, context);
}

async function buildCall(
  { action, query }: { readonly action: string; readonly query: Readonly<Record<string, string>> },
  credentials: Credentials,
  context: ApiCallContext,
): Promise<OutgoingRequest> {
  return await buildApiCall({ method: "POST", path: "/", action, version: API_VERSION, query }, credentials, context);
}

/**
 * Judges what came back from AssumeRole.
 *
 * @throws {AssumeRoleError} if STS refused, or the answer holds no usable keys
 */
export function readAssumeRole(
  answer: ReceivedAnswer,
  { roleArn, credentials }: Pick<RoleRequest, "roleArn" | "credentials">,
): Credentials {
  const call = roleCall(roleArn);
  return readTemporaryKeys(
    objectAt(readResult(answer, call, ADVICE), "Credentials"),
    `role ${roleArn}, assumed with ${credentials.source}`,
    call,
  );
}

function readPrincipalId(answer: ReceivedAnswer, call: ServiceCall): string {
  return opaqueMember(readResult(answer, call, ADVICE), "PrincipalId", call);
}
