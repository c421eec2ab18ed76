/**
 * Who may come in, and who goes to make room: at most so many connections at once, and at most so many of one address.
 *
 * Whoever comes is let in, and another goes: one that has long said nothing at all; else, of those without a request so
 * far and those that are idle after one, of whom there are more, the one that has waited longest. An attacker who fills the
 * door with connections thereby loses his own, and keeps nobody out. A connection with a request in flight stays.
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
export interface CrowdLimits<M> {
  readonly max: () => number;
  /** Of one share. */
  readonly maxPerShare: () => number;
  /** Whether a member that has said nothing yet has had the time to. */
  readonly isLate: (member: M) => boolean;
}

/** Those who are in. */
export interface Crowd<M extends Member> {
  readonly size: number;
  /** Makes room for a newcomer. Who goes for it has left when this returns. */
  makeRoom(share: string): Room<M>;
  /** It is in, and has said nothing yet. */
  enter(member: M): void;
  /** It has said something. */
  spoke(member: M): void;
  /** It was answered, and is idle from now on. */
  idle(member: M): void;
  /** It has a request in flight. */
  busy(member: M): void;
  leave(member: M): void;
  /** Who goes when there is no room; `undefined` where nobody is idle. */
  firstToGo(): M | undefined;
  [Symbol.iterator](): Iterator<M>;
}

/** In what order members go: who has waited longest comes first. */
interface Order<M> {
  /** They have said nothing yet; all of them are fresh, too. */
  readonly silent: Set<M>;
  /** They have made no request yet. */
  readonly fresh: Set<M>;
  /** They were answered, and are idle. */
  readonly idle: Set<M>;
}

interface Share<M> extends Order<M> {
  size: number;
}

/** Makes an empty one. */
export function createCrowd<M extends Member>(
  { max, maxPerShare, isLate }: CrowdLimits<M>,
): Crowd<M> {
  const all = new Set<M>();
  const order = createOrder<M>();
  const shares = new Map<string, Share<M>>();

  const busy = (member: M) => {
    for (const { silent, fresh, idle } of ordersOf(member)) {
      silent.delete(member);
      fresh.delete(member);
      idle.delete(member);
    }
  };
  const leave = (member: M) => {
    if (!all.has(member)) return;
    busy(member);
    all.delete(member);
    const share = shares.get(member.share)!;
    share.size -= 1;
    if (share.size === 0) shares.delete(member.share);
  };
  const ordersOf = (member: M) => all.has(member) ? [order, shares.get(member.share)!] : [];
  const firstToGo = ({ silent, fresh, idle }: Order<M>) => {
    const quiet = first(silent);
    if (quiet !== undefined && isLate(quiet)) return quiet;
    return first(fresh.size > idle.size ? fresh : idle);
  };

  return {
    get size() {
      return all.size;
    },
    makeRoom(name) {
      const share = shares.get(name);
      const isShareFull = share !== undefined && share.size >= maxPerShare();
      if (!isShareFull && all.size < max()) return { isFree: true, goes: undefined };
      const goes = firstToGo(isShareFull ? share : order);
      if (goes === undefined) return { isFree: false, why: isShareFull ? "share_full" : "full" };
      leave(goes);
      return { isFree: true, goes };
    },
    enter(member) {
      all.add(member);
      let share = shares.get(member.share);
      if (share === undefined) shares.set(member.share, share = { size: 0, ...createOrder<M>() });
      share.size += 1;
      for (const { silent, fresh } of ordersOf(member)) {
        silent.add(member);
        fresh.add(member);
      }
    },
    spoke(member) {
      for (const { silent } of ordersOf(member)) silent.delete(member);
    },
    idle(member) {
      for (const { idle } of ordersOf(member)) {
        idle.delete(member);
        idle.add(member);
      }
    },
    busy,
    leave,
    firstToGo: () => firstToGo(order),
    [Symbol.iterator]: () => all[Symbol.iterator](),
  };
}

function createOrder<M>(): Order<M> {
  return { silent: new Set(), fresh: new Set(), idle: new Set() };
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
