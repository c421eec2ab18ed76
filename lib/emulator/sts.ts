/**
 * A stand-in for the STS of both clouds on loopback: real TLS, real HTTP, one listener. Each cloud's folder judges and
 * answers.
 *
 * @module
 */

import type { AlibabaPrincipal } from "./alibaba/principals.ts";
import { answerAlibaba } from "./alibaba/sts.ts";
import { answerAws, isForAws } from "./aws/sts.ts";
import type { AnsweredCall, StsCallReport, Trouble } from "./call.ts";
import { isAwsPrincipal, type Principal } from "./principal.ts";
import { receive, type ReceivedRequest } from "./request.ts";
import type { AssumableRole } from "./roles.ts";

/** How to run an emulator. */
export interface StsEmulatorOptions {
  /** Serving certificate, for the address or name that its clients use; PEM. */
  readonly certPem: string;
  readonly keyPem: string;
  /** Who exists, in either cloud. */
  readonly principals: readonly Principal[];
  /** What can be assumed, in either cloud. Default: nothing. */
  readonly roles?: readonly AssumableRole[];
  readonly now: () => Date;
  /** IPv4 address or name to listen on. Default: 127.0.0.1. */
  readonly hostname?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Called after each answer is decided. */
  readonly onCall?: (call: StsCallReport) => void;
  /** Asked at each call, so that a test or the demo can play an outage. Default: `normal`. */
  readonly behave?: () => "normal" | "throttle" | "unavailable";
}

/** An emulator that serves. */
export interface StsEmulator {
  /** `<hostname>:<port>`, as `--sts-endpoint` takes it. */
  readonly host: string;
  /** How many requests have come, refused ones too. */
  calls(): number;
  /** Lets requests in flight end, then frees the port. */
  shutdown(): Promise<void>;
}

/**
 * Starts an emulator. It ends with `shutdown()`, or at once when `signal` aborts.
 *
 * @throws {Deno.errors.AddrInUse} if another process has the port
 */
export function startStsEmulator(options: StsEmulatorOptions, signal?: AbortSignal): StsEmulator {
  const { hostname = "127.0.0.1", port = 0, onCall, behave } = options;
  const answer = createClouds(options);
  let calls = 0;
  const server = Deno.serve({
    hostname,
    port,
    cert: options.certPem,
    key: options.keyPem,
    ...(signal && { signal }),
    onListen: () => {},
    onError: () => new Response(null, { status: 500 }),
  }, async (request) => {
    calls += 1;
    const { received, isWhole } = await receive(request);
    try {
      const mood = behave?.() ?? "normal";
      const outage = mood === "normal" ? undefined : mood;
      const { response, report } = answer(received, isWhole ? outage : "too_large");
      onCall?.(report);
      return response;
    } catch {
      return answer(received, "failure").response;
    }
  });
  return { host: `${hostname}:${server.addr.port}`, calls: () => calls, shutdown: () => server.shutdown() };
}

/** Both clouds, each with its own people. A role's ARN leads nowhere in the other cloud. */
function createClouds(
  { principals, roles = [], now }: StsEmulatorOptions,
): (received: ReceivedRequest, trouble: Trouble | undefined) => AnsweredCall {
  const ofAws = principals.filter(isAwsPrincipal);
  const ofAlibaba = principals.filter((principal): principal is AlibabaPrincipal => !isAwsPrincipal(principal));
  return (received, trouble) =>
    isForAws(received)
      ? answerAws(received, { principals: ofAws, roles, now: now(), trouble })
      : answerAlibaba(received, { principals: ofAlibaba, roles, now: now(), trouble });
}
