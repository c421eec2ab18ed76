/**
 * `server.deny` of the config file, read into entries. A slip loses one entry and is reported; the others stay in force.
 *
 * @module
 */

import { ArnError, type Cloud } from "../../clouds/cloud.ts";
import { foldAsciiCase } from "../../identity/ascii_case.ts";
import { quoted } from "../../quote.ts";
import type { Position, YamlNode } from "../../yaml/read.ts";
import { kindOf, readFields } from "../fields.ts";
import { readAccountId, readPrincipalId } from "../ids.ts";
import { type MappingProblem, placeOf } from "../problem.ts";
import { type DeniedArn, DENY_KINDS, type DenyEntries, type DenyKind } from "./list.ts";

/** Most entries of one kind: each review compares with each ARN. */
const MAX_ENTRIES = 1_000;

/** Ids of keys are letters and digits at both clouds; temporary ones of Alibaba Cloud start with "STS.". */
const ACCESS_KEY_ID = /^(?:STS\.)?[A-Za-z0-9]{8,128}$/;

/** What a reading found. */
export interface DenyReading {
  readonly entries: DenyEntries;
  /** What is not in force, and what hardly does what was meant. */
  readonly problems: readonly MappingProblem[];
}

/**
 * Reads the value of the key; `undefined` where the key is absent.
 *
 * @param clouds all that there are: who is denied need not be of a cloud that is accepted today
 */
export function readDenyList(node: YamlNode | undefined, clouds: readonly Cloud[]): DenyReading {
  const problems: MappingProblem[] = [];
  const report = (at: Position, severity: MappingProblem["severity"], why: string): undefined =>
    void problems.push({
      ...placeOf(at),
      severity,
      message: `${severity === "invalid" ? "Cannot use" : "Unsure about"} server.deny: ${why}`,
    });
  const lists: Partial<Record<DenyKind, readonly YamlNode[]>> = {};
  if (node !== undefined && !isEmpty(node)) {
    if (node.kind !== "map") {
      report(node, "invalid", `it is ${kindOf(node)}; write a map with ${DENY_KINDS.join(", ")}`);
    } else {
      const { fields, faults } = readFields(node, DENY_KINDS);
      for (const { at, why } of faults) report(at, "invalid", why);
      for (const [kind, list] of fields) lists[kind] = itemsOf(kind, list, report);
    }
  }
  const texts = (kind: Exclude<DenyKind, "arns">, read: (item: YamlNode) => string | undefined, advice: string) =>
    (lists[kind] ?? []).flatMap((item) => {
      const text = read(item);
      if (text === undefined) report(item, "invalid", `an entry of ${kind} is no such id; write ${advice}`);
      return text ?? [];
    });
  return {
    entries: {
      arns: (lists.arns ?? []).flatMap((item) => readDeniedArn(item, clouds, report) ?? []),
      accessKeyIds: texts("accessKeyIds", readAccessKeyId, 'one such as "AKIAIOSFODNN7EXAMPLE"'),
      principalIds: texts("principalIds", readPrincipalId, "the id of a user or role, without a session"),
      accounts: texts("accounts", (item) => readDeniedAccount(item, clouds, report), "its digits, in quotes"),
    },
    problems,
  };
}

type Report = (at: Position, severity: MappingProblem["severity"], why: string) => undefined;

function itemsOf(kind: DenyKind, list: YamlNode, report: Report): readonly YamlNode[] {
  if (isEmpty(list)) return [];
  if (list.kind !== "list") return report(list, "invalid", `${kind} is ${kindOf(list)}; write a list`) ?? [];
  if (list.items.length > MAX_ENTRIES) {
    report(list, "invalid", `${kind} has more than ${MAX_ENTRIES} entries; the first ${MAX_ENTRIES} are used`);
  }
  return list.items.slice(0, MAX_ENTRIES);
}

function readAccessKeyId(item: YamlNode): string | undefined {
  const text = item.kind === "scalar" && typeof item.value === "string" ? item.value : "";
  return ACCESS_KEY_ID.test(text) ? text : undefined;
}

/** An id that is of no cloud denies nobody, most often because it lost a zero. */
function readDeniedAccount(item: YamlNode, clouds: readonly Cloud[], report: Report): string | undefined {
  const accountId = readAccountId(item);
  if (accountId === undefined) return undefined;
  const doubts = clouds.flatMap((cloud) => cloud.doubtAccountId(accountId) ?? []);
  if (doubts.length > 0 && doubts.length === clouds.length) {
    report(item, "warning", `an entry of accounts: ${doubts.map(({ why }) => why).join("; or ")}`);
  }
  return accountId;
}

/** A session can be denied, though it cannot be mapped: denying one too few harms less than denying nobody. */
function readDeniedArn(item: YamlNode, clouds: readonly Cloud[], report: Report): DeniedArn | undefined {
  if (item.kind !== "scalar" || typeof item.value !== "string") {
    return report(item, "invalid", `an entry of arns is ${kindOf(item)}; write an ARN`);
  }
  const text = item.value;
  const cloud = clouds.find(({ arnPrefix }) => foldAsciiCase(text).startsWith(arnPrefix));
  if (cloud === undefined) return report(item, "invalid", `${quoted(text)} is not an ARN; write the whole of it`);
  try {
    const { canonicalArn, isPermissionSet, session } = cloud.readArnPattern(text);
    if (session === undefined) {
      return { text, pattern: canonicalArn, of: isPermissionSet ? "permissionSetArn" : "canonicalArn" };
    }
    report(
      item,
      "warning",
      `${quoted(text)} is one session, and whoever may assume the role may choose another name; to deny all of them ` +
        `write ${quoted(canonicalArn)}`,
    );
    return { text, pattern: text, of: "arn" };
  } catch (error) {
    if (error instanceof ArnError) return report(item, "invalid", error.message);
    throw error;
  }
}

function isEmpty(node: YamlNode): boolean {
  return node.kind === "scalar" && node.value === null;
}
