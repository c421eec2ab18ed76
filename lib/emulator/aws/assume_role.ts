/**
 * The actions that give temporary keys: what they demand, and the keys, which are made up. Whoever may sign may assume a
 * role, but for what the vendor forbids to all ("Compare AWS STS credentials", IAM user guide). Trust policies of roles
 * are not played.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { CallContext } from "../call.ts";
import { isPolicyDocument } from "../policy.ts";
import { type AssumableRole, MFA_CODE } from "../roles.ts";
import type { AnswerTree } from "./answers.ts";
import { type Refusal, refuse } from "./errors.ts";
import type { AwsPrincipal } from "./principals.ts";

/** How long keys may live, in seconds, and how long they do where nobody says (AssumeRole, `DurationSeconds`). */
const MIN_DURATION_S = 900;
const MAX_DURATION_S = 43_200;
const DEFAULT_DURATION_S = 3_600;

/** Longest life of keys that were asked for with an assumed role's ("Role chaining", IAM user guide). */
const MAX_CHAINED_DURATION_S = 3_600;

/** Forms of the parameters (AssumeRole in the AWS STS API reference). */
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
const ROLE_ARN = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:[^/]+\/)*([\w+=,.@-]{1,64})$/;

/** What an action is asked, by name. Trust: a stranger chose names and values. */
export type Parameters = ReadonlyMap<string, string>;

/** An action's end. */
export type Outcome = { readonly kind: "done"; readonly result: AnswerTree } | Refusal;

type Context = CallContext<AwsPrincipal>;

/** Does `AssumeRole` for whoever signed. */
export function assumeRole(parameters: Parameters, context: Context, { identity }: AwsPrincipal): Outcome {
  const session = readSession(parameters);
  if (session.kind === "refused") return session;
  const externalId = parameters.get("ExternalId");
  if (externalId !== undefined && !EXTERNAL_ID.test(externalId)) return invalid("externalId", externalId);
  if (identity.Arn.endsWith(":root")) return refuse("AccessDenied", "Roles may not be assumed by root accounts.");
  if (identity.Arn.includes(":assumed-role/") && session.seconds > MAX_CHAINED_DURATION_S) {
    return refuse(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  }

  const role = context.roles.find(({ arn }) => arn === session.roleArn);
  const policy = parameters.get("Policy");
  if (policy !== undefined && !isPolicyDocument(policy)) return refuse("MalformedPolicyDocument");
  const isAllowed = !identity.Arn.includes(":federated-user/") &&
    (role?.externalId === undefined || externalId === role.externalId) &&
    (role?.mfaSerial === undefined || parameters.get("SerialNumber") === role.mfaSerial);
  if (parameters.has("SerialNumber") && parameters.get("TokenCode") !== MFA_CODE) {
    return refuse("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.");
  }
  if (role === undefined || !isAllowed) {
    return refuse(
      "AccessDenied",
      `User: ${identity.Arn} is not authorized to perform: sts:AssumeRole on resource: ${session.roleArn}`,
    );
  }
  return { kind: "done", result: issueKeys(role, session, context) };
}

/** Does `AssumeRoleWithWebIdentity`, which nobody signs: the token is what counts. */
export function assumeRoleWithWebIdentity(parameters: Parameters, context: Context): Outcome {
  const session = readSession(parameters);
  if (session.kind === "refused") return session;
  const token = parameters.get("WebIdentityToken");
  if (token === undefined) return missing("webIdentityToken");
  const role = context.roles.find(({ arn }) => arn === session.roleArn);
  if (role?.webIdentityToken === undefined) {
    return refuse("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
  }
  if (token !== role.webIdentityToken) return refuse("InvalidIdentityToken");
  return { kind: "done", result: issueKeys(role, session, context) };
}

interface WantedSession {
  readonly kind: "session";
  readonly roleArn: string;
  readonly name: string;
  readonly seconds: number;
}

function readSession(parameters: Parameters): WantedSession | Refusal {
  const roleArn = parameters.get("RoleArn");
  if (roleArn === undefined) return missing("roleArn");
  if (!ROLE_ARN.test(roleArn)) return refuse("ValidationError", `${roleArn} is invalid`);
  const name = parameters.get("RoleSessionName");
  if (name === undefined) return missing("roleSessionName");
  if (!SESSION_NAME.test(name)) return invalid("roleSessionName", name);
  const duration = parameters.get("DurationSeconds") ?? String(DEFAULT_DURATION_S);
  const seconds = /^\d{1,6}$/.test(duration) ? Number(duration) : NaN;
  const isInRange = seconds >= MIN_DURATION_S && seconds <= MAX_DURATION_S;
  return isInRange ? { kind: "session", roleArn, name, seconds } : invalid("durationSeconds", duration);
}

function missing(name: string): Refusal {
  return refuse(
    "ValidationError",
    `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must not be null`,
  );
}

function invalid(name: string, value: string): Refusal {
  return refuse(
    "ValidationError",
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member is out of form or range`,
  );
}

/** Makes keys that sign as the role's session until they end. */
function issueKeys(role: AssumableRole, session: WantedSession, { principals, now }: Context): AnswerTree {
  const [, partition = "", account = "", roleName = ""] = ROLE_ARN.exec(role.arn) ?? [];
  const expiration = new Date((Math.floor(now.getTime() / 1_000) + session.seconds) * 1_000);
  const arn = `arn:${partition}:sts::${account}:assumed-role/${roleName}/${session.name}`;
  const userId = `${role.roleId}:${session.name}`;
  const keys = {
    accessKeyId: `ASIAMADEUP${randomBytes(5).toString("hex").toUpperCase()}`,
    accessKeySecret: `MadeUpSecret${randomBytes(21).toString("base64")}`,
    securityToken: `FwoGMadeUp/Token+${randomBytes(60).toString("base64")}==`,
  };
  principals.push({ ...keys, expiration, identity: { Account: account, Arn: arn, UserId: userId } });
  return {
    AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
    Credentials: {
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.accessKeySecret,
      SessionToken: keys.securityToken,
      Expiration: expiration,
    },
  };
}
