/**
 * The sources in their order. The first that has a rule for the identity decides; one that cannot say ends the review
 * (ADR 8).
 *
 * @module
 */

import type { Identity } from "../identity/identity.ts";
import type { PrivateDnsNames } from "./instances/private_dns_names.ts";
import { isForInstances, type NamePolicy, refusedBy, renderUser } from "./render.ts";
import type { Rule } from "./rule.ts";
import type { Mapper, MappingSource } from "./source.ts";
import type { LookedUp } from "./template.ts";

/** What rules may need beyond the identity. */
export interface ChainParts {
  /** Without them, a rule that needs the name of an instance refuses everybody. */
  readonly privateDnsNames?: PrivateDnsNames | undefined;
}

/** Makes one mapper of several sources. `sources` is asked again for each review, so that the chain can change. */
export function createChain(
  sources: () => readonly MappingSource[],
  { privateDnsNames }: ChainParts = {},
): Mapper {
  const lookUp = async (rule: Rule, identity: Identity, policy: NamePolicy): Promise<LookedUp> => {
    const found = await privateDnsNames?.find(identity);
    if (found?.kind === "none") throw refusedBy(rule, policy, found.why);
    return found === undefined ? {} : { privateDnsName: found.name };
  };
  return {
    async map(identity) {
      for (const source of sources()) {
        const rule = source.find(identity);
        if (rule === undefined) continue;
        // While EC2 is asked, the source may be given other rules and another policy.
        const { policy } = source;
        const lookedUp = isForInstances(rule) ? await lookUp(rule, identity, policy) : {};
        return renderUser(rule, identity, policy, lookedUp);
      }
      return undefined;
    },
  };
}
