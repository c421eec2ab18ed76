import assert from "node:assert/strict";
import type { BackendMode } from "../../lib/mapping/backend_mode.ts";
import { createChain } from "../../lib/mapping/chain.ts";
import { parseReservedPrefixes } from "../../lib/mapping/reserved_prefixes.ts";
import { createRuleSource, type RuleContent, type RuleSource } from "../../lib/mapping/rule_source.ts";
import { ACCOUNT, roleSession, rulesOf, user, valueOf } from "./support.ts";

const ROLE = `acs:ram::${ACCOUNT}:role/R`;
const ADMIN = roleSession("R", "alice");

function contentOf(text: string): RuleContent {
  return { parsed: rulesOf(text), reserved: parseReservedPrefixes(valueOf(text, "reservedPrefixConfig")) };
}

function sourceOf(name: BackendMode, text: string): RuleSource {
  const source = createRuleSource(name);
  source.replace(contentOf(text));
  return source;
}

const one = (username: string) => `mapRoles: [{roleARN: "${ROLE}", username: "${username}"}]`;

Deno.test("a source maps, shows its problems, and says nothing of the unmapped", async () => {
  const source = sourceOf(
    "MountedFile",
    `
mapRoles:
  - {roleARN: "${ROLE}", username: "admin:{{SessionName}}", groups: [system:masters]}
  - {roleARN: "${ROLE}", username: late}
  - {username: broken}`,
  );
  const chain = createChain(() => [source]);
  assert.deepEqual(await chain.map(ADMIN), { username: "admin:alice", groups: ["system:masters"] });
  assert.equal(await chain.map(user("alice")), undefined);
  assert.equal(source.rules().length, 2);
  assert.deepEqual(source.problems().map(({ severity, line }) => `${severity} ${line}`), ["warning 4", "set_aside 5"]);
});

Deno.test("replace() changes rules, problems and reserved prefixes together, for the next lookup", async () => {
  const source = sourceOf("MountedFile", `mapRoles: [{roleARN: "${ROLE}", username: "system:one"}, {}]`);
  const chain = createChain(() => [source]);
  assert.equal((await chain.map(ADMIN))?.username, "system:one");
  source.replace(contentOf(`
mapRoles: [{roleARN: "${ROLE}", username: "system:one"}]
reservedPrefixConfig: [{backendMode: File, usernamePrefixReserveList: ["system:"]}]`));
  await assert.rejects(chain.map(ADMIN), { code: "ERR_MAPPING_REFUSED" });
  assert.equal(source.rules().length, 1);
  assert.match(source.problems()[0]?.message ?? "", /lets nobody in: its username starts with "system:"/);
  source.replace(contentOf(""));
  assert.equal(await chain.map(ADMIN), undefined);
  assert.deepEqual(source.rules(), []);
});

Deno.test("S-8: a rule that must not be used refuses the identity; a later rule does not stand in for it", async () => {
  const chain = createChain(() => [
    sourceOf(
      "MountedFile",
      `
mapRoles:
  - {roleARN: "${ROLE}", username: "admin-{{SessionName}}"}
  - {roleARN: "acs:ram::${ACCOUNT}:role/*", username: "anyone"}
mapAccounts: ["${ACCOUNT}"]
reservedPrefixConfig: [{backendMode: MountedFile, usernamePrefixReserveList: ["admin-"]}]`,
    ),
    sourceOf("DynamicFile", one("later")),
  ]);
  await assert.rejects(chain.map(ADMIN), { code: "ERR_MAPPING_REFUSED" });
  assert.equal((await chain.map(roleSession("Other", "s")))?.username, "anyone");
});

Deno.test("the first source that has a rule decides, in the order of the chain", async () => {
  const [first, second] = [sourceOf("MountedFile", one("first")), sourceOf("DynamicFile", one("second"))];
  let order = [first, second];
  const chain = createChain(() => order);
  assert.equal((await chain.map(ADMIN))?.username, "first");
  order = [second, first];
  assert.equal((await chain.map(ADMIN))?.username, "second");
  second.replace(contentOf(""));
  assert.equal((await chain.map(ADMIN))?.username, "first");
});

Deno.test("a source that was not read yet is passed only where one before it decides", async () => {
  const unread = createRuleSource("CRD");
  const read = sourceOf("MountedFile", one("one"));
  assert.equal((await createChain(() => [read, unread]).map(ADMIN))?.username, "one");
  for (const sources of [[unread, read], [read, unread]]) {
    await assert.rejects(createChain(() => sources).map(user("nobody")), { code: "ERR_MAPPINGS_NOT_READY" });
  }
  await assert.rejects(createChain(() => [unread, read]).map(ADMIN), { code: "ERR_MAPPINGS_NOT_READY" });
});

for (
  const [what, mode, reserved, names, allowed] of [
    ["the mounted file", "MountedFile", "", "system:node:a", true],
    ["another source", "EKSConfigMap", "", "system:node:a", false],
    [
      "another source that may",
      "EKSConfigMap",
      "reservedPrefixConfig: [{backendMode: EKSConfigMap, usernamePrefixReserveList: []}]",
      "system:node:a",
      true,
    ],
    [
      "another source that may give others",
      "EKSConfigMap",
      'reservedPrefixConfig: [{backendMode: EKSConfigMap, usernamePrefixReserveList: ["system:"]}]',
      "system:node:a",
      false,
    ],
    ["another source with a plain name", "EKSConfigMap", "", "node:a", true],
  ] as const
) {
  Deno.test(`S-8: system names of ${what} are ${allowed ? "given" : "refused, and warned of"}`, async () => {
    const source = sourceOf(mode, `${one(names)}\n${reserved}`);
    const mapped = createChain(() => [source]).map(ADMIN);
    if (allowed) assert.equal((await mapped)?.username, names);
    else await assert.rejects(mapped, { code: "ERR_MAPPING_REFUSED" });
    assert.deepEqual(source.problems().map(({ severity }) => severity), allowed ? [] : ["warning"]);
  });
}
