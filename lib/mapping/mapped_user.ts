/**
 * What a mapping yields.
 *
 * @module
 */

/** The Kubernetes user that a mapping gives to an identity. Built only by rendering a rule, so its names are checked. */
export interface MappedUser {
  readonly username: string;
  readonly groups: readonly string[];
}
