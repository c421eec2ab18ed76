/**
 * A proxy in front of an API server that plays a bad network: it refuses, stalls, cuts and cuts short, by the dice.
 *
 * @module
 */

import type { LoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import type { Random } from "../seeded_random.ts";

/** What a proxy stands before. */
export interface ChaosProxyOptions extends LoopbackCertificate {
  /** `https://127.0.0.1:<port>` of the API server. */
  readonly target: string;
  /** PEM of the roots that vouch for it. */
  readonly targetCaPem: string;
  readonly random: Random;
}

/** A proxy that serves; `await using` stops it. */
export interface ChaosProxy extends AsyncDisposable {
  readonly url: string;
  /** How many requests came, and how often each kind of trouble was made. */
  readonly counts: Readonly<Record<Trouble | "requests", number>>;
  /** Makes trouble from now on, or no more; what is stalled then ends. */
  setTrouble(on: boolean): void;
}

/** An answer in place of the API server's. */
type Refusal = "error_500" | "throttled_429" | "expired_410";

/** What can go wrong with an answer. */
export type Trouble = Refusal | "stalled" | "cut" | "cut_short";

/** Of 100 requests, how many end so; the rest is passed on, and may be cut later. */
const REFUSALS: readonly (readonly [Refusal | "stalled", number])[] = [
  ["error_500", 20],
  ["throttled_429", 15],
  ["expired_410", 20],
  ["stalled", 10],
];

/** Of 100 pieces of a body, how many are the last. */
const CUTS_IN_100 = 30;

/** How long nothing comes. Short against the run, so that many kinds of trouble meet. */
const STALL_MS = 2_000;

/** Starts a proxy without trouble. */
export function startChaosProxy(options: ChaosProxyOptions): ChaosProxy {
  const { target, targetCaPem, random, certPem: cert, keyPem: key } = options;
  const counts: Record<Trouble | "requests", number> = {
    requests: 0,
    error_500: 0,
    throttled_429: 0,
    expired_410: 0,
    stalled: 0,
    cut: 0,
    cut_short: 0,
  };
  const client = Deno.createHttpClient({ caCerts: [targetCaPem] });
  const stopping = new AbortController();
  let calm = new AbortController();
  let isTroubled = false;
  const roll = (percent: number) => isTroubled && random() * 100 < percent;

  const stall = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = AbortSignal.any([calm.signal, stopping.signal, AbortSignal.timeout(STALL_MS)]);
    end.addEventListener("abort", () => resolve(), { once: true });
    return promise;
  };
  const misbehave = (body: ReadableStream<Uint8Array>) =>
    body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        async transform(chunk, controller) {
          if (!roll(CUTS_IN_100)) return controller.enqueue(chunk);
          const kind = (["cut", "cut_short", "stalled"] as const)[Math.floor(random() * 3)]!;
          counts[kind] += 1;
          if (kind === "stalled") {
            await stall();
            return controller.enqueue(chunk);
          }
          if (kind === "cut_short") controller.enqueue(chunk.subarray(0, Math.floor(chunk.length / 2)));
          controller.terminate();
        },
      }),
    );

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} }, async (request) => {
    counts.requests += 1;
    for (const [kind, percent] of REFUSALS) {
      if (!roll(percent)) continue;
      counts[kind] += 1;
      if (kind === "stalled") {
        await stall();
        return new Response(null, { status: 503 });
      }
      return refusal(kind);
    }
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.delete("host");
    try {
      const signal = AbortSignal.any([request.signal, stopping.signal]);
      const answer = await fetch(`${target}${pathname}${search}`, { method: request.method, headers, client, signal });
      const { status } = answer;
      const type = answer.headers.get("content-type") ?? "application/json";
      return new Response(answer.body && misbehave(answer.body), { status, headers: { "content-type": type } });
    } catch {
      return new Response(null, { status: 502 });
    }
  });
  return {
    url: `https://127.0.0.1:${server.addr.port}`,
    counts,
    setTrouble(on) {
      isTroubled = on;
      if (on) return;
      calm.abort();
      calm = new AbortController();
    },
    async [Symbol.asyncDispose]() {
      isTroubled = false;
      calm.abort();
      stopping.abort();
      await server.shutdown();
      client.close();
    },
  };
}

function refusal(kind: Refusal): Response {
  const [status, reason, headers] = ({
    error_500: [500, "InternalError", {}],
    throttled_429: [429, "TooManyRequests", { "retry-after": "1" }],
    expired_410: [410, "Expired", {}],
  } as const)[kind];
  const body = { kind: "Status", apiVersion: "v1", status: "Failure", reason, code: status, message: "made up" };
  return Response.json(body, { status, headers });
}
