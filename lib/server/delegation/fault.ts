/**
 * What can go wrong with the delegate, by what kube-apiserver is told.
 *
 * @module
 */

import { PublicError } from "../../errors.ts";

const PUBLIC = "the delegate webhook cannot be asked";

/** The delegate did not judge a token. */
abstract class NotJudged extends PublicError {
  /** @param why goes on after a colon, and says what to do */
  constructor(why: string, options?: ErrorOptions) {
    super(`Cannot have the token judged by the delegate: ${why}`, options);
  }
}

/** No answer came, or one that tells of an outage: another try may bring one. */
export class DelegateFault extends NotJudged {
  readonly code = "ERR_DELEGATE";
  readonly publicMessage = PUBLIC;
  override readonly retryable = true;
}

/** The delegate cannot be used as it is set up, or answers what is no answer: somebody must mend that. */
export class DelegateUnusable extends NotJudged {
  readonly code = "ERR_DELEGATE_UNUSABLE";
  readonly publicMessage = PUBLIC;
}

/** More tokens than the delegate may be asked about at once. */
export class DelegateBusy extends NotJudged {
  readonly code = "ERR_DELEGATE_BUSY";
  readonly publicMessage = "too many logins at the delegate webhook; try again in a moment";
  override readonly retryable = true;
}

/** The delegate named a user that it must not give. Trust: the message quotes the delegate. */
export class DelegateRefused extends PublicError {
  readonly code = "ERR_DELEGATE_REFUSED";
  readonly publicMessage = "the user that the delegate webhook named is not accepted";
}
