/**
 * The custom resources of mappings, as the other tools named them.
 *
 * @module
 */

import type { CloudId } from "../../identity/identity.ts";

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
} as const satisfies Readonly<Record<CloudId, unknown>>;

/** As a CustomResourceDefinition is named: `<plural>.<group>`. */
export function resourceName(cloud: CloudId): string {
  return `${RESOURCE_KINDS[cloud].plural}.${RESOURCE_KINDS[cloud].group}`;
}

/** Of the collection in the API. */
export function resourcePath(cloud: CloudId): string {
  return `/apis/${RESOURCE_KINDS[cloud].group}/${RESOURCE_VERSION}/${RESOURCE_KINDS[cloud].plural}`;
}

/** As a manifest has it. */
export function resourceApiVersion(cloud: CloudId): string {
  return `${RESOURCE_KINDS[cloud].group}/${RESOURCE_VERSION}`;
}

/** The cloud whose principals a kind of resource maps; `undefined` for any other kind. */
export function cloudOfKind(kind: string | undefined): CloudId | undefined {
  return (Object.keys(RESOURCE_KINDS) as CloudId[]).find((cloud) => RESOURCE_KINDS[cloud].kind === kind);
}
