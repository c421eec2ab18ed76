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

/** What each of the other tools calls the ConfigMap of its own cloud. */
export const CONFIG_MAP_ALIAS = "ConfigMap";

/**
 * The source that {@linkcode CONFIG_MAP_ALIAS} means: as in aws-iam-authenticator where AWS is the only cloud whose tokens
 * are accepted, else as in ack-ram-authenticator; and never one that is named beside it.
 *
 * @param beside the names that stand in the same list
 */
export function configMapMode(beside: readonly string[], clouds: readonly CloudId[]): BackendMode {
  const isAwsAlone = clouds.length === 1 && clouds[0] === "aws";
  return isAwsAlone && !beside.includes("EKSConfigMap") ? "EKSConfigMap" : "ACKConfigMap";
}

/** All names and aliases, for messages and help. */
export const BACKEND_MODE_NAMES: readonly string[] = Object.keys(BACKEND_MODES);

/**
 * The source that a name or an alias means, or `undefined`. Compared as the other tools do: by exact text.
 *
 * @param configMap as {@linkcode configMapMode} has it
 */
export function readBackendMode(text: string, configMap: BackendMode = "ACKConfigMap"): BackendMode | undefined {
  if (text === CONFIG_MAP_ALIAS) return configMap;
  return Object.hasOwn(BACKEND_MODES, text) ? BACKEND_MODES[text as keyof typeof BACKEND_MODES] : undefined;
}
