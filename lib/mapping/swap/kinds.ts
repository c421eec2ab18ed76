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
    before: "does not start with this entry, or reads none of its DynamicFile, and so lets nobody in",
    now: "skips the entry, or refuses its principal, and uses all others",
    advice: "correct the entry or remove it",
  },
  not_read: {
    effect: "more",
    before: "does not read this source",
    now: "lets in whom it maps",
    advice: "take the source out of backendMode, or remove the entry",
  },
  wildcard: {
    effect: "more",
    before: "takes the wildcard for a plain character, so that the entry matches nobody",
    now: "matches every name of that form",
    advice: "remove the entry, or write out whom it is for",
  },
  regex: {
    only: "ack-ram-authenticator",
    effect: "more",
    before: "takes the ARN for a regular expression that may match anywhere in another ARN",
    now: "takes it for a pattern that the whole ARN must match",
    advice: "write out whom it is for",
  },
  permission_set: {
    only: "aws-iam-authenticator",
    effect: "more",
    before: "ignores the entry, unless SSORoleMatch is on and it has no partition; then also sets match whose names " +
      "only start so",
    now: "matches the roles of this permission set, or refuses them where the entry is invalid",
    advice: "remove the entry if nobody is to come in by it",
  },
  role_path: {
    effect: "more",
    before: "never matches a role that is written with a path, or as an assumed role without a session",
    now: "matches the role",
    advice: "remove the entry, or write the ARN of the role without its path if it is meant",
  },
  foreign_arn: {
    effect: "more",
    before: "knows no principal with such an ARN",
    now: "matches it",
    advice: "remove the entry if nobody is to come in by it",
  },
  octal_account: {
    effect: "more",
    before: "reads an account that starts with 0 and has no quotes as an octal number, and so as another account",
    now: "reads the digits as they are written",
    advice: "write the account in quotes if it is meant, or remove it",
  },
  other_section: {
    effect: "less",
    before: "takes roles under mapUsers and users under mapRoles, and asks mapRoles first",
    now: "refuses whom the entry is for",
    advice: "move the entry to the section of its ARN",
  },
  session: {
    effect: "less",
    before: "reads an entry that names one session as the whole role",
    now: "ignores the entry",
    advice: "write the ARN of the role if everybody who may assume it is meant",
  },
  pinned_id: {
    effect: "less",
    before: "ignores userid here, and of several entries for one ARN takes the last",
    now: "matches only the principal with that id",
    advice: "remove userid, or leave it if the pin is meant",
  },
  same_arn: {
    effect: "other",
    before: "keeps several resources with one ARN and takes any of them",
    now: "takes the one that was made first",
    advice: "keep one of them",
  },
  letter_case: {
    effect: "other",
    before: "keeps ARNs that differ by case as several users, and at each login takes any of them",
    now: "takes the last",
    advice: "keep one of them",
  },
  placeholder: {
    only: "ack-ram-authenticator",
    effect: "other",
    before: "does not fill this placeholder, and so gives its plain text as a name",
    now: "fills it",
    advice: "write another name",
  },
  unknown_placeholder: {
    effect: "less",
    before: "gives a placeholder that it does not know as plain text",
    now: "refuses whom the entry is for",
    advice: "correct the placeholder",
  },
  odd_name: {
    effect: "less",
    before: "gives names that are empty, too long, not in composed form (NFC), or hold characters that cannot be seen",
    now: "refuses whom the entry is for",
    advice: "write a name that people can read",
  },
  loose_value: {
    effect: "less",
    before:
      "makes a text of a number and a list of a text, or leaves out what has the wrong type, and ignores keys that " +
      "it does not know",
    now: "refuses whom the entry is for",
    advice: "correct the entry; ram-auth check says how",
  },
  unreadable_arn: {
    effect: "less",
    before: "compares the ARN as text, whatever it holds",
    now: "ignores the entry",
    advice: "correct the ARN",
  },
  dead_entry: {
    effect: "less",
    before: "never matches this entry, so that a later rule may let the person in",
    now: "refuses whom the entry is for, because something else is wrong with it",
    advice: "correct the entry or remove it",
  },
  reserved_name: {
    effect: "less",
    before: "gives every name from this source",
    now: "refuses the name to this source",
    advice: "see reservedPrefixConfig, with systemNames and adminGroups",
  },
  completed_name: {
    effect: "less",
    before: "lets a placeholder complete any name",
    now: 'refuses a name that a placeholder makes a "system:" name or a reserved one',
    advice: 'write the name out up to its second colon, such as "system:node:{{SessionName}}"',
  },
  config_map_alias: {
    only: "aws-iam-authenticator",
    effect: "less",
    before: 'reads kube-system/aws-auth where backendMode or reservedPrefixConfig says "ConfigMap"',
    now: "reads kube-system/alibabacloud-auth",
    advice: 'write "EKSConfigMap"',
  },
} as const satisfies Readonly<Record<string, DifferenceKind>>;

/** The code of a difference. */
export type DifferenceCode = keyof typeof DIFFERENCES;

/** The ways in which one server differs, in the order of the table. */
export function kindsOf(tool: OldTool): readonly (readonly [DifferenceCode, DifferenceKind])[] {
  const rows = Object.entries(DIFFERENCES) as [DifferenceCode, DifferenceKind][];
  return rows.filter(([, { only }]) => only === undefined || only === tool);
}
