/**
 * A swap of servers over generated mappings of one form. Each form has a test file of its own, so that they run side by
 * side.
 *
 * @module
 */

import type { Component } from "../support/needs.ts";
import { STS_NAMES } from "./inside/sts_names.ts";
import { CONFIGS } from "./inside/swap_rig.ts";
import { testInside } from "./namespace.ts";

/** Registers the test of a form. @param file in `tests/interop/inside` */
export function testSwap(what: string, file: string, components: readonly Component[] = []): void {
  testInside(
    ["peers", ...components],
    `a swap of servers changes nobody's rights by any ${what} without "check --as" naming the entry`,
    { file: `tests/interop/inside/${file}`, names: STS_NAMES, deadlineMs: 900_000 + CONFIGS * 1_000 },
  );
}
