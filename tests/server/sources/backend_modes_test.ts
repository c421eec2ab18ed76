import assert from "node:assert/strict";
import { parseBackendModeFile } from "../../../lib/server/sources/backend_modes.ts";

for (
  const [what, text, want] of [
    [
      "the peer's form",
      '{"LastUpdatedDateTime": "1795348800", "Version": "1", "ClusterID": "c", "backendMode": "MountedFile EKSConfigMap"}',
      ["MountedFile", "EKSConfigMap"],
    ],
    ["an alias, and the key in another case", '{"BackendMode": "File"}', ["MountedFile"]],
    ["commas", '{"backendMode": "CRD,DynamicFile"}', ["CRD", "DynamicFile"]],
    ["YAML", "backendMode: CRD\n", ["CRD"]],
  ] as const
) {
  Deno.test(`parseBackendModeFile() reads ${what}`, () => assert.deepEqual(parseBackendModeFile(text), want));
}

for (
  const [clouds, text, want] of [
    [["aws"], "ConfigMap MountedFile", ["EKSConfigMap", "MountedFile"]],
    [["aws"], "ConfigMap EKSConfigMap", ["ACKConfigMap", "EKSConfigMap"]],
    [["alibaba"], "ConfigMap", ["ACKConfigMap"]],
    [["alibaba", "aws"], "ConfigMap", ["ACKConfigMap"]],
  ] as const
) {
  Deno.test(`parseBackendModeFile() reads "${text}" for tokens of ${clouds}`, () =>
    assert.deepEqual(parseBackendModeFile(JSON.stringify({ backendMode: text }), clouds), want));
}

for (
  const [what, text] of [
    ["nothing", ""],
    ["no mode", '{"Version": "1"}'],
    ["an empty mode", '{"backendMode": ""}'],
    ["white space", '{"backendMode": "  "}'],
    ["a list", '{"backendMode": ["CRD"]}'],
    ["an unknown source", '{"backendMode": "MountedFile Oracle"}'],
    ["a source named twice", '{"backendMode": "MountedFile File"}'],
    ["two keys that differ in case", '{"backendMode": "CRD", "BackendMode": "File"}'],
  ] as const
) {
  Deno.test(`parseBackendModeFile() refuses ${what}`, () => {
    assert.throws(() => parseBackendModeFile(text), { code: "ERR_BACKEND_MODE_FILE" });
  });
}

Deno.test("parseBackendModeFile() refuses what is neither JSON nor YAML", () => {
  assert.throws(() => parseBackendModeFile("{"), { code: "ERR_YAML" });
});
