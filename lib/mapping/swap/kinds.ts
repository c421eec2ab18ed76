/**
 * The ways in which one entry can mean two things: to ram-auth, and to a server that people move from. The table is what
 * `check --as` says, and what the pages on migration explain.
 *
 * @module
 */

import type { OldTool } from "./old_tools.ts";

/**
 * What a swap changes for the people of an entry: `more`, somebody may gain rights; `other`, somebody may get another name
 * or other groups, of those that the old server gave already; `less`, somebody may lose rights.
 */
export type Effect = "more" | "other" | "less";

/** One way. */
export interface DifferenceKind {
  /** The only server that differs so; without it, each of them does. */
  readonly only?: OldTool;
  /** What it changes by itself; where another rule stands in for the entry, it may be more. */
  readonly effect: Effect;
  /** What the old server did, in words that follow its name. */
  readonly before: string;
  /** What ram-auth does, in words that follow its name. */
  readonly now: string;
  /** What to do, as a command. */
  readonly advice: string;
}

/** All of them, by code; the most dangerous first. */
export const DIFFERENCES = {
  ends_start: {
    effect: "more",
    before: "does not start because of this entry, or reads nothing from its DynamicFile, so nobody can log in",
    now: "skips the entry, or refuses its principal, and uses all others",
    advice: "correct the entry or remove it",
  },
  broken_section: {
    effect: "more",
    before: "reads nothing from a section of a ConfigMap in which one entry is not YAML",
    now: "uses the other entries of the section, and refuses whom the broken one names",
    advice: "correct the broken entry, or remove the others if nobody should log in through them",
  },
  not_read: {
    effect: "more",
    before: "does not read this source",
    now: "lets in whom it maps",
    advice: "take the source out of backendMode, or remove the entry",
  },
  wildcard: {
    effect: "more",
    before: "treats the wildcard as a literal character, so the entry matches nobody",
    now: "matches every name that fits the pattern",
    advice: "remove the entry, or write the exact ARN",
  },
  regex: {
    only: "ack-ram-authenticator",
    effect: "more",
    before: "treats the ARN as a regular expression that may match anywhere in an ARN",
    now: "treats it as a pattern that the whole ARN must match",
    advice: "write the exact ARN",
  },
  permission_set: {
    only: "aws-iam-authenticator",
    effect: "more",
    before:
      "ignores the entry, unless SSORoleMatch is on and it has no partition; then it also matches permission sets " +
      "whose names merely start with this one",
    now: "matches the roles of this permission set, or refuses them if the entry is invalid",
    advice: "remove the entry if nobody should log in through it",
  },
  role_path: {
    effect: "more",
    before: "never matches a role that is written with a path, or as an assumed role without a session",
    now: "matches the role",
    advice: "remove the entry, or write the role's ARN without its path if the entry is intended",
  },
  foreign_arn: {
    effect: "more",
    before: "knows no principal with such an ARN",
    now: "matches it",
    advice: "remove the entry if nobody should log in through it",
  },
  octal_account: {
    effect: "more",
    before: "reads an account that starts with 0 and has no quotes as an octal number, and so as another account",
    now: "reads the digits as written",
    advice: "write the account in quotes if it is intended, or remove it",
  },
  other_section: {
    effect: "less",
    before: "accepts roles under mapUsers and users under mapRoles, and looks in mapRoles first",
    now: "refuses the entry's principal",
    advice: "move the entry to the section that fits its ARN",
  },
  session: {
    effect: "less",
    before: "reads an entry that names one session as the whole role",
    now: "ignores the entry",
    advice: "write the role's ARN if everyone who may assume it should log in",
  },
  pinned_id: {
    effect: "less",
    before: "ignores userid here, and uses the last of several entries for one ARN",
    now: "matches only the principal with that ID",
    advice: "remove userid, or keep it if the restriction is intended",
  },
  same_arn: {
    effect: "other",
    before: "keeps several resources with the same ARN and uses any one of them",
    now: "uses the oldest one",
    advice: "keep only one of them",
  },
  letter_case: {
    effect: "other",
    before: "keeps ARNs that differ only in case as separate users, and uses any one of them at each login",
    now: "uses the last one",
    advice: "keep only one of them",
  },
  placeholder: {
    only: "ack-ram-authenticator",
    effect: "other",
    before: "does not expand this placeholder, so its text becomes part of the name",
    now: "expands it",
    advice: "write a different name",
  },
  unknown_placeholder: {
    effect: "less",
    before: "keeps an unknown placeholder as plain text",
    now: "refuses the entry's principal",
    advice: "correct the placeholder",
  },
  odd_name: {
    effect: "less",
    before: "accepts names that are empty, too long, not in composed form (NFC), or contain invisible characters",
    now: "refuses the entry's principal",
    advice: "write a readable name",
  },
  loose_value: {
    effect: "less",
    before:
      "turns a number into a string and a string into a list, drops values of the wrong type, and ignores unknown " +
      "keys",
    now: "refuses the entry's principal",
    advice: "correct the entry; ram-auth check says how",
  },
  unreadable_arn: {
    effect: "less",
    before: "compares the ARN as text, whatever it contains",
    now: "ignores the entry",
    advice: "correct the ARN",
  },
  dead_entry: {
    effect: "less",
    before: "never matches this entry, so a later rule may let the person in",
    now: "refuses the entry's principal, because something else is wrong with the entry",
    advice: "correct the entry or remove it",
  },
  reserved_name: {
    effect: "less",
    before: "accepts every name from this source",
    now: "refuses this name from this source",
    advice: "see reservedPrefixConfig, systemNames and adminGroups",
  },
  completed_name: {
    effect: "less",
    before: "lets a placeholder complete any name",
    now: 'refuses a name that a placeholder turns into a "system:" name or a reserved one',
    advice: 'write the name literally up to its second colon, such as "system:node:{{SessionName}}"',
  },
  config_map_alias: {
    only: "aws-iam-authenticator",
    effect: "less",
    before: 'reads kube-system/aws-auth if backendMode or reservedPrefixConfig says "ConfigMap"',
    now: "reads kube-system/alibabacloud-auth, because AWS is not the only cloud",
    advice: 'write "EKSConfigMap", or "clouds: [aws]" at the top level',
  },
} as const satisfies Readonly<Record<string, DifferenceKind>>;

/** The code of a difference. */
export type DifferenceCode = keyof typeof DIFFERENCES;

/** The ways in which one server differs, in the order of the table. */
export function kindsOf(tool: OldTool): readonly (readonly [DifferenceCode, DifferenceKind])[] {
  const rows = Object.entries(DIFFERENCES) as [DifferenceCode, DifferenceKind][];
  return rows.filter(([, { only }]) => only === undefined || only === tool);
}
