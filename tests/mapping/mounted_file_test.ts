import assert from "node:assert/strict";
import { createMountedFile, type MountedFileContent } from "../../lib/mapping/mounted_file.ts";
import { parseReservedPrefixes } from "../../lib/mapping/reserved_prefixes.ts";
import { ACCOUNT, assertRefused, roleSession, rulesOf, user, valueOf } from "./support.ts";

const ROLE = `acs:ram::${ACCOUNT}:role/R`;
const ADMIN = roleSession("R", "alice");

function contentOf(text: string): MountedFileContent {
  const reserved = parseReservedPrefixes(valueOf(text, "reservedPrefixConfig"));
  return { parsed: rulesOf(text), reservedUsernamePrefixes: reserved.get("MountedFile") ?? [] };
}

Deno.test("MountedFile maps its admins and nodes, shows its problems, and says nothing of the unmapped", () => {
  const source = createMountedFile(contentOf(`
mapRoles:
  - {roleARN: "${ROLE}", username: "admin:{{SessionName}}", groups: [system:masters]}
  - {roleARN: "${ROLE}", username: late}
  - {username: broken}`));
  assert.equal(source.name, "MountedFile");
  assert.deepEqual(source.lookup(ADMIN), { username: "admin:alice", groups: ["system:masters"] });
  assert.equal(source.lookup(user("alice")), undefined);
  assert.equal(source.ruleCount, 2);
  assert.deepEqual(source.problems.map(({ severity, line }) => `${severity} ${line}`), ["warning 4", "set_aside 5"]);
});

Deno.test("MountedFile: replace() changes rules, problems and reserved prefixes together, for the next lookup", () => {
  const source = createMountedFile(contentOf(`mapRoles: [{roleARN: "${ROLE}", username: "system:one"}, {}]`));
  assert.equal(source.lookup(ADMIN)?.username, "system:one");
  source.replace(contentOf(`
mapRoles: [{roleARN: "${ROLE}", username: "system:one"}]
reservedPrefixConfig: [{backendMode: File, usernamePrefixReserveList: ["system:"]}]`));
  assertRefused(() => source.lookup(ADMIN));
  assert.equal(source.ruleCount, 1);
  assert.deepEqual(source.problems, []);
  source.replace(contentOf(""));
  assert.equal(source.lookup(ADMIN), undefined);
  assert.equal(source.ruleCount, 0);
});

Deno.test("S-8: a rule that must not be used refuses the identity; a later rule does not stand in for it", () => {
  const source = createMountedFile(contentOf(`
mapRoles:
  - {roleARN: "${ROLE}", username: "admin-{{SessionName}}"}
  - {roleARN: "acs:ram::${ACCOUNT}:role/*", username: "anyone"}
mapAccounts: ["${ACCOUNT}"]
reservedPrefixConfig: [{backendMode: MountedFile, usernamePrefixReserveList: ["admin-"]}]`));
  assertRefused(() => source.lookup(ADMIN));
  assert.equal(source.lookup(roleSession("Other", "s"))?.username, "anyone");
});
