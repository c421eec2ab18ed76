import assert from "node:assert/strict";
import { readArnPattern } from "../../../lib/clouds/aws/arn.ts";
import { parseResource } from "../../../lib/mapping/forms/custom_resource.ts";
import { createResourceRules, type ResourceRules } from "../../../lib/mapping/forms/resource_rules.ts";
import { roleSession } from "../support.ts";

const CLOUDS = [{ id: "aws", arnPrefix: "arn:", readArnPattern }] as const;
const ARN = "arn:aws:iam::123456789012:role/Admin";
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
  assert.deepEqual(told(rules), ["warning a", "warning b", "invalid b a"]);
  assert.deepEqual(rules.problemsOf("b").map(({ severity }) => severity), ["warning", "invalid"]);
  assert.deepEqual(rules.counts(), { rules: 1, invalid: 1 });
  put(rules, "a", "Other");
  assert.equal(rules.find(ADMIN)?.resource, "b");
  assert.deepEqual(rules.counts(), { rules: 2, invalid: 0 });
});

Deno.test("a resource whose ARN becomes unreadable refuses whom it was for, and is told by its name", () => {
  const rules = createResourceRules();
  put(rules, "a", "Admin");
  put(rules, "a", "");
  assert.equal(rules.find(ADMIN)?.kind, "invalid");
  assert.deepEqual(told(rules), ["invalid a"]);
  assert.deepEqual(rules.counts(), { rules: 0, invalid: 1 });
  rules.delete("a");
  assert.equal(rules.find(ADMIN), undefined);
  put(rules, "a", "Admin");
  assert.deepEqual(told(rules), []);
});

Deno.test("a resource that becomes invalid keeps its last good rule, also over a new list", () => {
  const rules = createResourceRules();
  put(rules, "a", "Admin");
  const bad = parseResource({ metadata: { name: "a" }, spec: { arn: ARN, username: "{{Foo}}" } }, { clouds: CLOUDS });
  rules.put("a", bad);
  assert.equal(rules.find(ADMIN)?.kind, "arn");
  rules.replaceAll(new Map([["a", bad]]));
  assert.equal(rules.find(ADMIN)?.kind, "arn");
  assert.deepEqual(told(rules), ["invalid a"]);
  const other = createResourceRules();
  other.put("a", bad);
  assert.equal(other.find(ADMIN)?.kind, "invalid");
});

Deno.test("a resource that becomes invalid for another role refuses that one, and is nobody's rule any more", () => {
  const rules = createResourceRules();
  put(rules, "a", "Admin");
  const bad = { arn: "arn:aws:iam::123456789012:role/Other", username: "{{Foo}}" };
  rules.put("a", parseResource({ metadata: { name: "a" }, spec: bad }, { clouds: CLOUDS }));
  assert.equal(rules.find(ADMIN), undefined);
  assert.equal(rules.find(roleSession("x", "s", { canonicalArn: bad.arn }))?.kind, "invalid");
});

Deno.test("an invalid resource is in no other's way, whatever its age, also where the other is a glob", () => {
  for (const role of ["Admin", "A*"]) {
    const rules = createResourceRules();
    const made = (name: string, creationTimestamp: string, spec: unknown) =>
      rules.put(name, parseResource({ metadata: { name, creationTimestamp }, spec }, { clouds: CLOUDS }));
    made("a", "2026-11-01T10:00:00Z", { arn: ARN, username: "{{Foo}}" });
    made("b", "2026-11-02T10:00:00Z", { arn: `arn:aws:iam::123456789012:role/${role}`, username: "b" });
    assert.equal(rules.find(ADMIN)?.resource, "b");
    assert.deepEqual(rules.rules().map(({ resource }) => resource), ["b", "a"]);
  }
});

Deno.test("a resource behind another has no effect; a change says for which others something else holds now", () => {
  const rules = createResourceRules();
  const names = (name: string) =>
    rules.put(name, parseResource({ metadata: { name }, spec: { arn: ARN, username: name } }, { clouds: CLOUDS }));
  assert.deepEqual(names("a"), []);
  assert.deepEqual(names("b"), ["a"]);
  assert.equal(rules.obstacleOf("b")?.hasNoEffect, "another resource comes first");
  assert.deepEqual(rules.delete("a"), ["b"]);
  assert.equal(rules.obstacleOf("b"), undefined);
});

Deno.test("a resource made later comes behind, whatever its name, and a glob behind what names one principal", () => {
  const rules = createResourceRules();
  const made = (name: string, role: string, creationTimestamp: string) =>
    rules.put(
      name,
      parseResource({
        metadata: { name, creationTimestamp },
        spec: { arn: `arn:aws:iam::123456789012:role/${role}`, username: name },
      }, { clouds: CLOUDS }),
    );
  made("m1", "Admin", "2026-11-20T10:00:00Z");
  made("a0", "Admin", "2026-11-20T10:00:01Z");
  made("a1", "*", "2026-11-01T10:00:00Z");
  assert.equal(rules.find(ADMIN)?.resource, "m1");
  assert.deepEqual(rules.rules().map(({ resource }) => resource), ["m1", "a0", "a1"]);
  assert.match(rules.obstacleOf("a0")?.message ?? "", /resource "m1"/);
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
