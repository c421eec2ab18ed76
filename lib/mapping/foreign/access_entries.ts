/**
 * Access entries of EKS, as `aws` prints them, as rules: the username and groups that EKS gives, a group for each access
 * policy, and the principal's id where output of IAM tells it.
 *
 * @module
 */

import type { ArnPattern } from "../../clouds/cloud.ts";
import { foldAsciiCase } from "../../identity/ascii_case.ts";
import { quoted } from "../../quote.ts";
import { atOnce } from "../../steps.ts";
import { isNull, textAt, valueAt } from "../../yaml/access.ts";
import type { Position, YamlNode } from "../../yaml/read.ts";
import { readArn, readGroups, readUsername, ruleOf } from "../arn_entry.ts";
import type { ArnReader, Fault } from "../entry.ts";
import { readPrincipalId } from "../ids.ts";
import { type MappingProblem, placeOf, type Report } from "../problem.ts";
import type { Rule } from "../rule.ts";
import { settlingRules } from "../rules.ts";
import { parseTemplate, type Template } from "../template.ts";
import { type AwsOutput, sortAwsOutput } from "./aws_output.ts";
import { defaultUsername } from "./entry_usernames.ts";
import type { ForeignMappings } from "./form.ts";
import { readPolicies } from "./entry_policies.ts";
import { groupOf, type PolicyBinding } from "./policy_bindings.ts";

/** Rules, and what their groups for access policies are to be bound to. */
export interface AccessEntries extends ForeignMappings {
  readonly bindings: readonly PolicyBinding[];
}

/** How they are read. */
export interface AccessEntryOptions {
  readonly clouds: readonly ArnReader[];
  /** What the names of groups for access policies start with. */
  readonly groupPrefix: string;
}

/** Reads the output of any number of commands. Never throws for what it holds. */
export function readAccessEntries(documents: readonly YamlNode[], options: AccessEntryOptions): AccessEntries {
  const output = sortAwsOutput(documents);
  return new Reading(output, options).read();
}

/** The principal of a part of the output. */
interface Principal {
  /** The same for all spellings of its ARN. */
  readonly key: string;
  readonly arn: ArnPattern;
  readonly text: string;
}

class Reading {
  readonly #output: AwsOutput;
  readonly #clouds: readonly ArnReader[];
  readonly #groupPrefix: string;
  readonly #problems: MappingProblem[] = [];
  readonly #bindings: PolicyBinding[] = [];
  readonly #report: Report = ({ line, column }, severity, message) =>
    void this.#problems.push({ line, column, severity, message });
  readonly #ids = new Map<string, string | undefined>();
  readonly #policies = new Map<string, YamlNode[]>();
  #cluster: string | undefined;

  constructor(output: AwsOutput, { clouds, groupPrefix }: AccessEntryOptions) {
    this.#output = output;
    this.#clouds = clouds.filter(({ id }) => id === "aws");
    this.#groupPrefix = groupPrefix;
  }

  read(): AccessEntries {
    const { entries, listed, policies, principals, cut, others } = this.#output;
    for (const node of cut) this.#leaveOut(node, "a page of this output is missing; print it without --max-items");
    for (const node of others) {
      this.#leaveOut(node, "this is no output about access entries; give that of describe-access-entry");
    }
    for (const node of principals) this.#takeId(node);
    for (const node of policies) this.#takePolicies(node);
    const described = new Set<string>();
    const rules = entries.flatMap((node): Rule[] => {
      const principal = this.#principalOf(node, "principalArn");
      if (principal === undefined || !this.#isOfCluster(node)) return [];
      described.add(principal.key);
      return this.#readEntry(node, principal);
    });
    for (const [key, [node]] of this.#policies) {
      if (described.has(key)) continue;
      const arn = textAt(node!, "principalArn") ?? "";
      this.#leaveOut(node!, `the entry that has these access policies is missing; ${this.#describe(arn)}`);
    }
    for (const node of listed) {
      const arn = node.kind === "scalar" ? node.text : "";
      const key = this.#keyOf(arn);
      if (key !== undefined && described.has(key)) continue;
      const why = `list-access-entries says no username and no groups of ${quoted(arn)}`;
      this.#leaveOut(node, `${why}; ${this.#describe(arn)}`);
    }
    const settled = atOnce(settlingRules(rules, () => "this access entry", this.#report));
    return { rules: settled, problems: this.#problems, entries, bindings: this.#bindings };
  }

  #readEntry(node: YamlNode, { key, arn, text }: Principal): Rule[] {
    const whys: string[] = [];
    const fault: Fault = (at, why) => {
      whys.push(why);
      return void this.#leaveOut(at, why);
    };
    const type = textAt(node, "type") ?? "STANDARD";
    const written = valueAt(node, "username");
    const username = written === undefined || isNull(written)
      ? defaultUsername(node, { type, arn, text }, fault)
      : readUsername(written, fault);
    const groups = readGroups(valueAt(node, "kubernetesGroups"), fault);
    const ofPolicies = this.#groupsOfPolicies(node, { key, text, type });
    const isAmbiguous = this.#ids.has(key) && this.#ids.get(key) === undefined;
    if (isAmbiguous) fault(node, `IAM's output has several ids of ${quoted(text)}; keep the one that is valid`);
    const userId = this.#ids.get(key);
    const all = groups && [...groups, ...ofPolicies];
    const rule = ruleOf({ arn, userId, ...placeOf(node) }, { username, groups: all, whys });
    if (rule.kind === "arn" && userId === undefined) this.#report(node, "notice", unpinned({ arn, text }));
    return [rule];
  }

  /** A group for each of its policies and scopes. */
  #groupsOfPolicies(
    node: YamlNode,
    { key, text, type }: { readonly key: string; readonly text: string; readonly type: string },
  ): readonly Template[] {
    const outputs = this.#policies.get(key);
    if (outputs === undefined) {
      // Of nodes, those of Auto Mode alone have any.
      if (!["STANDARD", "EC2"].includes(type)) return [];
      const command = `aws eks list-associated-access-policies --cluster-name ${this.#cluster ?? "<cluster>"}`;
      const why = `its access policies are not known; give the output of ${command} --principal-arn ${text} as well`;
      this.#report(node, "warning", `This access entry may give less than in EKS: ${why}`);
      return [];
    }
    const bindings = outputs.flatMap((output) =>
      readPolicies(output, (at, why) => this.#leaveOut(at, why, "access policy"))
    );
    this.#bindings.push(...bindings);
    return [...new Set(bindings.map((binding) => groupOf(binding, this.#groupPrefix)))].map(parseTemplate);
  }

  #takeId(node: YamlNode): void {
    const arn = textAt(node, "Arn");
    const id = valueAt(node, "RoleId") ?? valueAt(node, "UserId");
    const userId = id && readPrincipalId(id);
    const key = arn === undefined ? undefined : this.#keyOf(arn);
    if (key === undefined || userId === undefined) return;
    const isAnother = this.#ids.has(key) && this.#ids.get(key) !== userId;
    this.#ids.set(key, isAnother ? undefined : userId);
  }

  #takePolicies(node: YamlNode): void {
    const principal = this.#principalOf(node, "principalArn");
    if (principal === undefined || !this.#isOfCluster(node)) return;
    this.#policies.set(principal.key, [...this.#policies.get(principal.key) ?? [], node]);
  }

  /** Whoever may log in to one cluster must not come by the rights of another. */
  #isOfCluster(node: YamlNode): boolean {
    const cluster = textAt(node, "clusterName");
    this.#cluster ??= cluster;
    if (cluster === undefined || cluster === this.#cluster) return true;
    const why = `it is of cluster ${quoted(cluster)}, and what comes before it of ${quoted(this.#cluster ?? "")}`;
    this.#leaveOut(node, `${why}; convert one cluster at a time`);
    return false;
  }

  #principalOf(node: YamlNode, name: string): Principal | undefined {
    const fault: Fault = (at, why) => void this.#leaveOut(at, why);
    const value = valueAt(node, name);
    if (value === undefined) return fault(node, `it has no ${name}; give the output as aws prints it`);
    const arn = readArn(value, { arnKey: name, clouds: this.#clouds, fault });
    if (arn === undefined || value.kind !== "scalar") return undefined;
    if (arn.isGlob) return fault(value, `its ${name} has a wildcard, and an access entry is for one principal`);
    return { key: foldAsciiCase(arn.canonicalArn), arn, text: value.text };
  }

  #keyOf(text: string): string | undefined {
    const node = { kind: "scalar", value: text, text, line: 1, column: 1 } as const;
    const arn = readArn(node, { arnKey: "Arn", clouds: this.#clouds, fault: () => undefined });
    return arn && foldAsciiCase(arn.canonicalArn);
  }

  #leaveOut(at: Position, why: string, what = "access entry"): undefined {
    this.#report(at, "invalid", `Cannot use this ${what}: ${why}`);
  }

  #describe(arn: string): string {
    const command = `aws eks describe-access-entry --cluster-name ${this.#cluster ?? "<cluster>"}`;
    return `give the output of ${command} --principal-arn ${quoted(arn)} as well`;
  }
}

function unpinned({ arn, text }: Pick<Principal, "arn" | "text">): string {
  const name = text.slice(text.lastIndexOf("/") + 1);
  const [what, command] = arn.kind === "user"
    ? ["user", `get-user --user-name ${name}`]
    : ["role", `get-role --role-name ${name}`];
  return `This access entry is not pinned to a principal's id, which EKS does not print: a ${what} that is deleted and ` +
    `made again gets in, which EKS refuses; give the output of aws iam ${command} as well`;
}
