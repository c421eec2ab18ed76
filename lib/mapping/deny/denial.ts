/**
 * Who is refused whatever STS and the rules say: what the review flow asks of the deny list.
 *
 * @module
 */

import { PublicError } from "../../errors.ts";
import type { Identity } from "../../identity/identity.ts";

/** The operator's deny list. While a server runs, a reload changes it in place: ask it again for each review. */
export interface DenyList {
  /**
   * Before STS is asked, so that a denied key costs no call.
   *
   * @param accessKeyId as the token claims it. Trust: a stranger chose it
   * @throws {Denied} if it is listed
   */
  assertKey(accessKeyId: string): void;
  /**
   * Once STS has answered, or a kept decision has.
   *
   * @throws {Denied} if the principal, its account or its key is listed
   */
  assertIdentity(identity: Identity): void;
}

/** `server.deny` names the principal. */
export class Denied extends PublicError {
  readonly code = "ERR_DENIED";
  readonly publicMessage = "the identity is on the server's deny list";
  /** The reason alone, in words that follow a colon. */
  readonly why: string;

  constructor(who: string, why: string) {
    super(`Cannot let ${who} in: ${why}`);
    this.why = why;
  }
}
