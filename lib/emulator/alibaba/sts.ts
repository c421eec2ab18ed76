/**
 * Alibaba Cloud's part of the emulator: from a request to its answer. {@linkcode checkSignature} judges who asks.
 *
 * @module
 */

import type { AnsweredCall, CallContext, Trouble } from "../call.ts";
import type { ReceivedRequest } from "../request.ts";
import { parseQuery } from "./acs3.ts";
import { assumeRole, assumeRoleWithOidc } from "./assume_role.ts";
import { checkSignature } from "./check_signature.ts";
import { STS_ERRORS, type StsErrorCode } from "./errors.ts";
import type { AnswerObject, Outcome } from "./outcome.ts";
import type { AlibabaPrincipal } from "./principals.ts";

/** The version of the API that has the actions below. */
const API_VERSION = "2015-04-01";

/** Done for whoever holds a token. */
const OIDC_ACTION = "AssumeRoleWithOIDC";

type Context = CallContext<AlibabaPrincipal>;

const ACTIONS: ReadonlyMap<
  string,
  (asked: ReadonlyMap<string, string>, context: Context, caller: AlibabaPrincipal) => Outcome
> = new Map([
  ["AssumeRole", assumeRole],
  ["GetCallerIdentity", (_asked, _context, { identity }) => ({ kind: "done", result: { ...identity } })],
]);

const TROUBLES: Readonly<Record<Trouble, StsErrorCode>> = {
  throttle: "Throttling.User",
  unavailable: "ServiceUnavailable",
  too_large: "RequestEntityTooLarge",
  failure: "InternalError",
};

/** Answers a request as Alibaba Cloud's STS. */
export function answerAlibaba(request: ReceivedRequest, context: Context): AnsweredCall {
  const action = actionOf(request);
  const { outcome, accessKeyId } = perform(request, context);
  const isDone = outcome.kind === "done";
  return {
    response: isDone ? resultAnswer(outcome.result) : errorAnswer(outcome.code),
    report: { cloud: "alibaba", action, accessKeyId, outcome: isDone ? "OK" : outcome.code },
  };
}

interface Performed {
  readonly outcome: Outcome;
  readonly accessKeyId: string | undefined;
}

function perform(request: ReceivedRequest, context: Context): Performed {
  if (context.trouble === undefined && actionOf(request) === OIDC_ACTION) {
    return { outcome: performUnsigned(request, context), accessKeyId: undefined };
  }
  const code = context.trouble === undefined ? refuseAction(request) : TROUBLES[context.trouble];
  if (code !== undefined) return { outcome: { kind: "refused", code }, accessKeyId: undefined };
  const verdict = checkSignature(request, context);
  if (verdict.kind === "refused") return { outcome: verdict, accessKeyId: verdict.accessKeyId };
  const { principal } = verdict;
  const act = ACTIONS.get(request.headers.get("x-acs-action")!)!;
  return { outcome: act(parseQuery(request.query)!, context, principal), accessKeyId: principal.accessKeyId };
}

/** What a request asks for: in a header, or, as older clients do, in the query. */
function actionOf({ headers, query }: ReceivedRequest): string | undefined {
  return headers.get("x-acs-action") ?? parseQuery(query)?.get("Action");
}

/** The action that nobody signs, in the form in which the SDKs ask for it: the general parameters in the query. */
function performUnsigned({ method, path, query, headers, body }: ReceivedRequest, context: Context): Outcome {
  if (method !== "POST") return { kind: "refused", code: "UnsupportedHTTPMethod" };
  if (path !== "/") return { kind: "refused", code: "InvalidAction.NotFound" };
  const general = parseQuery(query)!;
  if (!general.has("Version")) return { kind: "refused", code: "MissingVersion" };
  if (general.get("Version") !== API_VERSION) return { kind: "refused", code: "InvalidVersion" };
  const isForm = headers.get("content-type")?.startsWith("application/x-www-form-urlencoded");
  const asked = isForm ? parseQuery(new TextDecoder().decode(body)) : new Map<string, string>();
  return asked === undefined ? { kind: "refused", code: "InvalidParameter" } : assumeRoleWithOidc(asked, context);
}

/** Why the request is for nothing that the emulator does; `undefined` if it is for one of its actions. */
function refuseAction({ method, path, headers }: ReceivedRequest): StsErrorCode | undefined {
  if (method !== "POST" && method !== "GET") return "UnsupportedHTTPMethod";
  const action = headers.get("x-acs-action");
  if (action === null) return "MissingAction";
  if (path !== "/" || !ACTIONS.has(action)) return "InvalidAction.NotFound";
  const version = headers.get("x-acs-version");
  if (version === null) return "MissingVersion";
  return version === API_VERSION ? undefined : "InvalidVersion";
}

function resultAnswer(result: AnswerObject): Response {
  return respond(200, { ...result, RequestId: newRequestId() });
}

function errorAnswer(code: StsErrorCode): Response {
  const requestId = newRequestId();
  return respond(STS_ERRORS[code].status, {
    Code: code,
    Message: STS_ERRORS[code].message,
    RequestId: requestId,
    HostId: "sts.aliyuncs.com",
    Recommend: `https://api.aliyun.com/troubleshoot?q=${code}&product=Sts&requestId=${requestId}`,
  });
}

function respond(status: number, body: AnswerObject): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json;charset=utf-8" },
  });
}

function newRequestId(): string {
  return crypto.randomUUID().toUpperCase();
}
