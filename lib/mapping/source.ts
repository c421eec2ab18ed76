/**
 * What a place that holds mappings must do, and what the review flow asks of all of them together.
 *
 * @module
 */

import { PublicError } from "../errors.ts";
import type { Identity } from "../identity/identity.ts";
import type { BackendMode } from "./backend_mode.ts";
import type { MappedUser } from "./outcome.ts";
import type { MappingProblem } from "./problem.ts";
import type { NamePolicy } from "./render.ts";
import type { Rule } from "./rule.ts";

/** All mappings, as the review flow sees them. */
export interface Mapper {
  /**
   * The user of the first source that has a rule for the identity, or `undefined` where none has.
   *
   * @throws {MappingRefused} if the rule that matches must not be used for this identity
   * @throws {MappingsNotReady} if a source that comes before any match has not been read yet
   * @throws {PrivateDnsNamesUnavailable} if the rule needs EC2, which cannot be asked
   */
  map(identity: Identity): Promise<MappedUser | undefined>;
}

/** A place that holds mappings. */
export interface MappingSource {
  /** As `--backend-mode` names it. */
  readonly name: BackendMode;
  /** Which names its rules may give. */
  readonly policy: NamePolicy;
  /**
   * The first rule that matches, or `undefined` where none does.
   *
   * @throws {MappingsNotReady} if nothing was read yet
   */
  find(identity: Identity): Rule | undefined;
  /** The rules in force, in the order in which they are tried. */
  rules(): readonly Rule[];
  /** What is wrong with what was read. */
  problems(): readonly MappingProblem[];
}

/** A source has not been read yet: nothing is known, so nothing is denied. An outage of ours. */
export class MappingsNotReady extends PublicError {
  readonly code = "ERR_MAPPINGS_NOT_READY";
  readonly publicMessage = "the mappings are not read yet";
  override readonly retryable = true;
}
