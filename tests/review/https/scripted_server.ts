/**
 * A TLS server of tests whose every byte the test writes, and a client that asks it.
 *
 * @module
 */

import { createHttpsClient, type HttpsClient, type HttpsClientOptions } from "../../../lib/review/https/client.ts";
import { closeQuietly } from "../../../lib/review/https/dial.ts";
import { type LoopbackCertificate, makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";

/** What the server shows, and the root to trust. One for all tests of a file. */
export const PAIR: LoopbackCertificate = await makeLoopbackCertificate();

/** The server's side of one connection. */
export interface ServerSide {
  /** Which connection it is, from 1 on. */
  readonly count: number;
  /** The next request's head; `undefined` once the client has closed. */
  request(): Promise<string | undefined>;
  send(text: string | Uint8Array): Promise<void>;
  close(): void;
  /** Resolves when the client has closed; whatever it still sends is thrown away. */
  closed(): Promise<void>;
}

/** A server on loopback. */
export interface ScriptedServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** How many connections there were. */
  connections(): number;
  /** The heads of all requests. */
  readonly requests: readonly string[];
}

/** Starts a server that runs the script on each connection, and closes it at the end. */
export function startScript(
  script: (side: ServerSide) => Promise<void>,
  { certPem: cert, keyPem: key }: LoopbackCertificate = PAIR,
): ScriptedServer {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  const open = new Set<Deno.TlsConn>();
  const running: Promise<void>[] = [];
  const requests: string[] = [];
  let connections = 0;
  const serve = async (connection: Deno.TlsConn) => {
    open.add(connection);
    try {
      await script(sideOf(connection, connections, requests));
    } catch (failure) {
      // The client hung up, or the test is over.
      if (!isGone(failure)) throw failure;
    } finally {
      closeQuietly(connection);
      open.delete(connection);
    }
  };
  const accepting = (async () => {
    for await (const connection of listener) {
      connections += 1;
      running.push(serve(connection));
    }
  })();
  return {
    host: `127.0.0.1:${listener.addr.port}`,
    port: listener.addr.port,
    connections: () => connections,
    requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const connection of open) closeQuietly(connection);
      await Promise.all(running);
    },
  };
}

function isGone(failure: unknown): boolean {
  const { BadResource, BrokenPipe, ConnectionReset, Interrupted, InvalidData, UnexpectedEof } = Deno.errors;
  return [BadResource, BrokenPipe, ConnectionReset, Interrupted, InvalidData, UnexpectedEof].some((kind) =>
    failure instanceof kind
  );
}

function sideOf(connection: Deno.TlsConn, count: number, requests: string[]): ServerSide {
  const buffer = new Uint8Array(16_384);
  let received = "";
  return {
    count,
    async request() {
      for (let end = -1;;) {
        end = received.indexOf("\r\n\r\n");
        if (end !== -1) {
          const head = received.slice(0, end + 4);
          received = received.slice(end + 4);
          requests.push(head);
          return head;
        }
        const length = await connection.read(buffer);
        if (length === null) return undefined;
        received += new TextDecoder().decode(buffer.subarray(0, length));
      }
    },
    async send(text) {
      let rest = typeof text === "string" ? new TextEncoder().encode(text) : text;
      while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
    },
    close: () => closeQuietly(connection),
    async closed() {
      try {
        while (await connection.read(buffer) !== null);
      } catch (failure) {
        if (!isGone(failure)) throw failure;
      }
    },
  };
}

/** An answer with a content length. */
export function answer(body: string, headers = ""): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${headers}\r\n${body}`;
}

/** A client that trusts {@linkcode PAIR} and knows no proxy. */
export function trustingClient(options: HttpsClientOptions = {}): HttpsClient {
  return createHttpsClient({ env: () => undefined }, { caCerts: [PAIR.caPem], ...options });
}

/** A signal that never aborts. */
export const NO_DEADLINE: AbortSignal = new AbortController().signal;

/** How long a call of these tests may take where the test names no signal: what hangs fails. */
const CALL_LIMIT_MS = 30_000;

/** Asks, and gives the body as text. What is in the target must be in no message. */
export async function ask(
  client: HttpsClient,
  host: string,
  { target = "/?X-Signature=secret-of-the-test", signal = AbortSignal.timeout(CALL_LIMIT_MS), maxBodyBytes = 65_536 } =
    {},
): Promise<string> {
  const { body } = await client.exchange({ host, method: "GET", target, headers: {} }, { maxBodyBytes, signal });
  return new TextDecoder().decode(body);
}
