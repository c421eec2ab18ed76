/**
 * The one failure of `apiserver configure` and `apiserver undo`.
 *
 * @module
 */

import { RamAuthError } from "../../errors.ts";

/** kube-apiserver was not changed, or was put back as it was; the message says which, and what to do. */
export class ApiserverError extends RamAuthError {
  readonly code = "ERR_APISERVER";
}
