/**
 * The actions that give temporary keys: what they demand, and the keys, which are made up. Whoever may sign may assume a
 * role, but for the account itself, to whom the vendor denies it. Trust policies of roles are not played.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { CallContext } from "../call.ts";
import { isPolicyDocument } from "../policy.ts";
import type { AssumableRole } from "../roles.ts";
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

/** What an action is asked, by name. Trust: a stranger chose names and values. */
type Asked = ReadonlyMap<string, string>;

type Context = CallContext<AlibabaPrincipal>;

/** Does `AssumeRole` for whoever signed. */
export function assumeRole(asked: Asked, context: Context, { identity }: AlibabaPrincipal): Outcome {
  const wanted = readSession(asked);
  if (wanted.kind === "refused") return wanted;
  const externalId = asked.get("ExternalId");
  if (externalId !== undefined && !EXTERNAL_ID.test(externalId)) return refuse("InvalidParameter.ExternalId");

  if (identity.IdentityType === "Account") return refuse("NoPermission");
  const known = context.roles.find(({ arn }) => arn === wanted.roleArn);
  if (known === undefined) return refuse("EntityNotExist.Role");
  if (known.externalId !== undefined && externalId !== known.externalId) return refuse("NoPermission");
  return issueKeys(known, wanted, context);
}

/** Does `AssumeRoleWithOIDC`, which nobody signs: the token is what counts. */
export function assumeRoleWithOidc(asked: Asked, context: Context): Outcome {
  const wanted = readSession(asked);
  if (wanted.kind === "refused") return wanted;
  const [providerArn, token] = [asked.get("OIDCProviderArn"), asked.get("OIDCToken")];
  if (providerArn === undefined) return refuse("MissingOIDCProviderArn");
  if (token === undefined) return refuse("MissingOIDCToken");

  if (!context.roles.some((role) => role.oidcProviderArn === providerArn)) return refuse("EntityNotExist.OIDCProvider");
  const known = context.roles.find(({ arn }) => arn === wanted.roleArn);
  if (known === undefined) return refuse("EntityNotExist.Role");
  if (known.oidcProviderArn !== providerArn) return refuse("AuthenticationFail.NoPermission");
  if (token !== known.webIdentityToken) return refuse("AuthenticationFail.OIDCToken.Invalid");
  return issueKeys(known, wanted, context);
}

interface WantedSession {
  readonly kind: "session";
  readonly roleArn: string;
  readonly accountId: string;
  readonly role: string;
  readonly session: string;
  readonly seconds: number;
}

function readSession(asked: Asked): WantedSession | Extract<Outcome, { kind: "refused" }> {
  const roleArn = asked.get("RoleArn");
  if (roleArn === undefined) return refuse("MissingRoleArn");
  const [, accountId, role] = ROLE_ARN.exec(roleArn) ?? [];
  if (accountId === undefined || role === undefined) return refuse("InvalidParameter.RoleArn");
  const session = asked.get("RoleSessionName");
  if (session === undefined) return refuse("MissingRoleSessionName");
  if (!SESSION_NAME.test(session)) return refuse("InvalidParameter.RoleSessionName");
  const seconds = parseDuration(asked.get("DurationSeconds"));
  if (seconds === undefined) return refuse("InvalidParameter.DurationSeconds");
  const policy = asked.get("Policy");
  if (policy !== undefined && !isPolicyDocument(policy)) return refuse("InvalidParameter.PolicyGrammar");
  return { kind: "session", roleArn, accountId, role, session, seconds };
}

/** Makes keys that sign as the role's session until they end. */
function issueKeys(
  { roleId }: AssumableRole,
  { roleArn, accountId, role, session, seconds }: WantedSession,
  { principals, now }: Context,
): Outcome {
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

function refuse(code: StsErrorCode): Extract<Outcome, { kind: "refused" }> {
  return { kind: "refused", code };
}

function parseDuration(text = String(DEFAULT_DURATION_S)): number | undefined {
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  return seconds >= MIN_DURATION_S && seconds <= MAX_DURATION_S ? seconds : undefined;
}
