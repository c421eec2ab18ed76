/**
 * The access policies of one access entry, as `aws eks list-associated-access-policies` prints them.
 *
 * @module
 */

import { quoted } from "../../quote.ts";
import { listAt, textAt, valueAt } from "../../yaml/access.ts";
import type { YamlNode } from "../../yaml/read.ts";
import type { Fault } from "../entry.ts";
import { ACCESS_POLICIES } from "./access_policies.ts";
import type { PolicyBinding } from "./policy_bindings.ts";

const POLICY_ARN = /^arn:[a-z0-9-]{1,32}:eks::aws:cluster-access-policy\/([A-Za-z0-9]{1,128})$/;

/** RFC 1123, as the API server wants the name of a namespace. */
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** What the policies are to be bound to. Those whose rules are not published, and what RBAC has no words for, are faults. */
export function readPolicies(output: YamlNode, fault: Fault): readonly PolicyBinding[] {
  return listAt(output, "associatedAccessPolicies").flatMap((node) => {
    const arn = textAt(node, "policyArn") ?? "";
    const policy = POLICY_ARN.exec(arn)?.[1];
    if (policy === undefined) return fault(node, `${quoted(arn)} is not the ARN of one`) ?? [];
    if (!Object.hasOwn(ACCESS_POLICIES, policy)) {
      return fault(
        node,
        `AWS publishes no rules of ${policy}; write a ClusterRole, and bind a group of the entry to it`,
      ) ??
        [];
    }
    return readScope(node, policy, fault);
  });
}

function readScope(node: YamlNode, policy: string, fault: Fault): readonly PolicyBinding[] {
  const scope = valueAt(node, "accessScope") ?? node;
  const type = textAt(scope, "type") ?? "";
  if (type === "cluster") return [{ policy, namespace: undefined }];
  const namespaces = listAt(scope, "namespaces");
  if (type !== "namespace" || namespaces.length === 0) {
    return fault(scope, `the scope of ${policy} is neither the cluster nor a list of namespaces`) ?? [];
  }
  return namespaces.flatMap((item) => {
    const namespace = item.kind === "scalar" ? item.text : "";
    if (NAMESPACE.test(namespace)) return [{ policy, namespace }];
    const why = namespace.includes("*")
      ? "RBAC has no wildcards for namespaces; name each"
      : "it is not the name of one";
    return fault(item, `the scope of ${policy} has the namespace ${quoted(namespace)}, and ${why}`) ?? [];
  });
}
