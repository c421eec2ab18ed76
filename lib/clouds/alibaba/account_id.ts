/**
 * Account ids of Alibaba Cloud, as mappings name them.
 *
 * Source: "View your Alibaba Cloud account ID", Account Center: 16 digits. Accounts of the first years have fewer, as
 * examples of OSS show. Ids of RAM users and roles have 18.
 *
 * @module
 */

import { quoted } from "../../quote.ts";
import type { AccountDoubt } from "../cloud.ts";

/** Digits in the account ids of today. */
const DIGITS = 16;

/** Digits in account ids of AWS, which people mix up with these. */
const AWS_DIGITS = 12;

/** Digits in the id of a RAM user or role. */
const PRINCIPAL_DIGITS = 18;

/** What speaks against an id. */
export function doubtAccountId(accountId: string): AccountDoubt | undefined {
  if (!/^[0-9]+$/.test(accountId)) {
    const why = `${quoted(accountId)} is not an account id of Alibaba Cloud; write its ${DIGITS} digits in quotes`;
    return { why, isImpossible: true };
  }
  const { length } = accountId;
  if (length === DIGITS) return undefined;
  const why = `${quoted(accountId)} has ${length} ${length === 1 ? "digit" : "digits"}, and an account id of Alibaba ` +
    `Cloud has ${DIGITS}`;
  if (length === PRINCIPAL_DIGITS) {
    return { why: `${why}; write the account's id, not that of a RAM user or role`, isImpossible: true };
  }
  if (length === AWS_DIGITS) return { why: `${why}; if it is of AWS, list "aws" in "clouds"`, isImpossible: false };
  if (length > DIGITS) return { why: `${why}; correct it`, isImpossible: true };
  return { why: `${why}, or fewer where it is of the first years; check it`, isImpossible: false };
}
