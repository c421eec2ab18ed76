/**
 * The one failure of this folder: what is stored cannot be used as it is.
 *
 * @module
 */

import { RamAuthError } from "../errors.ts";

/** The stored CA, keys, certificates or webhook kubeconfig are broken. Nothing was overwritten. */
export class StateError extends RamAuthError {
  readonly code = "ERR_STATE";
}
