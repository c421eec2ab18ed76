/**
 * What a rule that matches yields: a user, or a refusal.
 *
 * @module
 */

import { PublicError } from "../errors.ts";

/**
 * A rule matches the identity, but must not be used for it. Ends the review with a denial: no later rule is asked, as
 * the operator meant this one.
 *
 * Trust: the name that was refused may be the caller's choice, so the message tells the rule and never the name.
 */
export class MappingRefused extends PublicError {
  readonly code = "ERR_MAPPING_REFUSED";
  readonly publicMessage = "the mapping of this identity cannot be used";
  /** The reason alone, in words that follow a colon. */
  readonly why: string;

  constructor(attempt: string, why: string) {
    super(`${attempt}: ${why}`);
    this.why = why;
  }
}

/** The Kubernetes user that a mapping gives to an identity. Built only by rendering a rule, so its names are checked. */
export interface MappedUser {
  readonly username: string;
  readonly groups: readonly string[];
}
