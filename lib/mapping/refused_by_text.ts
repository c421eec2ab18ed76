/**
 * Whom an entry is for that is not YAML: every principal that its text names. A slip must not hand any of them to a
 * source that the operator trusts less, and nobody can tell which of them the entry gives a name.
 *
 * @module
 */

import { ArnError, type ArnPattern } from "../clouds/cloud.ts";
import { foldAsciiCase } from "../identity/ascii_case.ts";
import type { Position } from "../yaml/read.ts";
import type { ArnReader } from "./entry.ts";
import { nameFault } from "./name.ts";
import type { InvalidRule } from "./rule.ts";

/** What such an entry, or a whole section, comes to. */
export interface RefusedByText {
  /** One for each principal, and another one where an immutable id is pinned. */
  readonly rules: readonly InvalidRule[];
  /** Whether it may be for somebody whom nobody can read. */
  readonly isLost: boolean;
}

/** A key that says whom an entry is for. */
const WHOM_KEYS = /(?:^|[\s"'{,-])(?:rolearn|userarn|sso)["']?\s*:/gi;

const COMMENT = /(^|\s)#.*$/gm;

/** An immutable id that is pinned. */
const PIN = /(?:^|[\s"'{,])userid["']?\s*:\s*["']?(?<id>[A-Za-z0-9]{1,128})(?=["'\s,}]|$)/gi;

/** A permission set: its name, and what else is needed of `sso`. */
const SSO_VALUE = /(?:^|[\s"'{,])(?<key>permissionSetName|accountID|partition)["']?\s*:\s*["']?(?<value>[\w+=,.@-]+)/gi;

/** What is refused of a text; `why` follows a colon. */
export function refusedByText(
  text: string,
  { clouds, at: { line, column }, why }: {
    readonly clouds: readonly ArnReader[];
    readonly at: Position;
    readonly why: string;
  },
): RefusedByText {
  const said = text.replace(COMMENT, "$1");
  const arns = new Map<string, ArnPattern>();
  for (const cloud of clouds) {
    for (const arn of arnsIn(said, cloud)) arns.set(foldAsciiCase(arn.canonicalArn), arn);
  }
  const set = permissionSetIn(said, clouds);
  if (set !== undefined) arns.set(foldAsciiCase(set.canonicalArn), set);
  const pins = [...said.matchAll(PIN)].map((found) => found.groups!.id!);
  const pin = arns.size === 1 && pins.length === 1 ? [pins[0]] : [];
  const rules = [...arns.values()].flatMap((arn) =>
    [undefined, ...pin].map((userId): InvalidRule => ({ kind: "invalid", arn, userId, line, column, why }))
  );
  return { rules, isLost: arns.size === 0 || [...said.matchAll(WHOM_KEYS)].length > arns.size };
}

function arnsIn(text: string, cloud: ArnReader): readonly ArnPattern[] {
  const words = text.split(/[\s"'{}[\]“”„‟‘’‚‛«»<>\\]+/).flatMap((word) => {
    // The last one: a key without a space behind it may end like an ARN begins.
    const at = foldAsciiCase(word).lastIndexOf(cloud.arnPrefix);
    // Within braces a comma ends a value; elsewhere it may be part of a role's name.
    return at < 0 ? [] : [word.slice(at), word.slice(at).split(",")[0]!, word.slice(at).replace(/[:;]+$/, "")];
  });
  return [...new Set(words)].flatMap((word) => {
    if (nameFault(word) !== undefined) return [];
    try {
      const arn = cloud.readArnPattern(word);
      return arn.session === undefined ? [arn] : [];
    } catch (error) {
      if (error instanceof ArnError) return [];
      throw error;
    }
  });
}

function permissionSetIn(text: string, clouds: readonly ArnReader[]): ArnPattern | undefined {
  const values = new Map<string, string>();
  for (const { groups } of text.matchAll(SSO_VALUE)) values.set(foldAsciiCase(groups!.key!), groups!.value!);
  const [name, accountId] = [values.get("permissionsetname"), values.get("accountid")];
  const cloud = clouds.find(({ readPermissionSet }) => readPermissionSet !== undefined);
  if (name === undefined || accountId === undefined || cloud === undefined) return undefined;
  try {
    return cloud.readPermissionSet!({ name, accountId, partition: values.get("partition") });
  } catch (error) {
    if (error instanceof ArnError) return undefined;
    throw error;
  }
}
