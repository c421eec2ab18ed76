/**
 * `/healthz`, `/livez`, `/readyz` and `/metrics`. Nothing in them names an identity.
 *
 * @module
 */

import type { Metrics } from "../telemetry/metrics.ts";

/** What a part of the server says of itself. */
export interface HealthReport {
  /** One line each, such as `mapping MountedFile: 12 rules`. */
  facts(): readonly string[];
  /** What an operator should look at; the server is ready all the same. */
  warnings(): readonly string[];
}

/** What the server knows of its own state. */
export interface Health {
  readonly parts: readonly HealthReport[];
  /** Whether the server drains: no new review should be sent here. */
  isStopping(): boolean;
  /** Why the server should be restarted, if it should be. */
  fault(): string | undefined;
}

/** Answers a request for one of the four paths, or `undefined` for any other path. */
export async function answerHealth(
  { pathname, searchParams }: URL,
  health: Health,
  metrics: Metrics,
): Promise<Response | undefined> {
  switch (pathname) {
    case "/healthz":
    case "/livez": {
      const fault = health.fault();
      return fault === undefined ? text(200, "ok\n") : text(500, `${fault}\n`);
    }
    case "/readyz":
      return readiness(health, searchParams.has("verbose"));
    case "/metrics": {
      const { text, contentType } = await metrics.expose();
      return new Response(text, { headers: { "content-type": contentType } });
    }
    default:
      return undefined;
  }
}

function readiness({ parts, isStopping, fault }: Health, verbose: boolean): Response {
  const warnings = parts.flatMap((part) => part.warnings());
  const [status, word] = isStopping()
    ? [503, "stopping"] as const
    : fault() !== undefined
    ? [503, "broken"] as const
    : [200, warnings.length > 0 ? "ok, with warnings" : "ok"] as const;
  if (!verbose) return text(status, `${word}\n`);
  const facts = parts.flatMap((part) => part.facts());
  const lines = [...facts.map((fact) => `[+] ${fact}`), ...warnings.map((warning) => `[!] ${warning}`), word];
  return text(status, `${lines.join("\n")}\n`);
}

function text(status: number, body: string): Response {
  return new Response(body, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
