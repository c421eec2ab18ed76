/**
 * Many globs, asked as one. They are told apart by what stands before their first wildcard and behind their last, so
 * that a lookup looks only at those whose two ends agree with the ARN, be there 10 others or 100,000.
 *
 * @module
 */

import { foldAsciiCase } from "../../identity/ascii_case.ts";
import { compileGlob, type Glob } from "../../identity/glob.ts";
import { type ComesBefore, PinGroup, type Pinned } from "./pin_group.ts";
import { PrefixTree } from "./prefix_tree.ts";

interface SamePattern<T extends Pinned> {
  readonly glob: Glob;
  /** Its longest text between two wildcards. What lacks it can neither match nor be covered: a cheap first look. */
  readonly middle: string;
  readonly group: PinGroup<T>;
}

/** Globs of the same start and end, by pattern. */
type Patterns<T extends Pinned> = Map<string, SamePattern<T>>;

/** By what is behind the last wildcard. */
type ByEnd<T extends Pinned> = PrefixTree<Patterns<T>>;

/** A glob's pattern in the parts by which it is found. */
interface Parts {
  readonly pattern: string;
  /** Up to its first "/", which is cloud, account and kind in one step; empty where a wildcard comes first. */
  readonly head: string;
  /** From there to the first wildcard. */
  readonly start: string;
  /** Behind the last wildcard. */
  readonly end: string;
  /** The longest text between two wildcards. */
  readonly middle: string;
}

/** Things with globs, in an order. */
export class GlobTable<T extends Pinned> {
  readonly #heads = new Map<string, PrefixTree<ByEnd<T>>>();
  readonly #comesBefore: ComesBefore<T>;

  constructor(comesBefore: ComesBefore<T>) {
    this.#comesBefore = comesBefore;
  }

  /** Adds one under its glob, and gives all of the same glob and pin, in order. */
  add(glob: string, item: T): readonly T[] {
    const { pattern, head, start, end, middle } = partsOf(glob);
    const byStart = this.#heads.get(head) ?? new PrefixTree<ByEnd<T>>("start");
    this.#heads.set(head, byStart);
    const byEnd = byStart.get(start) ?? new PrefixTree<Patterns<T>>("end");
    byStart.set(start, byEnd);
    const patterns: Patterns<T> = byEnd.get(end) ?? new Map();
    byEnd.set(end, patterns);
    const same = patterns.get(pattern) ??
      { glob: compileGlob(pattern), middle, group: new PinGroup(this.#comesBefore) };
    patterns.set(pattern, same);
    return same.group.add(item);
  }

  /** Takes one out, and gives those that are left of the same glob and pin. */
  remove(glob: string, item: T): readonly T[] {
    const { pattern, head, start, end } = partsOf(glob);
    const byStart = this.#heads.get(head);
    const byEnd = byStart?.get(start);
    const patterns = byEnd?.get(end);
    const same = patterns?.get(pattern);
    if (byStart === undefined || byEnd === undefined || patterns === undefined || same === undefined) return [];
    const left = same.group.remove(item);
    if (same.group.isEmpty) patterns.delete(pattern);
    if (patterns.size === 0) byEnd.delete(end);
    if (byEnd.isEmpty) byStart.delete(start);
    if (byStart.isEmpty) this.#heads.delete(head);
    return left;
  }

  /** The first whose glob matches an ARN in small letters, for this principal, and that comes before `limit`. */
  find(arn: string, principalId: string, limit: T | undefined): T | undefined {
    return this.#first(arn, principalId, limit, (glob) => glob.matches(arn));
  }

  /** The first whose glob matches all that an ARN or glob does, and whose pin is none or the same. */
  findCovering(arnOrGlob: string, userId: string | undefined): T | undefined {
    return this.#first(arnOrGlob, userId, undefined, (glob) => glob.covers(arnOrGlob));
  }

  #first(text: string, userId: string | undefined, limit: T | undefined, fits: (glob: Glob) => boolean): T | undefined {
    let best = limit;
    let found: T | undefined;
    const see = ({ glob, middle, group }: SamePattern<T>) => {
      if (!text.includes(middle)) return;
      const item = group.first(userId);
      if (item === undefined || (best !== undefined && !this.#comesBefore(item, best)) || !fits(glob)) return;
      best = found = item;
    };
    const head = headOf(text);
    for (const key of head === "" ? [""] : [head, ""]) {
      this.#heads.get(key)?.visit(text.slice(key.length), (byEnd) => byEnd.visit(text, (same) => same.forEach(see)));
    }
    return found;
  }
}

function partsOf(glob: string): Parts {
  const pattern = foldAsciiCase(glob);
  const [literal = ""] = pattern.split(/[*?]/, 1);
  const head = headOf(literal);
  const end = /[^*?]*$/.exec(pattern)?.[0] ?? "";
  const middles = pattern.split(/[*?]/).slice(1, -1);
  const middle = middles.reduce((longest, text) => text.length > longest.length ? text : longest, "");
  return { pattern, head, start: literal.slice(head.length), end, middle };
}

function headOf(text: string): string {
  return text.slice(0, text.indexOf("/") + 1);
}
