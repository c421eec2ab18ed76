/**
 * The action that gives temporary keys: what it demands, and the keys, which are made up. Whoever may sign may assume a
 * role, but for the account itself, to whom the vendor denies it. Trust policies of roles are not played.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { CallContext } from "../call.ts";
import { isPolicyDocument } from "../policy.ts";
import { type AlibabaPrincipal, assumedRoleIdentity } from "./principals.ts";
import type { StsErrorCode } from "./errors.ts";
import type { Outcome } from "./outcome.ts";

/** How long keys may live, in seconds, and how long they do where nobody says (AssumeRole, `DurationSeconds`). */
const MIN_DURATION_S = 900;
const MAX_DURATION_S = 43_200;
const DEFAULT_DURATION_S = 3_600;

/** Forms of the parameters (AssumeRole in the STS API reference). */
const SESSION_NAME = /^[\w.@-]{2,64}$/;
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
const ROLE_ARN = /^acs:ram::(\d{1,20}):role\/([A-Za-z0-9.-]{1,64})$/;

/** Does `AssumeRole` for whoever signed. `asked` are the parameters of the query; a stranger chose names and values. */
export function assumeRole(
  asked: ReadonlyMap<string, string>,
  { principals, roles, now }: CallContext<AlibabaPrincipal>,
  { identity }: AlibabaPrincipal,
): Outcome {
  const roleArn = asked.get("RoleArn");
  if (roleArn === undefined) return refuse("MissingRoleArn");
  const [, accountId, role] = ROLE_ARN.exec(roleArn) ?? [];
  if (accountId === undefined || role === undefined) return refuse("InvalidParameter.RoleArn");
  const session = asked.get("RoleSessionName");
  if (session === undefined) return refuse("MissingRoleSessionName");
  if (!SESSION_NAME.test(session)) return refuse("InvalidParameter.RoleSessionName");
  const seconds = parseDuration(asked.get("DurationSeconds"));
  if (seconds === undefined) return refuse("InvalidParameter.DurationSeconds");
  const externalId = asked.get("ExternalId");
  if (externalId !== undefined && !EXTERNAL_ID.test(externalId)) return refuse("InvalidParameter.ExternalId");
  const policy = asked.get("Policy");
  if (policy !== undefined && !isPolicyDocument(policy)) return refuse("InvalidParameter.PolicyGrammar");

  if (identity.IdentityType === "Account") return refuse("NoPermission");
  const known = roles.find(({ arn }) => arn === roleArn);
  if (known === undefined) return refuse("EntityNotExist.Role");
  if (known.externalId !== undefined && externalId !== known.externalId) return refuse("NoPermission");

  const { roleId } = known;
  const expiration = new Date((Math.floor(now.getTime() / 1_000) + seconds) * 1_000);
  const keys = {
    accessKeyId: `STS.NMadeUp${randomBytes(8).toString("hex")}`,
    accessKeySecret: `MadeUpSecret${randomBytes(21).toString("base64url")}`,
    securityToken: `CAISMadeUp/Token+${randomBytes(60).toString("base64")}==`,
  };
  principals.push({ ...keys, expiration, identity: assumedRoleIdentity({ accountId, role, roleId, session }) });
  return {
    kind: "done",
    result: {
      AssumedRoleUser: { AssumedRoleId: `${roleId}:${session}`, Arn: `${roleArn}/${session}` },
      Credentials: {
        AccessKeyId: keys.accessKeyId,
        AccessKeySecret: keys.accessKeySecret,
        SecurityToken: keys.securityToken,
        Expiration: expiration.toISOString().replace(".000Z", "Z"),
      },
    },
  };
}

function refuse(code: StsErrorCode): Outcome {
  return { kind: "refused", code };
}

function parseDuration(text = String(DEFAULT_DURATION_S)): number | undefined {
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  return seconds >= MIN_DURATION_S && seconds <= MAX_DURATION_S ? seconds : undefined;
}
