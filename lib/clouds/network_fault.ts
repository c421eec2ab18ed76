/**
 * Why a service brought no answer, in our words, and what to do: the runtime's own name its parts, and say neither who
 * signed a certificate nor which variable names a proxy. Not on the start-up path of `token`.
 *
 * @module
 */

import { caAsServer, isCaAsServer } from "../trust.ts";
import { BodyTooLargeError } from "../http.ts";
import { sentence } from "../quote.ts";
import type { World } from "../world.ts";
import { certificateIssuer } from "./certificate_issuer.ts";

/** Most causes that are looked at; chains of the runtime have three. */
const MAX_CAUSES = 5;

/** Variables that name a proxy, in the order in which they count. */
const PROXY_VARIABLES = ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"];

/** What a call was about, for its words. */
export interface FailedCall {
  readonly url: string;
  /** For the whole of one try. */
  readonly deadlineMs: number;
  /** What leads to another host: `--sts-endpoint`. */
  readonly hostOption: string;
  /** What names a CA bundle: `--sts-ca-file`. */
  readonly trustOption: string;
  /** Whether no proxy leads there. */
  readonly isHere: boolean;
}

/**
 * What went wrong and what to do, in words that follow a colon. Where the certificate's issuer is not trusted, the host is
 * asked for its certificate once more, and sent nothing.
 *
 * @param thrown what the fetch threw. Trust: the network had its say in its text
 */
export async function networkFault(
  world: Pick<World, "env">,
  thrown: unknown,
  { url, deadlineMs, hostOption, trustOption, isHere }: FailedCall,
): Promise<string> {
  const proxy = isHere ? undefined : PROXY_VARIABLES.find((name) => world.env(name));
  const network = `check ${isHere ? "" : `the network, ${proxy ?? "the proxy variables"} and `}${hostOption}`;
  const way = proxy === undefined ? "" : ` or the proxy in ${proxy}`;
  const text = causesOf(thrown);
  if (thrown instanceof BodyTooLargeError) return `${text}; ${network}`;
  if (isTimeout(thrown)) {
    const seconds = deadlineMs / 1000;
    return `it did not answer within ${seconds} second${seconds === 1 ? "" : "s"}; ${network}`;
  }
  if (/dns error|lookup address/i.test(text)) {
    return `the name of the host${way} cannot be resolved; check DNS, and then ${network.slice("check ".length)}`;
  }
  if (/proxy authoriz|proxy authent|\b407\b/i.test(text)) {
    return `the proxy in ${proxy} asks for credentials (HTTP 407); write them as "http://<user>:<password>@<host>:<port>"`;
  }
  if (/tunnel|proxy connect|unsuccessful/i.test(text) && proxy !== undefined) {
    return `the proxy in ${proxy} refuses a connection to it; allow the host there, or exempt it in NO_PROXY`;
  }
  if (/certificate|tls|ssl/i.test(text)) return await certificateFault(world, url, { text, trustOption });
  if (/connection refused/i.test(text)) {
    return `the host${way} refuses connections; ${network}`;
  }
  return `${innermost(text)}; ${network}`;
}

async function certificateFault(
  world: Pick<World, "env">,
  url: string,
  { text, trustOption }: { readonly text: string; readonly trustOption: string },
): Promise<string> {
  if (isCaAsServer(text)) return caAsServer(trustOption);
  if (/UnknownIssuer|BadSignature/.test(text)) {
    const issuer = await certificateIssuer(world, new URL(url));
    const by = issuer === undefined ? "a CA" : `"${sentence(issuer)}"`;
    return `its certificate is issued by ${by}, which is not trusted; if that is your company's CA, or a proxy that ` +
      `opens TLS, name its CA bundle with ${trustOption}`;
  }
  if (/NotValidForName|not valid for name/.test(text)) {
    return "its certificate is for another name; check DNS, and what answers at this address";
  }
  if (/expired|not ?valid ?yet/i.test(text)) return "its certificate is not valid now; check the clock of this machine";
  return `no TLS connection (${innermost(text)}); check what stands between this machine and the host`;
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "TimeoutError";
}

function causesOf(thrown: unknown): string {
  const texts: string[] = [];
  for (let cause = thrown; texts.length < MAX_CAUSES && cause !== undefined && cause !== null;) {
    texts.push(cause instanceof Error ? cause.message : String(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return texts.join(": ");
}

/** The last part of a chain of reasons, without the name of the runtime's error. */
function innermost(text: string): string {
  const parts = text.replace(/ for url \([^)]*\)/g, "").split(/: (?=[^/])/);
  return sentence(parts.at(-1) ?? "");
}
