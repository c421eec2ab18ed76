/**
 * AWS's part of the emulator: from a request to its answer. Parameters that an action does not know are ignored, as by
 * the real STS.
 *
 * @module
 */

import type { AnsweredCall, CallContext, Trouble } from "../call.ts";
import type { ReceivedRequest } from "../request.ts";
import { errorAnswer, resultAnswer } from "./answers.ts";
import { assumeRole, assumeRoleWithWebIdentity, type Outcome, type Parameters } from "./assume_role.ts";
import { checkSignature } from "./check_signature.ts";
import { type Refusal, refuse, type StsErrorCode } from "./errors.ts";
import { parseForm, parseQuery } from "./parameters.ts";
import type { AwsPrincipal } from "./principals.ts";

/** The version of the API that has the actions below. */
const API_VERSION = "2011-06-15";

type Context = CallContext<AwsPrincipal>;

const SIGNED_ACTIONS: ReadonlyMap<string, (asked: Parameters, context: Context, caller: AwsPrincipal) => Outcome> =
  new Map([
    ["AssumeRole", assumeRole],
    ["GetCallerIdentity", (_asked, _context, { identity }) => ({ kind: "done", result: { ...identity } })],
  ]);

const UNSIGNED_ACTIONS: ReadonlyMap<string, (asked: Parameters, context: Context) => Outcome> = new Map([
  ["AssumeRoleWithWebIdentity", assumeRoleWithWebIdentity],
]);

const TROUBLES: Readonly<Record<Trouble, StsErrorCode>> = {
  throttle: "Throttling",
  unavailable: "ServiceUnavailable",
  too_large: "RequestEntityTooLarge",
  failure: "InternalFailure",
};

/** Whether a request is for AWS's STS: signed or asked in AWS's way, well or badly. */
export function isForAws({ query, headers, body }: ReceivedRequest): boolean {
  const parameters = new URLSearchParams(query);
  return headers.get("authorization")?.startsWith("AWS4-") === true || parameters.has("X-Amz-Algorithm") ||
    parameters.get("Version") === API_VERSION ||
    isForm(headers) && new URLSearchParams(new TextDecoder().decode(body)).get("Version") === API_VERSION;
}

/** Answers a request as AWS's STS. */
export function answerAws(request: ReceivedRequest, context: Context): AnsweredCall {
  const parameters = readParameters(request);
  const action = parameters?.get("Action");
  const { outcome, accessKeyId } = perform(request, parameters, context);
  const response = outcome.kind === "done"
    ? resultAnswer(request.headers, action!, outcome.result)
    : errorAnswer(request.headers, outcome);
  const ending = outcome.kind === "done" ? "OK" : outcome.code;
  return { response, report: { cloud: "aws", action, accessKeyId, outcome: ending } };
}

interface Performed {
  readonly outcome: Outcome;
  readonly accessKeyId?: string | undefined;
}

function perform(request: ReceivedRequest, parameters: Parameters | undefined, context: Context): Performed {
  if (context.trouble !== undefined) return { outcome: refuse(TROUBLES[context.trouble]) };
  if (parameters === undefined) return { outcome: refuse("MalformedQueryString") };
  const misplaced = refuseTarget(request, parameters);
  if (misplaced !== undefined) return { outcome: misplaced };

  const action = parameters.get("Action")!;
  const unsigned = UNSIGNED_ACTIONS.get(action);
  if (unsigned !== undefined) return { outcome: unsigned(parameters, context) };
  const verdict = checkSignature(request, context);
  if (verdict.kind === "refused") return { outcome: verdict, accessKeyId: verdict.accessKeyId };
  const { principal } = verdict;
  const outcome = SIGNED_ACTIONS.get(action)!(parameters, context, principal);
  return { outcome, accessKeyId: principal.accessKeyId };
}

/** Why the request is for nothing that the emulator does. */
function refuseTarget({ method, path }: ReceivedRequest, parameters: Parameters): Refusal | undefined {
  const action = parameters.get("Action");
  if (action === undefined) return refuse("MissingAction");
  const version = parameters.get("Version");
  const isKnown = (SIGNED_ACTIONS.has(action) || UNSIGNED_ACTIONS.has(action)) && version === API_VERSION;
  const isInPlace = (method === "GET" || method === "POST") && path === "/";
  return isKnown && isInPlace ? undefined : refuse(
    "InvalidAction",
    `Could not find operation ${action} for version ${version ?? "NO_VERSION_SPECIFIED"}`,
  );
}

/** The parameters of query and form together; `undefined` if either is malformed, or a name is in both. */
function readParameters({ method, query, headers, body }: ReceivedRequest): Parameters | undefined {
  const fromQuery = parseQuery(query);
  const fromForm = method === "POST" && isForm(headers) ? parseForm(body) : new Map<string, string>();
  if (fromQuery === undefined || fromForm === undefined) return undefined;
  const all = new Map([...fromQuery, ...fromForm]);
  return all.size === fromQuery.size + fromForm.size ? all : undefined;
}

function isForm(headers: Headers): boolean {
  return /^application\/x-www-form-urlencoded *(?:;|$)/i.test(headers.get("content-type") ?? "");
}
