import assert from "node:assert/strict";
import { inspectConfig } from "../../lib/config/file.ts";
import { parseFlags } from "../../lib/config/flags.ts";
import { sectionsInFile, sectionsInForce } from "../../lib/config/mapping_sections.ts";
import { loadSettings } from "../../lib/config/settings.ts";
import { SECTIONS } from "../../lib/mapping/rule.ts";
import { parseYaml, type YamlNode } from "../../lib/yaml/read.ts";
import { fakeWorld, withFile } from "./fake_world.ts";

const CONFIG = "server: {mapAccounts: [mapAccounts], MAPROLES: [mapRoles], mapUsers: [mapUsers]}";

/** Each section holds its own name, so that one in the place of another shows. */
const itemOf = (node: YamlNode | undefined) =>
  node?.kind === "list" && node.items[0]?.kind === "scalar" ? node.items[0].value : undefined;

Deno.test("the sections of a file and those in force are the same, each under its own name, in their order", () =>
  withFile(CONFIG, async (path) => {
    const settings = await loadSettings("server", await parseFlags("server", ["-c", path]), fakeWorld());
    for (const sections of [sectionsInForce(settings), sectionsInFile(inspectConfig(path, parseYaml(CONFIG)).values)]) {
      assert.deepEqual(Object.keys(sections), [...SECTIONS]);
      assert.deepEqual(Object.values(sections).map(itemOf), [...SECTIONS]);
    }
  }));

Deno.test("a section that a file lacks is absent, and one without a value too", () => {
  const { values } = inspectConfig("f", parseYaml("server: {mapRoles: [], mapUsers:}"));
  const { mapRoles, mapUsers, mapAccounts } = sectionsInFile(values);
  assert.deepEqual([mapRoles?.kind, mapUsers, mapAccounts], ["list", undefined, undefined]);
});
