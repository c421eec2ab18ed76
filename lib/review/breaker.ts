/**
 * Which hosts of STS are asked (ADR 28), and whether the delegate is. Whoever sends a token chooses its host, and one that
 * does not answer must hold up neither those who wait for it nor those who ask another.
 *
 * @module
 */

import { StsFault } from "../clouds/cloud.ts";
import type { Timers } from "../time.ts";

/** So many calls in a row without an answer, and a host is asked only to see whether it answers again. */
const FAILURES_TO_OPEN = 5;

/** How often that is, in milliseconds: once for callers whom STS has confirmed, and once for others. */
const PROBE_EVERY_MS = 1_000;

/** Most calls of that kind under way to a host; one that hangs takes its whole deadline. */
const MAX_PROBES = 4;

/** How long after an answer any number of calls may be made to a host. */
const WARM_MS = 2_000;

/** Most calls under way to a host after that, until one is answered. */
const MAX_COLD = 4;

/** Most calls that wait for that answer, and for how long: each must have time for its own call. */
const MAX_WAITING = 1_024;
const MAX_WAIT_MS = 1_000;

/** For how long a host is known that has answered. */
const KNOWN_MS = 3_600_000;

/** Most calls under way to hosts that are not known, by callers who are not: they take connections from the others. */
const MAX_STRANGE = 32;

/** Who asks which host. */
export interface Caller {
  /** Trust: from our table or the operator's configuration, by the caller's choice. */
  readonly host: string;
  /** Whether STS has confirmed the access key lately. */
  readonly isConfirmed: boolean;
}

/** A call under way. */
export interface BreakerCall {
  /** Ends it, once. @param why where there was no answer, the reason */
  end(why?: string): void;
}

/** Lets calls to hosts pass, or not. What it throws is {@linkcode BreakerOptions.refuse}'s, by default an {@linkcode StsFault}. */
export interface Breaker {
  /** @throws {StsFault} if the host must not be asked now */
  check(caller: Caller): void;
  /**
   * Waits for leave to make a call.
   *
   * @throws {StsFault} if the host must not be asked now
   */
  enter(caller: Caller): Promise<BreakerCall>;
  /** The hosts that do not answer. */
  open(): readonly string[];
}

/** What a breaker works with. */
export interface BreakerOptions {
  readonly timers: Timers;
  /** Called when a host does not answer any more, and with no reason when it does again. */
  readonly onChange?: (host: string, why: string | undefined) => void;
  /** Makes the error for whoever must not ask a host. Default: that of STS. */
  readonly refuse?: (host: string, why: string) => Error;
}

interface Waiter {
  readonly grant: () => void;
  readonly refuse: (failure: Error) => void;
}

interface Host {
  failures: number;
  why: string;
  answeredAtMs: number;
  underWay: number;
  readonly probes: Record<"confirmed" | "others", { underWay: number; nextAtMs: number }>;
  readonly waiters: Set<Waiter>;
}

/** Starts with hosts that have neither answered nor failed. */
export function createBreaker(
  { timers, onChange = () => {}, refuse: notAsked = stsNotAsked }: BreakerOptions,
): Breaker {
  const { nowMs } = timers;
  const hosts = new Map<string, Host>();
  let strangeUnderWay = 0;

  const stateOf = (name: string): Host => {
    let host = hosts.get(name);
    if (host === undefined) {
      host = {
        failures: 0,
        why: "",
        answeredAtMs: -Infinity,
        underWay: 0,
        probes: { confirmed: { underWay: 0, nextAtMs: 0 }, others: { underWay: 0, nextAtMs: 0 } },
        waiters: new Set(),
      };
      hosts.set(name, host);
    }
    return host;
  };
  const isOpen = (host: Host) => host.failures >= FAILURES_TO_OPEN;
  const isWarm = (host: Host) => host.failures === 0 && nowMs() - host.answeredAtMs < WARM_MS;
  const probesOf = (host: Host, { isConfirmed }: Caller) => host.probes[isConfirmed ? "confirmed" : "others"];
  const isStrange = (host: Host, { isConfirmed }: Caller) => !isConfirmed && nowMs() - host.answeredAtMs >= KNOWN_MS;

  const check = (caller: Caller) => {
    const host = stateOf(caller.host);
    if (isStrange(host, caller) && strangeUnderWay >= MAX_STRANGE) {
      throw notAsked(caller.host, "too many calls to hosts that have not answered yet are under way");
    }
    if (!isOpen(host)) return;
    const { underWay, nextAtMs } = probesOf(host, caller);
    if (underWay >= MAX_PROBES || nowMs() < nextAtMs) {
      throw notAsked(caller.host, `it gave no answer lately, and is asked again within a second: ${host.why}`);
    }
  };

  const open = (name: string, host: Host) => {
    const nextAtMs = nowMs() + PROBE_EVERY_MS;
    host.probes.confirmed.nextAtMs = nextAtMs;
    host.probes.others.nextAtMs = nextAtMs;
    onChange(name, host.why);
    for (const { refuse } of host.waiters) refuse(notAsked(name, `it gave no answer to those before: ${host.why}`));
    host.waiters.clear();
  };

  const letIn = (host: Host) => {
    let room = isWarm(host) ? Infinity : MAX_COLD - host.underWay;
    for (const waiter of host.waiters) {
      if (room-- <= 0) return;
      host.waiters.delete(waiter);
      waiter.grant();
    }
  };

  /** Counts a call. */
  const start = (caller: Caller): BreakerCall => {
    const host = stateOf(caller.host);
    const startedAtMs = nowMs();
    const probe = isOpen(host) ? probesOf(host, caller) : undefined;
    const strange = Number(isStrange(host, caller));
    host.underWay += 1;
    strangeUnderWay += strange;
    if (probe !== undefined) {
      probe.underWay += 1;
      probe.nextAtMs = startedAtMs + PROBE_EVERY_MS;
    }
    return {
      end(why) {
        host.underWay -= 1;
        strangeUnderWay -= strange;
        if (probe !== undefined) probe.underWay -= 1;
        const wasOpen = isOpen(host);
        if (why === undefined) {
          host.failures = 0;
          host.answeredAtMs = nowMs();
          if (wasOpen) onChange(caller.host, undefined);
        } else if (startedAtMs >= host.answeredAtMs) {
          // One that began before the last answer says nothing of the host as it is now.
          host.failures += 1;
          host.why = why;
          if (!wasOpen && isOpen(host)) open(caller.host, host);
        }
        letIn(host);
      },
    };
  };

  const wait = async (host: Host, name: string): Promise<void> => {
    if (host.waiters.size >= MAX_WAITING) throw notAsked(name, "too many calls wait for its first answer");
    const { promise, resolve: grant, reject: refuse } = Promise.withResolvers<void>();
    const waiter = { grant, refuse };
    host.waiters.add(waiter);
    const cancel = timers.after(MAX_WAIT_MS, () => {
      host.waiters.delete(waiter);
      refuse(notAsked(name, "those who asked before have no answer yet"));
    });
    try {
      await promise;
    } finally {
      cancel();
    }
  };

  return {
    check,
    async enter(caller) {
      check(caller);
      const host = stateOf(caller.host);
      while (!isOpen(host) && !isWarm(host) && host.underWay >= MAX_COLD) {
        await wait(host, caller.host);
        check(caller);
      }
      return start(caller);
    },
    open: () => [...hosts].filter(([, host]) => isOpen(host)).map(([name]) => name),
  };
}

function stsNotAsked(host: string, why: string): StsFault {
  return new StsFault(`Cannot verify the token: STS at "${host}" is not asked: ${why}`);
}
