/**
 * Sends signed requests to an emulator, and reads its JSON.
 *
 * @module
 */

import type { AwsCallerIdentity, AwsPrincipal } from "../../../lib/emulator/aws/principals.ts";
import type { ReceivedRequest } from "../../../lib/emulator/request.ts";
import type { Stage } from "../stage.ts";
import { headerSigned, type Parameters, signedForm } from "./signed_request.ts";

/** The emulator's clock, as AWS writes it. */
export const AWS_DATE = "20261122T120000Z";

/** An answer, of which every action has its own members. */
export interface AnswerJson {
  readonly Error?: { readonly [name in "Code" | "Message" | "Type"]: string };
  readonly RequestId?: string;
  readonly GetCallerIdentityResponse?: {
    readonly GetCallerIdentityResult: AwsCallerIdentity;
    readonly ResponseMetadata: { readonly RequestId: string };
  };
  readonly AssumeRoleResponse?: { readonly AssumeRoleResult: RoleSession };
  readonly AssumeRoleWithWebIdentityResponse?: { readonly AssumeRoleWithWebIdentityResult: RoleSession };
}

/** The session of a role, with its keys. */
export interface RoleSession {
  readonly AssumedRoleUser: { readonly AssumedRoleId: string; readonly Arn: string };
  readonly Credentials: {
    readonly AccessKeyId: string;
    readonly SecretAccessKey: string;
    readonly SessionToken: string;
    /** Seconds since 1970. */
    readonly Expiration: number;
  };
}

/** A status, and the JSON that came with it. */
export interface Answer {
  readonly status: number;
  readonly json: AnswerJson;
}

/** Keys that a request is signed with. */
export type Keys = Omit<AwsPrincipal, "identity">;

/** Sends a request as it is. */
export function send({ emulator, client }: Stage, request: ReceivedRequest, accept?: string): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.delete("host");
  if (accept !== undefined) headers.set("accept", accept);
  const body = request.body.length === 0 ? null : request.body.slice();
  return fetch(`https://${emulator.host}${request.path}?${request.query}`, {
    client,
    method: request.method,
    headers,
    body,
  });
}

/** Sends a request and reads the JSON that answers it. */
export async function ask(stage: Stage, request: ReceivedRequest): Promise<Answer> {
  const response = await send(stage, request, "application/json");
  return { status: response.status, json: await response.json() };
}

/** Asks for an action by a form, signed in a header. */
export function askFor(stage: Stage, keys: Keys, parameters: Parameters, date = AWS_DATE): Promise<Answer> {
  return ask(stage, signedForm(keys, parameters, { date, host: stage.emulator.host }));
}

/** Asks who a key's holder is. */
export function askWho(stage: Stage, keys: Keys, date = AWS_DATE): Promise<Answer> {
  return ask(stage, headerSigned(keys, { date, host: stage.emulator.host }));
}
