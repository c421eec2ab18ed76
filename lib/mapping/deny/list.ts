/**
 * The deny list in force.
 *
 * @module
 */

import { compileGlob, type Glob } from "../../identity/glob.ts";
import type { Identity } from "../../identity/identity.ts";
import { quoted } from "../../quote.ts";
import { Denied, type DenyList } from "./denial.ts";

/** What an entry of each kind is compared with, and what a message calls it. */
const KINDS = {
  arns: "ARN",
  accessKeyIds: "access key id",
  principalIds: "principal id",
  accounts: "account",
} as const;

/** The kinds of entries, by their key in the config file. */
export type DenyKind = keyof typeof KINDS;

/** All kinds, in the order in which they are written. */
export const DENY_KINDS = Object.keys(KINDS) as readonly DenyKind[];

/** An ARN that is denied. Trust: operators write the list. */
export interface DeniedArn {
  /** As it is written. */
  readonly text: string;
  /** What must match, with `*` and `?` as in rules. */
  readonly pattern: string;
  /** Which of the principal's ARNs it is compared with. */
  readonly of: "arn" | "canonicalArn" | "permissionSetArn";
}

/** Everything that is denied. */
export interface DenyEntries {
  readonly arns: readonly DeniedArn[];
  readonly accessKeyIds: readonly string[];
  readonly principalIds: readonly string[];
  readonly accounts: readonly string[];
}

/** A deny list that can be replaced. */
export interface ChangingDenyList extends DenyList {
  /** Puts other entries in force, instead of all that were. */
  replace(entries: DenyEntries): void;
  /** How many entries are in force. */
  readonly size: number;
}

/** Makes an empty one. */
export function createDenyList(): ChangingDenyList {
  let arns: readonly (DeniedArn & { readonly glob: Glob })[] = [];
  let ids: Readonly<Record<Exclude<DenyKind, "arns">, ReadonlySet<string>>> = {
    accessKeyIds: new Set(),
    principalIds: new Set(),
    accounts: new Set(),
  };
  const assertKey = (accessKeyId: string) => {
    if (ids.accessKeyIds.has(accessKeyId)) throw denied("the caller", "accessKeyIds", accessKeyId);
  };
  return {
    assertKey,
    assertIdentity(identity: Identity) {
      const { arn, accountId, principalId, accessKeyId } = identity;
      if (ids.accessKeyIds.has(accessKeyId)) throw denied(quoted(arn), "accessKeyIds", accessKeyId);
      if (ids.principalIds.has(principalId)) throw denied(quoted(arn), "principalIds", principalId);
      if (ids.accounts.has(accountId)) throw denied(quoted(arn), "accounts", accountId);
      const found = arns.find(({ of, glob }) => {
        const text = identity[of];
        return text !== undefined && glob.matches(text);
      });
      if (found !== undefined) throw denied(quoted(arn), "arns", found.text);
    },
    replace(entries) {
      arns = entries.arns.map((entry) => ({ ...entry, glob: compileGlob(entry.pattern) }));
      ids = {
        accessKeyIds: new Set(entries.accessKeyIds),
        principalIds: new Set(entries.principalIds),
        accounts: new Set(entries.accounts),
      };
    },
    get size() {
      return arns.length + ids.accessKeyIds.size + ids.principalIds.size + ids.accounts.size;
    },
  };
}

function denied(who: string, kind: DenyKind, entry: string): Denied {
  return new Denied(
    who,
    `server.deny.${kind} has the ${KINDS[kind]} ${quoted(entry)}; remove it there to end the denial`,
  );
}
