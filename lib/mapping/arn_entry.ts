/**
 * One entry of `mapRoles` or `mapUsers`: from the YAML value to a rule, with every fault of the entry found at once.
 *
 * @module
 */

import type { ArnPattern } from "../clouds/cloud.ts";
import { foldAsciiCase } from "../identity/ascii_case.ts";
import type { Position, YamlNode } from "../yaml/read.ts";
import { ARN_KEYS, type ArnSection, type EntryContext, type Fault, orFault } from "./entry.ts";
import { kindOf, readFields } from "./fields.ts";
import { readPrincipalId } from "./ids.ts";
import { nameFault } from "./name.ts";
import type { ArnMatch, ArnRule, InvalidRule, Rule, Section } from "./rule.ts";
import { readSso } from "./sso.ts";
import { parseTemplate, type Template, TemplateError } from "./template.ts";
import { quoted } from "../quote.ts";

/**
 * Most groups in one entry. Kubernetes sets no limit, but matches each group against each binding at each request; the
 * longest lists it is known to meet are those of Entra ID, which puts at most 200 groups into a token.
 */
export const MAX_GROUPS = 256;

/** The section for principals of the other kind. */
const OTHER = { mapRoles: "mapUsers", mapUsers: "mapRoles" } as const satisfies Record<ArnSection, ArnSection>;

/** Which section takes ARNs of this kind. */
const SECTION_OF = { role: "mapRoles", user: "mapUsers", root: "mapUsers" } as const satisfies Record<
  ArnPattern["kind"],
  ArnSection
>;

/** All keys of entries, in either section. */
const KEYS = ["roleARN", "userARN", "sso", "username", "groups", "userid"] as const;
type Key = (typeof KEYS)[number];

/** The section in which a rule stands. */
export function sectionOf(rule: Rule): Section {
  return rule.kind === "account" ? "mapAccounts" : SECTION_OF[rule.arn.kind];
}

/** Reads one entry. One that is wrong is a rule that refuses, or `undefined` where its ARN cannot be read either. */
export function parseArnEntry(node: YamlNode, options: EntryContext): ArnRule | InvalidRule | undefined {
  const whys: string[] = [];
  const fault: Fault = (at, why) => {
    whys.push(why);
    return options.fault(at, why);
  };
  const context = { ...options, fault };
  const { section } = context;
  const other = OTHER[section];
  const [arnKey, otherKey] = [ARN_KEYS[section], ARN_KEYS[other]];
  if (node.kind !== "map") {
    return fault(node, `it is ${kindOf(node)}; write a map with ${arnKey}, username and groups`);
  }
  const { fields, faults } = readFields(node, KEYS);
  for (const { at, why } of faults) fault(at, why);
  const foreign = fields.get(otherKey);
  if (foreign !== undefined) {
    fault(foreign, `"${otherKey}" belongs under ${other}; move the entry there`);
    const arn = readArn(foreign, { ...context, arnKey: otherKey });
    return arn &&
      { kind: "invalid", arn, userId: undefined, line: node.line, column: node.column, why: whys.join("; ") };
  }

  const required = (key: Key) => fields.get(key) ?? fault(node, `it has no ${key}; add one`);
  const sso = fields.get("sso");
  const arn = sso === undefined
    ? andThen(required(arnKey), (value) => readArnOfSection(value, context))
    : readSso(sso, fields.get(arnKey), context);
  const username = andThen(required("username"), (value) => readUsername(value, fault));
  const groups = readGroups(fields.get("groups"), fault);
  const pin = readPin(fields.get("userid"), fault);
  if (context.requiresUserId && fields.get("userid") === undefined) {
    fault(node, "it has no userid, which dynamicfileUserIDStrict requires of every entry; add the principal's ID");
  }
  if (arn === undefined) return undefined;
  const match = { arn, userId: pin?.userId, line: node.line, column: node.column };
  return ruleOf(match, { username, groups, whys });
}

/** The rule of an entry whose ARN was read; one that refuses where `whys` has a fault, or a name cannot be used. */
export function ruleOf(
  match: ArnMatch,
  { username, groups, whys }: {
    readonly username: Template | undefined;
    readonly groups: readonly Template[] | undefined;
    readonly whys: readonly string[];
  },
): ArnRule | InvalidRule {
  if (whys.length > 0 || !username || !groups) return { ...match, kind: "invalid", why: whys.join("; ") };
  return { ...match, kind: "arn", username, groups };
}

function andThen<T>(node: YamlNode | undefined, read: (node: YamlNode) => T | undefined): T | undefined {
  return node === undefined ? undefined : read(node);
}

/** Reads the ARN; one of the other section is a fault, and still says whom the entry is for. */
function readArnOfSection(node: YamlNode, { section, clouds, fault }: EntryContext): ArnPattern | undefined {
  const arn = readArn(node, { arnKey: ARN_KEYS[section], clouds, fault });
  if (arn !== undefined && SECTION_OF[arn.kind] !== section) {
    fault(node, `${quoted(arn.canonicalArn)} is the ARN of a ${arn.kind}; move the entry to ${SECTION_OF[arn.kind]}`);
  }
  return arn;
}

/** Reads the ARN of one entry, of any kind; `arnKey` is what messages call it. */
export function readArn(
  node: YamlNode,
  { arnKey, clouds, fault }: Pick<EntryContext, "clouds" | "fault"> & { readonly arnKey: string },
): ArnPattern | undefined {
  if (node.kind !== "scalar" || typeof node.value !== "string") {
    return fault(node, `its ${arnKey} is ${kindOf(node)}; write an ARN`);
  }
  const text = node.value;
  if (text !== text.trim()) return fault(node, `its ${arnKey} ${quoted(text)} has white space around it; remove it`);
  const wrong = nameFault(text);
  if (wrong !== undefined) return fault(node, `its ${arnKey} ${quoted(text)} ${wrong}; write an ARN`);
  const cloud = clouds.find(({ arnPrefix }) => foldAsciiCase(text).startsWith(arnPrefix));
  if (cloud === undefined) {
    const prefixes = clouds.map(({ arnPrefix }) => `"${arnPrefix}"`).join(" or ");
    return fault(
      node,
      `its ${arnKey} ${quoted(text)} is of no cloud that is accepted here; write one with ${prefixes}, or list its ` +
        `cloud under "clouds"`,
    );
  }
  const arn = orFault(node, fault, () => cloud.readArnPattern(text));
  if (arn?.session === undefined) return arn;
  return fault(
    node,
    `its ${arnKey} ${quoted(text)} names one session, and whoever assumes the role chooses the session's name; write ` +
      `${quoted(arn.canonicalArn)} to map the role`,
  );
}

/** Reads the username of one entry. */
export function readUsername(node: YamlNode, fault: Fault): Template | undefined {
  if (node.kind !== "scalar" || typeof node.value !== "string") {
    return fault(node, `its username is ${kindOf(node)}; write a text, in quotes if it looks like a number`);
  }
  return readName(node, node.value, fault);
}

/** Reads the groups of one entry; none where the key is absent. */
export function readGroups(node: YamlNode | undefined, fault: Fault): readonly Template[] | undefined {
  if (node === undefined || (node.kind === "scalar" && node.value === null)) return [];
  if (node.kind !== "list") return fault(node, `its groups are ${kindOf(node)}; write a list, such as ["viewers"]`);
  if (node.items.length > MAX_GROUPS) return fault(node, `it has more than ${MAX_GROUPS} groups; use fewer`);
  const groups = node.items.map((item) =>
    item.kind === "scalar" && typeof item.value === "string"
      ? readName(item, item.value, fault)
      : fault(item, `one of its groups is ${kindOf(item)}; write a text, in quotes if it looks like a number`)
  );
  return groups.every((group) => group !== undefined) ? groups : undefined;
}

function readName(at: Position, text: string, fault: Fault): Template | undefined {
  try {
    return parseTemplate(text);
  } catch (error) {
    if (error instanceof TemplateError) return fault(at, error.message);
    throw error;
  }
}

/** An empty `userid` is a fault: somebody wanted a pin, so a rule without one would match too much. */
function readPin(node: YamlNode | undefined, fault: Fault): { readonly userId: string | undefined } | undefined {
  if (node === undefined) return { userId: undefined };
  const userId = readPrincipalId(node);
  if (userId !== undefined) return { userId };
  return fault(node, `its userid is not a principal's id; write the part before the colon, or remove the key`);
}
