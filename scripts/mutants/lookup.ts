/**
 * Slips in which rule decides: the order of rules and of resources, which of two equals counts, who stands in whose way.
 *
 * @module
 */

import { type Mutant, mutantsOf } from "./mutant.ts";

const LOOKUP = ["tests/mapping/lookup", "tests/mapping/last_good_test.ts"];
const RESOURCES = ["tests/mapping/forms/resource_rules_test.ts"];

/** Those of `lib/mapping/lookup/`, `lib/mapping/forms/` and `lib/mapping/rules.ts`. */
export const LOOKUP_MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/mapping/lookup/collisions.ts", LOOKUP, [
    ["the first of two equal rules counts", `other === undefined || !isReadOtherwise(rule)`, `other === undefined`],
    ["a rule without its path counts over one that is written so", `|| !isReadOtherwise(rule);`, `|| true;`],
    [
      "two roles that differ in their paths are no error",
      `return isReadOtherwise(rule) || isReadOtherwise(by);`,
      `return false;`,
    ],
    [
      "two rules that are written alike are an error",
      `return isReadOtherwise(rule) || isReadOtherwise(by);`,
      `return true;`,
    ],
    [
      "the later of two equal globs counts",
      `if (rule.kind !== "account" && rule.arn.isGlob) return`,
      `if (rule.kind === "account") return`,
    ],
  ]),
  ...mutantsOf("lib/mapping/lookup/rule_index.ts", LOOKUP, [
    [
      "rules that refuse are tried in their place",
      `isUsable(a.rule) === isUsable(b.rule) ? a.place < b.place : isUsable(a.rule)`,
      `a.place < b.place`,
      "the rules that refuse come last in the list already",
    ],
    ["rules that refuse are tried first", `: isUsable(a.rule)\n`, `: !isUsable(a.rule)\n`],
    ["the last rule decides", `a.place < b.place`, `a.place > b.place`],
    ["pins are not looked at", `rule.kind === "account" ? undefined : rule.userId`, `undefined`],
  ]),
  ...mutantsOf("lib/mapping/lookup/rule_table.ts", LOOKUP, [
    ["globs come before all other rules", `principalId, best) ?? best`, `principalId, undefined) ?? best`],
    [
      "globs are not looked at where another rule matches",
      `this.#globs.find(arn, principalId, best) ?? best`,
      `best ?? this.#globs.find(arn, principalId, best)`,
    ],
    ["letter case counts", `const arn = foldAsciiCase(canonicalArn);`, `const arn = canonicalArn;`],
    [
      "a permission set is compared with the role's ARN",
      `isPermissionSet ? this.#permissionSets : this.#exact`,
      `this.#exact`,
    ],
    [
      "the later of an exact rule and an account decides",
      `return this.#comesBefore(a, b) ? a : b;`,
      `return this.#comesBefore(a, b) ? b : a;`,
    ],
  ]),
  ...mutantsOf("lib/mapping/lookup/rule_key.ts", LOOKUP, [
    ["two pins on one ARN are the same rule", "`${arn} ${userId}`", "arn"],
    ["letter case makes another rule", `return foldAsciiCase(isPermissionSet`, `return String(isPermissionSet`],
    [
      "a pinned rule behind its ARN is not reported",
      `[wider, pinned(wider, rule.userId)]`,
      `[pinned(wider, rule.userId)]`,
    ],
    ["a role behind its permission set is not reported", `ROLE_OF_SET.test(arn) ?`, `ROLE_OF_SET.test("") ?`],
  ]),
  ...mutantsOf("lib/mapping/lookup/pin_group.ts", LOOKUP, [
    ["a pin decides over an earlier rule for all", `this.#comesBefore(forAll, forOne) ? forAll : forOne`, `forOne`],
    ["a rule for all decides over an earlier pin", `this.#comesBefore(forAll, forOne) ? forAll : forOne`, `forAll`],
  ]),
  ...mutantsOf("lib/mapping/lookup/shadows.ts", LOOKUP, [
    ["a glob in the way is not reported", `globs.findCovering(comparableArn(rule), rule.userId)?.rule`, `undefined`],
    [
      "a pinned glob is in everybody's way",
      `globs.add(rule.arn.canonicalArn, { place, rule, userId: rule.userId })`,
      `globs.add(rule.arn.canonicalArn, { place, rule, userId: undefined })`,
    ],
  ]),
  ...mutantsOf("lib/mapping/rules.ts", [
    "tests/mapping/rules_test.ts",
    "tests/mapping/lookup",
    "tests/mapping/last_good_test.ts",
  ], [
    ["rules that do not count are in force", `return [...kept,`, `return [...all.filter(isUsable),`],
    ["an invalid entry refuses nobody", `...all.filter((rule) => !isUsable(rule))];`, `];`],
    ["an entry that cannot be read is not remembered", `if (rule === undefined) lost.push({ line, column });`, ``],
    ["a section that is not a list is not told apart from an empty one", `unreadable.push(section);`, ``],
    [
      "a reload takes what cannot be read",
      `if (unreadable.length === 0) return;`,
      `if (unreadable.length <= 1) return;`,
    ],
    [
      "users come before roles",
      `...yield* arnRules("mapRoles"),\n    ...yield* arnRules("mapUsers"),`,
      `...yield* arnRules("mapUsers"),\n    ...yield* arnRules("mapRoles"),`,
    ],
    [
      "a notice of a dropped path is not reported",
      `if (rule?.kind === "arn" && rule.arn.notice !== undefined)`,
      `if (rule?.kind === "invalid" && rule.arn.notice !== undefined)`,
    ],
  ]),
  ...mutantsOf("lib/mapping/forms/resource_rules.ts", [...RESOURCES, "tests/mapping/lookup/rule_table_test.ts"], [
    [
      "the younger resource comes first",
      `compare(a.createdAt, b.createdAt) ||`,
      `compare(b.createdAt, a.createdAt) ||`,
    ],
    ["only the name decides among resources", `compare(a.createdAt, b.createdAt) ||`, ``],
    [
      "a glob comes before what names one principal",
      `Number(isGlob(a)) - Number(isGlob(b)) ||`,
      `Number(isGlob(b)) - Number(isGlob(a)) ||`,
    ],
    ["globs are tried by their age alone", `Number(isGlob(a)) - Number(isGlob(b)) ||`, ``],
    [
      "resources that refuse come first",
      `Number(onlyRefuses(a)) - Number(onlyRefuses(b))`,
      `Number(onlyRefuses(b)) - Number(onlyRefuses(a))`,
    ],
    ["resources that refuse are tried in their place", `Number(onlyRefuses(a)) - Number(onlyRefuses(b)) ||`, ``],
    ["names are tried backwards", `|| compare(a.name, b.name);`, `|| compare(b.name, a.name);`],
    [
      "a slip in a resource refuses",
      `return before.kind === "arn" && ruleKey(before)`,
      `return before.kind !== "arn" && ruleKey(before)`,
    ],
    ["a slip beside another ARN keeps the old rule", `&& ruleKey(before) === ruleKey(parsed.rule) ?`, `?`],
    [
      "a resource whose ARN cannot be read any more falls through",
      `return { ...parsed, rule: { kind: "invalid", arn, userId, line, column, resource: resource!, why } };`,
      `return parsed;`,
    ],
    [
      "a new list forgets the last good rules",
      `keepingLastGood(state.resources.get(name)?.rule, parsed));`,
      `keepingLastGood(undefined, parsed));`,
    ],
    [
      "a change forgets the last good rule",
      `const before = state.resources.get(name)?.rule;`,
      `const before = undefined;`,
    ],
    [
      "a corrected resource stays as it was",
      `(parsed.rule !== undefined && isUsable(parsed.rule))`,
      `(parsed.rule !== undefined && !isUsable(parsed.rule))`,
    ],
    [
      "an invalid resource stands in others' way",
      `if (!isUsable(rule)) continue;`,
      ``,
      "what only refuses comes last of its crowd, and a crowd of such alone gives nobody a name",
    ],
    [
      "of two resources that are one role by accident, neither is an error",
      `isOut: isCollision(rule, first!.rule)`,
      `isOut: false`,
    ],
    ["a new list does not forget the old one", `const next = emptyState();`, `const next = state;`],
    ["a deleted resource stays in force", `const equals = state.table.remove(named);`, `const equals = [named];`],
    [
      "a resource behind another is reported to have an effect",
      `...(!isOut && { hasNoEffect: "another resource comes first" })`,
      ``,
    ],
    [
      "others of which something else holds now are not reported",
      `.filter((other) => other !== name);`,
      `.filter((other) => other === name);`,
    ],
    ["an invalid resource counts as a rule", `if (isUsable(rule)) state.rules += 1;`, `state.rules += 1;`],
  ]),
  ...mutantsOf("lib/mapping/forms/custom_resource.ts", ["tests/mapping/forms/custom_resource_test.ts", ...RESOURCES], [
    ["a resource with a fault counts", `if (problems.length > 0 || !username || !groups)`, `if (!username || !groups)`],
    ["the age of a resource is not read", `typeof creationTimestamp === "string" ? creationTimestamp : ""`, `""`],
    ["unknown keys are passed over", `for (const { at, why } of faults) fault(at, why);`, ``],
  ]),
  ...mutantsOf("lib/mapping/forms/config_map_sections.ts", ["tests/mapping/forms/config_map_sections_test.ts"], [
    [
      "a section that cannot be parsed is an empty one",
      `if (!unreadable.includes(section)) unreadable.push(section);`,
      ``,
    ],
    [
      "what every object has is a section",
      `Object.hasOwn(texts, section) ? texts[section] : undefined`,
      `texts[section]`,
      "no object has a member of a section's name by itself",
    ],
    [
      "sections that are no list are forgotten",
      `unreadable.includes(section) || parsed.unreadable.includes(section)`,
      `unreadable.includes(section)`,
    ],
    ["entries that cannot be read are forgotten", `lost: parsed.lost,`, `lost: [],`],
  ]),
  ...mutantsOf("lib/mapping/forms/dynamic_document.ts", ["tests/mapping/forms/dynamic_document_test.ts"], [
    ["a pin is never asked for", `requiresUserId: userIdStrict`, `requiresUserId: false`],
    [
      "a document without any section maps nobody",
      `SECTIONS.every((section) => !fields.has(section))`,
      `SECTIONS.every((section) => section === undefined)`,
    ],
    ["unknown keys are passed over", `const [first] = faults;`, `const [first] = faults.slice(99);`],
  ]),
  ...mutantsOf("lib/mapping/forms/resource_status.ts", ["tests/mapping/forms/resource_status_test.ts"], [
    [
      "a resource without effect is ready",
      `if (warnings.some(({ hasNoEffect }) => hasNoEffect)) {`,
      `if (warnings.some(({ hasNoEffect }) => !hasNoEffect && false)) {`,
    ],
    [
      "the id of another principal is kept",
      `canonicalARN !== undefined && canonicalARN === old.canonicalARN ? old.userID`,
      `canonicalARN !== undefined ? old.userID`,
    ],
    [
      "an invalid resource is ready",
      `if (invalid.length > 0) return { type: "Ready", status: "False"`,
      `if (invalid.length > 0) return { type: "Ready", status: "True"`,
    ],
  ]),
];
