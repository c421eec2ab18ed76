/**
 * The ConfigMaps of mappings, as the other tools named them.
 *
 * @module
 */

import type { ArnSection } from "../entry.ts";

/** The namespace that holds them. */
export const CONFIG_MAP_NAMESPACE = "kube-system";

/** The ConfigMap of each cloud's principals, and the source that reads it. */
export const CONFIG_MAPS = {
  alibaba: { name: "alibabacloud-auth", source: "ACKConfigMap" },
  aws: { name: "aws-auth", source: "EKSConfigMap" },
} as const;

/** One of the ConfigMaps, and the source that reads it. */
export type ConfigMapRow = (typeof CONFIG_MAPS)[keyof typeof CONFIG_MAPS];

/** How they spell the key of the ARN. Keys are read in any case; this is how the tools beside ram-auth write them. */
export const CONFIG_MAP_ARN_KEYS = { mapRoles: "rolearn", mapUsers: "userarn" } as const satisfies Record<
  ArnSection,
  string
>;
