/**
 * The rules of the access policies of EKS, as AWS publishes them: "Review access policy permissions" of the EKS user guide
 * (awsdocs/amazon-eks-user-guide, latest/ug/manage-access/k8s-access/access-policy-reference.adoc at c88259a). Of its other
 * policies, the page describes the permissions in prose alone.
 *
 * @module
 */

/** A rule of a ClusterRole. */
export type PolicyRule =
  | { readonly apiGroups: readonly string[]; readonly resources: readonly string[]; readonly verbs: readonly string[] }
  | { readonly nonResourceURLs: readonly string[]; readonly verbs: readonly string[] };

const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "deletecollection", "patch", "update"];

const VIEW: readonly PolicyRule[] = [
  allow(
    "apps",
    "controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets " +
      "replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status",
    READ,
  ),
  allow("autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status", READ),
  allow("batch", "cronjobs cronjobs/status jobs jobs/status", READ),
  allow("discovery.k8s.io", "endpointslices", READ),
  allow(
    "extensions",
    "daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status " +
      "networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale",
    READ,
  ),
  allow("networking.k8s.io", "ingresses ingresses/status networkpolicies", READ),
  allow("policy", "poddisruptionbudgets poddisruptionbudgets/status", READ),
  allow(
    "",
    "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers " +
      "replicationcontrollers/scale serviceaccounts services services/status",
    READ,
  ),
  allow(
    "",
    "bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas " +
      "resourcequotas/status",
    READ,
  ),
  allow("", "namespaces", READ),
];

const EDIT: readonly PolicyRule[] = [
  ...VIEW,
  allow(
    "apps",
    "daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets " +
      "statefulsets/scale",
    WRITE,
  ),
  allow("autoscaling", "horizontalpodautoscalers", WRITE),
  allow("batch", "cronjobs jobs", WRITE),
  allow(
    "extensions",
    "daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets " +
      "replicasets/scale replicationcontrollers/scale",
    WRITE,
  ),
  allow("networking.k8s.io", "ingresses networkpolicies", WRITE),
  allow("policy", "poddisruptionbudgets", WRITE),
  allow("", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy", READ),
  allow("", "serviceaccounts", ["impersonate"]),
  allow("", "pods pods/attach pods/exec pods/portforward pods/proxy", WRITE),
  allow(
    "",
    "configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets " +
      "serviceaccounts services services/proxy",
    WRITE,
  ),
];

const ADMIN: readonly PolicyRule[] = [
  ...EDIT,
  allow("authorization.k8s.io", "localsubjectaccessreviews", ["create"]),
  allow("rbac.authorization.k8s.io", "rolebindings roles", [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
  ]),
];

/** The policies whose rules are published, by name. */
export const ACCESS_POLICIES: Readonly<Record<string, readonly PolicyRule[]>> = {
  AmazonEKSClusterAdminPolicy: [allow("*", "*", ["*"]), { nonResourceURLs: ["*"], verbs: ["*"] }],
  AmazonEKSAdminPolicy: ADMIN,
  AmazonEKSAdminViewPolicy: [allow("*", "*", READ)],
  AmazonEKSEditPolicy: EDIT,
  AmazonEKSViewPolicy: VIEW,
  AmazonEKSHybridPolicy: [allow("*", "nodes", ["list"])],
};

function allow(apiGroup: string, resources: string, verbs: readonly string[]): PolicyRule {
  return { apiGroups: [apiGroup], resources: resources.split(" "), verbs };
}
