/**
 * How an action of Alibaba Cloud's STS ends.
 *
 * @module
 */

import type { StsErrorCode } from "./errors.ts";

/** A JSON object of an answer. */
export interface AnswerObject {
  readonly [name: string]: string | AnswerObject;
}

/** An action's end: what it answers, or why it is refused. */
export type Outcome =
  | { readonly kind: "done"; readonly result: AnswerObject }
  | { readonly kind: "refused"; readonly code: StsErrorCode };
