/**
 * The names of mapping sources, as `--backend-mode` and the config file have them.
 *
 * @module
 */

import type { CloudId } from "../identity/identity.ts";

/** Every name that is understood, and the source it means. */
const BACKEND_MODES = {
  MountedFile: "MountedFile",
  File: "MountedFile",
  DynamicFile: "DynamicFile",
  ACKConfigMap: "ACKConfigMap",
  ConfigMap: "ACKConfigMap",
  EKSConfigMap: "EKSConfigMap",
  CRD: "CRD",
} as const;

/** A mapping source by its own name, never by an alias. */
export type BackendMode = (typeof BACKEND_MODES)[keyof typeof BACKEND_MODES];

/** The sources that are of one cloud by their name. */
export const CLOUD_OF_MODE: Readonly<Partial<Record<BackendMode, CloudId>>> = {
  ACKConfigMap: "alibaba",
  EKSConfigMap: "aws",
};

/** All names and aliases, for messages and help. */
export const BACKEND_MODE_NAMES: readonly string[] = Object.keys(BACKEND_MODES);

/** The source that a name or an alias means, or `undefined`. Compared as the other tools do: by exact text. */
export function readBackendMode(text: string): BackendMode | undefined {
  return Object.hasOwn(BACKEND_MODES, text) ? BACKEND_MODES[text as keyof typeof BACKEND_MODES] : undefined;
}
