import assert from "node:assert/strict";
import { ACCESS_POLICIES } from "../../../lib/mapping/foreign/access_policies.ts";
import { rbacOf } from "../../../lib/mapping/foreign/policy_bindings.ts";

/** What a policy allows, each as `verb group/resource`. */
function allowedBy(policy: string): ReadonlySet<string> {
  return new Set(
    ACCESS_POLICIES[policy]!.flatMap((rule) =>
      rule.verbs.flatMap((verb) =>
        "resources" in rule
          ? rule.apiGroups.flatMap((group) => rule.resources.map((resource) => `${verb} ${group}/${resource}`))
          : rule.nonResourceURLs.map((url) => `${verb} ${url}`)
      )
    ),
  );
}

Deno.test("access policies: each has the rules that AWS publishes of it, and no more", () => {
  assert.deepEqual([...allowedBy("AmazonEKSClusterAdminPolicy")], ["* */*", "* *"]);
  assert.deepEqual([...allowedBy("AmazonEKSAdminViewPolicy")], ["get */*", "list */*", "watch */*"]);
  const [view, edit, admin] = ["View", "Edit", "Admin"].map((name) => allowedBy(`AmazonEKS${name}Policy`));
  // As counted in the tables of the published page: a resource of a row, times its verbs.
  assert.deepEqual([view!.size, edit!.size, admin!.size], [168, 372, 389]);
  assert(view!.isSubsetOf(edit!) && edit!.isSubsetOf(admin!));
  for (const action of view!) assert.match(action, /^(get|list|watch) /);
  for (const resource of ["secrets", "pods/exec", "pods/attach", "pods/portforward"]) {
    assert(!view!.has(`get /${resource}`) && edit!.has(`get /${resource}`), resource);
  }
  assert.deepEqual(
    [...admin!.difference(edit!)].map((action) => action.split(" ")[1]).sort().filter((r, i, all) => r !== all[i - 1]),
    [
      "authorization.k8s.io/localsubjectaccessreviews",
      "rbac.authorization.k8s.io/rolebindings",
      "rbac.authorization.k8s.io/roles",
    ],
  );
  for (const policy of [view!, edit!, admin!]) {
    assert(![...policy].some((action) => /\*|clusterrole|nodes/.test(action)));
  }
});

Deno.test("access policies: one ClusterRole for each policy, and one binding for each scope, however often it comes", () => {
  const view = { policy: "AmazonEKSViewPolicy", namespace: undefined };
  const edit = { policy: "AmazonEKSEditPolicy", namespace: "a" };
  const objects = rbacOf([view, edit, { ...edit, namespace: "b" }, view, edit], "p:") as Record<string, unknown>[];
  const apiGroup = "rbac.authorization.k8s.io";
  const binding = (kind: string, policy: string, group: string, namespace?: string) => ({
    apiVersion: `${apiGroup}/v1`,
    kind,
    metadata: { name: `p:${policy}`, ...(namespace === undefined ? {} : { namespace }) },
    roleRef: { apiGroup, kind: "ClusterRole", name: `p:${policy}` },
    subjects: [{ apiGroup, kind: "Group", name: group }],
  });
  assert.deepEqual(objects.map(({ kind, metadata }) => [kind, (metadata as { name: string }).name]).slice(0, 2), [
    ["ClusterRole", "p:AmazonEKSEditPolicy"],
    ["ClusterRole", "p:AmazonEKSViewPolicy"],
  ]);
  assert.deepEqual(objects.slice(2), [
    binding("RoleBinding", "AmazonEKSEditPolicy", "p:AmazonEKSEditPolicy:a", "a"),
    binding("RoleBinding", "AmazonEKSEditPolicy", "p:AmazonEKSEditPolicy:b", "b"),
    binding("ClusterRoleBinding", "AmazonEKSViewPolicy", "p:AmazonEKSViewPolicy"),
  ]);
  assert.deepEqual(rbacOf([], "p:"), []);
});
