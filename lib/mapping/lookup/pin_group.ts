/**
 * Rules that match the same ARNs and differ at most in the pinned id. Finds the first of them for a principal.
 *
 * @module
 */

/** Something that is in an order, and may be for one principal alone. */
export interface Pinned {
  /** The immutable id of the only principal it is for; `undefined` where it is for all. */
  readonly userId: string | undefined;
}

/** Whether `a` is tried before `b`. Total, so that no two things share a place. */
export type ComesBefore<T> = (a: T, b: T) => boolean;

/** How many of a list that is in order come before an item. */
export function placeIn<T>(list: readonly T[], item: T, comesBefore: ComesBefore<T>): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comesBefore(list[middle]!, item)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Things of one ARN, each list in order. */
export class PinGroup<T extends Pinned> {
  readonly #unpinned: T[] = [];
  #pinned: Map<string, T[]> | undefined;
  readonly #comesBefore: ComesBefore<T>;

  constructor(comesBefore: ComesBefore<T>) {
    this.#comesBefore = comesBefore;
  }

  get isEmpty(): boolean {
    return this.#unpinned.length === 0 && (this.#pinned === undefined || this.#pinned.size === 0);
  }

  /** Adds one, and gives all with the same pin, in order: the very list, which changes as the group does. */
  add(item: T): readonly T[] {
    const list = this.#listOf(item.userId);
    list.splice(placeIn(list, item, this.#comesBefore), 0, item);
    return list;
  }

  /** Takes one out, and gives the list of {@linkcode PinGroup.add}, without it. */
  remove(item: T): readonly T[] {
    const list = this.#listOf(item.userId);
    const place = placeIn(list, item, this.#comesBefore);
    if (list[place] === item) list.splice(place, 1);
    if (list.length === 0 && item.userId !== undefined) this.#pinned?.delete(item.userId);
    return list;
  }

  /** The first for a principal; for `undefined`, the first that is for all. */
  first(principalId: string | undefined): T | undefined {
    const forAll = this.#unpinned[0];
    if (this.#pinned === undefined || principalId === undefined) return forAll;
    const forOne = this.#pinned.get(principalId)?.[0];
    if (forAll === undefined || forOne === undefined) return forAll ?? forOne;
    return this.#comesBefore(forAll, forOne) ? forAll : forOne;
  }

  #listOf(userId: string | undefined): T[] {
    if (userId === undefined) return this.#unpinned;
    this.#pinned ??= new Map();
    const list = this.#pinned.get(userId) ?? [];
    this.#pinned.set(userId, list);
    return list;
  }
}

/**
 * Groups by key. Most keys have one thing, for all principals: it is kept without a group round it, for among many each
 * object on the way is one more to fetch from far memory.
 */
export class PinGroups<T extends Pinned> {
  readonly #byKey = new Map<string, T | PinGroup<T>>();
  readonly #comesBefore: ComesBefore<T>;

  constructor(comesBefore: ComesBefore<T>) {
    this.#comesBefore = comesBefore;
  }

  /** Adds one to the group of a key; as {@linkcode PinGroup.add}. */
  add(key: string, item: T): readonly T[] {
    const held = this.#byKey.get(key);
    if (held === undefined && item.userId === undefined) {
      this.#byKey.set(key, item);
      return [item];
    }
    if (held instanceof PinGroup) return held.add(item);
    const group = new PinGroup(this.#comesBefore);
    if (held !== undefined) group.add(held);
    this.#byKey.set(key, group);
    return group.add(item);
  }

  /** Takes one out of the group of a key; as {@linkcode PinGroup.remove}. */
  remove(key: string, item: T): readonly T[] {
    const held = this.#byKey.get(key);
    const left = held instanceof PinGroup ? held.remove(item) : [];
    if (held === item || (held instanceof PinGroup && held.isEmpty)) this.#byKey.delete(key);
    return left;
  }

  /** The first of a key's group for a principal. */
  first(key: string, principalId: string): T | undefined {
    const held = this.#byKey.get(key);
    return held instanceof PinGroup ? held.first(principalId) : held;
  }
}
