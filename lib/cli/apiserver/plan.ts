/**
 * From the text of the file that starts kube-apiserver to the text by which it asks ram-auth. Every byte stays but the
 * lines that are added; what is not understood is refused.
 *
 * @module
 */

import { type FileToChange, type Listener, type PlannedChange, ShapeError, type WantedWebhook } from "./change.ts";

/**
 * Plans the change.
 *
 * @throws {ShapeError} if the file is not changed; the message says what to do, with the lines to add by hand
 */
export function planChange(file: FileToChange, webhook: WantedWebhook): PlannedChange {
  throw new ShapeError(
    "form",
    `Cannot change "${file.path}": its form is not read yet; nothing was changed. Add this by hand:\n${
      byHand(file, webhook.kubeconfig)
    }`,
  );
}

/**
 * The kubeconfig of the webhook that kube-apiserver asks by the file, or by another one beside it; `undefined` if none.
 *
 * @throws {ShapeError} if the file cannot be read for certain
 */
export function webhookIn(_file: FileToChange): string | undefined {
  return undefined;
}

/**
 * Where kube-apiserver listens by its flags in the file.
 *
 * @throws {ShapeError} if the file cannot be read
 */
export function listenerIn(_file: FileToChange): Listener {
  return { address: undefined, port: undefined };
}

/**
 * The files that the `EnvironmentFile=` lines of a unit and its drop-ins name, in their order; those of patterns are left
 * out.
 */
export function environmentFilesOf(_texts: Iterable<string>): readonly string[] {
  return [];
}

/** The lines that a person adds, or takes out, by hand. */
export function byHand({ kind }: Pick<FileToChange, "kind" | "unit">, kubeconfig: string): string {
  return `${kind}: --authentication-token-webhook-config-file=${kubeconfig}`;
}
