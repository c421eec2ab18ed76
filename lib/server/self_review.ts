/**
 * A review that the server makes of itself: a token that is no cloud's, so that nothing but the server has a part in it,
 * over TLS, as kube-apiserver asks.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { exchangeUnverified } from "./unverified.ts";

/** The header that tells such a review from others: it is not counted as one of theirs, and needs no webhook token. */
const HEADER = "ram-auth-self-review";

/** Addresses that mean "all of this machine's", and how to reach one of them. */
const REACHED_BY: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** The server's own reviews. */
export interface SelfReview {
  /** Whether a request is one of them: nobody else knows what they carry. */
  isOwn(request: Request): boolean;
  /** Makes one. @throws {Error} if it is not answered as it should be */
  ask(signal: AbortSignal): Promise<void>;
}

/** Where the server is to be asked. */
export interface SelfReviewTarget {
  readonly hostname: string;
  readonly port: () => number;
  /** Asks it past the port, where a connection may reach another process that shares it. */
  readonly directly: ((request: Request) => Promise<Response>) | undefined;
}

/** Makes them possible. */
export function createSelfReview({ hostname, port, directly }: SelfReviewTarget): SelfReview {
  const mark = crypto.randomUUID();
  const body = JSON.stringify({
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    spec: { token: "a token of the server's own" },
  });
  const markDigest = digestOf(mark);
  const headers = { host: "localhost", "content-type": "application/json", [HEADER]: mark };
  return {
    isOwn({ headers }) {
      const shown = headers.get(HEADER);
      return shown !== null && timingSafeEqual(digestOf(shown), markDigest);
    },
    async ask(signal) {
      if (directly !== undefined) {
        const response = await directly(
          new Request("https://localhost/authenticate", { method: "POST", headers, body, signal }),
        );
        return demandRefusal(response.status, await response.text());
      }
      const head = Object.entries({ ...headers, "content-length": body.length, connection: "close" });
      const text = await exchangeUnverified(
        { host: REACHED_BY[hostname] ?? hostname, port: port(), isTls: true },
        `POST /authenticate HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`,
        signal,
      );
      demandRefusal(Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]), text);
    },
  };
}

/** Digests are compared, so that the time that it takes says nothing of the mark. */
function digestOf(mark: string): Uint8Array {
  return createHash("sha256").update(mark).digest();
}

function demandRefusal(status: number, text: string): void {
  if (status === 200 && text.includes('"authenticated":false')) return;
  throw new Error(`it was answered with ${status || "no answer"}`);
}
