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
