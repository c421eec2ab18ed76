/**
 * One entry as a server that people move from reads it.
 *
 * @module
 */

import { ArnError, type ArnPattern } from "../../clouds/cloud.ts";
import { foldAsciiCase } from "../../identity/ascii_case.ts";
import { plainOf } from "../../yaml/access.ts";
import type { YamlNode } from "../../yaml/read.ts";
import type { ArnReader, ArnSection } from "../entry.ts";
import type { DifferenceCode } from "./kinds.ts";
import type { Reading } from "./old_tools.ts";

/** What the old server makes of an entry. */
export type OldEntry =
  /** It does not start. */
  | { readonly kind: "ends" }
  /** It is as if the entry were not there. */
  | { readonly kind: "nothing" }
  /** It matches no principal that there could be; `code` says why, where ram-auth may see one in it. */
  | { readonly kind: "dead"; readonly code: DifferenceCode }
  /** It matches the principal with this canonical ARN. */
  | { readonly kind: "alive"; readonly arn: string; readonly key: string; readonly isSession: boolean } & OldNames;

/** The names that an entry gives, as they were read. */
export interface OldNames {
  readonly username: string;
  readonly groups: readonly string[];
  /** Set where a key comes twice, in another case, so that nobody can say which of the two counts. */
  readonly isUnsure?: true;
}

/** What an entry is read with. */
export interface OldContext {
  readonly section: ArnSection;
  readonly reading: Reading;
  /** That of the server's cloud. */
  readonly cloud: ArnReader;
}

const ARN_KEYS = { mapRoles: "rolearn", mapUsers: "userarn" } as const;

/** Reads an entry of `mapRoles` or `mapUsers`, or the `spec` of a resource as one. */
export function readOldEntry(node: YamlNode, { section, reading, cloud }: OldContext): OldEntry {
  const slip: OldEntry = { kind: reading.slip === "ends" ? "ends" : "nothing" };
  if (node.kind !== "map") return slip;
  const values = new Map(node.entries.map(({ key, value }) => [key.toLowerCase(), plainOf(value)]));
  const read = readNames(values, reading);
  if (read === undefined) return slip;
  const names: OldNames = values.size === node.entries.length ? read : { ...read, isUnsure: true };
  const text = textOf(values.get(ARN_KEYS[section]), reading);
  if (text === undefined) return slip;
  const knowsSets = reading.permissionSets && cloud.readPermissionSet !== undefined;
  if (section === "mapRoles" && knowsSets && values.has("sso")) {
    const sso = values.get("sso");
    return text !== "" || typeof sso !== "object" || sso === null ? slip : { kind: "dead", code: "permission_set" };
  }
  if (text === "") return slip;
  if (reading.checkedArns.includes(section) && !isChecked(text, section, cloud)) return { kind: "ends" };
  const small = smallOf(text);
  let pattern;
  try {
    pattern = cloud.readArnPattern(small);
  } catch (error) {
    if (!(error instanceof ArnError)) throw error;
    return { kind: "dead", code: /[*?]/.test(text) ? "wildcard" : "foreign_arn" };
  }
  const code = whyDead(pattern, reading);
  if (code !== undefined) return { kind: "dead", code };
  const arn = foldAsciiCase(pattern.canonicalArn);
  const key = reading.keepsCase && section === "mapUsers" ? text : arn;
  return { kind: "alive", arn, key, isSession: pattern.session !== undefined, ...names };
}

/** Why an ARN that ram-auth reads matches nobody with the old server; `undefined` where it does. */
export function whyDead(
  { isGlob, isPermissionSet, session, notice }: ArnPattern,
  { wildcards, sessionsAreRoles }: Reading,
): DifferenceCode | undefined {
  if (isPermissionSet) return "permission_set";
  if (isGlob) return wildcards === "regex" ? "regex" : "wildcard";
  if (session !== undefined) return sessionsAreRoles ? undefined : "session";
  return notice === undefined ? undefined : "role_path";
}

/** An account as the old server has it; `undefined` where its value is a slip. */
export function readOldAccount(node: YamlNode, { accountsAreNumbers, values }: Reading): string | undefined {
  if (node.kind !== "scalar" || (values === "slip" && typeof node.value !== "string")) return undefined;
  if (typeof node.value === "number" && accountsAreNumbers && /^0[0-7]+$/.test(node.text)) {
    return String(parseInt(node.text, 8));
  }
  return node.text;
}

/**
 * Go's lower case, which also turns the Kelvin sign and the dotted capital I into ASCII letters: to the old servers they
 * are the same name.
 */
function smallOf(text: string): string {
  return text.replaceAll("\u0130", "i").toLowerCase();
}

/** What aws-iam-authenticator asks of the ARN before it starts; of a user's it asks it in small letters. */
function isChecked(text: string, section: ArnSection, { arnPrefix, id }: ArnReader): boolean {
  const asked = section === "mapUsers" && id === "aws" ? smallOf(text) : text;
  if (!asked.startsWith(arnPrefix)) return false;
  const fields = asked.split(":");
  // Those of Alibaba Cloud name no partition.
  const [partition, service, , , ...rest] = id === "aws" ? fields.slice(1) : fields;
  if (partition === undefined || rest.length === 0) return false;
  const parts = rest.join(":").split("/");
  const isPlain = PRINCIPAL_KINDS.has(parts[0]!);
  if (id === "alibaba") return service === "ram" && (isPlain || isAssumed(parts));
  if (!PARTITIONS.has(partition)) return false;
  return service === "iam" ? isPlain : service === "sts" && (parts[0] === "federated-user" || isAssumed(parts));
}

const PRINCIPAL_KINDS: ReadonlySet<string> = new Set(["role", "user", "root"]);

const PARTITIONS: ReadonlySet<string> = new Set([
  ...["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"],
]);

function isAssumed(parts: readonly string[]): boolean {
  return parts[0] === "assumed-role" && parts.length >= 3;
}

function readNames(values: ReadonlyMap<string, unknown>, reading: Reading): OldNames | undefined {
  const username = textOf(values.get("username"), reading);
  const groups = listOf(values.get("groups"), reading);
  return username === undefined || groups === undefined ? undefined : { username, groups };
}

/** A value where a text belongs; `undefined` where the server does not start with it. */
function textOf(value: unknown, { values }: Reading): string | undefined {
  if (typeof value === "string") return value;
  if (value === null || value === undefined || values === "blank") return "";
  if (values === "slip") return undefined;
  if (typeof value === "boolean") return value ? "1" : "0";
  return typeof value === "number" ? String(value) : undefined;
}

/** A value where a list of texts belongs; `undefined` where the server does not start with it. */
function listOf(value: unknown, reading: Reading): readonly string[] | undefined {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) {
    const texts = value.map((item) => textOf(item, reading));
    return texts.every((text) => text !== undefined) ? texts : undefined;
  }
  if (reading.values !== "loose") return reading.values === "blank" ? [] : undefined;
  if (typeof value === "string") return value === "" ? [] : value.split(",");
  const text = textOf(value, reading);
  return text === undefined ? undefined : [text];
}
