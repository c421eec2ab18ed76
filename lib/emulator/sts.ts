/**
 * A stand-in for Alibaba Cloud's STS on loopback: real TLS, real HTTP, one action. Owns the server and the form of its
 * answers; {@linkcode checkSignature} judges.
 *
 * @module
 */

import { BodyTooLargeError, readBodyCapped } from "../http.ts";
import type { ReceivedRequest } from "./alibaba/acs3.ts";
import { checkSignature, refused, type Verdict } from "./alibaba/check_signature.ts";
import type { CallerIdentity, Principal } from "./alibaba/principals.ts";
import { STS_ERRORS, type StsErrorCode } from "./alibaba/errors.ts";

/** Largest body: GetCallerIdentity has none; the cap is the one that ram-auth sets for STS answers. */
const MAX_BODY_BYTES = 65_536;

/** The one action, and the version of the API that has it. */
const ACTION = "GetCallerIdentity";
const API_VERSION = "2015-04-01";

/** What one call was and how it ended. Trust: the caller chose `action` and `accessKeyId`; neither is a secret. */
export interface StsCallReport {
  readonly action: string | undefined;
  /** The key that the caller claims, where its `Authorization` could be read. */
  readonly accessKeyId: string | undefined;
  readonly outcome: "OK" | StsErrorCode;
}

/** How to run an emulator. */
export interface StsEmulatorOptions {
  /** Serving certificate, for the address 127.0.0.1; PEM. */
  readonly certPem: string;
  readonly keyPem: string;
  readonly principals: readonly Principal[];
  readonly now: () => Date;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Called after each answer is decided. */
  readonly onCall?: (call: StsCallReport) => void;
  /** Asked at each call, so that a test or the demo can play an outage. Default: `normal`. */
  readonly behave?: () => "normal" | "throttle" | "unavailable";
}

/** An emulator that serves. */
export interface StsEmulator {
  /** `127.0.0.1:<port>`, as `--sts-endpoint` takes it. */
  readonly host: string;
  /** How many requests have come, refused ones too. */
  calls(): number;
  /** Lets requests in flight end, then frees the port. */
  shutdown(): Promise<void>;
}

/**
 * Starts an emulator on 127.0.0.1. It ends with `shutdown()`, or at once when `signal` aborts.
 *
 * @throws {Deno.errors.AddrInUse} if another process has the port
 */
export function startStsEmulator(options: StsEmulatorOptions, signal?: AbortSignal): StsEmulator {
  let calls = 0;
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: options.port ?? 0,
    cert: options.certPem,
    key: options.keyPem,
    ...(signal && { signal }),
    onListen: () => {},
    onError: () => errorAnswer("InternalError"),
  }, async (request) => {
    calls += 1;
    const verdict = await judge(request, options);
    options.onCall?.(report(request, verdict));
    return verdict.kind === "accepted" ? identityAnswer(verdict.principal.identity) : errorAnswer(verdict.code);
  });
  return { host: `127.0.0.1:${server.addr.port}`, calls: () => calls, shutdown: () => server.shutdown() };
}

async function judge(request: Request, { principals, now, behave }: StsEmulatorOptions): Promise<Verdict> {
  const received = await receive(request);
  if (received === undefined) return refused("RequestEntityTooLarge");
  const code = OUTAGES[behave?.() ?? "normal"] ?? refuseAction(received);
  return code === undefined ? checkSignature(received, { principals, now: now() }) : refused(code);
}

const OUTAGES = {
  normal: undefined,
  throttle: "Throttling.User",
  unavailable: "ServiceUnavailable",
} as const satisfies Record<string, StsErrorCode | undefined>;

/** Takes the request off the wire; `undefined` if its body is larger than the cap. */
async function receive(request: Request): Promise<ReceivedRequest | undefined> {
  // `URL` would normalise what was signed: the target is taken as it came.
  const [, authority = "", path = "", query = ""] = /^\w+:\/\/([^/?]*)([^?]*)\??(.*)$/s.exec(request.url) ?? [];
  const headers = new Headers(request.headers);
  if (!headers.has("host")) headers.set("host", authority); // HTTP/2 has `:authority` in its place
  try {
    const body = await readBodyCapped(request.body, MAX_BODY_BYTES);
    return { method: request.method, path, query, headers, body };
  } catch (e) {
    if (e instanceof BodyTooLargeError) return undefined;
    throw e;
  }
}

/** Why the request is for nothing that the emulator does; `undefined` if it is for its one action. */
function refuseAction({ method, path, headers }: ReceivedRequest): StsErrorCode | undefined {
  if (method !== "POST" && method !== "GET") return "UnsupportedHTTPMethod";
  const action = headers.get("x-acs-action");
  if (action === null) return "MissingAction";
  if (path !== "/" || action !== ACTION) return "InvalidAction.NotFound";
  const version = headers.get("x-acs-version");
  if (version === null) return "MissingVersion";
  return version === API_VERSION ? undefined : "InvalidVersion";
}

function report(request: Request, verdict: Verdict): StsCallReport {
  const action = request.headers.get("x-acs-action") ?? undefined;
  return verdict.kind === "accepted"
    ? { action, accessKeyId: verdict.principal.accessKeyId, outcome: "OK" }
    : { action, accessKeyId: verdict.accessKeyId, outcome: verdict.code };
}

function identityAnswer(identity: CallerIdentity): Response {
  return answer(200, { ...identity, RequestId: newRequestId() });
}

function errorAnswer(code: StsErrorCode): Response {
  const requestId = newRequestId();
  return answer(STS_ERRORS[code].status, {
    Code: code,
    Message: STS_ERRORS[code].message,
    RequestId: requestId,
    HostId: "sts.aliyuncs.com",
    Recommend: `https://api.aliyun.com/troubleshoot?q=${code}&product=Sts&requestId=${requestId}`,
  });
}

function answer(status: number, body: Readonly<Record<string, string>>): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json;charset=utf-8" },
  });
}

function newRequestId(): string {
  return crypto.randomUUID().toUpperCase();
}
