/**
 * Slips in what `check --as` knows of the old servers, and in what it makes of it.
 *
 * @module
 */

import { type Mutant, mutantsOf } from "./mutant.ts";

const TESTS = ["tests/cli/mappings/check_swap_test.ts", "tests/mapping/swap/gains_test.ts"];

/** The mutants. */
export const SWAP_MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/mapping/swap/old_entry.ts", TESTS, [
    ["a wildcard is taken for alive", "if (isGlob) return wildcards", "if (isGlob && false) return wildcards"],
    ["a permission set is taken for alive", 'return "permission_set";', "return undefined;"],
    ["a session is the role in ConfigMaps, too", 'return sessionsAreRoles ? undefined : "session"', "return undefined"],
    ["a path is taken for alive", 'return notice === undefined ? undefined : "role_path"', "return undefined"],
    [
      "an unreadable ARN does not end the start",
      "reading.checkedArns.includes(section) &&",
      "section === undefined &&",
    ],
    ["an octal account is read as decimal", "String(parseInt(node.text, 8))", "node.text"],
    ["a key that comes twice is trusted", "values.size === node.entries.length ? read", "values.size > 0 ? read"],
    ["the Kelvin sign is a letter of its own", 'text.replaceAll("\\u0130", "i").toLowerCase()', "foldAsciiCase(text)"],
  ]),
  ...mutantsOf("lib/mapping/swap/differences.ts", TESTS, [
    [
      "the first of equal entries counts before",
      "    byKey.set(`${",
      "    if (!byKey.has(`${compared.section} ${compared.old.key} `)) byKey.set(`${",
    ],
    ["what takes over is never more", 'isWithin ? "less" : "more"', '"less"'],
    [
      "a dead entry with a pin is not seen",
      "find(foldAsciiCase(arn.canonicalArn), mine.userId)",
      "find(foldAsciiCase(arn.canonicalArn))",
    ],
    ["a pin beside a later entry is not seen", "...source.rules.flatMap((rule) => ofPinnedRule(rule, inForce)),", ""],
    ["a reserved name is not seen", 'found.add("reserved_name");', "continue;"],
    [
      "a source that the old server has not is taken for its own",
      "reading === undefined ? notRead(source)",
      "reading === undefined ? []",
    ],
    [
      "an octal account is not seen",
      `return olds.has(account) ? [] : [difference("octal_account", node, account)];`,
      `return [];`,
    ],
    [
      "the least dangerous comes first",
      "ORDER.indexOf(a.effect) - ORDER.indexOf(b.effect)",
      "ORDER.indexOf(b.effect) - ORDER.indexOf(a.effect)",
    ],
  ]),
  ...mutantsOf("lib/cli/mappings/check_swap.ts", TESTS, [
    ["the exit code forgets who gains", 'effect !== "more")', 'effect !== "other" || true)'],
    ["what the config file reserves is forgotten", "reserved = read.reserved;", ""],
  ]),
];
