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

/** A resource of some age: every third with a wildcard, every fifth without an ARN. */
function resource(i: number, role: string): [string, ReturnType<typeof parseResource>] {
  const name = `r${i}`;
  const creationTimestamp = new Date(1e12 + ((i * 7_919) % 1_000) * 1_000).toISOString();
  const arn = `arn:aws:iam::123456789012:role/${role}${i % 3 === 0 ? "-*" : ""}`;
  const spec = { arn: i % 5 === 0 ? undefined : arn, username: name };
  return [name, parseResource({ metadata: { name, creationTimestamp }, spec }, { clouds: CLOUDS })];
}

Deno.test("resources that came, changed and went one at a time are in the order of those that are read at once", () => {
  const one = createResourceRules();
  const all = new Map<string, ReturnType<typeof parseResource>>();
  const puts = [
    ...Array.from({ length: 300 }, (_, i) => resource(i, `a${i % 50}`)),
    ...[7, 1, 250, 8].map((i) => resource(i, "b")),
  ];
  for (const [name, parsed] of puts) {
    one.put(name, parsed);
    all.set(name, parsed);
  }
  for (const name of ["r3", "r4", "r299", "nothing", "r5"]) {
    one.delete(name);
    all.delete(name);
  }
  const atOnce = createResourceRules();
  atOnce.replaceAll(all);
  assert.deepEqual(one.rules(), atOnce.rules());
  assert.deepEqual(one.problems(), atOnce.problems());
  assert(one.rules().length > 200);
});

Deno.test("after a change of one of 50,000 resources the rules are listed without being sorted again", () => {
  const rules = createResourceRules();
  const all = new Map(Array.from({ length: 50_000 }, (_, i) => resource(i, `team-${i}`)));
  const sinceMs = performance.now();
  rules.replaceAll(all);
  const readMs = performance.now() - sinceMs;
  const listMs = [1, 2, 3, 4, 6].map((i) => {
    rules.put(...resource(i, "other"));
    const sinceMs = performance.now();
    assert(rules.rules().length > 0);
    return performance.now() - sinceMs;
  });
  assert(Math.min(...listMs) < readMs / 4, `to list takes ${listMs} ms, where to read all takes ${readMs} ms`);
});
