/**
 * A kubeconfig as a file that is edited: read as kubectl reads it, and what it holds after an edit proved.
 *
 * @module
 */

import { RamAuthError } from "../../errors.ts";
import { changedAlone, mergeYaml, type Plain, type YamlChange } from "../../yaml/merge.ts";
import { readAsKubectl } from "../../yaml/as_kubectl.ts";
import { YamlEditError } from "../../yaml/splice.ts";
import type { EditedFile } from "../locked_edit.ts";
import { whyNotLoaded } from "./loadable.ts";

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

/**
 * What kubectl reads of a kubeconfig; `null` where it is empty.
 *
 * @throws {KubeconfigError} if it is something else, or kubectl does not load it: whatever is written beside that, kubectl
 * would not see
 */
export function readKubeconfig(path: string, text: string): Plain {
  const refuse = (why: string) => new KubeconfigError(`Cannot edit the kubeconfig "${path}": ${why}`);
  let content: Plain;
  try {
    content = readAsKubectl(text);
  } catch (cause) {
    if (!(cause instanceof YamlEditError)) throw cause;
    throw refuse(cause.message);
  }
  if (typeof content !== "object" || Array.isArray(content)) throw refuse("it is not a map; name a kubeconfig");
  const { kind } = content as { readonly kind?: unknown } | null ?? {};
  if (kind && kind !== "Config") throw refuse(`it is of kind ${JSON.stringify(kind)}; name a kubeconfig`);
  const why = whyNotLoaded(content);
  if (why === undefined) return content;
  throw refuse(`kubectl does not load it: ${why}; repair it, and see "kubectl config view"`);
}

/**
 * The text with these changes, after which kubectl reads them and all else as before.
 *
 * @throws {KubeconfigError} if its form does not let these values change alone
 */
export function changeKubeconfig(path: string, text: string, changes: readonly YamlChange[]): string {
  const before = readKubeconfig(path, text);
  let after: string;
  try {
    after = mergeYaml(text, changes);
  } catch (cause) {
    if (!(cause instanceof YamlEditError)) throw cause;
    throw new KubeconfigError(`Cannot edit the kubeconfig "${path}": ${cause.message}`, { cause });
  }
  if (changedAlone(before, readAsKubectl(after), changes)) return after;
  throw new KubeconfigError(
    `Cannot edit the kubeconfig "${path}": a merge key (<<) or an anchor ties these values to others; edit it by hand`,
  );
}
