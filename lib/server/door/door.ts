/**
 * The door of the server: takes connections, serves each by its own HTTP server, and ends those that do nothing, so that
 * nobody who fills it up keeps others out.
 *
 * @module
 */

import { messageOf, RamAuthError } from "../../errors.ts";
import { hostAndPort } from "../../state/host.ts";
import type { Log } from "../../telemetry/log.ts";
import type { ConnectionEnd, Metrics } from "../../telemetry/metrics.ts";
import { delay, processTimers, type Timers } from "../../time.ts";
import { readTlsPair, type Refuse } from "../../tls_pair.ts";
import { type Capacity, createCapacity } from "./capacity.ts";
import { type ClientHandler, type Connection, type Pair, type Phase, serveConnection } from "./connection.ts";
import { createCrowd, shareOf } from "./crowd.ts";
import type { SocketFolder } from "./socket_folder.ts";

/** Where to listen, and what to present. */
export interface ListenOptions extends Pair {
  readonly hostname: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Whether another process of the same user may listen there, too; the kernel deals out the connections. */
  readonly sharePort?: boolean;
}

/** What every door needs. */
export interface DoorParts {
  /** Takes what any client can repeat at will: it is capped. */
  readonly log: Log;
  readonly metrics: Pick<Metrics, "countConnectionEnd" | "countAcceptFailure" | "watchConnections">;
  readonly sockets: SocketFolder;
  /** Default: those of a server. */
  readonly limits?: Partial<DoorLimits>;
  /** Default: the process's own. */
  readonly timers?: Timers;
  /** Default: as many as descriptors allow, up to `limits.max`. */
  readonly capacity?: Capacity;
}

/** How many connections, and how long each may take for what. */
export interface DoorLimits {
  readonly max: number;
  /** How many of them one address may have: this share of those that there may be. */
  readonly addressShare: number;
  /** For the ClientHello, and then for the rest of the TLS handshake. */
  readonly handshakeMs: number;
  /** From there to the first whole head of a request. */
  readonly openingMs: number;
  /** From one answer to the next whole head of a request. */
  readonly idleMs: number;
  /** With requests in flight, but none that begins or ends: bodies and reviews have shorter limits of their own. */
  readonly busyMs: number;
  /** From the last answer until the client closes its end. */
  readonly leavingMs: number;
}

/** kube-apiserver closes a connection after 90 s without a request: who closes first loses no request of its own. */
const LIMITS: DoorLimits = {
  max: 2_048,
  addressShare: 0.5,
  handshakeMs: 10_000,
  openingMs: 10_000,
  idleMs: 300_000,
  busyMs: 30_000,
  leavingMs: 2_000,
};

/** Most connections of health checks and metrics; they come from this machine alone. */
const MAX_PLAIN_CONNECTIONS = 64;

/** How often limits of time are looked at. */
const LOOK_MS = 500;

/** How long nothing is accepted once that failed. */
const ACCEPT_PAUSE_MS = 100;

/**
 * Most TLS handshakes at once: each takes a millisecond of the one thread, and requests on connections that there are go
 * first. One that takes longer than this is waiting for its client, and no longer counts.
 */
const MAX_HANDSHAKES = 8;
const HANDSHAKE_WORK_MS = 20;

/** How long a client may say nothing before its connection is the first to go where there is no room. */
const SILENCE_MS = 100;

/** Most connections that were told to leave and have not; another one is hung up on. */
const MAX_LEAVING = 64;

/** The port cannot be listened on. */
export class ListenError extends RamAuthError {
  readonly code = "ERR_LISTEN";
}

/** A door that is open. */
export interface Door extends AsyncDisposable {
  readonly port: number;
  /**
   * Takes no new connections, waits until the requests in flight are answered, and ends connections without any. What
   * is left after `drainMs` is hung up on.
   */
  stop(drainMs: number): Promise<void>;
}

/** One with TLS, that can change its certificate. */
export interface TlsListener extends Door {
  /**
   * Presents another certificate to new connections; those that there are go on under the old one.
   *
   * @throws {ListenError} if the certificate does not fit its key; the old one stays in force
   */
  present(pair: Pair): void;
}

/** Which end each phase comes to when its time is up, and which limit that is. */
const LATE: Readonly<
  Record<Exclude<Phase, "over">, { readonly limit: keyof DoorLimits; readonly end: ConnectionEnd }>
> = {
  hello: { limit: "handshakeMs", end: "handshake_late" },
  handshake: { limit: "handshakeMs", end: "handshake_late" },
  opening: { limit: "openingMs", end: "request_late" },
  idle: { limit: "idleMs", end: "idle" },
  busy: { limit: "busyMs", end: "stuck" },
  leaving: { limit: "leavingMs", end: "stuck" },
};

/**
 * Starts to listen for TLS.
 *
 * @throws {ListenError} if the port is taken, or the certificate does not fit its key
 */
export function listenTls(
  { hostname, port, sharePort = false, ...first }: ListenOptions,
  handler: ClientHandler,
  parts: DoorParts,
): TlsListener {
  let pair: Pair = first;
  assertUsable(pair);
  const listener = listen({ hostname, port, reusePort: sharePort });
  const door = openDoor(listener, { ...parts, handler, name: "tls", pair: () => pair });
  return {
    ...door,
    present(next) {
      assertUsable(next);
      pair = next;
    },
  };
}

/**
 * Starts the plain HTTP listener of health checks, on loopback alone.
 *
 * @throws {ListenError} if the port is taken
 */
export function listenPlain(port: number, handler: ClientHandler, parts: DoorParts): Door {
  const listener = listen({ hostname: "127.0.0.1", port });
  const limits = { max: MAX_PLAIN_CONNECTIONS, addressShare: 1, ...parts.limits };
  return openDoor(listener, { ...parts, limits, handler, name: "health", pair: () => undefined });
}

function openDoor(
  listener: Deno.TcpListener,
  { log, metrics, sockets, timers = processTimers, handler, name, pair, ...given }: DoorParts & {
    readonly handler: ClientHandler;
    readonly name: "tls" | "health";
    readonly pair: () => Pair | undefined;
  },
): Door {
  const limits: DoorLimits = { ...LIMITS, ...given.limits };
  const capacity = given.capacity ?? createCapacity(limits.max, { timers });
  const crowd = createCrowd<Connection>({
    max: () => capacity.current,
    maxPerShare: () => Math.ceil(capacity.current * limits.addressShare),
    isLate: ({ sinceMs }) => timers.nowMs() - sinceMs > SILENCE_MS,
  });
  const leaving = new Set<Connection>();
  const handshakes = new Set<Connection>();
  let handshakeEnd = Promise.withResolvers<void>();
  /** Whatever is not closed altogether. */
  const open = new Set<Connection>();
  const stopping = new AbortController();
  metrics.watchConnections(name, () => open.size);

  const report = (end: ConnectionEnd, { client }: Pick<Connection, "client">, why?: string) => {
    metrics.countConnectionEnd(name, end);
    log[end === "idle" ? "debug" : "warn"](end.endsWith("full") ? "connection refused" : "connection closed", {
      reason: end,
      client,
      listener: name,
      why,
    });
  };
  const seeOff = (connection: Connection, end: ConnectionEnd) => {
    report(end, connection);
    if (connection.phase === "idle") connection.leave();
    else connection.hangUp();
    if (leaving.size > MAX_LEAVING) leaving.values().find(({ hasWork }) => !hasWork)?.hangUp();
  };

  const onPhase = (connection: Connection): void => {
    if (handshakes.delete(connection)) handshakeEnd.resolve();
    switch (connection.phase) {
      case "handshake":
        handshakes.add(connection);
        return crowd.spoke(connection);
      case "busy":
        return crowd.busy(connection);
      case "idle":
        return crowd.idle(connection);
      case "leaving":
        crowd.leave(connection);
        leaving.add(connection);
        return;
      case "over":
        crowd.leave(connection);
        leaving.delete(connection);
    }
  };
  const onFailure = (connection: Connection, failure: unknown) => {
    if (isOutOfDescriptors(failure)) return makeSpace(failure);
    // A load balancer that only looks whether the port is open goes away like this.
    if (connection.phase === "handshake" && failure instanceof Deno.errors.UnexpectedEof) return;
    report(connection.phase === "handshake" ? "handshake_failed" : "failed", connection, messageOf(failure));
  };
  const makeSpace = (failure: unknown) => {
    metrics.countAcceptFailure(name);
    log.error("no file descriptors left for connections; the ones idle longest are closed", {
      reason: "descriptors",
      connections: crowd.size,
      why: messageOf(failure),
    });
    capacity.shrink(crowd.size);
    while (crowd.size > capacity.current) {
      const goes = crowd.firstToGo();
      if (goes === undefined) return;
      crowd.leave(goes);
      seeOff(goes, "evicted");
    }
  };
  const receive = (raw: Deno.TcpConn) => {
    const { hostname, port } = raw.remoteAddr;
    if (crowd.size >= capacity.current * limits.addressShare) capacity.grow();
    const room = crowd.makeRoom(shareOf(hostname));
    if (!room.isFree) {
      report(room.why, { client: hostAndPort(hostname, port) });
      return raw.close();
    }
    if (room.goes !== undefined) seeOff(room.goes, "evicted");
    const connection = serveConnection(raw, {
      handler,
      sockets,
      pair: pair(),
      nowMs: timers.nowMs,
      onPhase,
      onFailure,
    });
    crowd.enter(connection);
    open.add(connection);
    connection.ended.then(() => open.delete(connection));
  };
  const pace = async () => {
    const [oldest] = handshakes;
    if (oldest === undefined || handshakes.size < MAX_HANDSHAKES) return;
    handshakeEnd = Promise.withResolvers();
    const workMs = HANDSHAKE_WORK_MS - (timers.nowMs() - oldest.sinceMs);
    await Promise.race([handshakeEnd.promise, delay(Math.max(workMs, 0), stopping.signal)]);
    handshakes.delete(oldest);
  };
  const accept = async () => {
    while (!stopping.signal.aborted) {
      await pace();
      try {
        receive(await listener.accept());
      } catch (failure) {
        if (stopping.signal.aborted) return;
        if (isOutOfDescriptors(failure)) makeSpace(failure);
        else {
          metrics.countAcceptFailure(name);
          log.error("a connection could not be accepted", { reason: "accept", why: messageOf(failure) });
        }
        await delay(ACCEPT_PAUSE_MS, stopping.signal);
      }
    }
  };
  const look = () => {
    const nowMs = timers.nowMs();
    for (const connection of open) {
      if (connection.phase === "over") continue;
      const { limit, end } = LATE[connection.hasWork ? "busy" : connection.phase];
      if (nowMs - connection.sinceMs < limits[limit]) continue;
      if (end === "idle") {
        seeOff(connection, end);
      } else {
        if (connection.phase !== "leaving") report(end, connection);
        connection.hangUp();
      }
    }
    cancelLook = timers.after(LOOK_MS, look);
  };
  let cancelLook = timers.after(LOOK_MS, look);
  const accepting = accept();

  const stop = async (drainMs: number) => {
    stopping.abort();
    listener.close();
    await accepting;
    for (const connection of open) connection.leave();
    const drained = Promise.all([...open].map(({ ended }) => ended));
    const waiting = new AbortController();
    await Promise.race([drained, delay(drainMs, waiting.signal)]);
    waiting.abort();
    for (const connection of open) connection.hangUp();
    cancelLook();
  };
  let stopped: Promise<void> | undefined;
  return {
    port: listener.addr.port,
    stop: (drainMs) => stopped ??= stop(drainMs),
    [Symbol.asyncDispose]: () => stopped ??= stop(0),
  };
}

/** A pair that cannot be used is found before anybody is served by it. */
function assertUsable(pair: Pair): void {
  const refuse = (what: string): Refuse => (why) => new ListenError(`Cannot present the serving ${what}: ${why}`);
  readTlsPair(pair, { certificate: refuse("certificate"), key: refuse("key") });
}

function listen(options: { readonly hostname: string; readonly port: number; readonly reusePort?: boolean }) {
  return listening(options.hostname, options.port, () => Deno.listen(options));
}

function listening<T>(hostname: string, port: number, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const why = whyNotListening(cause);
    throw new ListenError(`Cannot listen on "${hostAndPort(hostname, port)}": ${why}`, { cause });
  }
}

/** The runtime has no code where it is about the address, and says in words about its parser what is wrong with it. */
function whyNotListening(cause: unknown): string {
  if (cause instanceof Deno.errors.AddrInUse) return "another process listens there; stop it, or choose another port";
  if (cause instanceof Deno.errors.PermissionDenied) return "permission denied; choose a port from 1024 on";
  if (isOutOfDescriptors(cause)) return "no file descriptors left; raise the limit (ulimit -n)";
  return "this machine does not have that address; write one that it has, or 0.0.0.0 for all";
}

function isOutOfDescriptors(failure: unknown): boolean {
  return failure instanceof Error && "code" in failure && (failure.code === "EMFILE" || failure.code === "ENFILE");
}
