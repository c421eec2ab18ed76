/**
 * Alibaba Cloud's GetCallerIdentity: the request rebuilt from a token's validated parts, and the judgement of the
 * answer.
 *
 * @module
 */

import type { Identity } from "../../identity/identity.ts";
import { type ReadContext, type StsAnswer, type StsCall, TokenError } from "../cloud.ts";
import { judgeSignatureAge } from "../signature_age.ts";
import { explainingDenials, judgeMembers, readJsonAnswer, stsFault, stsRefusal, textMember } from "../sts_answer.ts";
import { quoted } from "../../quote.ts";
import { VERSION } from "../../version.ts";
import { canonicalQuery } from "./acs3.ts";
import { parsePrincipalArn } from "./arn.ts";
import { authorization, CLUSTER_ID_PARAMETER, signedHeaders, type SignedRequest } from "./token.ts";

/** The codes by which STS asks for fewer calls: `Throttling`, `Throttling.User`, `Throttling.Api`. */
const THROTTLE_CODE = /^Throttling(?:\.|$)/;

/**
 * Rebuilds the request that the token's signer signed.
 *
 * @throws {TokenError} if the token is for another cluster, or its date is not within the last 15 minutes
 */
export function buildStsCall(
  request: SignedRequest,
  { host, region }: Pick<StsCall, "host" | "region">,
  { clusterId, now }: ReadContext,
): StsCall {
  if (request.clusterId !== clusterId) {
    throw new TokenError(
      "wrong_cluster",
      `Cannot accept the token: it is signed for cluster ${quoted(request.clusterId)}, not ${
        quoted(clusterId)
      }; get one ` +
        "for that cluster id",
    );
  }
  const signedAt = readDate(request.date);
  const endsAtMs = judgeSignatureAge(signedAt, now);
  return {
    host,
    region,
    method: "POST",
    target: `/?${canonicalQuery({ [CLUSTER_ID_PARAMETER]: clusterId })}`,
    headers: {
      ...signedHeaders(request),
      authorization: authorization(request),
      accept: "application/json",
      "user-agent": `ram-auth/${VERSION}`,
    },
    accessKeyId: request.accessKeyId,
    endsAtMs,
    readAnswer: (answer) =>
      explainingDenials(answer, { signedAt, now }, () => readCallerIdentity(answer, request.accessKeyId)),
  };
}

function readDate(text: string): Date {
  const date = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text) ? new Date(text) : undefined;
  if (date === undefined || Number.isNaN(date.getTime()) || date.toISOString() !== text.replace("Z", ".000Z")) {
    throw new TokenError("malformed", 'Cannot read the token: "x-acs-date" is not a canonical UTC time');
  }
  return date;
}

/**
 * Judges what came back from GetCallerIdentity.
 *
 * Members that are not known may be there, flat or nested, and are not read. No other action's answer, and no envelope,
 * passes for this one.
 *
 * @throws {StsDenied} if STS refused the caller
 * @throws {StsThrottled} if STS asks for fewer calls
 * @throws {StsFault} if STS never answers so
 */
export function readCallerIdentity(answer: StsAnswer, accessKeyId: string): Identity {
  const members = readJsonAnswer(answer);
  if (answer.status !== 200) {
    const [code, requestId] = [members.get("Code"), members.get("RequestId")];
    throw stsRefusal(answer.status, { code, requestId }, THROTTLE_CODE);
  }
  judgeMembers(members);
  const arn = textMember(members, "Arn");
  const principal = parsePrincipalArn(arn);
  if (principal === undefined) throw stsFault("the ARN is not that of a principal");
  if (textMember(members, "AccountId") !== principal.accountId) throw stsFault("the ARN is of another account");
  const want = ({ root: "Account", user: "RAMUser", "assumed-role": "AssumedRoleUser" } as const)[principal.kind];
  if (textMember(members, "IdentityType") !== want) throw stsFault("the identity type does not fit the ARN");
  const [, principalId, session] = /^([A-Za-z0-9]{1,64})(?::(.+))?$/.exec(textMember(members, "PrincipalId")) ?? [];
  if (principalId === undefined) throw stsFault("the principal id is malformed");
  const sessionName = principal.kind === "assumed-role" ? principal.sessionName : "";
  if ((session ?? "") !== sessionName) throw stsFault("the principal id is of another session than the ARN");
  textMember(members, "RequestId");
  return {
    cloud: "alibaba",
    arn,
    canonicalArn: principal.canonicalArn,
    accountId: principal.accountId,
    principalId,
    sessionName,
    accessKeyId,
  };
}
