/**
 * What changes for the people of a source when ram-auth takes the place of the server that they move from. Compares what
 * both make of each entry; decides nothing.
 *
 * @module
 */

import { foldAsciiCase } from "../../identity/ascii_case.ts";
import type { Identity } from "../../identity/identity.ts";
import { plainOf, valueAt } from "../../yaml/access.ts";
import { isBroken } from "../../yaml/node.ts";
import type { YamlNode } from "../../yaml/read.ts";
import { parseArnEntry, sectionOf } from "../arn_entry.ts";
import type { BackendMode } from "../backend_mode.ts";
import type { ArnReader, ArnSection } from "../entry.ts";
import { parseResource } from "../forms/custom_resource.ts";
import { readAccountId } from "../ids.ts";
import { createRuleIndex } from "../lookup/rule_index.ts";
import { nameFault } from "../name.ts";
import type { Place } from "../problem.ts";
import { closedPrefixes, mayStartWith } from "../name_policy.ts";
import { refusedByText } from "../refused_by_text.ts";
import { type NamePolicy, SYSTEM_PREFIX } from "../render.ts";
import { type ArnRule, type InvalidRule, isUsable, type Rule, type Section } from "../rule.ts";
import type { Template } from "../template.ts";
import { type DifferenceCode, DIFFERENCES, type Effect } from "./kinds.ts";
import { type OldEntry, type OldNames, readOldAccount, readOldEntry } from "./old_entry.ts";
import { OLD_TOOLS, type OldTool, type OldToolRow, type Reading } from "./old_tools.ts";

/** An entry as it was written. */
export type SwapEntry = YamlNode & Pick<Place, "resource"> & {
  /** Where it stands; a resource has none. */
  readonly section?: Section;
};

/** What a source holds. */
export interface SwapSource {
  readonly source: BackendMode;
  readonly entries: readonly SwapEntry[];
  /** The rules that ram-auth makes of the entries. */
  readonly rules: readonly Rule[];
  readonly policy: NamePolicy;
  /** The clouds whose ARNs ram-auth reads, that of the old server among them. */
  readonly clouds: readonly ArnReader[];
}

/** One entry that means something else after the swap. */
export interface Difference extends Place {
  readonly code: DifferenceCode;
  readonly effect: Effect;
  /** For whom: a canonical ARN, perhaps with wildcards; an account; or `*`, everybody. */
  readonly whom: string;
  /** The line of the rule that stands in for the entry after the swap, where there is one. */
  readonly instead?: number;
}

const ORDER: readonly Effect[] = ["more", "other", "less"];

/** What the old server makes of each entry of a section that is not YAML as a whole. */
const DROPPED: OldEntry = { kind: "dead", code: "broken_section" };

/** An entry, what each of the two makes of it, and where it stands. */
interface Compared {
  readonly entry: SwapEntry;
  readonly section: ArnSection;
  readonly old: OldEntry;
  readonly mine: ArnRule | InvalidRule | undefined;
}

type Alive = Compared & { readonly old: OldEntry & { readonly kind: "alive" } };

/** Every difference, the most dangerous first, then by place. */
export function differencesFrom(tool: OldTool, source: SwapSource): readonly Difference[] {
  const row: OldToolRow = OLD_TOOLS[tool];
  const reading = row.sources[source.source];
  return mostDangerousFirst(reading === undefined ? notRead(source) : compare(row, reading, source));
}

/** What changes where a source is named `ConfigMap`, at this place. */
export function aliasDifference(tool: OldTool, at: Place): readonly Difference[] {
  return OLD_TOOLS[tool].cloud === "aws" ? [difference("config_map_alias", at, "*")] : [];
}

/** Sorts by effect, then by place. */
export function mostDangerousFirst<T extends Difference>(differences: readonly T[]): readonly T[] {
  return differences.toSorted((a, b) =>
    ORDER.indexOf(a.effect) - ORDER.indexOf(b.effect) || a.line - b.line || a.column - b.column
  );
}

function notRead({ rules }: SwapSource): readonly Difference[] {
  return rules.filter(isUsable).map((rule) => difference("not_read", rule, whomOf(rule)));
}

function compare(row: OldToolRow, reading: Reading, source: SwapSource): readonly Difference[] {
  const cloud = source.clouds.find(({ id }) => id === row.cloud);
  if (cloud === undefined) throw new Error(`Cannot compare: the cloud "${row.cloud}" is not given`);
  const dropped = new Set(source.entries.flatMap((entry) => isBroken(entry) ? [entry.section] : []));
  const entries = source.entries.filter(({ section }) => section !== "mapAccounts")
    .flatMap((entry) => compareEntry(entry, { cloud, reading, clouds: source.clouds }))
    .map((compared) => dropped.has(compared.entry.section) ? { ...compared, old: DROPPED } : compared);
  const mine = createRuleIndex(source.rules);
  const find = (arn: string, userId = "") => mine.find(identityOf(arn, userId, cloud));
  const inForce = oldInForce(entries);
  return [
    ...entries.filter(({ old }) => old.kind === "ends").map(({ entry }) => difference("ends_start", entry, "*")),
    ...accountDifferences(source, reading, dropped.has("mapAccounts")),
    ...[...inForce].flatMap(([arn, olds]) => ofPrincipal(arn, olds, { find, source, reading, row })),
    ...entries.flatMap((compared) => ofDeadEntry(compared, { find, inForce, source })),
    ...source.rules.flatMap((rule) => ofPinnedRule(rule, inForce)),
  ];
}

function compareEntry(
  entry: SwapEntry,
  { cloud, reading, clouds }: {
    readonly cloud: ArnReader;
    readonly reading: Reading;
    readonly clouds: readonly ArnReader[];
  },
): readonly Compared[] {
  if (entry.resource !== undefined) {
    const { rule } = parseResource({ metadata: { name: entry.resource }, spec: plainOf(specOf(entry)) }, { clouds });
    const section = rule === undefined || sectionOf(rule) === "mapRoles" ? "mapRoles" : "mapUsers";
    const old = readOldEntry(asEntry(specOf(entry), section), { section, reading, cloud });
    return [{ entry, section, old, mine: rule }];
  }
  const section = entry.section === "mapUsers" ? "mapUsers" : "mapRoles";
  if (isBroken(entry)) {
    const { rules } = refusedByText(entry.text, { clouds, at: entry, why: "it is not YAML" });
    return rules.map((mine) => ({ entry, section, old: DROPPED, mine }));
  }
  const mine = parseArnEntry(entry, { section, clouds, fault: () => undefined });
  return [{ entry, section, old: readOldEntry(entry, { section, reading, cloud }), mine }];
}

function specOf(entry: SwapEntry): YamlNode {
  return valueAt(entry, "spec") ?? entry;
}

/** A `spec` says `arn` where an entry says which kind. */
function asEntry(spec: YamlNode, section: ArnSection): YamlNode {
  if (spec.kind !== "map") return spec;
  const key = section === "mapRoles" ? "rolearn" : "userarn";
  return { ...spec, entries: spec.entries.map((entry) => entry.key === "arn" ? { ...entry, key } : entry) };
}

/** What the old server has in force, by ARN: the last of equal keys, roles before users. */
function oldInForce(entries: readonly Compared[]): ReadonlyMap<string, readonly Alive[]> {
  const byKey = new Map<string, Alive>();
  for (const compared of entries) {
    if (!isAlive(compared)) continue;
    // Two resources with one key are two objects, of which either one is taken.
    byKey.set(`${compared.section} ${compared.old.key} ${compared.entry.resource ?? ""}`, compared);
  }
  const byArn = new Map<string, Alive[]>();
  for (const section of ["mapRoles", "mapUsers"] as const) {
    const own = [...byKey.values()].filter((compared) => compared.section === section);
    const taken = new Set(byArn.keys());
    for (const compared of own) {
      const { arn } = compared.old;
      const isOutOfReach = taken.has(arn) && compared.entry.resource === undefined;
      if (!isOutOfReach) byArn.set(arn, [...byArn.get(arn) ?? [], compared]);
    }
  }
  return byArn;
}

function isAlive(compared: Compared): compared is Alive {
  return compared.old.kind === "alive";
}

interface Sight {
  /** The rule for a principal, of whom no id is known unless it is given. */
  readonly find: (arn: string, userId?: string) => Rule | undefined;
  readonly source: SwapSource;
  readonly reading: Reading;
  readonly row: OldToolRow;
}

/** What changes for a principal whom the old server lets in. */
function ofPrincipal(arn: string, olds: readonly Alive[], { find, source, reading, row }: Sight): Difference[] {
  const found: Difference[] = [];
  const now = find(arn);
  const [first] = olds;
  if (olds.slice(1).some(({ old }) => !isSameNames(old, first!.old))) {
    const code = first!.entry.resource === undefined ? "letter_case" : "same_arn";
    found.push(...olds.map(({ entry, mine }) => difference(code, entry, whomOf(mine, arn))));
  }
  for (const compared of olds) {
    const { entry, old, mine } = compared;
    const whom = whomOf(mine, arn);
    const isOwn = now !== undefined && isUsable(now) && now.kind === "arn" && isSamePlace(now, entry) &&
      mine?.kind === "arn" && isSameText(now, mine);
    if (isOwn) {
      found.push(...ofOwnRule(now, { source, reading, row }));
    } else if (mine?.kind !== "arn") {
      found.push({ ...difference(codeOf(compared), entry, whom), ...effectOf(old, now) });
    } else if (mine.userId !== undefined) {
      found.push({ ...difference("pinned_id", entry, whom), ...effectOf(old, now) });
    }
  }
  return found;
}

/** What changes where the same entry counts before and after. */
function ofOwnRule(rule: ArnRule, { source, reading, row }: Omit<Sight, "find">): Difference[] {
  const names = [["username", rule.username], ...rule.groups.map((group) => ["group", group] as const)] as const;
  const found = new Set<Difference["code"]>();
  for (const [what, name] of names) {
    const listed = what === "username" && reading.reserves ? source.policy.reservedUsernamePrefixes : [];
    const prefixes = closedPrefixes(what, source.policy).filter((prefix) => !listed.includes(prefix));
    if (prefixes.some((prefix) => name.literalStart.startsWith(prefix))) found.add("reserved_name");
    else if (rule.arn.kind === "role" && isCompleted(name, prefixes)) found.add("completed_name");
    if (rule.arn.kind !== "role" && canBeEmpty(name)) found.add("odd_name");
    if (name.rest.some(({ name }) => !row.placeholders.includes(name))) found.add("placeholder");
  }
  return [...found].map((code) => difference(code, rule, whomOf(rule)));
}

/** Whether a session's name may make a name one that is refused. */
function isCompleted(name: Template, prefixes: readonly string[]): boolean {
  const { literalStart, rest } = name;
  if (rest.length > 0 && literalStart.startsWith(SYSTEM_PREFIX)) {
    return !literalStart.slice(SYSTEM_PREFIX.length).includes(":");
  }
  return [...prefixes, SYSTEM_PREFIX].some((prefix) => !literalStart.startsWith(prefix) && mayStartWith(name, prefix));
}

/** Users have no session. */
function canBeEmpty({ literalStart, rest }: Template): boolean {
  return literalStart.trim() === "" &&
    rest.every(({ name, after }) => name.startsWith("SessionName") && after.trim() === "");
}

/** Why the entry of a principal whom the old server lets in is no rule here. */
function codeOf({ entry, section, old, mine }: Alive): DifferenceCode {
  if (old.isSession) return "session";
  if (mine === undefined) return "unreadable_arn";
  if (entry.resource === undefined && sectionOf(mine) !== section) return "other_section";
  if (old.isUnsure) return "loose_value";
  const written = [old.username, ...old.groups];
  if (written.some((name) => nameFault(name.replaceAll(/\{\{|\}\}/g, "x")) !== undefined)) return "odd_name";
  return written.some((name) => /\{\{|\}\}/.test(name)) ? "unknown_placeholder" : "loose_value";
}

/** What changes where the old server gives `old` and ram-auth uses `now`: any other name may be bound to rights. */
function effectOf(old: OldNames, now: Rule | undefined): Pick<Difference, "effect" | "instead"> {
  if (now === undefined || !isUsable(now)) return { effect: "less" };
  const { username, groups } = namesOf(now);
  const isWithin = !old.isUnsure && now.kind === "arn" && username === old.username &&
    groups.every((group) => old.groups.includes(group));
  return { effect: isWithin ? "less" : "more", instead: now.line };
}

/** What changes for the people of an entry by which the old server lets nobody in. */
function ofDeadEntry(
  { entry, old, mine }: Compared,
  { find, inForce, source }: Pick<Sight, "find" | "source"> & {
    readonly inForce: ReadonlyMap<string, readonly Alive[]>;
  },
): Difference[] {
  if (old.kind === "alive" || old.kind === "ends" || mine === undefined) return [];
  const code = old.kind === "dead" ? old.code : undefined;
  const { arn } = mine;
  const whom = whomOf(mine);
  if (arn.isGlob || arn.isPermissionSet) {
    if (!source.rules.some((rule) => isSamePlace(rule, entry))) return [];
    // A permission set is alive where the old server's feature is on, so that another rule may stand in for the entry.
    if (mine.kind === "invalid") {
      return [difference(arn.isPermissionSet ? "permission_set" : "dead_entry", entry, whom)];
    }
    return code === undefined ? [] : [difference(code, entry, whom)];
  }
  const now = find(foldAsciiCase(arn.canonicalArn), mine.userId);
  if (now === undefined || !isSamePlace(now, entry)) return [];
  if (!isUsable(now)) return [difference("dead_entry", entry, whom)];
  if (code === undefined) return [];
  const [before] = inForce.get(foldAsciiCase(arn.canonicalArn)) ?? [];
  if (before === undefined) return [difference(code, entry, whom)];
  return isSameNames(before.old, namesOf(now)) ? [] : [difference(code, entry, whom)];
}

/** A rule with a pin is in force beside others of its ARN, of which the old server has the last alone. */
function ofPinnedRule(rule: Rule, inForce: ReadonlyMap<string, readonly Alive[]>): Difference[] {
  if (rule.kind !== "arn" || rule.userId === undefined) return [];
  const arn = foldAsciiCase(rule.arn.canonicalArn);
  const [before] = inForce.get(arn) ?? [];
  if (before === undefined || isSameNames(before.old, namesOf(rule))) return [];
  return [{ ...difference("pinned_id", rule, whomOf(rule)), ...effectOf(before.old, rule) }];
}

function accountDifferences({ entries, rules }: SwapSource, reading: Reading, isDropped: boolean): Difference[] {
  const written = entries.filter(({ section }) => section === "mapAccounts");
  const olds = new Set(written.map((node) => readOldAccount(node, reading)));
  return written.flatMap((node): Difference[] => {
    const isSlip = readOldAccount(node, reading) === undefined;
    if (isSlip && reading.slip === "ends") return [difference("ends_start", node, "*")];
    const account = readAccountId(node);
    const isInForce = rules.some((rule) => rule.kind === "account" && rule.accountId === account);
    if (account === undefined || !isInForce) return [];
    if (isDropped) return [difference("broken_section", node, account)];
    return olds.has(account) ? [] : [difference("octal_account", node, account)];
  });
}

function difference(code: DifferenceCode, { line, column, resource }: Place, whom: string): Difference {
  return {
    code,
    effect: DIFFERENCES[code].effect,
    line,
    column,
    ...(resource !== undefined && { resource }),
    whom,
  };
}

/** Whom a rule is for; where there is none, an ARN. */
function whomOf(rule: Rule): string;
function whomOf(rule: Rule | undefined, arn: string): string;
function whomOf(rule: Rule | undefined, arn = ""): string {
  if (rule === undefined) return arn;
  if (rule.kind === "account") return rule.accountId;
  return rule.arn.isPermissionSet ? `${rule.arn.canonicalArn}_*` : rule.arn.canonicalArn;
}

function namesOf(rule: Rule): OldNames {
  if (rule.kind === "arn") {
    return { username: rule.username.source, groups: rule.groups.map(({ source }) => source) };
  }
  return { username: rule.kind === "account" ? "" : rule.why, groups: [] };
}

function isSameNames(a: OldNames, b: OldNames): boolean {
  return !a.isUnsure && !b.isUnsure && a.username === b.username && a.groups.length === b.groups.length &&
    a.groups.every((group, i) => group === b.groups[i]);
}

function isSameText(a: ArnRule, b: ArnRule): boolean {
  return isSameNames(namesOf(a), namesOf(b)) && a.userId === b.userId;
}

function isSamePlace(a: Place, b: Place): boolean {
  return a.line === b.line && a.column === b.column && a.resource === b.resource;
}

/** A principal of whom only the ARN is known; without an id, no pin fits. */
function identityOf(canonicalArn: string, principalId: string, { id }: ArnReader): Identity {
  const accountId = /:([0-9]+):/.exec(canonicalArn)?.[1] ?? "";
  return { cloud: id, arn: canonicalArn, canonicalArn, accountId, principalId, sessionName: "", accessKeyId: "" };
}
