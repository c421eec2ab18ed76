/**
 * Connections that are kept for the next request: how many, for how long, and when they may be used again.
 *
 * HTTP/1.1 does not say which request an answer belongs to: a second answer that arrives while the next request is under
 * way looks like that one's. So a connection rests after each answer, and what comes meanwhile closes it.
 *
 * @module
 */

import type { Timers } from "../../time.ts";
import type { Connection } from "./connection.ts";

/** How many connections there are, and how long they are kept. */
export interface PoolLimits {
  readonly maxPerHost: number;
  /** Of these, those that are being opened, so that one host that hangs takes little from the others. */
  readonly maxOpeningPerHost: number;
  readonly maxInTotal: number;
  /** How long a connection rests after an answer before it may be used again. */
  readonly restMs: number;
  /** How long a connection is kept unused at most. */
  readonly idleMs: number;
}

/** Leave to use one connection to a host. */
export interface Lease {
  readonly host: string;
  /** Absent where the holder must open one. */
  readonly connection: Connection | undefined;
}

/** What to take. */
export interface Wanted {
  readonly host: string;
  /** Whether it must be a new connection. */
  readonly isNew: boolean;
  readonly signal: AbortSignal;
}

/** A pool of connections to several hosts. */
export interface Pool {
  /**
   * Waits for leave to use a connection; those who wait for one host are served in order.
   *
   * @throws the signal's reason; {Error} once the pool is closed
   */
  take(wanted: Wanted): Promise<Lease>;
  /** The holder has opened the connection. */
  opened(lease: Lease, connection: Connection): void;
  /** Ends the use of a connection, once for each {@linkcode Pool.take}: one that is open is kept. */
  giveBack(lease: Lease): void;
  /** A connection was closed by whomever; in use or not. */
  forget(lease: Lease): void;
  /** How many connections there are, in use or not. */
  readonly size: number;
  close(): void;
}

interface Member extends Lease {
  connection: Connection | undefined;
}

interface Kept {
  readonly lease: Lease;
  readonly sinceMs: number;
}

interface Waiter extends Pick<Wanted, "host" | "isNew"> {
  readonly grant: (lease: Lease) => void;
  readonly refuse: (failure: unknown) => void;
}

/** Makes a pool. */
export function createPool(timers: Timers, limits: PoolLimits): Pool {
  const all = new Set<Lease>();
  const hosts = new Map<string, { all: number; opening: number }>();
  /** Those that must rest and those that may be used; in both, the one that was used longest ago first. */
  const resting: Kept[] = [];
  const idle: Kept[] = [];
  const waiters: Waiter[] = [];
  let wakesAtMs = Infinity;
  let cancelWake = () => {};
  let isClosed = false;

  /** How many connections a host has, and how many of them are being opened. */
  const countOf = (host: string) => {
    let counts = hosts.get(host);
    if (counts === undefined) hosts.set(host, counts = { all: 0, opening: 0 });
    return counts;
  };
  const add = (lease: Member) => {
    all.add(lease);
    const counts = countOf(lease.host);
    counts.all += 1;
    counts.opening += 1;
  };
  const remove = (lease: Lease) => {
    if (!all.delete(lease)) return;
    const counts = countOf(lease.host);
    counts.all -= 1;
    if (lease.connection === undefined) counts.opening -= 1;
    if (counts.all === 0) hosts.delete(lease.host);
  };

  /** Closes the idle connection at that place; whether there is one. */
  const drop = (index: number): boolean => {
    const [kept] = index === -1 ? [] : idle.splice(index, 1);
    if (kept === undefined) return false;
    remove(kept.lease);
    kept.lease.connection?.close();
    return true;
  };

  const tryTake = ({ host, isNew }: Pick<Wanted, "host" | "isNew">): Lease | undefined => {
    endRests();
    // The last one first, so that those which are not needed any more get old.
    const index = idle.findLastIndex(({ lease }) => lease.host === host);
    if (index !== -1 && !isNew) return idle.splice(index, 1)[0]!.lease;
    const counts = countOf(host);
    if (counts.opening >= limits.maxOpeningPerHost) return undefined;
    // Whoever needs a new one gets the place of one that is idle.
    if (counts.all >= limits.maxPerHost) {
      if (!drop(index)) return undefined;
    } else if (all.size >= limits.maxInTotal && !drop(0)) {
      return undefined;
    }
    const lease = { host, connection: undefined };
    add(lease);
    return lease;
  };

  /** Those that have rested may be used. Whoever takes one looks for them, so that none needs a timer of its own. */
  const endRests = () => {
    const nowMs = timers.nowMs();
    let rested = 0;
    while (resting[rested] !== undefined && nowMs - resting[rested]!.sinceMs >= limits.restMs) rested += 1;
    if (rested > 0) idle.push(...resting.splice(0, rested));
  };

  /** One connection became free: of those who can use it, who has waited longest gets it. */
  const serve = () => {
    for (const [index, waiter] of waiters.entries()) {
      const lease = tryTake(waiter);
      if (lease === undefined) continue;
      waiters.splice(index, 1);
      return waiter.grant(lease);
    }
  };

  const serveRested = () => {
    endRests();
    for (let free = idle.length; free > 0 && waiters.length > 0; free--) serve();
  };

  /** Serves those who wait for one that rests, and closes who was idle for too long. */
  const wake = () => {
    wakesAtMs = Infinity;
    serveRested();
    const nowMs = timers.nowMs();
    while (idle[0] !== undefined && nowMs - idle[0].sinceMs >= limits.idleMs) drop(0);
    wakeInTime();
  };

  const wakeInTime = () => {
    const restedAtMs = waiters.length === 0 ? Infinity : (resting[0]?.sinceMs ?? Infinity) + limits.restMs;
    const oldAtMs = ((idle[0] ?? resting[0])?.sinceMs ?? Infinity) + limits.idleMs;
    const dueMs = Math.min(restedAtMs, oldAtMs);
    if (dueMs === wakesAtMs || (dueMs > wakesAtMs && dueMs < Infinity)) return;
    cancelWake();
    wakesAtMs = dueMs;
    if (dueMs < Infinity) cancelWake = timers.after(Math.max(0, dueMs - timers.nowMs()), wake);
  };

  return {
    async take({ host, isNew, signal }) {
      signal.throwIfAborted();
      if (isClosed) throw new Error("The connections are closed");
      // Nobody who waits is passed.
      if (waiters.length > 0) serveRested();
      const lease = tryTake({ host, isNew });
      if (lease !== undefined) return lease;
      const { promise, resolve: grant, reject: refuse } = Promise.withResolvers<Lease>();
      const waiter = { host, isNew, grant, refuse };
      waiters.push(waiter);
      wakeInTime();
      const giveUp = () => {
        const index = waiters.indexOf(waiter);
        if (index !== -1) waiters.splice(index, 1);
        refuse(signal.reason);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      try {
        return await promise;
      } finally {
        signal.removeEventListener("abort", giveUp);
      }
    },
    opened(lease, connection) {
      (lease as Member).connection = connection;
      countOf(lease.host).opening -= 1;
      serve();
    },
    giveBack(lease) {
      if (lease.connection?.isOpen && !isClosed) {
        resting.push({ lease, sinceMs: timers.nowMs() });
        return wakeInTime();
      }
      lease.connection?.close();
      remove(lease);
      serve();
    },
    forget(lease) {
      // One in use is given back by its user.
      const list = [resting, idle].find((list) => list.some((kept) => kept.lease === lease));
      if (list === undefined) return;
      list.splice(list.findIndex((kept) => kept.lease === lease), 1);
      remove(lease);
      wakeInTime();
      serve();
    },
    get size() {
      return all.size;
    },
    close() {
      isClosed = true;
      cancelWake();
      for (const { refuse } of waiters.splice(0)) refuse(new Error("The connections are closed"));
      for (const { connection } of [...all]) connection?.close();
    },
  };
}
