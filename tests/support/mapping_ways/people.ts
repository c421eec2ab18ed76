/**
 * People of a cluster who may write mappings and nothing else, each in another way; and what RBAC has to be told for that.
 *
 * @module
 */

/** A rule of a ClusterRole; `mappings` stands for both kinds. */
interface Right {
  readonly on: string;
  readonly verbs: readonly string[];
  readonly names?: readonly string[];
}

/** Users of the cluster and what RBAC lets them do, beside the editor of `manifests/mapping-editor.yaml`, who is "lead". */
export const PEOPLE = {
  creator: [{ on: "mappings", verbs: ["create"] }],
  writer: [{ on: "mappings", verbs: ["create", "patch"] }],
  editor: [{ on: "mappings", verbs: ["get", "update", "patch"] }],
  statusWriter: [{ on: "mappings/status", verbs: ["get", "update", "patch"] }],
  deleter: [{ on: "mappings", verbs: ["create", "delete", "deletecollection"] }],
  configMapEditor: [{ on: "configmaps", verbs: ["get", "update", "patch"] }],
  configMapReplacer: [{ on: "configmaps", verbs: ["create", "patch", "delete", "deletecollection"] }],
  /** Leads team "wide", with a right to ever so many groups of it. */
  wide: [
    { on: "mappings", verbs: ["create", "get", "update", "patch"] },
    { on: "users", verbs: ["impersonate"], names: ["wide:*"] },
    { on: "groups", verbs: ["impersonate"], names: ["wide:*"] },
  ],
  /** May act as every user, but not under every group. */
  allUsers: [
    { on: "mappings", verbs: ["create"] },
    { on: "configmaps", verbs: ["create"] },
    { on: "users", verbs: ["impersonate"] },
  ],
  /** May act under every group, but not as every user. */
  allGroups: [
    { on: "mappings", verbs: ["create", "get", "update", "patch"] },
    { on: "configmaps", verbs: ["create"] },
    { on: "users", verbs: ["impersonate"], names: ["wide:*"] },
    { on: "groups", verbs: ["impersonate"] },
  ],
  /** May impersonate users whose names are the texts of templates, which are nobody's. */
  templateTexts: [{ on: "users", verbs: ["impersonate"], names: ["{{SessionName}}", "b:{{SessionName}}"] }],
  /** "lead" who may delete as well. */
  deletingLead: [
    { on: "mappings", verbs: ["create", "get", "update", "patch", "delete"] },
    { on: "users", verbs: ["impersonate"], names: ["team-a:*"] },
    { on: "groups", verbs: ["impersonate"], names: ["ram:viewers"] },
  ],
} as const satisfies Readonly<Record<string, readonly Right[]>>;

/** Who sends a request: one of the people, the cluster's administrator, or the garbage collector of Kubernetes. */
export type Person = keyof typeof PEOPLE | "lead" | "admin" | "garbageCollector";

/** Users and groups that are bound to `cluster-admin`, as clusters have them; the last is what a mapped account gives. */
export const ADMIN_GROUPS = ["ops:admins", "ops:carol", "kubeadm:cluster-admins"] as const;
export const ADMIN_USERS = ["ops:root", "carol", "acs:ram::1234567890123456:user/alice"] as const;

const RBAC = { apiVersion: "rbac.authorization.k8s.io/v1" };
const PATH = "/apis/rbac.authorization.k8s.io/v1";

/** An object, and the collection that it goes into. */
type Placed = readonly [path: string, object: object];

/** The ClusterRoles of the people, their bindings, and those of the administrators. */
export function rolesOfPeople(): readonly Placed[] {
  return [
    ...Object.entries(PEOPLE).flatMap(([name, rights]) => [roleOf(name, rights), bindingOf(name, "User", name)]),
    ...ADMIN_GROUPS.map((name) => bindingOf("cluster-admin", "Group", name)),
    ...ADMIN_USERS.map((name) => bindingOf("cluster-admin", "User", name)),
  ];
}

function roleOf(name: string, rights: readonly Right[]): Placed {
  const rules = rights.map(({ on, verbs, names }) => {
    const [, subresource] = /^mappings(.*)$/.exec(on) ?? [];
    const what = subresource === undefined ? { apiGroups: [""], resources: [on] } : {
      apiGroups: ["ramauthenticator.k8s.alibabacloud", "iamauthenticator.k8s.aws"],
      resources: [`ramidentitymappings${subresource}`, `iamidentitymappings${subresource}`],
    };
    return { ...what, verbs, ...(names && { resourceNames: names }) };
  });
  return [`${PATH}/clusterroles`, { ...RBAC, kind: "ClusterRole", metadata: { name }, rules }];
}

function bindingOf(role: string, kind: "User" | "Group", name: string): Placed {
  return [`${PATH}/clusterrolebindings`, {
    ...RBAC,
    kind: "ClusterRoleBinding",
    metadata: { name: `${role}-${kind}-${name}`.toLowerCase().replaceAll(/[^a-z0-9]/g, ".") },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind, name }],
  }];
}

/** How the API server sees somebody. */
export function impersonated(person: Person): { readonly user: string; readonly group?: string } | undefined {
  if (person === "admin") return undefined;
  if (person === "garbageCollector") return { user: "system:serviceaccount:kube-system:generic-garbage-collector" };
  return person === "lead" ? { user: person, group: "team-a:leads" } : { user: person };
}
