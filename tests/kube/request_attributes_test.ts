import assert from "node:assert/strict";
import { describeMissingGrant, describeRequest, requestAttributes } from "../../lib/kube/request_attributes.ts";

const MAPS = "/api/v1/namespaces/kube-system/configmaps";
const KIND = "/apis/iamauthenticator.k8s.aws/v1alpha1/iamidentitymappings";

for (
  const [method, path, says, grant] of [
    [
      "GET",
      `${MAPS}/aws-auth`,
      'get configmaps "aws-auth" in namespace "kube-system"',
      'grant the verb "get" on "configmaps" of API group "" in a Role of namespace "kube-system"',
    ],
    [
      "GET",
      `${MAPS}?fieldSelector=metadata.name%3Daws-auth&limit=500`,
      'list configmaps in namespace "kube-system"',
      'grant the verb "list" on "configmaps" of API group "" in a Role of namespace "kube-system"',
    ],
    [
      "GET",
      `${KIND}?watch=true`,
      "watch iamidentitymappings.iamauthenticator.k8s.aws",
      'grant the verb "watch" on "iamidentitymappings" of API group "iamauthenticator.k8s.aws" in a ClusterRole',
    ],
    [
      "PATCH",
      `${KIND}/a%2Fb/status`,
      'patch iamidentitymappings/status.iamauthenticator.k8s.aws "a/b"',
      'grant the verb "patch" on "iamidentitymappings/status" of API group "iamauthenticator.k8s.aws" in a ClusterRole',
    ],
    [
      "DELETE",
      KIND,
      "deletecollection iamidentitymappings.iamauthenticator.k8s.aws",
      'grant the verb "deletecollection" on "iamidentitymappings" of API group "iamauthenticator.k8s.aws" ' +
      "in a ClusterRole",
    ],
    [
      "GET",
      "/api/v1/namespaces/kube-system",
      'get namespaces "kube-system"',
      'grant the verb "get" on "namespaces" of API group "" in a ClusterRole',
    ],
    ["GET", "/readyz?verbose", "GET /readyz", 'grant the verb "get" on the URL "/readyz"'],
  ] as const
) {
  Deno.test(`${method} ${path} is said in words, and so is the right that it needs`, () => {
    assert.equal(describeRequest(method, path), says);
    assert.equal(describeMissingGrant(method, path), grant);
  });
}

Deno.test("requestAttributes() reads a path as the API server does", () => {
  assert.deepEqual(requestAttributes("POST", MAPS), {
    verb: "create",
    resource: "configmaps",
    group: "",
    namespace: "kube-system",
    name: undefined,
  });
  assert.equal(requestAttributes("GET", "/version"), undefined);
});
