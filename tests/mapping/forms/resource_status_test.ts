import assert from "node:assert/strict";
import { readArnPattern } from "../../../lib/clouds/aws/arn.ts";
import { parseResource } from "../../../lib/mapping/forms/custom_resource.ts";
import type { MappingProblem } from "../../../lib/mapping/problem.ts";
import { outdatedStatus, type ResourceStatus } from "../../../lib/mapping/forms/resource_status.ts";

const CLOUDS = [{ id: "aws", arnPrefix: "arn:", readArnPattern }] as const;
const NOW = new Date("2026-11-22T10:00:00.700Z");
const LATER = new Date("2026-11-22T11:00:00Z");

interface Case {
  readonly arn?: string;
  readonly username?: string;
  readonly stored?: unknown;
  readonly generation?: number;
  readonly more?: readonly MappingProblem[];
  readonly userId?: string;
  readonly now?: Date;
}

function statusOf(
  { arn = "arn:aws:iam::123456789012:role/Admin", username = "admin", stored, generation = 1, more = [], userId, now }:
    Case,
): ResourceStatus | undefined {
  const { problems, ...parsed } = parseResource({ metadata: { name: "a" }, spec: { arn, username } }, {
    clouds: CLOUDS,
  });
  const known = { ...parsed, problems: [...problems, ...more], userId };
  return outdatedStatus({ metadata: { generation }, status: stored }, known, now ?? NOW);
}

const problem = (severity: MappingProblem["severity"], message: string): MappingProblem => ({
  line: 1,
  column: 1,
  resource: "a",
  severity,
  message,
});

const IN_FORCE = {
  canonicalARN: "arn:aws:iam::123456789012:role/admin",
  conditions: [{
    type: "Ready",
    status: "True",
    reason: "InForce",
    message: "",
    observedGeneration: 1,
    lastTransitionTime: "2026-11-22T10:00:00Z",
  }],
};

Deno.test("a resource in force is ready, with its ARN in lower case as the peers look it up", () => {
  assert.deepEqual(statusOf({}), IN_FORCE);
});

Deno.test("a status that says so already is not written again, whenever and by whomever it was", () => {
  assert.equal(statusOf({ stored: IN_FORCE, now: LATER }), undefined);
  const others = { ...IN_FORCE, conditions: [{ type: "Synced", status: "True" }, ...IN_FORCE.conditions], more: 1 };
  assert.equal(statusOf({ stored: others, now: LATER }), undefined);
});

Deno.test("a path that is dropped is told, and the resource is ready", () => {
  const [ready] = statusOf({ arn: "arn:aws:iam::123456789012:role/team/Admin" })!.conditions;
  assert.equal(ready.status, "True");
  assert.match(ready.message, /path/);
});

Deno.test("a resource that is invalid is not ready, and says why; the ARN goes with the rule", () => {
  const status = statusOf({ username: "{{Foo}}", stored: IN_FORCE, generation: 2, now: LATER })!;
  assert.deepEqual(Object.keys(status), ["conditions"]);
  const { message, ...rest } = status.conditions[0];
  assert.match(message, /\{\{Foo\}\}/);
  assert.deepEqual(rest, {
    type: "Ready",
    status: "False",
    reason: "Invalid",
    observedGeneration: 2,
    lastTransitionTime: "2026-11-22T11:00:00Z",
  });
});

Deno.test("a resource that lets nobody in is not ready, and the worst is said first", () => {
  const more = [
    problem("notice", "third"),
    { ...problem("warning", "second"), hasNoEffect: "a reason" },
    problem("invalid", "first"),
  ];
  assert.equal(statusOf({ more })!.conditions[0].message, "first; second; third");
  const [ready] = statusOf({ more: more.slice(0, 2) })!.conditions;
  assert.deepEqual([ready.status, ready.reason, ready.message], ["False", "HasNoEffect", "second; third"]);
});

Deno.test("the time of a condition is that of the change between ready and not", () => {
  const [ready] = statusOf({ stored: IN_FORCE, generation: 2, now: LATER })!.conditions;
  assert.deepEqual([ready.observedGeneration, ready.lastTransitionTime], [2, "2026-11-22T10:00:00Z"]);
});

Deno.test("the id of whoever logged in stays until another one does, or the ARN is another", () => {
  const known = statusOf({ stored: IN_FORCE, userId: "AROAEXAMPLE" })!;
  assert.equal(known.userID, "AROAEXAMPLE");
  assert.equal(statusOf({ stored: known }), undefined);
  assert.equal(statusOf({ stored: known, userId: "AROAOTHER" })!.userID, "AROAOTHER");
  assert.equal(statusOf({ stored: known, generation: 2 })!.userID, "AROAEXAMPLE");
  const other = statusOf({ stored: known, arn: "arn:aws:iam::123456789012:role/Other", generation: 2 })!;
  assert.equal(other.userID, undefined);
});

for (
  const [what, stored] of [
    ["null", null],
    ["a text", "ready"],
    ["a list", [1]],
    ["numbers", { canonicalARN: 1, userID: 2, conditions: 3 }],
    ["conditions that are none", { conditions: [null, "Ready", { type: "Ready" }] }],
    ["a time that is no text", {
      ...IN_FORCE,
      conditions: [{ ...IN_FORCE.conditions[0], lastTransitionTime: 1, reason: "" }],
    }],
  ] as const
) {
  Deno.test(`a status that is ${what} is written anew`, () => assert.deepEqual(statusOf({ stored }), IN_FORCE));
}

Deno.test("a very long message is cut", () => {
  const more = [problem("invalid", "x".repeat(10_000))];
  assert.equal(statusOf({ more })!.conditions[0].message.length, 4_096);
});
