/**
 * What is asked of a change of the file that starts kube-apiserver, and what comes of it. Texts in, text out: nothing
 * here reads, writes or starts anything.
 *
 * @module
 */

import { RamAuthError } from "../../errors.ts";

/** What starts kube-apiserver: a static pod of the kubelet, K3s or RKE2 by their config file, or a unit of systemd. */
export type ApiserverKind = "kubeadm" | "k3s" | "rke2" | "systemd";

/** A unit of systemd and what else says how it is started; paths to texts, in the order in which they count. */
export interface UnitTexts {
  readonly path: string;
  readonly text: string;
  readonly dropIns: ReadonlyMap<string, string>;
  /** The files that its `EnvironmentFile=` lines name, those that are there. */
  readonly environment: ReadonlyMap<string, string>;
}

/** The file to change, and what is known of those beside it. Trust: root wrote them. */
export interface FileToChange {
  readonly kind: ApiserverKind;
  /** The manifest, the config file, or our own drop-in of the unit. */
  readonly path: string;
  /** `undefined`: there is none. */
  readonly before: string | undefined;
  /** Of systemd, the unit that starts kube-apiserver; of K3s and RKE2, their own unit, if there is one. */
  readonly unit?: UnitTexts;
  /**
   * Of K3s and RKE2, every other config file that they read: `config.yaml` and `config.yaml.d/*.yaml` and `*.yml`, paths
   * to texts in any order, without the file itself.
   */
  readonly beside?: ReadonlyMap<string, string>;
}

/** The webhook that kube-apiserver is to ask. */
export interface WantedWebhook {
  /** Path of its kubeconfig: {@linkcode isPlainPath}, in a folder of its own. */
  readonly kubeconfig: string;
  /** Whether it takes the place of another webhook. */
  readonly replace: boolean;
}

/** Where kube-apiserver listens, by its flags; `undefined` where they do not say. */
export interface Listener {
  readonly address: string | undefined;
  readonly port: number | undefined;
}

/** What becomes of the file. */
export interface PlannedChange {
  /** The whole new text; the one before where it is configured already. */
  readonly after: string;
  /** Whether kube-apiserver asks the webhook already, so that nothing is to be written. */
  readonly isConfigured: boolean;
  /** The file that has the flag, now or after the change: mostly the file itself. */
  readonly flagIn: string;
  readonly listener: Listener;
}

/** Why a file is not changed. */
export type ShapeReason =
  /** It has a form that is not understood, or in which the change would not be sure. */
  | "form"
  /** kube-apiserver asks another webhook now. */
  | "other_webhook"
  /** Another file decides over the same flags. */
  | "other_file"
  /** Another program writes the file again and again, so that the change would be lost. */
  | "rewritten";

/** The file is not changed. The message says why, what to do, and which lines to add by hand. */
export class ShapeError extends RamAuthError {
  readonly code = "ERR_APISERVER_SHAPE";
  readonly reason: ShapeReason;

  constructor(reason: ShapeReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Whether a path can stand in YAML, units and command lines as it is: absolute, of plain characters, without empty or
 * dotted parts.
 */
export function isPlainPath(path: string): boolean {
  return /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._@+-]+)+$/.test(path);
}
