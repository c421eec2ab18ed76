/**
 * Which users a delegate may give: none with a name that Kubernetes or a mapping source keeps for itself, and none that
 * could be taken for one of ours.
 *
 * @module
 */

import type { Cloud } from "../../clouds/cloud.ts";
import type { Identity } from "../../identity/identity.ts";
import { nameFault, unprintableIn } from "../../mapping/name.ts";
import { ADMIN_GROUP_PREFIXES } from "../../mapping/name_policy.ts";
import { SYSTEM_PREFIX } from "../../mapping/render.ts";
import { DELEGATE, type ReservedPrefixes } from "../../mapping/reserved_prefixes.ts";
import { quoted } from "../../quote.ts";
import { CREDENTIAL_ID_KEY } from "../../review/credential_id.ts";
import type { ReviewedUser } from "../../review/token_review.ts";
import { DelegateRefused } from "./fault.ts";

/** Longest key of `extra`: a domain and a name. */
const MAX_KEY_LENGTH = 317;

/** As Kubernetes asks for keys of `extra`: in lower case, and fit for the name of a header. */
const EXTRA_KEY = /^[!-@[-~]+$/;

/** The domains of keys that Kubernetes keeps for itself. */
const KUBERNETES_DOMAIN = /^(?:[^/]*\.)?(?:kubernetes|k8s)\.io(?:\/|$)/;

const NOBODY: Identity = {
  cloud: "alibaba",
  arn: "",
  canonicalArn: "",
  accountId: "",
  principalId: "",
  sessionName: "",
  accessKeyId: "",
};

/** What only we say of users. */
export interface OwnMarks {
  /** How our uids start. */
  readonly uidPrefixes: readonly string[];
  /** Our keys of `extra`, in lower case. */
  readonly extraKeys: ReadonlySet<string>;
}

/** What users of these clouds are known by. */
export function ownMarksOf(clouds: readonly Cloud[]): OwnMarks {
  return {
    uidPrefixes: clouds.map(({ uidPrefix }) => `${uidPrefix}:`),
    extraKeys: new Set(clouds.flatMap((cloud) => Object.keys(cloud.extra(NOBODY)).map((key) => key.toLowerCase()))),
  };
}

/**
 * The user as the API server gets it, with our id of the credential.
 *
 * @param reserved asked each time, as a reload changes it
 * @throws {DelegateRefused} if a name, the uid or a key is not the delegate's to give; says which, and the key to set
 */
export function boundUser(
  { username, uid, groups, extra }: ReviewedUser,
  { reserved, own, credentialId }: {
    readonly reserved: ReservedPrefixes;
    readonly own: OwnMarks;
    readonly credentialId: string;
  },
): ReviewedUser {
  const entry = reserved.get(DELEGATE);
  const maySystem = entry?.allowsSystemNames ?? false;
  // What is kept from any source is kept from the delegate, which is less trusted than all of them.
  const entries = [...reserved.values()];
  const closed = {
    username: entries.flatMap(({ usernamePrefixes }) => usernamePrefixes),
    group: [
      ...(entry?.allowsAdminGroups ? [] : ADMIN_GROUP_PREFIXES),
      ...entries.flatMap(({ groupPrefixes }) => groupPrefixes),
    ],
  };
  const demandName = (what: "username" | "group", name: string) => {
    const fault = nameFault(name);
    if (fault !== undefined) throw refused(`its ${what} ${quoted(name)} ${fault}`);
    if (!maySystem && name.startsWith(SYSTEM_PREFIX)) {
      throw refused(`its ${what} ${quoted(name)} starts with "${SYSTEM_PREFIX}"`, "systemNames");
    }
    const prefix = closed[what].find((prefix) => name.startsWith(prefix));
    if (prefix === undefined) return;
    const isOfAdmins = what === "group" && !entry?.allowsAdminGroups && ADMIN_GROUP_PREFIXES.includes(prefix);
    throw refused(
      `its ${what} ${quoted(name)} starts with ${quoted(prefix)}, which is reserved`,
      isOfAdmins ? "adminGroups" : undefined,
    );
  };
  const demandExtra = ([key, values]: readonly [string, readonly string[]]) => {
    const shown = `its extra ${quoted(key)}`;
    if (!EXTRA_KEY.test(key) || key.length > MAX_KEY_LENGTH) {
      throw refused(`${shown} is not in lower case, is too long, or has characters that no key has`);
    }
    if (own.extraKeys.has(key)) throw refused(`${shown} is one that only ram-auth gives`);
    if (!maySystem && KUBERNETES_DOMAIN.test(key)) throw refused(`${shown} is one of Kubernetes' own`, "systemNames");
    if (values.some((value) => unprintableIn(value) !== undefined)) {
      throw refused(`${shown} has a value with a character that cannot be seen`);
    }
  };
  demandName("username", username);
  for (const group of groups) demandName("group", group);
  if (unprintableIn(uid) !== undefined) throw refused("its uid has a character that cannot be seen");
  if (own.uidPrefixes.some((prefix) => uid.startsWith(prefix))) {
    throw refused(`its uid ${quoted(uid)} is one that only ram-auth gives`);
  }
  const others = Object.entries(extra).filter(([key]) => key !== CREDENTIAL_ID_KEY);
  others.forEach(demandExtra);
  return { username, uid, groups, extra: { ...Object.fromEntries(others), [CREDENTIAL_ID_KEY]: [credentialId] } };
}

/** @param key of the entry of `reservedPrefixConfig` that would let it pass; none would, by default */
function refused(why: string, key?: "systemNames" | "adminGroups"): DelegateRefused {
  const advice = key === undefined
    ? "change it at the delegate"
    : `change it at the delegate, or write "${key}: allow" for ${DELEGATE} in reservedPrefixConfig`;
  return new DelegateRefused(`Cannot let in the user that the delegate named: ${why}; ${advice}`);
}
