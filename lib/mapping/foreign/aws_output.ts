/**
 * What `aws` prints of access entries and of their principals, sorted by command. Says nothing of what it means.
 *
 * Shapes: the API references of EKS (DescribeAccessEntry, ListAccessEntries, ListAssociatedAccessPolicies) and of IAM
 * (GetRole, ListRoles, GetUser, ListUsers).
 *
 * @module
 */

import { listAt, textAt, valueAt } from "../../yaml/access.ts";
import type { YamlNode } from "../../yaml/read.ts";

/** The parts of the output, each where it stands. */
export interface AwsOutput {
  /** `accessEntry` of describe-access-entry. */
  readonly entries: readonly YamlNode[];
  /** The ARNs of list-access-entries. */
  readonly listed: readonly YamlNode[];
  /** The whole output of list-associated-access-policies. */
  readonly policies: readonly YamlNode[];
  /** `Role` and `User` of get-role, get-user and their lists. */
  readonly principals: readonly YamlNode[];
  /** Output of which a page is missing. */
  readonly cut: readonly YamlNode[];
  /** What is none of these. */
  readonly others: readonly YamlNode[];
}

/** Whether a text of these documents is output of EKS about access entries. */
export function isAccessEntryOutput(documents: readonly YamlNode[]): boolean {
  const { entries, listed, policies } = sortAwsOutput(documents);
  return entries.length + listed.length + policies.length > 0 ||
    documents.some((document) => valueAt(document, "accessEntries") !== undefined);
}

/** Sorts documents, each an output or a list of outputs. */
export function sortAwsOutput(documents: readonly YamlNode[]): AwsOutput {
  const nodes = documents.flatMap((document) => document.kind === "list" ? document.items : [document]);
  const sorted = nodes.map(sortNode);
  const all = (key: keyof AwsOutput) => sorted.flatMap((part) => part[key] ?? []);
  return {
    entries: all("entries"),
    listed: all("listed"),
    policies: all("policies"),
    principals: all("principals"),
    cut: nodes.filter((node) => ["nextToken", "NextToken"].some((key) => textAt(node, key) !== undefined)),
    others: all("others"),
  };
}

function sortNode(node: YamlNode): Partial<AwsOutput> {
  const at = (key: string) => valueAt(node, key);
  const each = (key: string) => at(key) === undefined ? [] : [at(key)!];
  if (at("accessEntry") !== undefined) return { entries: each("accessEntry") };
  if (at("associatedAccessPolicies") !== undefined) return { policies: [node] };
  if (at("accessEntries") !== undefined) {
    const items = listAt(node, "accessEntries");
    const isEntry = ({ kind }: YamlNode) => kind === "map";
    return { entries: items.filter(isEntry), listed: items.filter((item) => !isEntry(item)) };
  }
  if (at("principalArn") !== undefined) return { entries: [node] };
  const principals = [...each("Role"), ...each("User"), ...listAt(node, "Roles"), ...listAt(node, "Users")];
  const isOfIam = ["Role", "User", "Roles", "Users"].some((key) => at(key) !== undefined);
  return isOfIam ? { principals } : { others: [node] };
}
