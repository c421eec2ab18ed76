import assert from "node:assert/strict";
import { type ParsedResource, parseResource } from "../../../lib/mapping/forms/custom_resource.ts";
import { ACCOUNT, CLOUDS } from "../support.ts";

const ARN = `acs:ram::${ACCOUNT}:role/Admin`;

function parse(spec: unknown): ParsedResource {
  return parseResource({ metadata: { name: "admins" }, spec }, { clouds: CLOUDS });
}

Deno.test("parseResource() reads a role, a user and a glob, each as the rule of its resource", () => {
  for (
    const arn of [ARN, `acs:ram::${ACCOUNT}:user/alice`, `acs:ram::${ACCOUNT}:root`, `acs:ram::${ACCOUNT}:role/A*`]
  ) {
    const { rule, problems } = parse({ arn, username: "admin:{{SessionName}}", groups: ["viewers"] });
    assert.deepEqual(problems, []);
    assert.equal(rule?.arn.canonicalArn, arn);
    assert.ok(rule?.kind === "arn");
    assert.equal(rule.username.source, "admin:{{SessionName}}");
    assert.deepEqual(rule.groups.map(({ source }) => source), ["viewers"]);
    assert.deepEqual([rule?.resource, rule?.line, rule?.column], ["admins", 1, 1]);
  }
});

Deno.test("parseResource() tells what was read differently from how it is written", () => {
  const { rule, problems } = parse({ arn: `acs:ram::${ACCOUNT}:assumed-role/Admin`, username: "a" });
  assert.equal(rule?.arn.canonicalArn, ARN);
  assert.deepEqual(problems.map(({ severity, resource }) => [severity, resource]), [["warning", "admins"]]);
});

for (
  const [what, spec, says] of [
    ["no spec", undefined, /its spec is empty/],
    ["a spec that is a list", [], /its spec is a list/],
    ["no ARN", { username: "a" }, /it has no arn/],
    ["no username", { arn: ARN }, /it has no username/],
    ["an empty username", { arn: ARN, username: "" }, /it is empty/],
    ["a username that is a number", { arn: ARN, username: 7 }, /its username is a number/],
    ["an ARN of a cloud that is not accepted", { arn: "arn:aws:iam::1:role/x", username: "a" }, /no cloud that is acc/],
    ["an ARN with white space", { arn: `${ARN} `, username: "a" }, /its arn .* has white space/],
    ["a malformed ARN", { arn: "acs:ram::1:rolle/x", username: "a" }, /Cannot read ARN/],
    ["groups that are a text", { arn: ARN, username: "a", groups: "viewers" }, /its groups are a text/],
    ["a group that is a map", { arn: ARN, username: "a", groups: [{}] }, /one of its groups is a map/],
    ["an unknown key", { arn: ARN, username: "a", group: ["b"] }, /nothing is known as "group" here/],
    ["a key that every object has", JSON.parse(`{"__proto__": {}, "arn": "${ARN}", "username": "a"}`), /"__proto__"/],
    ["an unknown placeholder", { arn: ARN, username: "{{Foo}}" }, /no placeholder is called "Foo"/],
  ] as const
) {
  Deno.test(`parseResource() gives nobody a name by a resource with ${what}`, () => {
    const { rule, problems } = parse(spec);
    assert.notEqual(rule?.kind, "arn");
    assert.deepEqual(problems.map(({ severity, resource }) => [severity, resource]), [["invalid", "admins"]]);
    assert.match(problems[0]!.message, /^Cannot use this resource: /);
    assert.match(problems[0]!.message, says);
  });
}

Deno.test("parseResource() finds all faults at once, and survives a value that is nested deep", () => {
  assert.equal(parse({ arn: 1, username: "", groups: 2, x: 3 }).problems.length, 4);
  assert.equal(parse(JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`)).problems.length, 1);
});
