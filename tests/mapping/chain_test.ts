import assert from "node:assert/strict";
import { readArnPattern } from "../../lib/clouds/aws/arn.ts";
import type { BackendMode } from "../../lib/mapping/backend_mode.ts";
import { createChain } from "../../lib/mapping/chain.ts";
import {
  type PrivateDnsName,
  type PrivateDnsNames,
  PrivateDnsNamesUnavailable,
} from "../../lib/mapping/instances/private_dns_names.ts";
import { parseReservedPrefixes } from "../../lib/mapping/reserved_prefixes.ts";
import { createRuleSource, type RuleContent, type RuleSource } from "../../lib/mapping/rule_source.ts";
import { parseRules } from "../../lib/mapping/rules.ts";
import { ACCOUNT, roleSession, rulesOf, user, valueOf } from "./support.ts";

const ROLE = `acs:ram::${ACCOUNT}:role/R`;
const ADMIN = roleSession("R", "alice");

function contentOf(text: string): RuleContent {
  return { parsed: rulesOf(text), reserved: parseReservedPrefixes(valueOf(text, "reservedPrefixConfig")) };
}

function sourceOf(name: BackendMode, text: string): RuleSource {
  const source = createRuleSource(name, { clouds: [] });
  source.replace(contentOf(text));
  return source;
}

const one = (username: string) => `mapRoles: [{roleARN: "${ROLE}", username: "${username}"}]`;

Deno.test("a source maps, shows its problems, and says nothing of the unmapped", async () => {
  const source = sourceOf(
    "MountedFile",
    `
mapRoles:
  - {roleARN: "${ROLE}", username: early}
  - {roleARN: "${ROLE}", username: "admin:{{SessionName}}", groups: [system:masters]}
  - {username: broken}`,
  );
  const chain = createChain(() => [source]);
  assert.deepEqual(await chain.map(ADMIN), { username: "admin:alice", groups: ["system:masters"] });
  assert.equal(await chain.map(user("alice")), undefined);
  assert.equal(source.rules().length, 1);
  assert.deepEqual(source.problems().map(({ severity, line }) => `${severity} ${line}`), ["warning 3", "invalid 5"]);
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
  const unread = createRuleSource("CRD", { clouds: [] });
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
      "reservedPrefixConfig: [{backendMode: EKSConfigMap, systemNames: allow}]",
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

const NODES = `mapRoles: [{roleARN: "${ROLE}", username: "system:node:{{EC2PrivateDNSName}}", groups: [system:nodes]}]`;

Deno.test("a rule for instances asks for the name, and no other rule does", async () => {
  const asked: string[] = [];
  const privateDnsNames: PrivateDnsNames = {
    find(identity) {
      asked.push(identity.sessionName);
      return Promise.resolve({ kind: "found", name: "ip-10-0-0-1.ec2.internal" });
    },
  };
  const map = (text: string) => createChain(() => [sourceOf("MountedFile", text)], { privateDnsNames }).map(ADMIN);
  assert.deepEqual(await map(NODES), { username: "system:node:ip-10-0-0-1.ec2.internal", groups: ["system:nodes"] });
  assert.deepEqual(asked, ["alice"]);
  assert.equal((await map(one("admin")))?.username, "admin");
  assert.equal(asked.length, 1);
});

Deno.test("S-8: an identity that is no instance is refused by its rule; a later rule does not stand in for it", async () => {
  const sources = () => [sourceOf("MountedFile", NODES), sourceOf("DynamicFile", one("later"))];
  const privateDnsNames: PrivateDnsNames = { find: () => Promise.resolve({ kind: "none", why: "it is made up" }) };
  await assert.rejects(createChain(sources, { privateDnsNames }).map(ADMIN), {
    code: "ERR_MAPPING_REFUSED",
    message: "Cannot map the identity by the rule at line 1, column 12 of MountedFile: it is made up",
  });
  await assert.rejects(createChain(sources).map(ADMIN), { code: "ERR_MAPPING_REFUSED" });
});

Deno.test("an outage of the lookup ends the review, and denies nobody", async () => {
  const outage = new PrivateDnsNamesUnavailable("Cannot find the private DNS name of a test");
  const privateDnsNames: PrivateDnsNames = { find: () => Promise.reject(outage) };
  const sources = () => [sourceOf("MountedFile", NODES), sourceOf("DynamicFile", one("later"))];
  await assert.rejects(createChain(sources, { privateDnsNames }).map(ADMIN), { code: "ERR_PRIVATE_DNS_NAMES" });
});

Deno.test("while EC2 is asked, a source that changes does not change the rule that was found", async () => {
  const source = sourceOf("MountedFile", NODES);
  const answer = Promise.withResolvers<PrivateDnsName>();
  const mapped = createChain(() => [source], { privateDnsNames: { find: () => answer.promise } }).map(ADMIN);
  source.replace(contentOf('reservedPrefixConfig: [{backendMode: File, usernamePrefixReserveList: ["system:"]}]'));
  answer.resolve({ kind: "found", name: "node" });
  assert.equal((await mapped)?.username, "system:node:node");
});

Deno.test("rules for instances that can be none are warned of", () => {
  const other = sourceOf("MountedFile", NODES);
  assert.deepEqual(other.problems().map(({ severity }) => severity), ["warning"]);
  assert.match(other.problems()[0]?.message ?? "", /lets nobody in: only roles of EC2 instances/);

  const clouds = [{ id: "aws", arnPrefix: "arn:", readArnPattern }] as const;
  const roles = NODES.replace(ROLE, "arn:aws:iam::123456789012:role/Node");
  const users = roles.replace("mapRoles", "mapUsers").replace("roleARN", "userARN").replace(":role/", ":user/");
  const problemsOf = (text: string) => {
    const sections = {
      mapRoles: valueOf(text, "mapRoles"),
      mapUsers: valueOf(text, "mapUsers"),
      mapAccounts: undefined,
    };
    const source = createRuleSource("MountedFile", { clouds: [] });
    source.replace({ parsed: parseRules(sections, { clouds }), reserved: new Map() });
    assert.equal(source.rules().length, 1);
    return source.problems().length;
  };
  assert.equal(problemsOf(roles), 0);
  assert.equal(problemsOf(users), 1);
});
