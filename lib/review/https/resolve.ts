/**
 * Names of hosts to addresses. The system's resolver takes a thread for each name, for as long as it likes, and the
 * runtime has few; nothing ends such a look-up. So few are under way at a time, and a host that has had an address keeps
 * it for the time in which the resolver has none.
 *
 * @module
 */

import { lookup as systemLookup } from "node:dns";
import { createExpiringMap } from "../../expiring_map.ts";
import type { Timers } from "../../time.ts";

/** Most look-ups under way, of the 32 threads that also read files. */
const MAX_LOOKUPS = 16;

/** Of these, those of names that have not been looked up with success: anybody can name a host of the table. */
const MAX_STRANGE_LOOKUPS = 4;

/** How long an address serves where a look-up fails or takes too long. A certificate says whether it is still the host. */
const REMEMBERED_MS = 3_600_000;
const MAX_REMEMBERED = 1_024;

/** How long a look-up may take before a remembered address serves in its place. */
const PATIENCE_MS = 500;

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** Finds the addresses of a host, at least one. */
export type Resolve = (hostname: string, signal: AbortSignal) => Promise<readonly string[]>;

/** The system's resolver. @throws {Error} if it knows no address */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

/** The name has no address, or none that is known in time. */
export class ResolveError extends Error {
  override readonly name = "ResolveError";
}

/** Makes a resolver that remembers. @param lookup default: the system's */
export function createResolver(timers: Timers, lookup: Lookup = lookUp): Resolve {
  const underWay = new Map<string, Promise<readonly string[]>>();
  const remembered = createExpiringMap<readonly string[]>({
    maxEntries: MAX_REMEMBERED,
    forMs: REMEMBERED_MS,
    nowMs: timers.nowMs,
  });
  let strange = 0;

  /** One look-up for all who want the name; it counts until it ends, whoever still waits for it. */
  const start = (hostname: string, isStrange: boolean): Promise<readonly string[]> => {
    const looking = lookup(hostname).finally(() => {
      underWay.delete(hostname);
      strange -= Number(isStrange);
    });
    underWay.set(hostname, looking);
    strange += Number(isStrange);
    looking.then((addresses) => remembered.set(hostname, addresses), () => {});
    return looking;
  };

  return async (hostname, signal) => {
    if (IPV4.test(hostname)) return [hostname];
    const before = remembered.get(hostname);
    let looking = underWay.get(hostname);
    if (looking === undefined) {
      const isFull = underWay.size >= MAX_LOOKUPS || (before === undefined && strange >= MAX_STRANGE_LOOKUPS);
      if (isFull && before === undefined) throw new ResolveError("the resolver has not answered those before yet");
      if (!isFull) looking = start(hostname, before === undefined);
    }
    if (before === undefined) return await orAbort(looking!, signal);
    return looking === undefined ? before : await orAfter(looking, timers, before);
  };
}

/** What is remembered, where a look-up brings nothing in time. */
async function orAfter(
  looking: Promise<readonly string[]>,
  timers: Timers,
  before: readonly string[],
): Promise<readonly string[]> {
  const late = Promise.withResolvers<readonly string[]>();
  const cancel = timers.after(PATIENCE_MS, () => late.resolve(before));
  try {
    return await Promise.race([looking.catch(() => before), late.promise]);
  } finally {
    cancel();
  }
}

async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const giveUp = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

/** What the system's resolver says, in words of ours (getaddrinfo(3)). */
function whyNot({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOTFOUND" || code === "ENODATA") return "no name server knows it, or it has no address";
  if (code === "EAI_AGAIN" || code === "ETIMEOUT" || code === "ESERVFAIL") return "no name server answers";
  return `the resolver of this machine failed (${code ?? message})`;
}

function lookUp(hostname: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true, verbatim: true }, (failure, found) => {
      if (failure !== null) reject(new ResolveError(whyNot(failure)));
      else if (found.length === 0) reject(new ResolveError("it has no address"));
      else resolve(found.map(({ address }) => address));
    });
  });
}
