/**
 * What each shape of the file that starts kube-apiserver can do. One file a shape implements it.
 *
 * @module
 */

import type { FileToChange, WantedWebhook } from "./change.ts";
import type { Flag } from "./flags.ts";

/** A change, not yet judged by a second reading. */
export interface Draft {
  /** The text before where the webhook is configured already. */
  readonly after: string;
  /** The file that has the flag already, where that is another one. */
  readonly flagIn?: string;
}

/** One shape. Each function throws {@linkcode Unclear} where the file is not understood. */
export interface Shape {
  draft(file: FileToChange, webhook: WantedWebhook): Draft;
  /** The flags of kube-apiserver, those that count last. */
  flags(file: FileToChange): readonly Flag[];
  /** The lines that a person adds. */
  byHand(file: Pick<FileToChange, "unit">, kubeconfig: string): string;
}
