/**
 * The form of `RAMIdentityMapping` and `IAMIdentityMapping`: a custom resource that is one rule.
 *
 * @module
 */

import type { YamlNode } from "../../yaml/read.ts";
import { readArn, readGroups, readUsername } from "../arn_entry.ts";
import type { ArnReader, Fault } from "../entry.ts";
import { kindOf, readFields } from "../fields.ts";
import type { MappingProblem } from "../problem.ts";
import type { ArnRule, InvalidRule } from "../rule.ts";

/** The keys of `spec`. The API server knows them in this spelling alone. */
export const RESOURCE_KEYS = ["arn", "username", "groups"] as const;

/** Deepest nesting that is looked at; `groups` needs 3. */
const MAX_DEPTH = 4;

/** A resource has no text, so every value stands at its start. */
const START = { line: 1, column: 1 };

/** What is read of a custom resource. Trust: whoever may create resources; the name is checked by the API server. */
export interface MappingResource {
  readonly metadata: {
    readonly name: string;
    /** RFC 3339; set by the API server, and by nobody else. */
    readonly creationTimestamp?: unknown;
  };
  readonly spec?: unknown;
}

/** What a resource says: a rule, which refuses where something but its ARN is wrong, and what is wrong with it. */
export interface ParsedResource {
  readonly rule?: ArnRule | InvalidRule;
  /** `metadata.creationTimestamp`; empty where it has none, as in a file. */
  readonly createdAt: string;
  readonly problems: readonly MappingProblem[];
}

/** Reads one resource, with every fault of it found at once. Never throws for what it holds. */
export function parseResource(
  { metadata: { name: resource, creationTimestamp }, spec }: MappingResource,
  { clouds }: { readonly clouds: readonly ArnReader[] },
): ParsedResource {
  const createdAt = typeof creationTimestamp === "string" ? creationTimestamp : "";
  const problems: MappingProblem[] = [];
  const fault: Fault = (_, why) =>
    void problems.push({ ...START, resource, severity: "invalid", message: `Cannot use this resource: ${why}` });
  const node = nodeOf(spec, 1);
  if (node.kind !== "map") {
    fault(node, `its spec is ${kindOf(node)}; write a map with ${RESOURCE_KEYS.join(", ")}`);
    return { problems, createdAt };
  }
  const { fields, faults } = readFields(node, RESOURCE_KEYS);
  for (const { at, why } of faults) fault(at, why);
  const required = (key: (typeof RESOURCE_KEYS)[number]) => fields.get(key) ?? fault(node, `it has no ${key}; add one`);
  const arnNode = required("arn");
  const arn = arnNode && readArn(arnNode, { arnKey: "arn", clouds, fault });
  const usernameNode = required("username");
  const username = usernameNode && readUsername(usernameNode, fault);
  const groups = readGroups(fields.get("groups"), fault);
  if (arn === undefined) return { problems, createdAt };
  const match = { arn, userId: undefined, ...START, resource };
  if (problems.length > 0 || !username || !groups) {
    return {
      rule: { ...match, kind: "invalid", why: problems.map(({ message }) => message).join("; ") },
      problems,
      createdAt,
    };
  }
  if (arn.notice !== undefined) problems.push({ ...START, resource, severity: "warning", message: arn.notice });
  return { rule: { ...match, kind: "arn", username, groups }, problems, createdAt };
}

/** A value of JSON as a value of YAML, which is what entries are read from. `depth`: how deep it stands, from 1. */
export function nodeOf(value: unknown, depth: number): YamlNode {
  if (typeof value === "object" && value !== null && depth <= MAX_DEPTH) {
    if (Array.isArray(value)) return { kind: "list", items: value.map((item) => nodeOf(item, depth + 1)), ...START };
    const entries = Object.entries(value).map(([key, item]) => ({ key, value: nodeOf(item, depth + 1), ...START }));
    return { kind: "map", entries, ...START };
  }
  const scalar = typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
  return { kind: "scalar", value: scalar, text: String(scalar ?? ""), ...START };
}
