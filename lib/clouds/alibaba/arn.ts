/**
 * Alibaba Cloud resource names (ARNs) of principals: those that STS gives, and those that mappings name.
 *
 * Source: "RAM policy elements, Principal" and observed STS answers. Partition `acs`, service `ram`, no region.
 *
 * @module
 */

import { ArnError, type ArnPattern } from "../cloud.ts";
import { quoted } from "../../quote.ts";

/** How every ARN of this cloud starts. */
export const ARN_PREFIX = "acs:";

/** A principal as STS names it. Built only by {@linkcode parsePrincipalArn}. */
export type PrincipalArn =
  & { readonly accountId: string; readonly canonicalArn: string }
  & (
    | { readonly kind: "root" | "user" }
    | { readonly kind: "assumed-role"; readonly sessionName: string }
  );

const PRINCIPAL = new RegExp(
  "^acs:ram::(?<account>[0-9]{1,20}):" +
    "(?:(?<root>root)|user/(?<user>[A-Za-z0-9._@+=,-]{1,128})" +
    "|assumed-role/(?<role>[A-Za-z0-9._-]{1,128})/(?<session>[A-Za-z0-9._@+=,-]{1,128}))$",
);

/** Reads the ARN in an STS answer; `undefined` if STS gives no such ARN. */
export function parsePrincipalArn(arn: string): PrincipalArn | undefined {
  const { account, root, user, role, session } = PRINCIPAL.exec(arn)?.groups ?? {};
  if (account === undefined) return undefined;
  if (role !== undefined && session !== undefined) {
    const canonicalArn = `acs:ram::${account}:role/${role}`;
    return { kind: "assumed-role", accountId: account, canonicalArn, sessionName: session };
  }
  if (user !== undefined) return { kind: "user", accountId: account, canonicalArn: arn };
  return root === undefined ? undefined : { kind: "root", accountId: account, canonicalArn: arn };
}

const PATTERN = new RegExp(
  "^acs:ram::(?<account>[^:]*):" +
    "(?:(?<root>root)|(?<kind>user|role)/(?<name>[A-Za-z0-9._@+=,*?-]{1,128})" +
    "|assumed-role/(?<role>[A-Za-z0-9._-]{1,128})(?:/(?<session>[A-Za-z0-9._@+=,-]{1,128}))?)$",
  "i",
);

/**
 * Reads the ARN of a mapping rule. The account must be written out: the name of a role says nothing about who may
 * assume it in an account that anybody can open.
 *
 * @throws {ArnError} if no identity of this cloud could ever have it
 */
export function readArnPattern(text: string): ArnPattern {
  const { account, root, kind, name, role, session } = PATTERN.exec(text)?.groups ?? {};
  if (account === undefined) {
    throw new ArnError(
      `Cannot read ARN ${
        quoted(text)
      }: write it as "acs:ram::<account id>:user/<name>", ".../role/<name>" or "...:root"`,
    );
  }
  if (!/^[0-9]{1,20}$/.test(account)) {
    throw new ArnError(`Cannot use ARN ${quoted(text)}: the account must be written in digits, without "*" or "?"`);
  }
  if (root !== undefined) {
    return { kind: "root", canonicalArn: `acs:ram::${account}:root`, isGlob: false };
  }
  if (role !== undefined) {
    const canonicalArn = `acs:ram::${account}:role/${role}`;
    return {
      kind: "role",
      canonicalArn,
      isGlob: false,
      notice: `read as its role, "${canonicalArn}"`,
      ...(session !== undefined && { session }),
    };
  }
  const lowerKind = kind?.toLowerCase() === "user" ? "user" : "role";
  const canonicalArn = `acs:ram::${account}:${lowerKind}/${name}`;
  return { kind: lowerKind, canonicalArn, isGlob: /[*?]/.test(canonicalArn) };
}
