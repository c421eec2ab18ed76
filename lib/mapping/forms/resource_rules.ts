/**
 * The rules of custom resources, which come and go one at a time: a change costs the same with 10 of them and with
 * 100,000. Those that name one principal are tried before those with wildcards, then the older before the younger, then
 * by name; those that only refuse come last: who may only create resources cannot come before one that is there.
 *
 * @module
 */

import { atOnce, eachInSteps, sortedInSteps, type Steps } from "../../steps.ts";
import type { Identity } from "../../identity/identity.ts";
import { isCollision } from "../lookup/collisions.ts";
import type { ParsedResource } from "./custom_resource.ts";
import { countIdle, type MappingProblem } from "../problem.ts";
import { type ArnRule, type InvalidRule, isUsable, type Rule } from "../rule.ts";
import { ruleKey } from "../lookup/rule_key.ts";
import { placeIn } from "../lookup/pin_group.ts";
import { type PlacedRule, RuleTable } from "../lookup/rule_table.ts";

/** The rules of some resources. */
export interface ResourceRules {
  /** Puts what a resource says instead of what it said. @returns the others of which something else holds now */
  put(name: string, parsed: ParsedResource): readonly string[];
  /** Forgets a resource; one that is unknown already is forgotten. @returns as {@linkcode ResourceRules.put} */
  delete(name: string): readonly string[];
  /** Makes these the resources: all others are forgotten. A lookup sees the old ones or the new. */
  replaceAll(resources: ReadonlyMap<string, ParsedResource>): void;
  /** The same in steps; the last of them changes something. No other change meanwhile. */
  replacingAll(resources: ReadonlyMap<string, ParsedResource>): Steps<void>;
  /** The first rule that matches, or `undefined`. */
  find(identity: Identity): Rule | undefined;
  /** The rules in the order in which they are tried. */
  rules(): readonly Rule[];
  /** What is wrong, by the names of the resources. */
  problems(): readonly MappingProblem[];
  /** What is wrong with one resource, also where another one is in its way. */
  problemsOf(name: string): readonly MappingProblem[];
  /** The other resource in the way of this one, as a problem, where there is one. */
  obstacleOf(name: string): MappingProblem | undefined;
  /** How many rules are in force, and how many resources are not. */
  counts(): { readonly rules: number; readonly invalid: number };
  /** How many of the rules can let nobody in, by why. */
  idle(): ReadonlyMap<string, number>;
}

/** A resource under its name. */
interface Named extends ParsedResource {
  readonly name: string;
  readonly userId: string | undefined;
}

/** One that is a rule, if perhaps behind another one. */
type NamedRule = Named & PlacedRule & { readonly rule: ArnRule | InvalidRule };

/** Everything that is known of the resources. */
interface State {
  readonly resources: Map<string, Named>;
  /** How many of the resources are rules. */
  rules: number;
  readonly table: RuleTable<NamedRule>;
  /** Those that are rules in the order in which they are tried: to sort 100,000 takes half a second. */
  order: NamedRule[];
  /** Lists of resources that match the very same, where there are two or more. */
  readonly crowds: Set<readonly NamedRule[]>;
}

/** A resource that can never decide, the one that is in its way, and whether that is an error. */
interface Behind {
  readonly by: string;
  readonly isOut: boolean;
}

/** Makes an empty set of rules. */
export function createResourceRules(): ResourceRules {
  let state = emptyState();
  // Made again where they are asked for after a change.
  let rules: readonly Rule[] | undefined;
  let problems: readonly MappingProblem[] | undefined;
  let inTheWay: ReadonlyMap<string, Behind> | undefined;
  let idle: ReadonlyMap<string, number> | undefined;
  const behind = () => inTheWay ??= behindOthers(state);
  const forget = () =>
    void (rules =
      problems =
      inTheWay =
      idle =
        undefined);
  function* replacingAll(resources: ReadonlyMap<string, ParsedResource>): Steps<void> {
    const next = emptyState();
    yield* eachInSteps(resources, ([name, parsed]) => {
      add(next, name, keepingLastGood(state.resources.get(name)?.rule, parsed));
    });
    next.order = [...yield* sortedInSteps([...next.resources.values()].filter(isRule), inTurn)];
    forget();
    state = next;
  }
  const changed = (name: string, crowds: readonly (readonly NamedRule[])[]) => {
    forget();
    return [...new Set(crowds.flat().map((named) => named.name))].filter((other) => other !== name);
  };
  return {
    put(name, parsed) {
      const before = state.resources.get(name)?.rule;
      const left = takeOut(state, name);
      return changed(name, [left, putIn(state, name, keepingLastGood(before, parsed))]);
    },
    delete: (name) => changed(name, [takeOut(state, name)]),
    replaceAll: (resources) => atOnce(replacingAll(resources)),
    replacingAll,
    find: (identity) => state.table.find(identity)?.rule,
    rules: () => rules ??= rulesInForce(state, behind()),
    problems: () => problems ??= problemsByName(state, behind()),
    problemsOf(name) {
      const named = state.resources.get(name);
      return named === undefined ? [] : allProblems(named, behind().get(name));
    },
    obstacleOf(name) {
      const found = behind().get(name);
      return found && behindProblem(name, found);
    },
    counts() {
      const out = [...behind().values()].filter(({ isOut }) => isOut).length;
      return { rules: state.rules - out, invalid: state.resources.size - state.rules + out };
    },
    // Not by way of the list, which is sorted: a kubelet asks every few seconds.
    idle: () => idle ??= countIdle(problemsIn(state, behind())),
  };
}

/**
 * What a resource says after a change. One that became invalid keeps its last good rule; one whose ARN cannot be read
 * any more refuses whom it was for.
 */
function keepingLastGood(before: Rule | undefined, parsed: ParsedResource): ParsedResource {
  if (before === undefined || before.kind === "account" || (parsed.rule !== undefined && isUsable(parsed.rule))) {
    return parsed;
  }
  if (parsed.rule === undefined) {
    const { arn, userId, line, column, resource } = before;
    const why = "its ARN cannot be read any more";
    return { ...parsed, rule: { kind: "invalid", arn, userId, line, column, resource: resource!, why } };
  }
  return before.kind === "arn" && ruleKey(before) === ruleKey(parsed.rule) ? { ...parsed, rule: before } : parsed;
}

function emptyState(): State {
  const table = new RuleTable<NamedRule>(comesBefore);
  return { resources: new Map(), rules: 0, table, order: [], crowds: new Set() };
}

/** Adds one, also to the order. @returns as `add` */
function putIn(state: State, name: string, parsed: ParsedResource): readonly NamedRule[] {
  const equals = add(state, name, parsed);
  const named = state.resources.get(name)!;
  if (isRule(named)) state.order.splice(placeIn(state.order, named, comesBefore), 0, named);
  return equals;
}

/** Removes one, also from the order. @returns as `remove` */
function takeOut(state: State, name: string): readonly NamedRule[] {
  const named = state.resources.get(name);
  if (named !== undefined && isRule(named)) state.order.splice(placeIn(state.order, named, comesBefore), 1);
  return remove(state, name);
}

/** Adds one to all but the order. @returns all that match the very same, itself among them */
function add(state: State, name: string, { rule, problems, createdAt }: ParsedResource): readonly NamedRule[] {
  if (rule === undefined) {
    state.resources.set(name, { name, problems, createdAt, userId: undefined });
    return [];
  }
  const named: NamedRule = { name, rule, problems, createdAt, userId: rule.userId };
  state.resources.set(name, named);
  if (isUsable(rule)) state.rules += 1;
  const equals = state.table.add(named);
  if (equals.length > 1) state.crowds.add(equals);
  return equals;
}

/** Removes one from all but the order. @returns all that match the very same as it did */
function remove(state: State, name: string): readonly NamedRule[] {
  const named = state.resources.get(name);
  state.resources.delete(name);
  if (named === undefined || !isRule(named)) return [];
  if (isUsable(named.rule)) state.rules -= 1;
  const equals = state.table.remove(named);
  if (equals.length <= 1) state.crowds.delete(equals);
  return equals;
}

function isRule(named: Named): named is NamedRule {
  return named.rule !== undefined;
}

function behindOthers({ crowds }: State): ReadonlyMap<string, Behind> {
  const behind = new Map<string, Behind>();
  for (const [first, ...others] of crowds) {
    for (const { name, rule } of others) {
      if (!isUsable(rule)) continue;
      behind.set(name, { by: first!.name, isOut: isCollision(rule, first!.rule) });
    }
  }
  return behind;
}

function rulesInForce({ order }: State, behind: ReadonlyMap<string, Behind>): readonly Rule[] {
  const isInForce = ({ name }: Named) => !behind.get(name)?.isOut;
  // Most have nothing in their way, and to look each up takes most of the time.
  return (behind.size === 0 ? order : order.filter(isInForce)).map(({ rule }) => rule);
}

function problemsByName({ resources }: State, behind: ReadonlyMap<string, Behind>): readonly MappingProblem[] {
  return [...resources.values()]
    .filter(({ name, problems }) => problems.length > 0 || behind.has(name))
    .sort((a, b) => compare(a.name, b.name))
    .flatMap((named) => allProblems(named, behind.get(named.name)));
}

function* problemsIn(state: State, behind: ReadonlyMap<string, Behind>): Iterable<MappingProblem> {
  for (const named of state.resources.values()) yield* allProblems(named, behind.get(named.name));
}

function allProblems({ name, problems }: Named, behind: Behind | undefined): readonly MappingProblem[] {
  return behind === undefined ? problems : [...problems, behindProblem(name, behind)];
}

/** The order in which resources are tried; texts by UTF-16 unit, as `<` has it. */
function inTurn(a: Named, b: Named): number {
  return Number(onlyRefuses(a)) - Number(onlyRefuses(b)) || Number(isGlob(a)) - Number(isGlob(b)) ||
    compare(a.createdAt, b.createdAt) || compare(a.name, b.name);
}

function comesBefore(a: Named, b: Named): boolean {
  return inTurn(a, b) < 0;
}

function onlyRefuses({ rule }: Named): boolean {
  return rule?.kind === "invalid";
}

function isGlob({ rule }: Named): boolean {
  return rule?.arn.isGlob ?? false;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function behindProblem(resource: string, { by, isOut }: Behind): MappingProblem {
  const [severity, attempt, why] = isOut
    ? ["invalid", "use", `it is read as the same as resource "${by}", which comes first`] as const
    : ["warning", "reach", `resource "${by}" comes first and matches all that it does`] as const;
  const message = `Cannot ${attempt} this resource: ${why}; remove one of the two`;
  return {
    line: 1,
    column: 1,
    resource,
    severity,
    message,
    ...(!isOut && { hasNoEffect: "another resource comes first" }),
  };
}
