/**
 * `scrubbedAccounts`: accounts of which nothing may appear in logs, audit or extras.
 *
 * @module
 */

import type { Identity } from "../identity/identity.ts";
import type { MappedUser } from "./outcome.ts";

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
  /** The user that an identity becomes, as it may be written down: names may be made of what is hidden. */
  loggableUser(identity: Identity, user: MappedUser): MappedUser;
  /**
   * A message as it may be written down: words and ARNs that hold the id of such an account are left out, and where it is
   * about an identity that is hidden, words that hold anything of that.
   */
  scrub(text: string, about?: Identity): string;
  /** Any data, with every text in it as {@linkcode scrub} leaves it. */
  scrubAll<T>(data: T, about?: Identity): T;
}

/**
 * Makes the scrubber of a list of account ids, which is asked for each time. Trust: the list is the operator's; the texts
 * may be anybody's.
 */
export function createScrubber(accountIds: () => readonly string[]): Scrubber {
  const hides = ({ accountId }: Identity) => accountIds().includes(accountId);
  const scrub = (text: string, about?: Identity) => {
    const ids = accountIds();
    if (ids.length === 0) return text;
    const parts = about !== undefined && hides(about) ? partsOf(about) : [];
    return text.replace(
      /[^\s"]+/g,
      (word) => ids.some((id) => word.includes(id)) || parts.some((part) => holds(word, part)) ? SCRUBBED : word,
    );
  };
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
    loggableUser(identity, { username, groups }) {
      return hides(identity) ? { username: SCRUBBED, groups: groups.map(() => SCRUBBED) } : { username, groups };
    },
    scrub,
    scrubAll: (data, about) =>
      accountIds().length === 0
        ? data
        : JSON.parse(JSON.stringify(data), (_, value) => typeof value === "string" ? scrub(value, about) : value),
  };
}

/** A shorter one is in many words that say nothing of it; there it counts only between other characters. */
const MIN_PART_LENGTH = 4;

/** What an identity consists of, the session name also as it stands in names. */
function partsOf({ cloud: _, ...texts }: Identity): readonly string[] {
  return [...Object.values(texts), texts.sessionName.replaceAll("@", "-")].filter((text) => text !== "");
}

function holds(word: string, part: string): boolean {
  return part.length < MIN_PART_LENGTH ? word.split(/[^\p{L}\p{N}]/u).includes(part) : word.includes(part);
}
