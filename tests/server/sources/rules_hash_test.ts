import assert from "node:assert/strict";
import type { Rule } from "../../../lib/mapping/rule.ts";
import { rulesHash } from "../../../lib/server/sources/rules_hash.ts";
import { ACCOUNT, rulesOf } from "../../mapping/support.ts";
import { DEMO_MAPPINGS, startReviewServer } from "../../support/review_server.ts";

const role = (name: string) => `acs:ram::${ACCOUNT}:role/${name}`;
const entry = (name: string, more = "") => `{rolearn: "${role(name)}", username: u, groups: [a, b]${more}}`;
const BOTH = `mapRoles: [${entry("A")}, ${entry("B")}]`;

function hashOf(yaml: string): Promise<string> {
  const { rules } = rulesOf(yaml);
  return rulesHash({ rules: () => rules });
}

Deno.test("the hash of rules is the same whatever their notation, and another where one of them says something else", async () => {
  const hash = await hashOf(BOTH);
  assert.match(hash, /^sha256:[0-9a-f]{64}$/);
  const otherwise = `# of ours\nmapRoles:\n- ${entry("A")}\n- {groups: ["a", b], username: u, roleARN: '${
    role("B")
  }'}\n`;
  assert.equal(await hashOf(otherwise), hash);
  const others = [
    BOTH.replace("groups: [a, b]", "groups: [a]"),
    BOTH.replace("username: u", "username: v"),
    BOTH.replace("username: u", "username: ''"),
    `mapRoles: [${entry("A", ", userid: '300000000000000001'")}, ${entry("B")}]`,
    `mapRoles: [${entry("B")}, ${entry("A")}]`,
    `${BOTH}\nmapAccounts: ["${ACCOUNT}"]`,
    "mapRoles: []",
  ];
  const hashes = new Set([hash, ...await Promise.all(others.map(hashOf))]);
  assert.equal(hashes.size, others.length + 1);
});

Deno.test("the order in which resources arrive makes no difference", async () => {
  const { rules } = rulesOf(BOTH);
  const resources: readonly Rule[] = rules.map((rule, i) => ({ ...rule, resource: `r${i}` }));
  const reversed = resources.toReversed();
  assert.equal(await rulesHash({ rules: () => resources }), await rulesHash({ rules: () => reversed }));
});

Deno.test("the hash of what each source has in force is among the metrics, and follows it", async () => {
  await using server = await startReviewServer();
  const shown = async () =>
    [...(await server.metrics()).matchAll(/^ram_auth_mapping_info\{source="MountedFile",hash="(.*)"\} 1$/gm)]
      .map(([, hash]) => hash);
  const [before, ...more] = await shown();
  assert.match(before!, /^sha256:/);
  assert.deepEqual(more, []);
  await server.replaceMappings(DEMO_MAPPINGS.replace("developers", "others"));
  const [after, ...others] = await shown();
  assert.deepEqual(others, []);
  assert.notEqual(after, before);
});
