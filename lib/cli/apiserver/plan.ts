/**
 * From the text of the file that starts kube-apiserver to the text by which it asks ram-auth. Every byte stays but the
 * lines that are added; what is not understood is refused.
 *
 * @module
 */

import {
  type ApiserverKind,
  type FileToChange,
  isPlainPath,
  type Listener,
  type PlannedChange,
  ShapeError,
  type WantedWebhook,
} from "./change.ts";
import { type Flag, valueOf } from "./flags.ts";
import { K3S, RKE2 } from "./rancher_config.ts";
import type { Shape } from "./shape.ts";
import { STATIC_POD } from "./static_pod.ts";
import { Unclear } from "./unclear.ts";
import { environmentFilesOf as namedFilesOf, isPattern } from "./unit.ts";
import { UNIT_DROP_IN } from "./unit_drop_in.ts";

const SHAPES: Readonly<Record<ApiserverKind, Shape>> = {
  kubeadm: STATIC_POD,
  k3s: K3S,
  rke2: RKE2,
  systemd: UNIT_DROP_IN,
};

/**
 * Plans the change. A second plan, of its result, finds nothing to do.
 *
 * @throws {ShapeError} if the file is not changed; the message says what to do, with the lines to add by hand
 * @throws {RangeError} if the kubeconfig has no plain path, or no folder of its own
 */
export function planChange(file: FileToChange, webhook: WantedWebhook): PlannedChange {
  const { kubeconfig } = webhook;
  if (!isPlainPath(kubeconfig) || kubeconfig.split("/").length < 4) throw new RangeError("No usable path");
  const { draft } = SHAPES[file.kind];
  const isSame = ({ after }: { readonly after: string }, { before = "" }: FileToChange) => after === before;
  return explained(
    () => {
      const found = draft(file, webhook);
      const isConfigured = isSame(found, file);
      const changed = isConfigured ? file : { ...file, before: found.after };
      if (!isConfigured && !isSame(draft(changed, webhook), changed)) throw new Unclear("the result is not understood");
      return {
        after: found.after,
        isConfigured,
        flagIn: found.flagIn ?? file.path,
        listener: listenerOf(SHAPES[file.kind].flags(changed)),
      };
    },
    ({ message, advice }) =>
      `Cannot change "${file.path}": ${message}; nothing was changed. ${
        advice ?? `Add this by hand:\n${byHand(file, kubeconfig)}`
      }`,
  );
}

/**
 * Where kube-apiserver listens by its flags in the file.
 *
 * @throws {ShapeError} if the file cannot be read for certain
 */
export function listenerIn(file: FileToChange): Listener {
  return explained(
    () => listenerOf(SHAPES[file.kind].flags(file)),
    ({ message }) => `Cannot read the flags of kube-apiserver in "${file.path}": ${message}; look at the file`,
  );
}

/** The files that a unit and its drop-ins, as texts, take variables from; patterns of paths are left out. */
export function environmentFilesOf(texts: Iterable<string>): readonly string[] {
  return namedFilesOf(texts).flatMap(({ path }) => isPattern(path) ? [] : [path]);
}

/** The lines that a person adds, or takes out, by hand. */
export function byHand(file: Pick<FileToChange, "kind" | "unit">, kubeconfig: string): string {
  return SHAPES[file.kind].byHand(file, kubeconfig);
}

function listenerOf(flags: readonly Flag[]): Listener {
  const port = valueOf(flags, "secure-port") ?? "";
  return {
    address: valueOf(flags, "bind-address") || undefined,
    port: /^\d{1,5}$/.test(port) ? Number(port) : undefined,
  };
}

function explained<Result>(run: () => Result, message: (unclear: Unclear) => string): Result {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof Unclear)) throw cause;
    throw new ShapeError(cause.reason, message(cause), { cause });
  }
}
