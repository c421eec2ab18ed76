/**
 * Temporary keys that sources of credentials get from STS, where the user wants them to be kept over logins.
 *
 * @module
 */

import type { Credentials, KeepKeys, StsWanted } from "./signer.ts";

/** Whether keys are to be kept, and the STS that gives them. */
export interface Keeping {
  readonly keep?: KeepKeys | undefined;
  readonly sts?: StsWanted | undefined;
}

/** How long keys of a role are to live that are kept, where nobody says: what every role allows. */
export const KEPT_SECONDS = 3_600;

/** How long keys of a role are to live, in seconds; `undefined` for as short a time as STS takes. */
export function lifetime({ keep }: Pick<Keeping, "keep">, given?: number): number | undefined {
  return given ?? (keep === undefined ? undefined : KEPT_SECONDS);
}

/** Keys for what is asked: those that are kept, where the user wants them to be, or new ones. */
export async function keeping(
  { keep, sts }: Keeping,
  asked: Readonly<Record<string, unknown>>,
  obtain: () => Promise<Credentials>,
): Promise<Credentials> {
  return keep === undefined ? await obtain() : await keep({ sts, ...asked }, obtain);
}
