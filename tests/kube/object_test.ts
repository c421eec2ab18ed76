import assert from "node:assert/strict";
import { readPage, readWatchEvent } from "../../lib/kube/object.ts";

const MANAGED = {
  metadata: { name: "a", resourceVersion: "7", generation: 1, managedFields: [{ manager: "kubectl" }] },
  spec: { arn: "x" },
};
const KEPT = { metadata: { name: "a", resourceVersion: "7", generation: 1 }, spec: { arn: "x" } };

Deno.test("an object is kept as it came, but for the record of who manages its fields", () => {
  const [object] = readPage(JSON.stringify({ metadata: { resourceVersion: "9" }, items: [MANAGED] })).items;
  assert.equal(JSON.stringify(object), JSON.stringify(KEPT));
  const event = readWatchEvent(JSON.stringify({ type: "ADDED", object: MANAGED }));
  assert.equal(JSON.stringify(event), JSON.stringify({ type: "ADDED", object: KEPT }));
});
