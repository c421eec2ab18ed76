/**
 * What a place that holds mappings must do, and what a mapping yields.
 *
 * @module
 */

import type { Identity } from "../identity/identity.ts";

/** The Kubernetes user that a mapping gives to an identity. Built only by rendering a rule, so its names are checked. */
export interface MappedUser {
  readonly username: string;
  readonly groups: readonly string[];
}

/** A place that holds mappings. */
export interface MappingSource {
  /** As `--backend-mode` names it: `MountedFile`. */
  readonly name: string;
  /**
   * The user of the first rule that matches, or `undefined` where none does.
   *
   * @throws {MappingRefused} if the rule that matches must not be used for this identity
   */
  lookup(identity: Identity): MappedUser | undefined;
}
