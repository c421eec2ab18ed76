import assert from "node:assert/strict";
import { foldAsciiCase } from "../../../lib/identity/ascii_case.ts";
import { compileGlob } from "../../../lib/identity/glob.ts";
import type { Identity } from "../../../lib/identity/identity.ts";
import { createResourceRules } from "../../../lib/mapping/forms/resource_rules.ts";
import type { ArnRule, Rule } from "../../../lib/mapping/rule.ts";
import { createRuleIndex } from "../../../lib/mapping/lookup/rule_index.ts";
import { findShadows } from "../../../lib/mapping/lookup/shadows.ts";
import { parseTemplate } from "../../../lib/mapping/template.ts";
import { below, pick, type Random, seededRandom } from "../../support/seeded_random.ts";
import { roleSession } from "../support.ts";

/** Few letters and short names, so that rules and identities meet often. */
const ACCOUNTS = ["111111111111", "222222222222"];
const HEADS = ["role/", "user/", "user/p/"];
const PINS = ["1", "2"];
const ROUNDS = 300;

/** The contract in its plainest form: each rule in order, compared by itself. */
function firstMatch(rules: readonly Rule[], identity: Identity): Rule | undefined {
  return rules.find((rule) => {
    if (rule.kind === "account") return rule.accountId === identity.accountId;
    if (rule.userId !== undefined && rule.userId !== identity.principalId) return false;
    const { canonicalArn, isGlob, isPermissionSet } = rule.arn;
    if (isGlob) return compileGlob(canonicalArn).matches(identity.canonicalArn);
    const text = isPermissionSet ? identity.permissionSetArn : identity.canonicalArn;
    return text !== undefined && foldAsciiCase(text) === foldAsciiCase(canonicalArn);
  });
}

function randomName(letters: readonly string[], random: Random): string {
  return Array.from({ length: 1 + below(4, random) }, () => pick(letters, random)).join("");
}

function randomRule(line: number, random: Random): Rule {
  const account = pick(ACCOUNTS, random);
  if (random() < 0.05) return { kind: "account", accountId: account, line, column: 1 };
  const name = randomName(random() < 0.6 ? ["a", "B", "b", "*", "?", "/"] : ["a", "b", "A"], random);
  const canonicalArn = `arn:aws:iam::${account}:${pick(HEADS, random)}${name}`;
  const isGlob = /[*?]/.test(name);
  const isPermissionSet = !isGlob && random() < 0.2;
  return {
    kind: "arn",
    arn: { kind: "role", canonicalArn, isGlob, ...(isPermissionSet && { isPermissionSet }) },
    userId: random() < 0.2 ? pick(PINS, random) : undefined,
    username: parseTemplate(`rule-${line}`),
    groups: [],
    line,
    column: 1,
  };
}

function randomIdentity(random: Random): Identity {
  const accountId = pick(ACCOUNTS, random);
  const of = () => `arn:aws:iam::${accountId}:${pick(HEADS, random)}${randomName(["a", "b", "A", "/"], random)}`;
  const canonicalArn = random() < 0.05 ? `arn:aws:iam::${accountId}:root` : of();
  return roleSession("x", "s", {
    accountId,
    canonicalArn,
    principalId: pick([...PINS, "3"], random),
    ...(random() < 0.3 && { permissionSetArn: of() }),
  });
}

Deno.test("createRuleIndex() finds what asking each rule in order would find", () => {
  const random = seededRandom(1);
  let found = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const rules = Array.from({ length: below(40, random) }, (_, i) => randomRule(i + 1, random));
    const index = createRuleIndex(rules);
    for (let i = 0; i < 20; i += 1) {
      const identity = randomIdentity(random);
      const want = firstMatch(rules, identity);
      assert.equal(index.find(identity), want, `round ${round}: ${JSON.stringify(identity)}`);
      if (want !== undefined) found += 1;
    }
  }
  assert.ok(found > ROUNDS, "the rules and identities hardly meet");
});

Deno.test("a glob without any slash is found, also for an ARN that has one or none", () => {
  const rule = (canonicalArn: string): ArnRule => ({
    ...randomRule(1, seededRandom(3)) as ArnRule,
    arn: { kind: "role", canonicalArn, isGlob: true },
    userId: undefined,
  });
  const find = (glob: string, canonicalArn: string) =>
    createRuleIndex([rule(glob)]).find(roleSession("x", "s", { canonicalArn })) !== undefined;
  assert.equal(find("a:b*", "a:bc/d"), true);
  assert.equal(find("a:b*", "a:b"), true);
  assert.equal(find("*", "abc"), true);
  assert.equal(find("a/*/b", "a/b"), false);
  assert.equal(find("ab*ba", "aba"), false);
});

Deno.test("createResourceRules() finds what asking each resource by name would find, after any changes", () => {
  const random = seededRandom(2);
  for (let round = 0; round < ROUNDS; round += 1) {
    const resources = createResourceRules();
    const known = new Map<string, ArnRule>();
    for (let change = 0; change < 40; change += 1) {
      const name = `r${below(15, random)}`;
      const rule = randomRule(1, random);
      if (random() < 0.4 || rule.kind !== "arn") {
        resources.delete(name);
        known.delete(name);
      } else {
        const named = { ...rule, resource: name };
        resources.put(name, { rule: named, problems: [], createdAt: "" });
        known.set(name, named);
      }
    }
    const isGlob = (rule: ArnRule) => Number(rule.arn.isGlob);
    const byName = [...known].sort(([a, x], [b, y]) => isGlob(x) - isGlob(y) || (a < b ? -1 : 1)).map(([, rule]) =>
      rule
    );
    assert.deepEqual(resources.rules(), byName);
    assert.deepEqual(resources.counts(), { rules: known.size, invalid: 0 });
    for (let i = 0; i < 10; i += 1) {
      const identity = randomIdentity(random);
      assert.equal(resources.find(identity), firstMatch(byName, identity));
    }
    for (const name of known.keys()) resources.delete(name);
    assert.deepEqual([resources.rules(), resources.problems()], [[], []]);
    assert.equal(resources.find(randomIdentity(random)), undefined);
  }
});

Deno.test("a rule that is called shadowed decides about nobody", () => {
  const random = seededRandom(4);
  let shadowed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const rules = Array.from({ length: 20 }, (_, i) => randomRule(i + 1, random)).filter(({ kind }) => kind === "arn");
    const shadows = new Set(findShadows(rules).map(({ rule }) => rule));
    const deciding = createRuleIndex(rules);
    shadowed += shadows.size;
    for (let i = 0; i < 20; i += 1) {
      const found = deciding.find({ ...randomIdentity(random) });
      const isOfSet = found?.kind === "arn" && found.arn.isPermissionSet;
      assert.ok(found === undefined || isOfSet || !shadows.has(found));
    }
  }
  assert.ok(shadowed > ROUNDS, "hardly any rule is shadowed");
});
