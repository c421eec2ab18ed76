/**
 * AWS resource names (ARNs) of principals: those that STS gives, and those that mappings name.
 *
 * Source: "IAM identifiers" and "IAM and AWS STS quotas" (names of up to 64 characters, paths of up to 512), and the
 * answers of GetCallerIdentity. No region.
 *
 * @module
 */

import { foldAsciiCase } from "../../identity/ascii_case.ts";
import { ArnError, type ArnPattern } from "../cloud.ts";
import { isAccountId, whyNoAccountId } from "./account_id.ts";
import { PARTITIONS } from "./partitions.ts";
import { quoted } from "../../quote.ts";

/** How every ARN of this cloud starts. */
export const ARN_PREFIX = "arn:";

/** A principal as STS names it. Built only by {@linkcode parsePrincipalArn}. */
export type PrincipalArn =
  & { readonly partition: string; readonly accountId: string; readonly canonicalArn: string }
  & (
    | { readonly kind: "root" | "user" }
    | { readonly kind: "assumed-role"; readonly sessionName: string }
    | { readonly kind: "federated-user"; readonly name: string }
  );

/** Letters, digits and `_+=,.@-`: names of users, roles, sessions and federated users. */
const NAME = "[A-Za-z0-9_+=,.@-]{1,64}";

/** Visible ASCII, which IAM allows in paths, but for the colon, which would be one segment more. */
const PATH = "(?:[\\x21-\\x39\\x3b-\\x7e]{1,510}/)?";

const PRINCIPAL = new RegExp(
  "^arn:(?<partition>[a-z-]{1,32}):" +
    `(?:iam::(?<iamAccount>[0-9]{12}):(?:(?<root>root)|user/${PATH}${NAME})` +
    `|sts::(?<stsAccount>[0-9]{12}):(?:assumed-role/(?<role>${NAME})/(?<session>${NAME})` +
    `|federated-user/(?<federated>${NAME})))$`,
);

/** Reads the ARN in an STS answer; `undefined` if STS gives no such ARN. */
export function parsePrincipalArn(arn: string): PrincipalArn | undefined {
  const { partition, iamAccount, stsAccount, root, role, session, federated } = PRINCIPAL.exec(arn)?.groups ?? {};
  const accountId = iamAccount ?? stsAccount;
  if (partition === undefined || accountId === undefined) return undefined;
  if (role !== undefined && session !== undefined) {
    const canonicalArn = `arn:${partition}:iam::${accountId}:role/${role}`;
    return { kind: "assumed-role", partition, accountId, canonicalArn, sessionName: session };
  }
  if (federated !== undefined) {
    return { kind: "federated-user", partition, accountId, canonicalArn: arn, name: federated };
  }
  return { kind: root === undefined ? "user" : "root", partition, accountId, canonicalArn: arn };
}

const OPEN_NAME = "[A-Za-z0-9_+=,.@*?-]{1,64}";
const PATTERN = new RegExp(
  "^arn:(?<partition>[^:]*):" +
    `(?:iam::(?<iamAccount>[^:]*):(?:(?<root>root)|user/(?<user>${PATH}${OPEN_NAME})` +
    `|role/(?<path>${PATH})(?<role>${OPEN_NAME}))` +
    `|sts::(?<stsAccount>[^:]*):(?:assumed-role/(?<assumed>${NAME})(?:/(?<session>${NAME}))?` +
    `|federated-user/(?<federated>${OPEN_NAME})))$`,
  "i",
);

/**
 * Reads the ARN of a mapping rule. The account must be written out: the name of a role says nothing about who may
 * assume it in an account that anybody can open.
 *
 * STS never tells the path of a role, so a rule's is dropped: names are unique in an account without it. Together with a
 * wildcard it is refused, because the rule would then match roles outside the path.
 *
 * @throws {ArnError} if no identity of this cloud could ever have it
 */
export function readArnPattern(text: string): ArnPattern {
  const groups = PATTERN.exec(text)?.groups ?? {};
  const account = groups.iamAccount ?? groups.stsAccount;
  if (groups.partition === undefined || account === undefined) {
    throw new ArnError(
      `Cannot read ARN ${
        quoted(text)
      }: write it as "arn:aws:iam::<account id>:user/<name>", ".../role/<name>" or "...:root"`,
    );
  }
  const partition = foldAsciiCase(groups.partition);
  if (!PARTITIONS.some(({ id }) => id === partition)) {
    const known = PARTITIONS.map(({ id }) => id).join(", ");
    throw new ArnError(
      `Cannot use ARN ${quoted(text)}: unknown partition ${quoted(groups.partition)}; write one of ${known}`,
    );
  }
  if (!isAccountId(account)) {
    const why = /^[0-9]+$/.test(account)
      ? whyNoAccountId(account)
      : 'the account must be written in its 12 digits, without "*" or "?"';
    throw new ArnError(`Cannot use ARN ${quoted(text)}: ${why}`);
  }
  const { user, path, role, assumed, session, federated } = groups;
  const iam = `arn:${partition}:iam::${account}`;
  if (user !== undefined) return pattern("user", `${iam}:user/${user}`);
  if (federated !== undefined) return pattern("user", `arn:${partition}:sts::${account}:federated-user/${federated}`);
  if (assumed !== undefined) {
    const canonicalArn = `${iam}:role/${assumed}`;
    return {
      ...pattern("role", canonicalArn),
      notice: `read as its role, "${canonicalArn}"`,
      ...(session !== undefined && { session }),
    };
  }
  if (role === undefined) return pattern("root", `${iam}:root`);
  const canonicalArn = `${iam}:role/${role}`;
  if (path === undefined || path === "") return pattern("role", canonicalArn);
  if (/[*?]/.test(role)) {
    throw new ArnError(
      `Cannot use ARN ${
        quoted(text)
      }: STS does not tell the path of a role, so that "${canonicalArn}" would match roles of ` +
        "any path; write that if it is what you want, or name the role",
    );
  }
  const notice = `read without its path, which STS does not tell, as "${canonicalArn}"`;
  return { ...pattern("role", canonicalArn), notice };
}

function pattern(kind: ArnPattern["kind"], canonicalArn: string): ArnPattern {
  return { kind, canonicalArn, isGlob: /[*?]/.test(canonicalArn) };
}
