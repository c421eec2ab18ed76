/**
 * The custom resources of mappings, as the peers named them.
 *
 * @module
 */

/** The only version of each group. */
export const RESOURCE_VERSION = "v1alpha1";

/** What the resources of each cloud's principals are called. */
export const RESOURCE_KINDS = {
  alibaba: {
    group: "ramauthenticator.k8s.alibabacloud",
    kind: "RAMIdentityMapping",
    plural: "ramidentitymappings",
  },
  aws: { group: "iamauthenticator.k8s.aws", kind: "IAMIdentityMapping", plural: "iamidentitymappings" },
} as const;
