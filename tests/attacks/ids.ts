/**
 * The attacks that are tested, by id: `S-…` are attacks on tools of this kind as they were published, `T-…` are the inputs
 * that follow from them. Every id stands in the name of at least one test for each cloud that it applies to.
 *
 * @module
 */

import type { CloudId } from "../../lib/identity/identity.ts";

/** One attack. */
export interface Attack {
  readonly id: string;
  readonly what: string;
  /** Who published it, or the `S-…` that it follows from; `ours` where it comes of the wire formats alone. */
  readonly source: string;
  readonly clouds: readonly CloudId[];
  /** Why it applies to one cloud only. */
  readonly why?: string;
}

const BOTH: readonly CloudId[] = ["alibaba", "aws"];

/** All attacks, each once. */
export const ATTACKS: readonly Attack[] = [
  {
    id: "S-1",
    what: "a name twice, in two letter cases: one is validated, the other reaches STS",
    source: "CVE-2022-2385 (aws-iam-authenticator)",
    clouds: BOTH,
  },
  {
    id: "S-2",
    what: "a host or a malformed pair that a lax pattern lets through",
    source: "Project Zero 2066 (aws-iam-authenticator)",
    clouds: BOTH,
  },
  {
    id: "S-3",
    what: "another action whose answer repeats the attacker's text as if it were an identity",
    source: "CVE-2020-16250 (Vault)",
    clouds: BOTH,
  },
  {
    id: "S-4",
    what: "an identity asserted by the wrong issuer: one cloud's token, the other's identity",
    source: "CVE-2020-16251 (Vault)",
    clouds: BOTH,
  },
  {
    id: "S-5",
    what: "the same role name in an account that nobody mapped",
    source: "CVE-2025-11621 (Vault), GHSA-jp7h-4f3c-9rc7 (OpenBao)",
    clouds: BOTH,
  },
  {
    id: "S-6",
    what: "the outer, unsigned cluster id is edited",
    source: "ack-ram-authenticator before 2024-09",
    clouds: ["alibaba"],
    why: "AWS's tokens carry no cluster id: STS judges the one that the server sends",
  },
  {
    id: "S-7",
    what: "a mapping with a malformed ARN switches the comparison of pinned ids off",
    source: "aws-iam-authenticator, pull request 1046",
    clouds: BOTH,
  },
  {
    id: "S-8",
    what: "a reserved prefix of usernames is read, but never enforced for its source",
    source: "aws-iam-authenticator, pull request 1047",
    clouds: BOTH,
  },
  {
    id: "S-9",
    what: "a wildcard in a rule is matched as a regular expression that is not anchored",
    source: "ack-ram-authenticator",
    clouds: BOTH,
  },
  {
    id: "S-10",
    what: "a permission set whose name begins like a mapped one",
    source: "aws-iam-authenticator",
    clouds: ["aws"],
    why: "Alibaba Cloud's single sign-on makes no roles that an sso entry could name: such an entry is invalid",
  },
  { id: "T-01", what: "two actions that differ in case", source: "S-1", clouds: BOTH },
  { id: "T-02", what: "two lists of signed headers that differ in case", source: "S-1", clouds: BOTH },
  { id: "T-03", what: "two credentials that differ in case", source: "S-1", clouds: BOTH },
  { id: "T-04", what: "a value twice, empty or missing", source: "S-1", clouds: BOTH },
  { id: "T-05", what: "other percent-encodings and separators", source: "S-2", clouds: BOTH },
  { id: "T-06", what: "hosts that are not STS's", source: "S-2", clouds: BOTH },
  { id: "T-07", what: "URLs and paths that a platform mends in silence", source: "S-2", clouds: BOTH },
  { id: "T-08", what: "STS redirects elsewhere", source: "S-2", clouds: BOTH },
  { id: "T-09", what: "signed headers without those that bind the token", source: "S-1", clouds: BOTH },
  { id: "T-10", what: "a token for another cluster", source: "S-6", clouds: BOTH },
  { id: "T-11", what: "dates and lifetimes out of bounds, or in another form", source: "ours", clouds: BOTH },
  {
    id: "T-11b",
    what: "a credential scope that does not fit date, host or service",
    source: "ours",
    clouds: ["aws"],
    why: "Alibaba Cloud's signatures have no scope",
  },
  { id: "T-11c", what: "signatures that are not 64 lower-case hex digits", source: "ours", clouds: BOTH },
  { id: "T-12", what: "other base64, and sizes out of bounds", source: "S-2", clouds: BOTH },
  { id: "T-13", what: "the prefix of another cloud or version", source: "S-4", clouds: BOTH },
  { id: "T-14", what: "somebody else's bearer token", source: "ours", clouds: BOTH },
  {
    id: "T-15",
    what: "JSON with two readings, and requests of another form",
    source: "S-1, S-3",
    clouds: ["alibaba"],
    why: "AWS's tokens hold no JSON and no headers",
  },
  {
    id: "T-16",
    what: "the outer cluster id is ours, the signed one is not",
    source: "S-6",
    clouds: ["alibaba"],
    why: "AWS's tokens carry no cluster id",
  },
  { id: "T-17", what: "answers that STS never gives", source: "S-3", clouds: BOTH },
  { id: "T-18", what: "a namesake in another account, or made anew", source: "S-5", clouds: BOTH },
  {
    id: "T-19",
    what: "roles that almost belong to a permission set",
    source: "S-10",
    clouds: ["aws"],
    why: "as S-10",
  },
  { id: "T-20", what: "names that a mapping must not give", source: "S-8", clouds: BOTH },
  { id: "T-21", what: "secrets in what is written", source: "ours", clouds: BOTH },
  { id: "T-22", what: "a decision that outlives what it came of", source: "S-5", clouds: BOTH },
  { id: "T-23", what: "mutants of valid tokens", source: "ours", clouds: BOTH },
];
