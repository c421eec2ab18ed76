/**
 * Who may come in, and who goes to make room: at most so many connections at once, and at most so many of one address.
 *
 * Whoever comes is let in, and the connection that has been idle longest goes: an attacker who fills the door with
 * connections that do nothing thereby loses them, and keeps nobody out. A connection with a request in flight stays.
 *
 * @module
 */

/** Whoever is in the crowd. */
export interface Member {
  /** The group whose share it counts against: see {@linkcode shareOf}. Trust: whoever connects chose where from. */
  readonly share: string;
}

/** Whether there is room for a newcomer: perhaps because another goes, or not, because nobody there is idle. */
export type Room<M> =
  | { readonly isFree: true; readonly goes: M | undefined }
  | { readonly isFree: false; readonly why: "full" | "share_full" };

/** How many there may be at the moment. */
export interface CrowdLimits {
  readonly max: () => number;
  /** Of one share. */
  readonly maxPerShare: () => number;
}

/** Those who are in. */
export interface Crowd<M extends Member> {
  readonly size: number;
  /** Makes room for a newcomer. Who goes for it has left when this returns. */
  makeRoom(share: string): Room<M>;
  /** It is in, and idle. */
  enter(member: M): void;
  /** It is idle from now on. */
  idle(member: M): void;
  /** It has a request in flight. */
  busy(member: M): void;
  leave(member: M): void;
  /** Who has been idle longest. */
  longestIdle(): M | undefined;
  [Symbol.iterator](): Iterator<M>;
}

interface Share<M> {
  size: number;
  /** Who has been idle longest comes first. */
  readonly idle: Set<M>;
}

/** Makes an empty one. */
export function createCrowd<M extends Member>({ max, maxPerShare }: CrowdLimits): Crowd<M> {
  const all = new Set<M>();
  const idle = new Set<M>();
  const shares = new Map<string, Share<M>>();

  const leave = (member: M) => {
    if (!all.delete(member)) return;
    idle.delete(member);
    const share = shares.get(member.share)!;
    share.idle.delete(member);
    share.size -= 1;
    if (share.size === 0) shares.delete(member.share);
  };
  const setIdle = (member: M) => {
    for (const order of [idle, shares.get(member.share)!.idle]) {
      order.delete(member);
      order.add(member);
    }
  };

  return {
    get size() {
      return all.size;
    },
    makeRoom(name) {
      const share = shares.get(name);
      const isShareFull = share !== undefined && share.size >= maxPerShare();
      if (!isShareFull && all.size < max()) return { isFree: true, goes: undefined };
      const goes = first(isShareFull ? share.idle : idle);
      if (goes === undefined) return { isFree: false, why: isShareFull ? "share_full" : "full" };
      leave(goes);
      return { isFree: true, goes };
    },
    enter(member) {
      all.add(member);
      let share = shares.get(member.share);
      if (share === undefined) shares.set(member.share, share = { size: 0, idle: new Set() });
      share.size += 1;
      setIdle(member);
    },
    idle(member) {
      if (all.has(member)) setIdle(member);
    },
    busy(member) {
      if (!idle.delete(member)) return;
      shares.get(member.share)!.idle.delete(member);
    },
    leave,
    longestIdle: () => first(idle),
    [Symbol.iterator]: () => all[Symbol.iterator](),
  };
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  const { value, done } = set.values().next();
  return done ? undefined : value;
}

/**
 * The share that an address counts against: an address of IPv4 its own, one of IPv6 that of its /64, because whoever has
 * one address of it has them all.
 *
 * @param address in the form of the runtime: an IPv6 address without brackets, perhaps with a zone
 */
export function shareOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1]!;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("%")[0]!.split("::");
  const groupsOf = (part: string) => part === "" ? [] : part.split(":");
  const [before, after] = [groupsOf(head), tail === undefined ? [] : groupsOf(tail)];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => "0");
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}
