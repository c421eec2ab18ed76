/**
 * The sources in their order. The first that has a rule for the identity decides; one that cannot say ends the review
 * (ADR 8).
 *
 * @module
 */

import { renderUser } from "./render.ts";
import type { Mapper, MappingSource } from "./source.ts";

/** Makes one mapper of several sources. `sources` is asked anew for each review, so that the chain can change. */
export function createChain(sources: () => readonly MappingSource[]): Mapper {
  return {
    // deno-lint-ignore require-await -- a rule may come to need the network
    async map(identity) {
      for (const source of sources()) {
        const rule = source.find(identity);
        if (rule !== undefined) return renderUser(rule, identity, source.policy);
      }
      return undefined;
    },
  };
}
