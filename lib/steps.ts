/**
 * Long work in small steps, so that it does not hold up whatever else the one thread has to do.
 *
 * @module
 */

/** Work that yields wherever it may pause. What it yields means nothing. */
export type Steps<Result> = Generator<void, Result, void>;

/** How long it works before everything else has its turn, in milliseconds. */
const SLICE_MS = 4;

/** Does all of it now: for whoever has nothing else to do. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** Does it in slices of a few milliseconds, and lets the event loop run in between. Rejects with what the work throws. */
export async function inSlices<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const endMs = performance.now() + SLICE_MS;
    let step = steps.next();
    while (!step.done && performance.now() < endMs) step = steps.next();
    if (step.done) return step.value;
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** The items one after another, with a place to pause behind every so many of them. */
export function* eachInSteps<Item>(items: Iterable<Item>, act: (item: Item) => void, perStep = 8): Steps<void> {
  let since = 0;
  for (const item of items) {
    act(item);
    since += 1;
    if (since < perStep) continue;
    since = 0;
    yield;
  }
}

/** How many items are sorted at once, or merged before a pause. */
const SORTED_AT_ONCE = 256;

/** `toSorted` in steps. Equal items keep their order. */
export function* sortedInSteps<Item>(
  items: readonly Item[],
  compare: (a: Item, b: Item) => number,
): Steps<readonly Item[]> {
  let runs: (readonly Item[])[] = [];
  for (let at = 0; at < items.length; at += SORTED_AT_ONCE) {
    runs.push(items.slice(at, at + SORTED_AT_ONCE).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const longer: (readonly Item[])[] = [];
    for (let at = 0; at < runs.length; at += 2) longer.push(yield* merging(runs[at]!, runs[at + 1] ?? [], compare));
    runs = longer;
  }
  return runs[0] ?? [];
}

function* merging<Item>(
  one: readonly Item[],
  other: readonly Item[],
  compare: (a: Item, b: Item) => number,
): Steps<readonly Item[]> {
  const merged: Item[] = [];
  let next = 0;
  for (const item of one) {
    while (next < other.length && compare(other[next]!, item) < 0) {
      merged.push(other[next++]!);
      if (merged.length % SORTED_AT_ONCE === 0) yield;
    }
    merged.push(item);
    if (merged.length % SORTED_AT_ONCE === 0) yield;
  }
  while (next < other.length) merged.push(other[next++]!);
  return merged;
}

/** `flatMap` in steps. */
export function* flatMapInSteps<Item, Out>(
  items: readonly Item[],
  of: (item: Item, index: number) => readonly Out[],
): Steps<Out[]> {
  const out: Out[] = [];
  let index = 0;
  yield* eachInSteps(items, (item) => {
    for (const each of of(item, index++)) out.push(each);
  });
  return out;
}
