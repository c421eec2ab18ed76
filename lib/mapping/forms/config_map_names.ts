/**
 * The ConfigMaps of mappings, as the peers named them.
 *
 * @module
 */

/** The namespace that holds them. */
export const CONFIG_MAP_NAMESPACE = "kube-system";

/** The ConfigMap of each cloud's principals, and the source that reads it. */
export const CONFIG_MAPS = {
  alibaba: { name: "alibabacloud-auth", source: "ACKConfigMap" },
  aws: { name: "aws-auth", source: "EKSConfigMap" },
} as const;
