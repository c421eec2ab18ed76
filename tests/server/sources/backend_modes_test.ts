import assert from "node:assert/strict";
import { modesOf, readBackendModes } from "../../../lib/server/sources/backend_modes.ts";
import { realWorld } from "../../../lib/world.ts";
import { parseYaml } from "../../../lib/yaml/read.ts";

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
  Deno.test(`modesOf() reads ${what}`, () => assert.deepEqual(modesOf(parseYaml(text)), want));
}

for (
  const [clouds, text, want] of [
    [["aws"], "ConfigMap MountedFile", ["EKSConfigMap", "MountedFile"]],
    [["aws"], "ConfigMap EKSConfigMap", ["ACKConfigMap", "EKSConfigMap"]],
    [["alibaba"], "ConfigMap", ["ACKConfigMap"]],
    [["alibaba", "aws"], "ConfigMap", ["ACKConfigMap"]],
  ] as const
) {
  Deno.test(`modesOf() reads "${text}" for tokens of ${clouds}`, () =>
    assert.deepEqual(modesOf(parseYaml(JSON.stringify({ backendMode: text })), clouds), want));
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
  Deno.test(`modesOf() refuses ${what}`, () => {
    assert.throws(() => modesOf(parseYaml(text)), { code: "ERR_BACKEND_MODE_FILE" });
  });
}

Deno.test("readBackendModes() refuses what is neither JSON nor YAML", async () => {
  const modeFile = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(modeFile, "{");
    await assert.rejects(readBackendModes(realWorld(), { modes: ["CRD"], modeFile }), { code: "ERR_YAML" });
  } finally {
    await Deno.remove(modeFile);
  }
});
