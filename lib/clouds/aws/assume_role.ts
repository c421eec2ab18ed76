/**
 * AWS's AssumeRole: the request, and the judgement of the answer. Not on the start-up path of `token`.
 *
 * Source: "AssumeRole" of the STS API reference, version 2011-06-15.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";
import type { OutgoingRequest, ReceivedAnswer } from "../../http.ts";
import type { JsonObject } from "../../strict_json.ts";
import { VERSION } from "../../version.ts";
import type { World } from "../../world.ts";
import { roleCall, settleSessionName } from "../role_session.ts";
import {
  type Advice,
  adviceOn,
  askService,
  objectAt,
  opaqueMember,
  readObject,
  refusal,
  type ServiceCall,
  temporaryKeys,
} from "../service_call.ts";
import type { Credentials, RoleRequest } from "../signer.ts";
import { askMfaCode } from "./credentials/mfa.ts";
import { usableKeys } from "../usable_keys.ts";
import { headersWithSignature, signatureDate } from "./sigv4.ts";
import { regionOfArn, type ServiceHost, stsService, TRUST_OPTION } from "./service.ts";
import { API_VERSION, KEY_FORM, percentEncode } from "./token.ts";

/** How long the keys of the role live: as long as the token that they sign, and the shortest that STS takes. */
const DURATION_SECONDS = 900;

const ROLE_ARN = /^arn:aws(?:-[a-z]+)*:iam::\d{12}:role\/(?:[\x21-\x7e]{1,510}\/)?[\w+=,.@-]{1,64}$/;

const SESSION_NAMES = { pattern: /^[\w+=,.@-]{2,64}$/, alphabet: "letters, digits and _+=,.@-" };

/** What to do about an error code of STS. */
const ADVICE: Advice = {
  byCode: {
    AccessDenied:
      "check that the role's trust policy names the caller and takes its external id and session name, and " +
      'that the caller\'s policies allow "sts:AssumeRole"',
    ExpiredToken: "renew the caller's credentials",
    InvalidClientTokenId: "check the caller's keys",
    RegionDisabledException: "switch STS on in this region, or choose another with --region",
    SignatureDoesNotMatch: "check the caller's secret key, and the clock of this machine",
    // Of a web identity.
    ExpiredTokenException: "renew the token of the web identity",
    InvalidIdentityToken: "check the token file, and that IAM knows its issuer and audience",
  },
  otherwise: "check the role and the request",
};

/** An ARN of anything, and the account in it, which some kinds have none of. */
const ARN = /^arn:[a-z\d-]+:[a-z\d-]+:[a-z\d-]*:(\d{12})?:[\x21-\x7e]{1,1500}$/;

/** To whom and when a request is sent. */
export interface StsCallContext extends Pick<ServiceHost, "host" | "region"> {
  /** Default: HTTPS to the host. */
  readonly url?: string;
  readonly now: Date;
}

/** What a service says when it assumes a role for somebody else. */
export interface OnBehalf {
  /** For whose sake: the trust policy of the role sees it as `aws:SourceArn`, and its account as `aws:SourceAccount`. */
  readonly sourceArn: string | undefined;
}

/**
 * Assumes a role, as `Signer.assumeRole` promises.
 *
 * @throws {UsageError} if the source is not an ARN, beside what is promised there
 */
export async function assumeRole(
  world: World,
  request: RoleRequest,
  { sourceArn }: OnBehalf = { sourceArn: undefined },
): Promise<Credentials> {
  const { roleArn, session, sts } = request;
  if (!ROLE_ARN.test(roleArn)) {
    throw new UsageError(
      `Cannot assume role "${roleArn}": it is not a role ARN; write "arn:aws:iam::123456789012:role/NAME"`,
    );
  }
  const credentials = await usableKeys(request.credentials, KEY_FORM);
  const context = { ...await stsService(world, sts, roleArn), now: world.now() };
  const call = { ...roleCall(roleArn, context.caFile), trustOption: TRUST_OPTION };
  const mfa = request.mfaSerial === undefined
    ? undefined
    : { serial: request.mfaSerial, code: await askMfaCode(world, request.mfaSerial) };
  const sessionName = await settleSessionName(session, {
    ...SESSION_NAMES,
    now: context.now,
    callerPrincipalId: async () =>
      readUserId(await askService(world, await buildGetCallerIdentity(credentials, context), call), call),
  });
  const signed = await buildAssumeRole({ ...request, credentials }, { ...context, sessionName, sourceArn, mfa });
  return { ...readAssumeRole(await askService(world, signed, call), request), ...regionOutside(roleArn) };
}

/** Where to sign with keys of a partition that the usual STS knows nothing of. */
export function regionOutside(roleArn: string): Pick<Credentials, "region"> {
  const region = regionOfArn(roleArn);
  return region === undefined ? {} : { region };
}

/** Whether the text is the ARN of a role. */
export function isRoleArn(text: string): boolean {
  return ROLE_ARN.test(text);
}

/** What the caller's MFA device shows now. */
export interface MfaCode {
  readonly serial: string;
  readonly code: string;
}

/** The request that asks for the keys of a role. */
export async function buildAssumeRole(
  { roleArn, externalId, durationSeconds = DURATION_SECONDS, policy, policyArns = [], credentials }: RoleRequest,
  { sessionName, sourceArn, mfa, ...context }: StsCallContext & Partial<OnBehalf> & {
    readonly sessionName: string;
    readonly mfa?: MfaCode | undefined;
  },
): Promise<OutgoingRequest> {
  const parameters = {
    Action: "AssumeRole",
    Version: API_VERSION,
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    DurationSeconds: String(durationSeconds),
    ...(externalId === undefined ? {} : { ExternalId: externalId }),
    ...(policy === undefined ? {} : { Policy: policy }),
    ...Object.fromEntries(policyArns.map((arn, i) => [`PolicyArns.member.${i + 1}.arn`, arn])),
    ...(mfa === undefined ? {} : { SerialNumber: mfa.serial, TokenCode: mfa.code }),
  };
  return await buildCall(parameters, credentials, { ...context, headers: sourceHeaders(sourceArn) });
}

function sourceHeaders(sourceArn: string | undefined): Readonly<Record<string, string>> {
  if (sourceArn === undefined) return {};
  const arn = ARN.exec(sourceArn);
  if (arn === null) throw new UsageError(`Cannot assume a role on behalf of "${sourceArn}": it is not an ARN`);
  return { "x-amz-source-arn": sourceArn, ...(arn[1] === undefined ? {} : { "x-amz-source-account": arn[1] }) };
}

/** The request that asks who the caller is. */
export async function buildGetCallerIdentity(
  credentials: Credentials,
  context: StsCallContext,
): Promise<OutgoingRequest> {
  return await buildCall({ Action: "GetCallerIdentity", Version: API_VERSION }, credentials, context);
}

async function buildCall(
  parameters: Readonly<Record<string, string>>,
  credentials: Credentials,
  { host, url = `https://${host}/`, region, now, headers: more = {} }: StsCallContext & {
    readonly headers?: Readonly<Record<string, string>>;
  },
): Promise<OutgoingRequest> {
  const body = Object.entries(parameters).map(([name, value]) => `${name}=${percentEncode(value)}`).join("&");
  const headers = { host, "content-type": "application/x-www-form-urlencoded; charset=utf-8", ...more };
  const scope = { date: signatureDate(now), region };
  const request = { method: "POST", query: {}, headers, body } as const;
  const { host: _, ...signed } = await headersWithSignature(request, scope, credentials);
  return {
    url,
    method: "POST",
    headers: { ...signed, accept: "application/json", "user-agent": `ram-auth/${VERSION}` },
    body,
  };
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
  const keys = readKeys(answer, { action: "AssumeRole", call: roleCall(roleArn) });
  return { ...keys, source: `role ${roleArn}, assumed with ${credentials.source}` };
}

/**
 * The keys in an answer of STS.
 *
 * @throws {AssumeRoleError} if STS refused, or the answer holds no usable keys
 */
export function readKeys(
  answer: ReceivedAnswer,
  { action, call }: { readonly action: "AssumeRole" | "AssumeRoleWithWebIdentity"; readonly call: ServiceCall },
): Omit<Credentials, "source"> {
  const members = objectAt(readResult(answer, call), `${action}Response`, `${action}Result`, "Credentials");
  return temporaryKeys(members, KEY_MEMBERS, call);
}

const KEY_MEMBERS = { id: "AccessKeyId", secret: "SecretAccessKey", token: "SessionToken", end: "Expiration" };

function readUserId(answer: ReceivedAnswer, call: ServiceCall): string {
  const result = readResult(answer, call);
  return opaqueMember(objectAt(result, "GetCallerIdentityResponse", "GetCallerIdentityResult"), "UserId", call);
}

function readResult(answer: ReceivedAnswer, call: ServiceCall): JsonObject {
  const { status } = answer;
  const object = readObject(answer, call);
  if (status === 200) return object;
  const error = objectAt(object, "Error");
  const code = error.get("Code");
  throw refusal(
    call,
    { status, code, message: error.get("Message"), requestId: object.get("RequestId") },
    adviceOn(code, ADVICE),
  );
}
