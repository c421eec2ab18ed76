/**
 * Rules that work as written and hardly as meant: names that a caller completes, or that look like another name. Warns;
 * decides nothing.
 *
 * @module
 */

import { quoted } from "../quote.ts";
import { accidentIn, type NameUse } from "./accidental_names.ts";
import type { MappingProblem } from "./problem.ts";
import { SYSTEM_PREFIX } from "./render.ts";
import type { ArnRule, Rule } from "./rule.ts";
import type { Template } from "./template.ts";

/** Scripts whose letters are taken for Latin ones. */
const LOOKALIKES = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;
const LATIN = /\p{Script=Latin}/u;

/** Placeholders that whoever assumes a role fills as he likes. */
const CHOSEN_BY_CALLER = ["SessionName", "SessionNameRaw"];

/** A role that single sign-on makes: `AWSReservedSSO_<permission set>_<16 hexadecimal digits>`. */
const RESERVED_SSO = /:role\/AWSReservedSSO_(?<set>[^/]*)_\*$/i;

type Suspicion = (rule: ArnRule) => string | undefined;

const SUSPICIONS: readonly Suspicion[] = [
  ({ username, groups }) => {
    const whys = [accidentOf("username", username), ...groups.map((group) => accidentOf("group", group))];
    return whys.filter((why) => why !== undefined).join("; ") || undefined;
  },
  (rule) =>
    onName(
      rule,
      (what, name) =>
        isBare(name)
          ? `its ${what} is ${
            quoted(name.source)
          } alone, so that whoever assumes the role chooses it, "admin" for one; ` +
            'write a prefix before it, such as "aws:{{SessionName}}"'
          : undefined,
    ),
  ({ arn, username, groups }) =>
    arn.kind !== "role" && [username, ...groups].some((name) => name.rest.some(({ name }) => isSession(name)))
      ? "it holds {{SessionName}}, and only the sessions of roles have one; use another placeholder"
      : undefined,
  (rule) =>
    onName(
      rule,
      (what, { literalStart, rest, source }) =>
        rest.length > 0 && literalStart.startsWith(SYSTEM_PREFIX) &&
          !literalStart.slice(SYSTEM_PREFIX.length).includes(":")
          ? `its ${what} ${
            quoted(source)
          } is refused: a placeholder may not complete what stands between the first two colons`
          : undefined,
    ),
  (rule) =>
    onName(
      rule,
      (what, { source }) =>
        source.split(/[^\p{L}\p{M}]+/u).some((word) => LATIN.test(word) && LOOKALIKES.test(word))
          ? `its ${what} ${quoted(source)} mixes letters of several scripts that look alike; write it in one`
          : undefined,
    ),
  ({ arn }) => {
    const set = RESERVED_SSO.exec(arn.canonicalArn)?.groups?.set;
    return set === undefined || !arn.isGlob
      ? undefined
      : `${quoted(arn.canonicalArn)} also matches permission sets whose names start with ${quoted(`${set}_`)}; ` +
        `write "sso: {permissionSetName: ${set}, accountID: …}" in its place`;
  },
];

/** What is suspicious about each rule. */
export function warnOfSuspiciousNames(rules: readonly Rule[]): MappingProblem[] {
  return rules.flatMap((rule): MappingProblem[] => {
    if (rule.kind !== "arn") return [];
    const { line, column, resource } = rule;
    const at = { line, column, ...(resource !== undefined && { resource }) };
    return SUSPICIONS.flatMap((suspect): MappingProblem[] => {
      const why = suspect(rule);
      return why === undefined
        ? []
        : [{ ...at, severity: "warning", message: `This rule is probably a mistake: ${why}` }];
    });
  });
}

function onName(
  { username, groups }: ArnRule,
  suspect: (what: NameUse, name: Template) => string | undefined,
): string | undefined {
  return suspect("username", username) ??
    groups.map((group) => suspect("group", group)).find((why) => why !== undefined);
}

function accidentOf(what: NameUse, { source }: Template): string | undefined {
  const why = accidentIn(source, what);
  return why && `its ${what} ${quoted(source)} ${why}`;
}

function isBare({ literalStart, rest: [first, ...others] }: Template): boolean {
  return literalStart === "" && first !== undefined && first.after === "" && others.length === 0 &&
    isSession(first.name);
}

function isSession(placeholder: string): boolean {
  return CHOSEN_BY_CALLER.includes(placeholder);
}
