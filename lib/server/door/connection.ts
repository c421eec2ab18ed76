/**
 * One connection: what a client sent is decrypted, and answered by an HTTP server of its own.
 *
 *     client ── raw ──> relay ── loopback ──> TLS ── Unix socket ──> Deno.serve
 *
 * The runtime's TLS cannot be made to let go of a client that stops in the middle of a handshake or reads nothing: its
 * socket stays open for as long as the client likes. So the door keeps the raw socket for itself, and TLS speaks to the
 * door over loopback: when the door hangs up, all of it ends. What listens for that loopback connection listens for that
 * one alone, so that nobody else can come in by it.
 *
 * @module
 */

import type { Secret } from "../../secret.ts";
import { processTimers } from "../../time.ts";
import { hostAndPort } from "../../state/host.ts";
import { ANSWER_CHUNK, copy, type CopyState, discard, firstBytes, firstRecord, writeAll } from "./pipe.ts";
import { type Member, shareOf } from "./crowd.ts";
import { createFarewell, type Farewell } from "./farewell.ts";
import type { SocketFolder } from "./socket_folder.ts";
import { createTlsEntrance, type TlsEntrance } from "./tls_entrance.ts";

/** What a TLS client is shown. */
export interface Pair {
  readonly certPem: string;
  readonly keyPem: Secret;
}

/** Answers a request. `client` is the address and port that it came from. Never rejects for what a client sends. */
export type ClientHandler = (request: Request, client: string) => Promise<Response>;

/**
 * What a connection is at: hello (the client has yet to begin TLS), handshake, opening (before the first whole head of a
 * request), idle between requests, busy with at least one, leaving (it takes no more requests), or over (it was hung up).
 */
export type Phase = "hello" | "handshake" | "opening" | "idle" | "busy" | "leaving" | "over";

/** One connection, until it has ended. */
export interface Connection extends Member {
  /** Address and port of the client. */
  readonly client: string;
  readonly phase: Phase;
  /** When it last got further: began or ended a request, or changed its phase. */
  readonly sinceMs: number;
  /** Whether there is a request without an answer, or an answer that the client does not take. */
  readonly hasWork: boolean;
  /** Resolves once everything of it is closed. Never rejects. */
  readonly ended: Promise<void>;
  /** Answers what is in flight, or the first request if there was none yet, and ends. */
  leave(): void;
  /** Ends at once. */
  hangUp(): void;
}

/** What a connection needs. */
export interface ConnectionParts {
  readonly handler: ClientHandler;
  readonly sockets: SocketFolder;
  /** The pair in force; `undefined` where the connection is not encrypted. */
  readonly pair: Pair | undefined;
  readonly nowMs: () => number;
  /** The connection changed its phase. */
  readonly onPhase: (connection: Connection) => void;
  /** The connection ended because of a failure: the TLS handshake, or a lack of descriptors. */
  readonly onFailure: (connection: Connection, failure: unknown) => void;
}

/** How many connections of others may come before ours to a listener that stands for a moment. */
const MAX_STRANGERS = 16;

/** For how long nothing may come of a client that was told to leave, in milliseconds: what it had sent is here by then. */
const QUIET_MS = 200;

const LOOPBACK = "127.0.0.1";

/** Protocols that are offered, the preferred one first. */
const PROTOCOLS = ["h2", "http/1.1"];

/** Starts to serve a connection that was accepted. */
export function serveConnection(
  raw: Deno.TcpConn,
  { handler, sockets, pair, nowMs, onPhase, onFailure }: ConnectionParts,
): Connection {
  const { hostname, port } = raw.remoteAddr;
  const client = hostAndPort(hostname, port);
  const ends: Pick<Deno.Conn, "close">[] = [raw];
  let server: Deno.HttpServer<Deno.UnixAddr> | undefined;
  let farewell: Farewell | undefined;
  let cancelEnd = () => {};
  let phase: Phase = pair === undefined ? "opening" : "hello";
  let sinceMs = nowMs();
  let inFlight = 0;
  const toClient: CopyState = { isHeldUp: false };

  const enter = (next: Phase) => {
    const isLate = phase === "over" || (phase === "leaving" && next !== "over");
    if (isLate || phase === next) return;
    phase = next;
    sinceMs = nowMs();
    onPhase(connection);
  };
  const hangUp = () => {
    enter("over");
    cancelEnd();
    for (const end of ends.splice(0)) close(end);
  };
  const isOver = () => phase === "over";
  /** What opens only after the connection was hung up is closed, too. */
  const keep = <T extends Pick<Deno.Conn, "close">>(end: T): T => {
    if (isOver()) {
      close(end);
      throw new Deno.errors.Interrupted("the connection was hung up");
    }
    ends.push(end);
    return end;
  };
  const fail = (failure: unknown) => {
    if (!isOver()) onFailure(connection, failure);
    hangUp();
  };
  /** Ends the HTTP server once nothing has come for a while: what was sent before the client knew is still answered. */
  const endOnceQuiet = () => {
    cancelEnd();
    if (inFlight > 0) return;
    const shutDown = () => void server?.shutdown().catch(hangUp);
    // In two parts, as the thread may be late: what came in the first one is read before the second is over.
    cancelEnd = processTimers.after(QUIET_MS / 2, () => cancelEnd = processTimers.after(QUIET_MS / 2, shutDown));
  };
  const begin = () => {
    inFlight += 1;
    if (phase === "leaving") {
      farewell?.say();
      endOnceQuiet();
    }
    if (phase === "opening" || phase === "idle") enter("busy");
    sinceMs = nowMs();
  };
  const end = () => {
    inFlight -= 1;
    sinceMs = nowMs();
    if (inFlight === 0 && phase === "busy") enter("idle");
    if (phase === "leaving") endOnceQuiet();
  };
  const answer: Deno.ServeHandler<Deno.UnixAddr> = (request, { completed }) => {
    begin();
    completed.then(end, end);
    return handler(request, client).then((response) => farewell?.mark(response) ?? response);
  };

  /** Between what is not encrypted and the HTTP server. */
  const serve = async (plain: Deno.Conn, entrance?: TlsEntrance) => {
    const first = await firstBytes(plain);
    if (first.length === 0) return hangUp();
    const path = sockets.newPath();
    server = Deno.serve({ path, onListen: () => {}, onError: () => new Response(null, { status: 500 }) }, answer);
    server.finished.catch(fail);
    const unix = keep(await Deno.connect({ transport: "unix", path }).finally(() => Deno.removeSync(path)));
    if (!await writeAll(unix, first)) return hangUp();
    const requests = copy(plain, unix).then(async (why) => {
      if (why === "source" && phase !== "leaving") return hangUp();
      if (inFlight === 0) await unix.closeWrite().catch(() => {});
    });
    farewell = createFarewell(first, {
      async write(bytes) {
        const written = await plain.write(bytes);
        entrance?.hasWritten(written);
        return written;
      },
    });
    const answers = copy(unix, farewell, { chunk: ANSWER_CHUNK, ...(plain === raw && { state: toClient }) }).then(
      async (why) => {
        if (why === "target") return hangUp();
        enter("leaving");
        await plain.closeWrite().catch(() => {});
        if (plain !== raw) close(plain);
      },
    );
    await Promise.all([requests, answers, ...(plain === raw ? [requests.then(() => discard(raw))] : [])]);
  };
  /** Between the client and TLS. */
  const relay = async (outer: Deno.TcpConn, entrance: TlsEntrance) => {
    const incoming = copy(raw, entrance).then(async (why) => {
      // TLS is to see how the client ended it, such as an alert that it does not trust the certificate.
      if (why === "source") return await outer.closeWrite().catch(hangUp);
      // Reads on: to close a socket with unread bytes can take from the client what it was sent before.
      await discard(raw);
      hangUp();
    });
    const outgoing = copy(outer, raw, { state: toClient }).then(async (why) => {
      if (why === "target") return hangUp();
      enter("leaving");
      await raw.closeWrite().catch(() => {});
    });
    await Promise.all([incoming, outgoing]);
  };
  const run = async () => {
    raw.setNoDelay(true);
    if (pair === undefined) return await serve(raw);
    const hello = await firstRecord(raw);
    if (hello.length === 0) return;
    enter("handshake");
    const { outer, inner } = await connectTls(pair, keep);
    const entrance = keep(createTlsEntrance(outer));
    if (!await writeAll(entrance, hello)) return;
    const relayed = relay(outer, entrance);
    try {
      await inner.handshake();
      enter("opening");
      await serve(inner, entrance);
    } catch (failure) {
      fail(failure);
    }
    await relayed;
  };

  const connection: Connection = {
    client,
    share: shareOf(hostname),
    get phase() {
      return phase;
    },
    get sinceMs() {
      return sinceMs;
    },
    get hasWork() {
      return inFlight > 0 || toClient.isHeldUp;
    },
    ended: Promise.resolve(),
    leave() {
      // Before a first request there is nothing to be said in HTTP, and it may be on its way.
      const hasAsked = phase === "idle" || phase === "busy";
      enter("leaving");
      if (!hasAsked) return;
      farewell?.say();
      endOnceQuiet();
    },
    hangUp,
  };
  const ended = run()
    .catch(fail)
    .finally(hangUp)
    .then(() => server?.shutdown())
    .catch(() => {});
  return Object.assign(connection, { ended });
}

/** A connection to what decrypts: its outer and its inner end. */
async function connectTls(
  { certPem, keyPem }: Pair,
  keep: <T extends Pick<Deno.Conn, "close">>(end: T) => T,
): Promise<{ readonly outer: Deno.TcpConn; readonly inner: Deno.TlsConn }> {
  using listener = Deno.listenTls({
    hostname: LOOPBACK,
    port: 0,
    cert: certPem,
    key: keyPem.reveal(),
    alpnProtocols: PROTOCOLS,
  });
  const outer = keep(await Deno.connect({ hostname: LOOPBACK, port: listener.addr.port }));
  outer.setNoDelay(true);
  for (let strangers = 0; strangers < MAX_STRANGERS; strangers++) {
    const inner = await listener.accept();
    if (inner.remoteAddr.port === outer.localAddr.port) return { outer, inner: keep(inner) };
    inner.close();
  }
  throw new Deno.errors.ConnectionRefused(
    `others connected to port ${listener.addr.port} of loopback before the server`,
  );
}

function close(end: Pick<Deno.Conn, "close">): void {
  try {
    end.close();
  } catch {
    // It is closed already.
  }
}
