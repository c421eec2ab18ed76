/**
 * RBAC objects that give a group what an access policy of EKS gives: the group takes the place of the policy in a rule.
 *
 * @module
 */

import { ACCESS_POLICIES } from "./access_policies.ts";

/** A policy in a scope. */
export interface PolicyBinding {
  /** A key of {@linkcode ACCESS_POLICIES}. */
  readonly policy: string;
  /** `undefined`: the whole cluster. */
  readonly namespace: string | undefined;
}

/** The group that has the permissions of a policy in its scope. */
export function groupOf({ policy, namespace }: PolicyBinding, prefix: string): string {
  return `${prefix}${policy}${namespace === undefined ? "" : `:${namespace}`}`;
}

/** A ClusterRole for each policy, and a binding for each scope of it; `prefix` as for {@linkcode groupOf}. */
export function rbacOf(bindings: readonly PolicyBinding[], prefix: string): readonly unknown[] {
  const byGroup = new Map(bindings.map((binding) => [groupOf(binding, prefix), binding]));
  const policies = [...new Set(bindings.map(({ policy }) => policy))].sort();
  const apiGroup = "rbac.authorization.k8s.io";
  const object = (kind: string, metadata: unknown, rest: unknown) => ({
    apiVersion: `${apiGroup}/v1`,
    kind,
    metadata,
    ...rest as Record<string, unknown>,
  });
  return [
    ...policies.map((policy) =>
      object("ClusterRole", { name: `${prefix}${policy}` }, { rules: ACCESS_POLICIES[policy] })
    ),
    ...[...byGroup].sort(([a], [b]) => a < b ? -1 : 1).map(([group, { policy, namespace }]) =>
      object(
        namespace === undefined ? "ClusterRoleBinding" : "RoleBinding",
        { name: `${prefix}${policy}`, ...(namespace !== undefined && { namespace }) },
        {
          roleRef: { apiGroup, kind: "ClusterRole", name: `${prefix}${policy}` },
          subjects: [{ apiGroup, kind: "Group", name: group }],
        },
      )
    ),
  ];
}
