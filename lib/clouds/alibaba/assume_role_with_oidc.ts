/**
 * Alibaba Cloud's AssumeRoleWithOIDC, by which a token of an identity provider becomes the keys of a role: RRSA in
 * clusters, and jobs of CI. Nobody signs it: the token is what counts. Not on the start-up path of `token`.
 *
 * Source: "AssumeRoleWithOIDC" of the STS API reference, version 2015-04-01; parameters are placed as in Alibaba Cloud's
 * SDKs, the general ones in the query, those of the action in the body.
 *
 * @module
 */

import { readTextFile } from "../../files.ts";
import type { OutgoingRequest, ReceivedAnswer } from "../../http.ts";
import { Secret } from "../../secret.ts";
import { VERSION } from "../../version.ts";
import type { World } from "../../world.ts";
import { roleCall, settleSessionName } from "../role_session.ts";
import { type Advice, askService, objectAt } from "../service_call.ts";
import { type Credentials, CredentialsError, type SessionName, type StsWanted } from "../signer.ts";
import { readResult, readTemporaryKeys } from "./answers.ts";
import type { ApiCallContext } from "./api_call.ts";
import { canonicalQuery } from "./acs3.ts";
import { chooseStsHost, demandRoleArn, DURATION_SECONDS, SESSION_NAMES } from "./assume_role.ts";
import { API_VERSION } from "./token.ts";

/** Largest token that STS takes; those of Kubernetes have 1 KB, those of CI systems 2 KB. */
const MAX_TOKEN_BYTES = 20_000;

/** One word, as tokens are and private keys are not: what else is in the file must not be sent. */
const TOKEN = /^[\x21-\x7e]{4,}$/;

/** What to do about an error code of STS; of a code with parts, about its first. */
const ADVICE: Advice = {
  byCode: {
    AuthenticationFail: "check that the token is of this provider and for its client id, and has not expired",
    EntityNotExist: "check the ARNs of the role and of the provider",
    NoPermission: "check that the role's trust policy names the provider, and takes the token's subject and audience",
  },
  otherwise: "check the role, the provider and the token",
};

/** Which role is wanted, and what for it. */
export interface OidcRoleRequest {
  readonly roleArn: string;
  readonly providerArn: string;
  /** Path of the file that holds the token; whoever wrote it renews it. */
  readonly tokenFile: string;
  readonly session: SessionName;
  readonly durationSeconds?: number | undefined;
  readonly sts: StsWanted;
}

/**
 * Gets the keys of a role for the token in a file.
 *
 * @throws {UsageError} if the ARN is none of a role, or the session cannot be called so
 * @throws {FileError} if the file cannot be read; {CredentialsError} if it holds no token
 * @throws {AssumeRoleError} if STS refuses, or cannot be asked
 */
export async function assumeRoleWithOidc(world: World, request: OidcRoleRequest): Promise<Credentials> {
  const { roleArn, session, sts } = request;
  demandRoleArn(roleArn);
  const token = await readToken(world, request.tokenFile);
  const call = roleCall(roleArn, sts.caFile);
  const context = { host: await chooseStsHost(world, sts), now: world.now() };
  const noCaller = () => Promise.resolve("");
  const sessionName = await settleSessionName(session, {
    ...SESSION_NAMES,
    now: context.now,
    callerPrincipalId: noCaller,
  });
  const answer = await askService(world, buildAssumeRoleWithOidc(request, { ...context, sessionName, token }), call);
  return readAssumeRoleWithOidc(answer, request);
}

async function readToken(world: World, path: string): Promise<Secret> {
  const text = (await readTextFile(world, path, { what: "the OIDC token", maxBytes: MAX_TOKEN_BYTES })).trim();
  if (TOKEN.test(text)) return new Secret(text);
  throw new CredentialsError(
    `Cannot use the OIDC token "${path}": it holds something else than one token; check what writes it`,
  );
}

/** The request that asks for the keys of a role. */
export function buildAssumeRoleWithOidc(
  { roleArn, providerArn, durationSeconds = DURATION_SECONDS }: OidcRoleRequest,
  { host, now, sessionName, token }: ApiCallContext & { readonly sessionName: string; readonly token: Secret },
): OutgoingRequest {
  const query = {
    Action: "AssumeRoleWithOIDC",
    Format: "JSON",
    SignatureNonce: crypto.randomUUID(),
    Timestamp: now.toISOString().replace(/\.\d{3}Z$/, "Z"),
    Version: API_VERSION,
  };
  const form = {
    DurationSeconds: String(durationSeconds),
    OIDCProviderArn: providerArn,
    OIDCToken: token.reveal(),
    RoleArn: roleArn,
    RoleSessionName: sessionName,
  };
  return {
    url: `https://${host}/?${canonicalQuery(query)}`,
    method: "POST",
    headers: {
      "accept": "application/json",
      "content-type": "application/x-www-form-urlencoded",
      "user-agent": `ram-auth/${VERSION}`,
    },
    body: canonicalQuery(form),
  };
}

/**
 * Judges what came back.
 *
 * @throws {AssumeRoleError} if STS refused, or the answer holds no usable keys
 */
export function readAssumeRoleWithOidc(
  answer: ReceivedAnswer,
  { roleArn, tokenFile }: Pick<OidcRoleRequest, "roleArn" | "tokenFile">,
): Credentials {
  const call = roleCall(roleArn);
  const members = objectAt(readResult(answer, call, ADVICE), "Credentials");
  return readTemporaryKeys(members, `role ${roleArn}, for the OIDC token "${tokenFile}"`, call);
}
