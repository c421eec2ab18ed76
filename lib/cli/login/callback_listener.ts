/**
 * Where the browser comes back to after a sign-in: one path of a server on loopback, for one answer. Every page in the
 * browser and every process of the machine can reach it, so that it believes nobody who does not know the sign-in's
 * secret, says nothing of what it was asked, and goes on waiting.
 *
 * @module
 */

import { CredentialsError } from "../../clouds/signer.ts";
import { delay, linkedController, processTimers, type Timers } from "../../time.ts";

/** Ports that the aliyun CLI is registered with. */
export const CALLBACK_PORTS: readonly number[] = [12345, 12346, 12347, 12348, 12349];

const PATH = "/cli/callback";

/** How long the browser may take to read the page at the end, in milliseconds. */
const GRACE_MS = 2_000;

/** The server, listening until it is disposed of. */
export interface CallbackListener<Answer> extends AsyncDisposable {
  /** What leads the browser here. */
  readonly redirectUri: string;
  /** The first answer. */
  readonly answer: Promise<Answer>;
}

/**
 * Listens on the first port that is free.
 *
 * @param read finds the answer in a query; `undefined` where it is not for us
 * @throws {CredentialsError} if no port is free
 */
export function listenForCallback<Answer>(
  read: (query: URLSearchParams) => Answer | undefined,
  ports: readonly number[] = CALLBACK_PORTS,
): CallbackListener<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  let delivered: Promise<void> | undefined;
  const respond: Respond = (request, { host, completed }) => {
    const { pathname, searchParams } = new URL(request.url);
    // A name that leads to loopback is some page's, not ours.
    if (pathname !== PATH || request.headers.get("host") !== host) return page(404, "Not found.");
    if (request.method !== "GET") return page(405, "Only GET is expected here.");
    // Browsers say how a page reaches us. Nobody but a person who is led here is awaited.
    if ((request.headers.get("sec-fetch-mode") ?? "navigate") !== "navigate") {
      return page(403, "Only a person who comes back from signing in is expected here.");
    }
    const answer = delivered ? undefined : read(searchParams);
    if (answer === undefined) return page(400, "This is not the sign-in that ram-auth waits for.");
    delivered = completed.catch(() => {});
    resolve(answer);
    return page(200, "ram-auth has the answer: see the terminal. You can close this page.");
  };
  const stop = new AbortController();
  const server = serveOn(ports, respond, stop.signal);
  return {
    redirectUri: `http://127.0.0.1:${server.addr.port}${PATH}`,
    answer: promise,
    async [Symbol.asyncDispose]() {
      await answerWithin(delivered ?? Promise.resolve(), { ms: GRACE_MS, stop: stop.signal });
      // Not `shutdown()`, which waits for whoever is still sending a request.
      stop.abort();
      await server.finished;
    },
  };
}

/** The answer; `undefined` where none came in time, in milliseconds, or before the signal. */
export async function answerWithin<Answer>(
  answer: Promise<Answer>,
  { ms, stop }: { readonly ms: number; readonly stop: AbortSignal },
  timers: Pick<Timers, "after"> = processTimers,
): Promise<Answer | undefined> {
  const answered = linkedController(stop);
  try {
    const over = delay(ms, answered.signal, timers);
    return await Promise.race([answer, over.then(() => undefined)]);
  } finally {
    answered.abort();
  }
}

/** Answers a request to this host; `completed` settles once the answer is sent, or cannot be. */
type Respond = (request: Request, to: { readonly host: string; readonly completed: Promise<void> }) => Response;

function serveOn(
  ports: readonly number[],
  respond: Respond,
  signal: AbortSignal,
): Deno.HttpServer<Deno.NetAddr> {
  const hostname = "127.0.0.1";
  for (const port of ports) {
    try {
      const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
        { hostname, port, signal, onListen: () => {} },
        (request, { completed }) => respond(request, { host: `${hostname}:${server.addr.port}`, completed }),
      );
      return server;
    } catch (cause) {
      if (!(cause instanceof Deno.errors.AddrInUse)) throw cause;
    }
  }
  throw new CredentialsError(
    `Cannot wait for the browser: ports ${ports.join(", ")} of ${hostname} are all in use; close what uses one of them`,
  );
}

/** A page of ours alone: nothing in it was sent to us, and it runs and loads nothing. */
function page(status: number, text: string): Response {
  return new Response(`<!doctype html>\n<title>ram-auth</title>\n<p>${text}</p>\n`, {
    status,
    headers: {
      "cache-control": "no-store",
      "connection": "close",
      "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      "content-type": "text/html; charset=utf-8",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  });
}
