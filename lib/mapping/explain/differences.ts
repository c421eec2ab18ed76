/**
 * In what a rule differs from an identity that it does not match, and how far that is: for `explain`. Decides nothing.
 *
 * @module
 */

import { foldAsciiCase } from "../../identity/ascii_case.ts";
import { compileGlob } from "../../identity/glob.ts";
import type { Identity } from "../../identity/identity.ts";
import { nearest } from "../../nearest.ts";
import type { ArnMatch, Rule } from "../rule.ts";

/** How far each difference is. The less likely that it was meant, the nearer the rule. */
const DISTANCES = {
  id: 1,
  ending: 1,
  path: 2,
  partition: 3,
  account: 4,
  wildcard: 4,
  kind: 5,
  spelling: 6,
  name: 100,
  cloud: 100,
} as const;

interface Difference {
  readonly in: keyof typeof DISTANCES;
  readonly why: string;
}

/** All differences in words, and the sum of their distances. */
export interface Differences {
  readonly why: string;
  readonly distance: number;
}

/** Compares a rule with an identity that it does not match. */
export function differencesOf(rule: Rule, identity: Identity): Differences {
  const found = rule.kind === "account"
    ? [{ in: "name", why: `account differs (${rule.accountId}, not ${identity.accountId})` } as const]
    : arnDifferences(rule, identity);
  return {
    why: found.map(({ why }) => why).join("; ") || "it does not match",
    distance: found.reduce((sum, difference) => sum + DISTANCES[difference.in], 0),
  };
}

/** `space` is what stands before service, region, account and resource: `arn:aws-cn`, or `acs`. */
interface ArnParts {
  readonly space: string;
  readonly account: string;
  readonly kind: string;
  readonly name: string;
}

function partsOf(arn: string): ArnParts {
  const segments = arn.split(":");
  const resource = segments.at(-1) ?? "";
  const slash = resource.indexOf("/");
  return {
    space: foldAsciiCase(segments.slice(0, -4).join(":")),
    account: segments.at(-2) ?? "",
    kind: foldAsciiCase(slash < 0 ? resource : resource.slice(0, slash)),
    name: slash < 0 ? "" : resource.slice(slash + 1),
  };
}

function arnDifferences(rule: ArnMatch, identity: Identity): Difference[] {
  const its = partsOf(rule.arn.canonicalArn);
  const own = partsOf(identity.canonicalArn);
  if (its.space.split(":")[0] !== own.space.split(":")[0]) {
    return [{ in: "cloud", why: `cloud differs (${its.space}, not ${own.space})` }];
  }
  const found: Difference[] = [];
  const add = (what: Difference["in"], why: string) => void found.push({ in: what, why });
  if (its.space !== own.space) {
    add("partition", `differs by partition (${lastOf(its.space, ":")}, not ${lastOf(own.space, ":")})`);
  }
  if (its.account !== own.account) add("account", `differs by account (${its.account}, not ${own.account})`);
  if (its.kind !== own.kind) add("kind", `kind differs (${its.kind}, not ${own.kind})`);
  const name = rule.arn.isPermissionSet ? setDifference(its, identity) : nameDifference(its, own, identity);
  if (name !== undefined) found.push(name);
  if (found.length === 0 && rule.userId !== undefined && rule.userId !== identity.principalId) {
    const why =
      `its userid is "${rule.userId}", and the principal's id "${identity.principalId}": it was recreated, or ` +
      "is another one of that name";
    add("id", why);
  }
  return found;
}

function setDifference(its: ArnParts, identity: Identity): Difference | undefined {
  const wanted = setName(its.name);
  if (identity.permissionSetArn === undefined) {
    return { in: "name", why: `it names the permission set "${wanted}" (sso), and the principal is of none` };
  }
  const own = setName(partsOf(identity.permissionSetArn).name);
  if (foldAsciiCase(own) === foldAsciiCase(wanted)) return undefined;
  const isNear = own.startsWith(wanted) || wanted.startsWith(own) || nearest(own, [wanted]) !== undefined;
  return { in: isNear ? "spelling" : "name", why: `permission set differs ("${wanted}", not "${own}")` };
}

function nameDifference(its: ArnParts, own: ArnParts, identity: Identity): Difference | undefined {
  const [wanted, name] = [foldAsciiCase(its.name), foldAsciiCase(own.name)];
  const isGlob = /[*?]/.test(wanted);
  if (isGlob ? compileGlob(wanted).matches(name) : wanted === name) return undefined;
  const set = identity.permissionSetArn && partsOf(identity.permissionSetArn).name;
  if (set !== undefined && wanted.startsWith(foldAsciiCase(set)) && !isGlob) {
    const write = `write "sso: {permissionSetName: ${setName(set)}, ...}"`;
    return { in: "ending", why: `sso: the permission set's role has another ending now (${own.name}); ${write}` };
  }
  if (lastOf(wanted, "/") === lastOf(name, "/")) {
    const has = wanted.includes("/") ? `has the path of "${its.name}"` : "has no path";
    return {
      in: "path",
      why: `differs by path: it ${has}, and STS tells users with theirs; write ${own.kind}/${own.name}`,
    };
  }
  if (!isGlob) {
    const isNear = nearest(name, [wanted]) !== undefined;
    return { in: isNear ? "spelling" : "name", why: `name differs (${its.name}, not ${own.name})` };
  }
  if (compileGlob(`*${wanted.replaceAll("?", "*")}*`).matches(name)) {
    const why =
      `its wildcard does not match: the whole of "${own.name}" must have the form "${its.name}", where "*" is ` +
      'any run of characters and "?" is one';
    return { in: "wildcard", why };
  }
  return { in: "name", why: `name differs (${its.name}, not ${own.name})` };
}

/** The roles that single sign-on makes are called `<prefix>_<set>`. */
function setName(roleName: string): string {
  return roleName.slice(roleName.indexOf("_") + 1);
}

function lastOf(text: string, separator: string): string {
  return text.slice(text.lastIndexOf(separator) + 1);
}
