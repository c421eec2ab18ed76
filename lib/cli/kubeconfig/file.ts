/**
 * The kubeconfig as a file that is edited.
 *
 * @module
 */

import { RamAuthError } from "../../errors.ts";
import type { EditedFile } from "../locked_edit.ts";

/** Largest kubeconfig. One of a hundred clusters has about 600 KB. */
const MAX_BYTES = 4_194_304;

/** The kubeconfig cannot be edited as was asked. */
export class KubeconfigError extends RamAuthError {
  readonly code = "ERR_KUBECONFIG";
}

/** The kubeconfig at a path. */
export function kubeconfigFile(path: string): EditedFile {
  return {
    path,
    what: "the kubeconfig",
    maxBytes: MAX_BYTES,
    folderAdvice: "make it, or name another file by --kubeconfig",
  };
}
