/**
 * What finding the rule of an identity costs, with few rules and with many, and what it takes to hold many resources.
 *
 * @module
 */

import { alibaba } from "../../lib/clouds/alibaba/cloud.ts";
import { aws } from "../../lib/clouds/aws/cloud.ts";
import type { Identity } from "../../lib/identity/identity.ts";
import { parseResource } from "../../lib/mapping/forms/custom_resource.ts";
import { createResourceRules } from "../../lib/mapping/forms/resource_rules.ts";
import type { Rule } from "../../lib/mapping/rule.ts";
import { createRuleIndex, type RuleIndex } from "../../lib/mapping/lookup/rule_index.ts";
import { parseTemplate } from "../../lib/mapping/template.ts";
import { median, row } from "./table.ts";

/** How many rules there are. */
const SIZES = [10, 1_000, 100_000] as const;

/** One rule in so many is a glob or names a permission set; the same ones in turn. */
const ONE_IN = 100;

/** Lookups of one round. */
const LOOKUPS = 20_000;

/** Rounds that count, after some that warm up. The sizes take turns, so that a drifting clock hits all alike. */
const ROUNDS = 15;
const WARM_UP_ROUNDS = 3;

const ACCOUNT = "123456789012";

/** Different identities that are looked up, so that neither a rule nor a text stays in the nearest cache. */
const IDENTITIES = 1_000;

type Kind = "exact" | "glob" | "permission set" | "nobody's";
const KINDS = ["exact", "glob", "permission set", "nobody's"] as const satisfies readonly Kind[];

/** Measures, and returns rows to print. */
export function benchLookup(): string {
  const trials = SIZES.map(makeTrial);
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    for (const trial of trials) {
      for (const kind of KINDS) {
        const nanoseconds = nanosecondsOf(trial, kind);
        if (round >= 0) trial.rounds[kind].push(nanoseconds);
      }
    }
  }
  const lookups = KINDS.map((kind) => {
    const each = trials.map(({ rounds }) => median(rounds[kind]).toFixed(0)).join(" / ");
    const [first, last] = [trials[0]!, trials.at(-1)!].map(({ rounds }) => rounds[kind]) as [number[], number[]];
    return row(
      `lookup, ${kind}`,
      `${each} ns, last to first ${median(last.map((ns, i) => ns / first[i]!)).toFixed(2)}`,
    );
  });
  return row("rules", SIZES.join(" / ")) + lookups.join("") + benchResources();
}

/** An index, whom it is asked for, and the nanoseconds of a lookup, round by round. */
interface Trial {
  readonly index: RuleIndex;
  readonly asked: Readonly<Record<Kind, readonly Identity[]>>;
  readonly rounds: Readonly<Record<Kind, number[]>>;
}

function makeTrial(size: number): Trial {
  const index = createRuleIndex(Array.from({ length: size }, (_, i) => ruleOf(i)));
  const numbers = Array.from({ length: size }, (_, i) => i);
  const identities = (kind: Kind) => {
    const ofKind = kind === "nobody's" ? numbers : numbers.filter((i) => kindOf(i) === kind);
    return Array.from({ length: IDENTITIES }, (_, i) => identityOf(kind, ofKind[(i * 7_919) % ofKind.length]!));
  };
  const asked = Object.fromEntries(KINDS.map((kind) => [kind, identities(kind)])) as Record<Kind, Identity[]>;
  return { index, asked, rounds: { "exact": [], "glob": [], "permission set": [], "nobody's": [] } };
}

function nanosecondsOf({ index, asked }: Trial, kind: Kind): number {
  const identities = asked[kind];
  const started = performance.now();
  let found = 0;
  for (let i = 0; i < LOOKUPS; i += 1) if (index.find(identities[i % IDENTITIES]!) !== undefined) found += 1;
  const nanoseconds = (performance.now() - started) * 1_000_000 / LOOKUPS;
  const want = kind === "nobody's" ? 0 : LOOKUPS;
  if (found !== want) throw new Error(`Cannot measure: ${found} identities of kind "${kind}" were mapped`);
  return nanoseconds;
}

/** Even ten rules have one of each kind. */
function kindOf(i: number): Kind {
  if (i % (2 * ONE_IN) === 1) return "glob";
  return i % (2 * ONE_IN) === ONE_IN + 1 || i === 2 ? "permission set" : "exact";
}

function ruleOf(i: number): Rule {
  const { arn, permissionSet } = textsOf(i);
  const pattern = permissionSet === undefined
    ? aws.readArnPattern(arn)
    : aws.readPermissionSet!({ name: permissionSet, accountId: ACCOUNT, partition: undefined });
  const username = parseTemplate(`user-${i}`);
  return { kind: "arn", arn: pattern, userId: undefined, username, groups: [], line: i + 1, column: 1 };
}

function textsOf(i: number): { readonly arn: string; readonly permissionSet?: string } {
  const role = `arn:aws:iam::${ACCOUNT}:role/`;
  const kind = kindOf(i);
  if (kind === "permission set") return { arn: `${role}AWSReservedSSO_Set${i}`, permissionSet: `Set${i}` };
  return { arn: kind === "glob" ? `${role}Team${i}-*-Admin` : `${role}Application${i}` };
}

function identityOf(kind: Kind, i: number): Identity {
  const base = `arn:aws:iam::${ACCOUNT}:role/`;
  const canonicalArn = {
    "exact": `${base}Application${i}`,
    "glob": `${base}Team${i}-eu-west-1-Admin`,
    "permission set": `${base}AWSReservedSSO_Set${i}_0123456789abcdef`,
    "nobody's": `${base}Application${i}-of-somebody-else`,
  }[kind];
  return {
    cloud: "aws",
    arn: canonicalArn,
    canonicalArn,
    ...(kind === "permission set" && { permissionSetArn: `${base}AWSReservedSSO_Set${i}` }),
    accountId: ACCOUNT,
    principalId: "AROAEXAMPLE",
    sessionName: "session",
    accessKeyId: "ASIAEXAMPLE",
  };
}

/** Reads and indexes the largest number of resources, one at a time, as a list gives them in pages. */
function benchResources(): string {
  const count = SIZES[SIZES.length - 1]!;
  const before = Deno.memoryUsage().rss;
  const started = performance.now();
  const rules = createResourceRules();
  for (let i = 0; i < count; i += 1) {
    const name = `mapping-${i}`;
    const arn = `acs:ram::1234567890123456:role/Application${i}${i % ONE_IN === 0 ? "-*" : ""}`;
    const spec = { arn, username: `application:${i}:{{SessionName}}`, groups: ["viewers", `team-${i % 500}`] };
    rules.put(name, parseResource({ metadata: { name }, spec }, { clouds: [alibaba] }));
  }
  const seconds = (performance.now() - started) / 1_000;
  const megabytes = (Deno.memoryUsage().rss - before) / 1_000_000;
  if (rules.counts().rules !== count) throw new Error("Cannot measure: not every resource is a rule");
  return row(`${count} resources`, `read and indexed in ${seconds.toFixed(2)} s, ${megabytes.toFixed(0)} MB more`);
}
