/**
 * Account ids of AWS, as mappings name them.
 *
 * Source: "AWS account identifiers", AWS Account Management reference guide: 12 digits.
 *
 * @module
 */

import { quoted } from "../../quote.ts";
import type { AccountDoubt } from "../cloud.ts";

/** Digits in every account id. */
const DIGITS = 12;

/** Whether a text is the id of an account: compared as text, so that a leading zero counts. */
export function isAccountId(text: string): boolean {
  return /^[0-9]{12}$/.test(text);
}

/** What speaks against an id: a number has lost its leading zeros. */
export function doubtAccountId(accountId: string): AccountDoubt | undefined {
  if (isAccountId(accountId)) return undefined;
  return { why: whyNoAccountId(accountId), isImpossible: true };
}

/** Why a text is not the id of an account, with what to do. */
export function whyNoAccountId(text: string): string {
  if (!/^[0-9]+$/.test(text)) {
    return `${quoted(text)} is not an account id of AWS; write its ${DIGITS} digits in quotes`;
  }
  const why =
    `${quoted(text)} has ${text.length} ${text.length === 1 ? "digit" : "digits"}, and an account id of AWS ` +
    `has ${DIGITS}`;
  if (text.length !== DIGITS - 1 && text.length !== DIGITS - 2) return `${why}; correct it`;
  return `${why}; was a leading zero lost? If so, write "${text.padStart(DIGITS, "0")}" in quotes`;
}
