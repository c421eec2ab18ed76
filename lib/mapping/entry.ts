/**
 * What reading any entry of a mapping works with.
 *
 * @module
 */

import { ArnError, type Cloud } from "../clouds/cloud.ts";
import type { Position } from "../yaml/read.ts";
import type { Section } from "./rule.ts";

/** What is needed of a cloud to read the ARNs of its principals. */
export type ArnReader = Pick<Cloud, "id" | "arnPrefix" | "readArnPattern" | "readPermissionSet">;

/** A section whose entries name ARNs. */
export type ArnSection = Exclude<Section, "mapAccounts">;

/** The key of the ARN in the entries of each, as a config file spells it. */
export const ARN_KEYS = { mapRoles: "roleARN", mapUsers: "userARN" } as const satisfies Record<ArnSection, string>;

/** Takes note of one fault, in words that follow a colon. There is then no rule, hence the `undefined`. */
export type Fault = (at: Position, why: string) => undefined;

/** What an entry is read with. */
export interface EntryContext {
  readonly section: ArnSection;
  readonly clouds: readonly ArnReader[];
  /** Whether an entry without a pinned id is a fault. Default: no. */
  readonly requiresUserId?: boolean;
  /** Called for each thing that is wrong with the entry. */
  readonly fault: Fault;
}

/** What `read` yields, or a fault of the entry where it is not an ARN. */
export function orFault<T>(at: Position, fault: Fault, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ArnError) return fault(at, error.message);
    throw error;
  }
}
