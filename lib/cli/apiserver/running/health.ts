/**
 * Whether kube-apiserver is healthy: asked on this node, at the address of its own flags and past every proxy, because
 * another node's would answer behind a load balancer. Nothing secret is sent, so that its certificate does not matter.
 *
 * Where kube-apiserver takes no anonymous requests, as in K3s and RKE2, it refuses this one with 401, or 403 where the
 * right to ask was taken from anonymous. Then it has started with its flags, which is what a change of them can break: a
 * flag, a mount or a kubeconfig that it cannot use ends it before it listens. While a server starts that takes anonymous
 * requests, it answers 403 for some moments, so that a refusal counts only where it was the answer before, too.
 *
 * @module
 */

import { messageOf, UsageError } from "../../../errors.ts";
import { sentence } from "../../../quote.ts";
import { exchangeUnverified, type UnverifiedTarget } from "../../../server/unverified.ts";
import { startDeadline } from "../../../time.ts";

/** How long an answer may take. */
const TIMEOUT_MS = 5_000;

const DEFAULT_PORT = 6443;

/** Where to ask. */
export interface HealthCheck {
  /** For messages. */
  readonly url: string;
  readonly target: UnverifiedTarget;
  readonly path: string;
  readonly host: string;
}

/** What was answered. */
export type Health =
  | { readonly kind: "healthy" }
  | { readonly kind: "refused"; readonly status: number }
  | { readonly kind: "sick"; readonly why: string };

/** The check at the address and port of kube-apiserver's flags. */
export function healthCheckOf(
  { address, port = DEFAULT_PORT }: { readonly address: string | undefined; readonly port: number | undefined },
): HealthCheck {
  const isAny = address === undefined || address === "0.0.0.0" || address === "::";
  const host = isAny ? "127.0.0.1" : address.includes(":") ? `[${address}]` : address;
  return healthCheckAt(`https://${host}:${port}/readyz`);
}

/**
 * The check at a URL. Trust: root chose it.
 *
 * @throws {UsageError} if it is none of https: or http:
 */
export function healthCheckAt(text: string): HealthCheck {
  const url = URL.parse(text);
  if (url === null || !["https:", "http:"].includes(url.protocol) || !/^https?:\/\/[^\s"'\\]+$/i.test(text)) {
    throw new UsageError(`Cannot use --health-url "${text}": it is no URL that begins with https:// or http://`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new UsageError("Cannot use --health-url: it has a user or a password, which would be sent to anybody");
  }
  const isTls = url.protocol === "https:";
  return {
    url: text,
    host: url.host,
    path: `${url.pathname}${url.search}`,
    target: {
      host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: Number(url.port) || (isTls ? 443 : 80),
      isTls,
    },
  };
}

/** Asks once. */
export async function askHealth(check: HealthCheck, signal: AbortSignal): Promise<Health> {
  using deadline = startDeadline(signal, TIMEOUT_MS);
  try {
    return judge(await exchangeUnverified(check.target, questionOf(check, "connection: close\r\n"), deadline.signal));
  } catch (error) {
    return { kind: "sick", why: sentence(messageOf(error)) };
  }
}

/** The request, with further lines of its head. */
export function questionOf({ path, host }: HealthCheck, lines = ""): string {
  return `GET ${path} HTTP/1.1\r\nhost: ${host}\r\naccept: text/plain\r\n${lines}\r\n`;
}

function judge(answer: string): Health {
  const status = Number(/^HTTP\/1\.[01] (\d{3}) /.exec(answer)?.[1]);
  if (status === 200) return { kind: "healthy" };
  if (status === 401 || status === 403) return { kind: "refused", status };
  if (Number.isNaN(status)) return { kind: "sick", why: "its answer is not HTTP" };
  const lines = answer.slice(answer.indexOf("\r\n\r\n") + 4).split("\n").filter((line) => line.trim() !== "");
  const said = lines.filter((line) => line.startsWith("[-]")).join(", ") || lines.at(-1) || "";
  return { kind: "sick", why: sentence(`it answers ${status}${said === "" ? "" : `: ${said}`}`) };
}
