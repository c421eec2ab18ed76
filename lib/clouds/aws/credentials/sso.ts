/**
 * Keys of a permission set, by the session that `aws sso login` started.
 *
 * Source: "IAM Identity Center credential provider" of the AWS SDKs and Tools reference guide; "GetRoleCredentials" and
 * "CreateToken" of the API references of IAM Identity Center; `credentials.py` and `tokens.py` of botocore for the cache.
 *
 * @module
 */

import { readTextFileIfThere } from "../../../files.ts";
import { inHome } from "../../../home.ts";
import { quoted, sentence, shellWord } from "../../../quote.ts";
import { Secret } from "../../../secret.ts";
import type { JsonObject } from "../../../strict_json.ts";
import { VERSION } from "../../../version.ts";
import type { World } from "../../../world.ts";
import { askService, objectAt, opaqueMember, readObject, refusal, type ServiceCall } from "../../service_call.ts";
import { keeping } from "../../kept_sessions.ts";
import { type Credentials, CredentialsError, type KeepKeys, type StsWanted } from "../../signer.ts";
import { ssoService, TRUST_OPTION } from "../service.ts";
import { readJsonObject } from "../../key_json.ts";
import type { ChosenProfile } from "./profile.ts";

/** Largest cached session: real ones have 3 KB. */
const MAX_SESSION_BYTES = 65_536;

/** How long before its end a session is renewed, as by the AWS CLI. */
const RENEWAL_WINDOW_MS = 15 * 60_000;

const ACCOUNT_ID = /^\d{12}$/;
const ROLE_NAME = /^[\w+=,.@-]{1,64}$/;

/** What the profile says, whole. */
interface SsoSettings {
  /** Of a session that can be renewed; `undefined` where the profile has a start URL alone. */
  readonly session: string | undefined;
  readonly startUrl: string;
  readonly region: string;
  readonly accountId: string;
  readonly roleName: string;
}

/** The keys of which session. */
export interface SsoWanted extends ChosenProfile {
  readonly sts: StsWanted;
  readonly keep: KeepKeys | undefined;
}

/**
 * Asks IAM Identity Center for the keys, or takes those that are kept of the session in which somebody is logged in now.
 *
 * @throws {CredentialsError} if the profile is not whole, nobody is logged in, or the service refuses or cannot be asked
 */
export async function askSso(world: World, { sts, keep, ...chosen }: SsoWanted): Promise<Credentials> {
  const { name } = chosen.profile;
  const attempt = `Cannot use the SSO session of profile "${name}"`;
  const settings = readSettings(chosen, attempt);
  const login = settings.session === undefined
    ? `--profile ${shellWord(name)}`
    : `--sso-session ${shellWord(settings.session)}`;
  const fail = (why: string) => new CredentialsError(`${attempt}: ${why}; run "aws sso login ${login}"`);
  const cached = await readSession(world, settings, fail);
  const caller = { attempt, hostOption: '"sso_region"', trustOption: TRUST_OPTION, Failure: CredentialsError };
  // The login of somebody else ends at another time.
  const asked = { profile: name, settings: [...chosen.profile.settings], ...settings, signedInUntil: cached.expiresAt };
  const wanted = { cached, settings, sts, fail, caller };
  const source = `the SSO session of profile "${name}"`;
  return await keeping({ keep, sts }, asked, async () => ({ ...await keysOfRole(world, wanted), source }));
}

async function keysOfRole(world: World, wanted: TokenWanted): Promise<Omit<Credentials, "source">> {
  const { settings, sts, fail, caller } = wanted;
  const accessToken = await currentToken(world, wanted);
  const { url, host, caFile } = await ssoService(world, sts, { service: "sso", region: settings.region });
  const query = new URLSearchParams({ role_name: settings.roleName, account_id: settings.accountId });
  const call: ServiceCall = { ...caller, service: "IAM Identity Center", caFile };
  const request = {
    url: `${url}federation/credentials?${query}`,
    method: "GET",
    headers: { host, accept: "application/json", "x-amz-sso_bearer_token": accessToken, "user-agent": userAgent() },
  } as const;
  const answer = await askService(world, request, call);
  if (answer.status === 401) throw fail("IAM Identity Center says that the session has ended");
  const object = readObject(answer, call);
  if (answer.status !== 200) throw refused(call, answer.status, object);
  const keys = objectAt(object, "roleCredentials");
  const expiration = keys.get("expiration");
  return {
    accessKeyId: opaqueMember(keys, "accessKeyId", call),
    accessKeySecret: new Secret(opaqueMember(keys, "secretAccessKey", call)),
    securityToken: new Secret(opaqueMember(keys, "sessionToken", call)),
    ...(typeof expiration === "number" ? { expiresAt: new Date(expiration) } : {}),
  };
}

function readSettings({ profile, shared }: ChosenProfile, attempt: string): SsoSettings {
  const { settings } = profile;
  const session = settings.get("sso_session");
  const section = session === undefined ? undefined : shared.ssoSessions.get(session);
  const { config } = shared.files;
  if (session !== undefined && section === undefined) {
    throw new CredentialsError(
      `${attempt}: section [sso-session ${session}] is missing in "${config}"; run "aws configure sso", or add it`,
    );
  }
  const value = (key: string): string => {
    const [own, shared] = [settings.get(key), section?.get(key)];
    if (own && shared && own !== shared) {
      throw new CredentialsError(`${attempt}: "${key}" is another one in section [sso-session ${session}]; remove one`);
    }
    const found = own || shared;
    if (found) return found;
    throw new CredentialsError(
      `${attempt}: "${key}" is missing; run "aws configure sso --profile ${shellWord(profile.name)}"`,
    );
  };
  const read = {
    session,
    startUrl: value("sso_start_url"),
    region: value("sso_region"),
    accountId: value("sso_account_id"),
    roleName: value("sso_role_name"),
  };
  const broken = !ACCOUNT_ID.test(read.accountId)
    ? `"sso_account_id" ${quoted(read.accountId)} is not 12 digits`
    : !ROLE_NAME.test(read.roleName)
    ? `"sso_role_name" ${quoted(read.roleName)} is not the name of a permission set`
    : undefined;
  if (broken !== undefined) throw new CredentialsError(`${attempt}: ${broken}; correct it in "${config}"`);
  return read;
}

/** A session as `aws sso login` keeps it. */
interface CachedSession {
  readonly accessToken: string;
  readonly expiresAt: Date;
  /** What renews it; `undefined` where it cannot be. */
  readonly renewal: Readonly<Record<"clientId" | "clientSecret" | "refreshToken", string>> | undefined;
}

async function readSession(
  world: World,
  { session, startUrl }: SsoSettings,
  fail: (why: string) => CredentialsError,
): Promise<CachedSession> {
  const name = await sha1(session ?? startUrl);
  const text = await readTextFileIfThere(world, inHome(world, `~/.aws/sso/cache/${name}.json`), {
    what: "the session of aws sso login",
    maxBytes: MAX_SESSION_BYTES,
  });
  if (text === undefined) throw fail("nobody is logged in");
  const { accessToken, expiresAt, clientId, clientSecret, refreshToken } = readJsonObject(text) ?? {};
  const end = new Date(typeof expiresAt === "string" ? expiresAt.replace(/UTC$/, "Z") : NaN);
  if (typeof accessToken !== "string" || !/^[\x21-\x7e]+$/.test(accessToken) || Number.isNaN(end.getTime())) {
    throw fail("the cached session cannot be read");
  }
  const renewal = typeof clientId === "string" && typeof clientSecret === "string" && typeof refreshToken === "string"
    ? { clientId, clientSecret, refreshToken }
    : undefined;
  return { accessToken, expiresAt: end, renewal: session === undefined ? undefined : renewal };
}

/** What asking for a current token takes. */
interface TokenWanted {
  readonly cached: CachedSession;
  readonly settings: SsoSettings;
  readonly sts: StsWanted;
  readonly fail: (why: string) => CredentialsError;
  readonly caller: Pick<ServiceCall, "attempt" | "hostOption" | "trustOption" | "Failure">;
}

/** The token of the session, renewed where it ends soon. It is not kept: this program writes no files of others. */
async function currentToken(world: World, { cached, settings, sts, fail, caller }: TokenWanted): Promise<string> {
  const leftMs = cached.expiresAt.getTime() - world.now().getTime();
  if (leftMs > RENEWAL_WINDOW_MS) return cached.accessToken;
  if (cached.renewal === undefined) {
    if (leftMs > 0) return cached.accessToken;
    throw fail(`the session ended at ${cached.expiresAt.toISOString()}`);
  }
  const { url, host, caFile } = await ssoService(world, sts, { service: "oidc", region: settings.region });
  const call: ServiceCall = { ...caller, service: "IAM Identity Center (OIDC)", caFile };
  const request = {
    url: `${url}token`,
    method: "POST",
    headers: { host, "content-type": "application/json", accept: "application/json", "user-agent": userAgent() },
    body: JSON.stringify({ grantType: "refresh_token", ...cached.renewal }),
  } as const;
  try {
    const answer = await askService(world, request, call);
    if (answer.status === 200) return opaqueMember(readObject(answer, call), "accessToken", call);
  } catch (failure) {
    if (leftMs <= 0) throw failure;
  }
  if (leftMs > 0) return cached.accessToken;
  throw fail(`the session ended at ${cached.expiresAt.toISOString()}, and cannot be renewed`);
}

function refused(call: ServiceCall, status: number, object: JsonObject): Error {
  const code = object.get("__type") ?? object.get("code");
  const said = typeof code === "string" ? sentence(code).replace(/^.*#/, "") : undefined;
  const advice = status === 403
    ? "check that the permission set is assigned to you in this account"
    : 'check "sso_account_id" and "sso_role_name"';
  return refusal(call, { status, code: said, message: object.get("message"), requestId: undefined }, advice);
}

function userAgent(): string {
  return `ram-auth/${VERSION}`;
}

async function sha1(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text))).toHex();
}
