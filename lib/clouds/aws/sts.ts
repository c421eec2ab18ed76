/**
 * AWS's GetCallerIdentity: the request rebuilt from a token's validated parts, and the judgement of the answer.
 *
 * @module
 */

import type { Identity } from "../../identity/identity.ts";
import type { JsonObject } from "../../strict_json.ts";
import { type ReadContext, type StsAnswer, type StsCall, TokenError } from "../cloud.ts";
import { judgeSignatureAge } from "../signature_age.ts";
import { explainingDenials, judgeMembers, readJsonAnswer, stsFault, stsRefusal, textMember } from "../sts_answer.ts";
import { quoted } from "../../quote.ts";
import { VERSION } from "../../version.ts";
import { parsePrincipalArn, type PrincipalArn } from "./arn.ts";
import { findHost, type HostTable, whyNoHost } from "./endpoints.ts";
import { permissionSetArn } from "./permission_set.ts";
import { CLUSTER_ID_HEADER, presignedQuery, type PresignedRequest } from "./token.ts";
import { readDate } from "./token_parser.ts";

/** The codes by which AWS's services ask for fewer calls, as its SDKs know them. */
const THROTTLE_CODE =
  /^(?:(?:Request)?Thrott(?:ling|led)(?:Exception)?|RequestLimitExceeded|TooManyRequestsException|SlowDown)$/;

/** Unique ids of IAM ("IAM identifiers"). */
const UNIQUE_ID = { user: /^AIDA[A-Z0-9]{1,124}$/, role: /^AROA[A-Z0-9]{1,124}$/ };

/**
 * Rebuilds the request that the token's signer signed. Whether it is for this cluster only STS can tell: the signature
 * covers the id, and we send ours.
 *
 * @throws {TokenError} if its host is not in the table or not of its region, or its date not within the last 15 minutes
 */
export function buildStsCall(request: PresignedRequest, table: HostTable, { clusterId, now }: ReadContext): StsCall {
  const found = findHost(table, request.host);
  if (found === undefined) {
    throw new TokenError("wrong_host", `Cannot accept the token: ${whyNoHost(table, request.host)}`);
  }
  const { host, scopeRegion, label } = found;
  if (scopeRegion !== undefined && request.region !== scopeRegion) {
    throw new TokenError(
      "malformed",
      `Cannot accept the token: it is signed for region ${quoted(request.region)}, and its host is of "${scopeRegion}"`,
    );
  }
  const signedAt = readDate(request.date);
  const endsAtMs = judgeSignatureAge(signedAt, now);
  const { accessKeyId } = request;
  const { partition } = table;
  const asked = { signedAt, now, hintOn: (code: string) => hintOn(code, clusterId) };
  return {
    host,
    region: label,
    method: "GET",
    target: `/?${presignedQuery(request)}`,
    headers: {
      [CLUSTER_ID_HEADER]: clusterId,
      accept: "application/json",
      "user-agent": `ram-auth/${VERSION}`,
    },
    accessKeyId,
    endsAtMs,
    readAnswer: (answer) =>
      explainingDenials(answer, asked, () => readCallerIdentity(answer, { accessKeyId, partition })),
  };
}

/** What a denial may mean that STS does not say: the signature covers the cluster id, which no token names. */
function hintOn(code: string, clusterId: string): string | undefined {
  if (code !== "SignatureDoesNotMatch") return undefined;
  return `the secret key is another one, or the token is for another cluster than ${quoted(clusterId)}`;
}

/**
 * Judges what came back from GetCallerIdentity.
 *
 * Result and metadata may have members that are not known, flat or nested, which are not read. No other action's answer,
 * and no further envelope, passes for this one.
 *
 * @throws {StsDenied} if STS refused the caller
 * @throws {StsThrottled} if STS asks for fewer calls
 * @throws {StsFault} if STS never answers so
 */
export function readCallerIdentity(
  answer: StsAnswer,
  { accessKeyId, partition }: { readonly accessKeyId: string; readonly partition: string },
): Identity {
  const root = readJsonAnswer(answer);
  if (answer.status !== 200) {
    const error = root.get("Error");
    const code = error instanceof Map ? error.get("Code") : undefined;
    throw stsRefusal(answer.status, { code, requestId: root.get("RequestId") }, THROTTLE_CODE);
  }
  onlyMembers(root, ["GetCallerIdentityResponse"]);
  const response = objectMember(root, "GetCallerIdentityResponse");
  onlyMembers(response, ["GetCallerIdentityResult", "ResponseMetadata"]);
  const result = objectMember(response, "GetCallerIdentityResult");
  judgeMembers(result);
  textMember(objectMember(response, "ResponseMetadata"), "RequestId");
  const arn = textMember(result, "Arn");
  const principal = parsePrincipalArn(arn);
  if (principal === undefined) throw stsFault("the ARN is not that of a principal");
  if (principal.partition !== partition) {
    throw stsFault(`with an ARN of partition "${principal.partition}", not "${partition}"; set "server.partition"`);
  }
  if (textMember(result, "Account") !== principal.accountId) throw stsFault("the ARN is of another account");
  const setArn = permissionSetArn(principal.canonicalArn);
  return {
    cloud: "aws",
    arn,
    canonicalArn: principal.canonicalArn,
    ...(setArn !== undefined && { permissionSetArn: setArn }),
    accountId: principal.accountId,
    ...readUserId(textMember(result, "UserId"), principal),
    accessKeyId,
  };
}

/**
 * `AIDA…` of users, `AROA…:<session>` of assumed roles, `<account>:<name>` of federated users, the account of the root
 * user. Only a role's session is taken off, as the other tool does (observed with v0.7.18): what stands before the
 * colon of a federated user's is no id of theirs, but the root user's.
 */
function readUserId(userId: string, principal: PrincipalArn): Pick<Identity, "principalId" | "sessionName"> {
  switch (principal.kind) {
    case "root":
      if (userId !== principal.accountId) throw stsFault("the user id is not the account's");
      return { principalId: userId, sessionName: "" };
    case "federated-user":
      if (userId !== `${principal.accountId}:${principal.name}`) throw stsFault("the user id does not fit the ARN");
      return { principalId: userId, sessionName: "" };
    case "user":
      if (!UNIQUE_ID.user.test(userId)) throw stsFault("the user id is not a user's");
      return { principalId: userId, sessionName: "" };
    case "assumed-role": {
      const { sessionName } = principal;
      const principalId = userId.slice(0, userId.indexOf(":"));
      if (!UNIQUE_ID.role.test(principalId)) throw stsFault("the user id is not a role's");
      if (userId !== `${principalId}:${sessionName}`) throw stsFault("the user id is of another session than the ARN");
      return { principalId, sessionName };
    }
  }
}

function onlyMembers(members: JsonObject, known: readonly string[]): void {
  for (const key of members.keys()) {
    if (!known.includes(key)) throw stsFault("an envelope that is not GetCallerIdentity's");
  }
}

function objectMember(members: JsonObject, key: string): JsonObject {
  const value = members.get(key);
  if (!(value instanceof Map)) throw stsFault(`"${key}" is missing or not an object`);
  return value;
}
