/**
 * `scrubbedAccounts`: accounts of which nothing may appear in logs, audit or extras.
 *
 * @module
 */

import type { Identity } from "../identity/identity.ts";

/** Stands wherever something was left out. */
export const SCRUBBED = "[scrubbed]";

/** What of an identity may be written down. Not an {@linkcode Identity}: nothing may be decided on it. */
export type LoggableIdentity = Readonly<Record<keyof Omit<Identity, "cloud" | "permissionSetArn">, string>>;

/** Knows what to leave out. */
export interface Scrubber {
  /** Whether nothing of this identity may be written down: no ARN, id, session, nor a username made of them. */
  hides(identity: Identity): boolean;
  /** The identity as it may be written down: every field {@linkcode SCRUBBED} where it is hidden. */
  loggable(identity: Identity): LoggableIdentity;
  /** A message as it may be written down: words and ARNs that hold the id of such an account are left out. */
  scrub(text: string): string;
}

/** Makes the scrubber of a list of account ids. Trust: the list is the operator's; the texts may be anybody's. */
export function createScrubber(accountIds: readonly string[]): Scrubber {
  const ids = [...accountIds];
  const hides = ({ accountId }: Identity) => ids.includes(accountId);
  return {
    hides,
    loggable(identity) {
      const { arn, canonicalArn, accountId, principalId, sessionName, accessKeyId } = identity;
      const shown = (text: string) => hides(identity) ? SCRUBBED : text;
      return {
        arn: shown(arn),
        canonicalArn: shown(canonicalArn),
        accountId: shown(accountId),
        principalId: shown(principalId),
        sessionName: shown(sessionName),
        accessKeyId: shown(accessKeyId),
      };
    },
    scrub(text) {
      if (ids.length === 0) return text;
      return text.replace(/[^\s"]+/g, (word) => ids.some((id) => word.includes(id)) ? SCRUBBED : word);
    },
  };
}
