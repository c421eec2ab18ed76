/**
 * What a custom resource says of itself in `status`: how its ARN is compared, whose id it is, and whether it is in
 * force. Two servers that know the same write the same, so that they need no leader (ADR 17). Pure.
 *
 * @module
 */

import { foldAsciiCase } from "../../identity/ascii_case.ts";
import type { ParsedResource } from "./custom_resource.ts";
import type { MappingProblem } from "../problem.ts";

/** Longest message of a condition in UTF-16 units; the schema takes 32,768. */
const MAX_MESSAGE_LENGTH = 4_096;

/** As the schema of the resources has it. */
export interface ResourceStatus {
  /** In lower case, as both other tools write it and look it up. */
  readonly canonicalARN?: string;
  /** Trust: STS told it of whoever logged in, or whoever may write the status did. Nothing is decided on it. */
  readonly userID?: string;
  readonly conditions: readonly [ReadyCondition];
}

/** Whether the resource can let anybody in, in the usual form of Kubernetes. */
export interface ReadyCondition {
  readonly type: "Ready";
  readonly status: "True" | "False";
  readonly observedGeneration?: number;
  /** RFC 3339, in whole seconds. */
  readonly lastTransitionTime: string;
  readonly reason: "InForce" | "Invalid" | "HasNoEffect";
  readonly message: string;
}

/** A resource as the API server holds it. Trust: whoever may write resources, and their status, chose all of it. */
export interface StoredResource {
  readonly metadata: { readonly generation?: number };
  readonly status?: unknown;
}

/** What the server knows of the resource. */
export interface KnownOfResource extends Pick<ParsedResource, "rule" | "problems"> {
  /** The immutable id of the principal who logged in by it last; `undefined` while nobody did. */
  readonly userId: string | undefined;
}

/** The status that the resource should have; `undefined` where it has that one. */
export function outdatedStatus(
  { metadata: { generation }, status: stored }: StoredResource,
  { rule: read, problems, userId }: KnownOfResource,
  now: Date,
): ResourceStatus | undefined {
  const rule = read?.kind === "arn" ? read : undefined;
  const old = readStatus(stored);
  const canonicalARN = rule && foldAsciiCase(rule.arn.canonicalArn);
  const keptId = canonicalARN !== undefined && canonicalARN === old.canonicalARN ? old.userID : undefined;
  const userID = rule && (userId ?? keptId);
  const ready = { ...readiness(problems), ...(generation !== undefined && { observedGeneration: generation }) };
  const isSame = canonicalARN === old.canonicalARN && userID === old.userID &&
    Object.entries(ready).every(([key, value]) => old.ready?.[key] === value);
  if (isSame) return undefined;
  const since = old.ready?.status === ready.status ? old.ready.lastTransitionTime : undefined;
  const isTime = typeof since === "string" && !Number.isNaN(Date.parse(since));
  const lastTransitionTime = isTime ? since : `${now.toISOString().slice(0, 19)}Z`;
  return {
    ...(canonicalARN !== undefined && { canonicalARN }),
    ...(userID !== undefined && { userID }),
    conditions: [{ ...ready, lastTransitionTime }],
  };
}

function readiness(
  problems: readonly MappingProblem[],
): Pick<ReadyCondition, "type" | "status" | "reason" | "message"> {
  const of = (severity: MappingProblem["severity"]) => problems.filter((problem) => problem.severity === severity);
  const [invalid, warnings, notices] = [of("invalid"), of("warning"), of("notice")];
  const message = [...invalid, ...warnings, ...notices].map(({ message }) => message).join("; ");
  const cut = message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
  if (invalid.length > 0) return { type: "Ready", status: "False", reason: "Invalid", message: cut };
  if (warnings.some(({ hasNoEffect }) => hasNoEffect)) {
    return { type: "Ready", status: "False", reason: "HasNoEffect", message: cut };
  }
  return { type: "Ready", status: "True", reason: "InForce", message: cut };
}

interface StoredStatus {
  readonly canonicalARN: string | undefined;
  readonly userID: string | undefined;
  readonly ready: Readonly<Record<string, unknown>> | undefined;
}

function readStatus(stored: unknown): StoredStatus {
  const { canonicalARN, userID, conditions } = asRecord(stored);
  const ready = Array.isArray(conditions) ? conditions.map(asRecord).find(({ type }) => type === "Ready") : undefined;
  return { canonicalARN: asText(canonicalARN), userID: asText(userID), ready };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
