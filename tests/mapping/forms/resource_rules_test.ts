import assert from "node:assert/strict";
import { readArnPattern } from "../../../lib/clouds/aws/arn.ts";
import { parseResource } from "../../../lib/mapping/forms/custom_resource.ts";
import { createResourceRules, type ResourceRules } from "../../../lib/mapping/forms/resource_rules.ts";
import { roleSession } from "../support.ts";

const CLOUDS = [{ id: "aws", arnPrefix: "arn:", readArnPattern }] as const;
const ADMIN = roleSession("x", "s", { canonicalArn: "arn:aws:iam::123456789012:role/Admin" });

function put(rules: ResourceRules, name: string, role: string): void {
  const spec = { arn: `arn:aws:iam::123456789012:role/${role}`, username: name };
  rules.put(name, parseResource({ metadata: { name }, spec }, { clouds: CLOUDS }));
}

function told(rules: ResourceRules): readonly string[] {
  return rules.problems().map(({ severity, resource, message }) =>
    `${severity} ${resource} ${/resource "(\w+)"/.exec(message)?.[1] ?? ""}`.trim()
  );
}

Deno.test("of two resources for one role the first by name wins, in whichever order they came", () => {
  for (const order of [["a", "b"], ["b", "a"]]) {
    const rules = createResourceRules();
    for (const name of order) put(rules, name, "Admin");
    assert.equal(rules.find(ADMIN)?.resource, "a");
    assert.deepEqual(told(rules), ["warning b a"]);
    assert.deepEqual(rules.counts(), { rules: 2, invalid: 0 });
    rules.delete("a");
    assert.equal(rules.find(ADMIN)?.resource, "b");
    assert.deepEqual(told(rules), []);
  }
});

Deno.test("two resources that are one role without its path are an error of the later, until one of them goes", () => {
  const rules = createResourceRules();
  put(rules, "b", "team-b/Admin");
  put(rules, "a", "team-a/Admin");
  assert.equal(rules.find(ADMIN)?.resource, "a");
  assert.deepEqual(rules.rules().map(({ resource }) => resource), ["a"]);
  assert.deepEqual(told(rules), ["notice a", "notice b", "invalid b a"]);
  assert.deepEqual(rules.problemsOf("b").map(({ severity }) => severity), ["notice", "invalid"]);
  assert.deepEqual(rules.counts(), { rules: 1, invalid: 1 });
  put(rules, "a", "Other");
  assert.equal(rules.find(ADMIN)?.resource, "b");
  assert.deepEqual(rules.counts(), { rules: 2, invalid: 0 });
});

Deno.test("a resource that becomes bad is out of force at once, and told by its name", () => {
  const rules = createResourceRules();
  put(rules, "a", "Admin");
  put(rules, "a", "");
  assert.equal(rules.find(ADMIN), undefined);
  assert.deepEqual(told(rules), ["invalid a"]);
  assert.deepEqual(rules.counts(), { rules: 0, invalid: 1 });
  put(rules, "a", "Admin");
  assert.deepEqual(told(rules), []);
});

Deno.test("replaceAll() forgets what is not there any more", () => {
  const rules = createResourceRules();
  put(rules, "a", "Admin");
  put(rules, "b", "");
  rules.replaceAll(new Map());
  assert.equal(rules.find(ADMIN), undefined);
  assert.deepEqual([rules.rules(), rules.problems(), rules.counts()], [[], [], { rules: 0, invalid: 0 }]);
  rules.delete("a");
});
