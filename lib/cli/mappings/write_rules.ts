/**
 * Rules written out again: as keys of the config file, as ConfigMaps, as custom resources. Tells what a form has no
 * words for. Values alone; how they are printed is for others.
 *
 * @module
 */

import { cloudOfArn } from "../../clouds/registry.ts";
import type { CloudId } from "../../identity/identity.ts";
import type { BackendMode } from "../../mapping/backend_mode.ts";
import { sectionOf } from "../../mapping/arn_entry.ts";
import { CONFIG_MAP_ARN_KEYS, CONFIG_MAP_NAMESPACE, CONFIG_MAPS } from "../../mapping/forms/config_map_names.ts";
import { ARN_KEYS, type ArnSection } from "../../mapping/entry.ts";
import { RESOURCE_KINDS, RESOURCE_VERSION } from "../../mapping/forms/resource_kinds.ts";
import type { ArnRule, Section, UsableRule } from "../../mapping/rule.ts";
import { writeYaml } from "../../yaml/read.ts";

/** Rules in another form. */
export interface Converted {
  /** What JSON or YAML could hold. */
  readonly value: unknown;
  /** Rules that the form has no words for, and which. */
  readonly inexpressible: readonly { readonly rule: UsableRule; readonly why: string }[];
}

/** A form to convert into. */
export type Form = "file" | "configmap" | "crd";

/** Longest part of a principal's name in the name of its resource; Kubernetes allows names of 253 characters. */
const MAX_NAME_PART = 200;

/** Digits of the number in the name of a resource: 100,000 rules fit. */
const NUMBER_DIGITS = 5;

/** A rule, and the cloud of whom it is for. */
export interface RuleOfCloud {
  readonly rule: UsableRule;
  readonly cloud: CloudId | undefined;
}

/** Digits of an account id of AWS ("View AWS account identifiers"); those of Alibaba Cloud have 16, or fewer than 12. */
const AWS_ACCOUNT_DIGITS = 12;

/**
 * Each rule of a source with the cloud of whom it is for. Of an account, that is the one cloud which the source is of, or
 * which the config file lists (`listed`), or else the one whose accounts have so many digits; where digits are missing,
 * the one cloud that the ARNs beside it name.
 */
export function withClouds(
  rules: readonly UsableRule[],
  { source, listed = [] }: { readonly source: BackendMode; readonly listed?: readonly CloudId[] | undefined },
): readonly RuleOfCloud[] {
  const ofArns = rules.map((rule) => rule.kind === "arn" ? cloudOfArn(rule.arn.canonicalArn) : undefined);
  const ofSource = (Object.keys(CONFIG_MAPS) as CloudId[]).find((cloud) => CONFIG_MAPS[cloud].source === source);
  const own = ofSource ?? (listed.length === 1 ? listed[0] : undefined);
  const isAllOfAws = ofArns.includes("aws") && !ofArns.includes("alibaba");
  return rules.map((rule, i) => {
    if (rule.kind === "arn") return { rule, cloud: ofArns[i] };
    return { rule, cloud: own ?? (rule.accountId.length === AWS_ACCOUNT_DIGITS || isAllOfAws ? "aws" : "alibaba") };
  });
}

/** Writes rules, in their order, in a form. */
export function convertRules(rules: readonly RuleOfCloud[], form: Form): Converted {
  switch (form) {
    case "file":
      return { value: { server: sectionsOf(rules.map(({ rule }) => rule), ARN_KEYS) }, inexpressible: [] };
    case "configmap":
      return { value: asList(configMapsOf(rules)), inexpressible: [] };
    case "crd":
      return resourcesOf(rules);
  }
}

type ArnKeys = Readonly<Record<ArnSection, string>>;

function sectionsOf(rules: readonly UsableRule[], arnKeys: ArnKeys): Readonly<Record<string, readonly unknown[]>> {
  const ofSection = (section: Section) => rules.filter((rule) => sectionOf(rule) === section);
  const arnEntries = (section: ArnSection) =>
    ofSection(section).flatMap((rule) => rule.kind === "arn" ? [entryOf(rule, arnKeys[section])] : []);
  const sections: Readonly<Record<Section, readonly unknown[]>> = {
    mapRoles: arnEntries("mapRoles"),
    mapUsers: arnEntries("mapUsers"),
    mapAccounts: [
      ...new Set(ofSection("mapAccounts").flatMap((rule) => rule.kind === "account" ? [rule.accountId] : [])),
    ],
  };
  return Object.fromEntries(Object.entries(sections).filter(([, entries]) => entries.length > 0));
}

function entryOf({ arn, username, groups, userId }: ArnRule, arnKey: string): Readonly<Record<string, unknown>> {
  return {
    ...(arn.isPermissionSet ? { sso: permissionSetOf(arn.canonicalArn) } : { [arnKey]: arn.canonicalArn }),
    username: username.source,
    ...(groups.length > 0 && { groups: groups.map(({ source }) => source) }),
    ...(userId !== undefined && { userid: userId }),
  };
}

/** The roles of a set are called `<prefix>_<set>`. */
function permissionSetOf(canonicalArn: string): Readonly<Record<string, string>> {
  const [, partition = "", , , accountID = "", role = ""] = canonicalArn.split(":");
  const permissionSetName = role.slice(role.indexOf("_") + 1);
  return { permissionSetName, accountID, ...(partition !== "aws" && { partition }) };
}

/** One for each cloud that the rules are of; where there are none, an empty one for each. */
function configMapsOf(rules: readonly RuleOfCloud[]): readonly unknown[] {
  const clouds = Object.keys(CONFIG_MAPS) as CloudId[];
  const rulesOf = (cloud: CloudId) => rules.filter((rule) => rule.cloud === cloud).map(({ rule }) => rule);
  return clouds.filter((cloud) => rules.length === 0 || rulesOf(cloud).length > 0).map((cloud) => {
    const sections = sectionsOf(rulesOf(cloud), CONFIG_MAP_ARN_KEYS);
    return {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: CONFIG_MAPS[cloud].name, namespace: CONFIG_MAP_NAMESPACE },
      data: Object.fromEntries(Object.entries(sections).map(([section, entries]) => [section, writeYaml(entries)])),
    };
  });
}

/** Resources are tried by name, so that a number keeps the order in which the rules were tried. */
function resourcesOf(rules: readonly RuleOfCloud[]): Converted {
  const inexpressible: { rule: UsableRule; why: string }[] = [];
  const items: unknown[] = [];
  for (const [index, { rule, cloud }] of rules.entries()) {
    const why = whyNoResource(rule);
    if (rule.kind === "account" || cloud === undefined || why !== undefined) {
      inexpressible.push({ rule, why: why ?? "its cloud has no custom resource" });
      continue;
    }
    const { arn, username, groups } = rule;
    const number = String(index + 1).padStart(NUMBER_DIGITS, "0");
    const { group, kind } = RESOURCE_KINDS[cloud];
    items.push({
      apiVersion: `${group}/${RESOURCE_VERSION}`,
      kind,
      metadata: { name: `${number}-${namePart(arn.canonicalArn)}` },
      spec: { arn: arn.canonicalArn, username: username.source, groups: groups.map(({ source }) => source) },
    });
  }
  return { value: asList(items), inexpressible };
}

function whyNoResource(rule: UsableRule): string | undefined {
  if (rule.kind === "account") return "a custom resource names one principal, and mapAccounts all of an account";
  if (rule.arn.isPermissionSet) return "a custom resource names an ARN, and this rule a permission set (sso)";
  return rule.userId === undefined ? undefined : "a custom resource has no userid, and without it would match too much";
}

function namePart(arn: string): string {
  const name = arn.slice(Math.max(arn.lastIndexOf("/"), arn.lastIndexOf(":")) + 1).toLowerCase();
  return name.replace(/[^a-z0-9]+/g, "-").slice(0, MAX_NAME_PART).replace(/^-|-$/g, "") || "any";
}

/** One object, or several as a list. */
export function asList(items: readonly unknown[]): unknown {
  return items.length === 1 ? items[0] : { apiVersion: "v1", kind: "List", items };
}

/** What {@linkcode asList} was made of. */
export function itemsOf(value: unknown): readonly unknown[] {
  const { kind, items } = value as { readonly kind: string; readonly items?: readonly unknown[] };
  return kind === "List" ? items ?? [] : [value];
}
