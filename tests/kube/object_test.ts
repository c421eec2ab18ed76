import assert from "node:assert/strict";
import { parseObject, readPage, readWatchEvent } from "../../lib/kube/object.ts";

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

const METADATA = { name: "a", resourceVersion: "7" };

for (
  const [what, value] of [
    ["no metadata", {}],
    ["no name", { metadata: { resourceVersion: "7" } }],
    ["a name that is no text", { metadata: { ...METADATA, name: 1 } }],
    ["no version", { metadata: { name: "a" } }],
    ["a version that is no text", { metadata: { ...METADATA, resourceVersion: 7 } }],
    ["the form of a list", [{ metadata: METADATA }]],
  ] as const
) {
  Deno.test(`an object with ${what} is not read, alone, in a list or in a watch`, () => {
    assert.throws(() => parseObject(JSON.stringify(value)), { code: "ERR_KUBE" });
    const page = { metadata: { resourceVersion: "9" }, items: [value] };
    assert.throws(() => readPage(JSON.stringify(page)), { code: "ERR_KUBE" });
    assert.throws(() => readWatchEvent(JSON.stringify({ type: "ADDED", object: value })), { code: "ERR_KUBE" });
  });
}

for (
  const [what, event] of [
    ["a bookmark without a version", { type: "BOOKMARK", object: { metadata: {} } }],
    ["an event of an unknown type", { type: "MOVED", object: { metadata: METADATA } }],
    ["an event without an object", { type: "DELETED" }],
    ["an error that is a list", { type: "ERROR", object: [] }],
  ] as const
) {
  Deno.test(`${what} is not read`, () => {
    assert.throws(() => readWatchEvent(JSON.stringify(event)), { code: "ERR_KUBE" });
  });
}

Deno.test("a page goes on where its token is one, and nowhere else", () => {
  const tokenOf = (token: unknown) =>
    readPage(JSON.stringify({ metadata: { resourceVersion: "9", continue: token }, items: [] })).continueToken;
  assert.equal(tokenOf("next"), "next");
  for (const token of ["", undefined, 7, null]) assert.equal(tokenOf(token), undefined);
});
