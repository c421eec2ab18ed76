import assert from "node:assert/strict";
import { readBackendMode } from "../../lib/mapping/backend_mode.ts";
import { parseReservedPrefixes } from "../../lib/mapping/reserved_prefixes.ts";
import { YamlError } from "../../lib/yaml/read.ts";
import { valueOf } from "./support.ts";

function parse(text: string) {
  return parseReservedPrefixes(valueOf(text, "reservedPrefixConfig"));
}

const NOTHING = { usernamePrefixes: [], groupPrefixes: [], allowsSystemNames: false, allowsAdminGroups: false };

Deno.test("reservedPrefixConfig is read with keys in any case, by source, aliases resolved", () => {
  const reserved = parse(`
reservedPrefixConfig:
  - {backendMode: File, usernamePrefixReserveList: ["system:", admin-]}
  - {BACKENDMODE: CRD, usernameprefixreservelist: []}`);
  assert.deepEqual([...reserved], [
    ["MountedFile", { ...NOTHING, usernamePrefixes: ["system:", "admin-"] }],
    ["CRD", NOTHING],
  ]);
});

for (
  const [entry, want] of [
    ["systemNames: allow", { ...NOTHING, allowsSystemNames: true }],
    ["adminGroups: allow", { ...NOTHING, allowsAdminGroups: true }],
    [`groupPrefixReserveList: ["team-"]`, { ...NOTHING, groupPrefixes: ["team-"] }],
    [`usernamePrefixReserveList: ["team-"]`, { ...NOTHING, usernamePrefixes: ["team-"] }],
  ] as const
) {
  Deno.test(`reservedPrefixConfig with ${entry} says that and nothing else`, () => {
    assert.deepEqual(parse(`reservedPrefixConfig: [{backendMode: CRD, ${entry}}]`).get("CRD"), want);
  });
}

Deno.test("reservedPrefixConfig says of the delegate what it says of a source", () => {
  const reserved = parse(`reservedPrefixConfig: [{backendMode: Delegate, adminGroups: allow}]`);
  assert.deepEqual([...reserved], [["Delegate", { ...NOTHING, allowsAdminGroups: true }]]);
});

Deno.test("reservedPrefixConfig that is absent or empty reserves nothing", () => {
  assert.equal(parse("other: 1").size, 0);
  assert.equal(parse("reservedPrefixConfig:").size, 0);
  assert.equal(parse("reservedPrefixConfig: []").size, 0);
});

for (
  const [why, value] of [
    ["a map", `{backendMode: File, usernamePrefixReserveList: ["a"]}`],
    ["a text", `"system:"`],
    ["an entry that is a text", `["system:"]`],
    ["no backendMode", `[{usernamePrefixReserveList: ["a"]}]`],
    ["an unknown backendMode", `[{backendMode: Files, usernamePrefixReserveList: ["a"]}]`],
    ["a backendMode that every object has", `[{backendMode: constructor, usernamePrefixReserveList: ["a"]}]`],
    ["no list", `[{backendMode: File}]`],
    ["a text for the list", `[{backendMode: File, usernamePrefixReserveList: "system:"}]`],
    ["a number in the list", `[{backendMode: File, usernamePrefixReserveList: [1]}]`],
    ["an empty prefix", `[{backendMode: File, usernamePrefixReserveList: [""]}]`],
    ["another word for what allows", `[{backendMode: CRD, systemNames: refuse}]`],
    ["what is no word for what allows", `[{backendMode: CRD, adminGroups: true}]`],
    ["a list for what allows", `[{backendMode: CRD, systemNames: [allow]}]`],
    ["an unknown key", `[{backendMode: File, usernamePrefixReservedList: ["a"], x: 1}]`],
    ["a key twice but for case", `[{backendMode: File, BackendMode: CRD, usernamePrefixReserveList: []}]`],
    [
      "one source twice, once by its alias",
      `[{backendMode: File, usernamePrefixReserveList: ["a"]}, ` +
      `{backendMode: MountedFile, usernamePrefixReserveList: ["b"]}]`,
    ],
  ] as const
) {
  Deno.test(`S-8: reservedPrefixConfig with ${why} is refused, never skipped`, () => {
    assert.throws(() => parse(`reservedPrefixConfig: ${value}`), (e) => e instanceof YamlError);
  });
}

Deno.test("a backend mode is known by its name and its aliases, by exact text", () => {
  assert.equal(readBackendMode("File"), "MountedFile");
  assert.equal(readBackendMode("ConfigMap"), "ACKConfigMap");
  assert.equal(readBackendMode("ConfigMap", "EKSConfigMap"), "EKSConfigMap");
  for (const text of ["mountedfile", "", "__proto__"]) assert.equal(readBackendMode(text), undefined);
});

for (
  const [clouds, text, want] of [
    [["aws"], "[{backendMode: ConfigMap, systemNames: allow}]", ["EKSConfigMap"]],
    [["alibaba"], "[{backendMode: ConfigMap, systemNames: allow}]", ["ACKConfigMap"]],
    [["alibaba", "aws"], "[{backendMode: ConfigMap, systemNames: allow}]", ["ACKConfigMap"]],
    [
      ["aws"],
      "[{backendMode: ConfigMap, systemNames: allow}, {backendMode: EKSConfigMap, systemNames: allow}]",
      ["ACKConfigMap", "EKSConfigMap"],
    ],
  ] as const
) {
  Deno.test(`${want.join(" and ")} is reserved by ${text} where tokens of ${clouds} are accepted`, () => {
    const node = valueOf(`reservedPrefixConfig: ${text}`, "reservedPrefixConfig");
    assert.deepEqual([...parseReservedPrefixes(node, clouds).keys()], want);
  });
}
