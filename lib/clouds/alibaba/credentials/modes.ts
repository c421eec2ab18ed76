/**
 * Profiles that get their keys from elsewhere: each mode of the aliyun CLI, by its name.
 *
 * Source: github.com/aliyun/aliyun-cli, `config/profile.go`. What is not a key or a security token signs no request for
 * STS, so that some modes have no use here.
 *
 * @module
 */

import { inHome } from "../../../home.ts";
import { quoted } from "../../../quote.ts";
import type { World } from "../../../world.ts";
import { type Credentials, keyIdPattern, SECRET_TEXT } from "../../signer.ts";
import { assumeRole } from "../assume_role.ts";
import { assumeRoleWithOidc } from "../assume_role_with_oidc.ts";
import { KEY_FORM } from "../token.ts";
import { explaining, stsWanted } from "./asking.ts";
import { keeping, lifetime } from "../../kept_sessions.ts";
import { cloudSso } from "./cloud_sso.ts";
import { askCredentialsUri } from "./credentials_uri.ts";
import { askInstance } from "./ecs_metadata.ts";
import { external } from "./external.ts";
import { oauth } from "./oauth.ts";
import { broken, type Following, keysOf, need, type Profile } from "./profile.ts";

type Mode = (world: World, profile: Profile, following: Following) => Promise<Credentials>;

/** By their names in lower case. */
const MODES: ReadonlyMap<string, Mode> = new Map<string, Mode>([
  ["ramrolearn", ramRoleArn],
  ["ecsramrole", ecsRamRole],
  ["ramrolearnwithrolename", ramRoleArnWithRoleName],
  ["ramrolearnwithecs", ramRoleArnWithRoleName],
  ["chainableramrolearn", chainableRamRoleArn],
  ["external", external],
  ["credentialsuri", credentialsUri],
  ["oidc", oidc],
  ["cloudsso", cloudSso],
  ["oauth", oauth],
]);

/** Modes without keys, and what they have instead. */
const KEYLESS: ReadonlyMap<string, string> = new Map([
  ["bearertoken", "a bearer token"],
  ["rsakeypair", "a key pair, which Alibaba Cloud has retired"],
  ["anonymous", "nothing"],
]);

/** Gets the keys of a profile whose mode is neither AK nor StsToken. */
export async function followMode(world: World, profile: Profile, following: Following): Promise<Credentials> {
  const mode = MODES.get(profile.mode.toLowerCase());
  if (mode !== undefined) {
    return await explaining(profile.attempt, async () => await mode(world, profile, following));
  }
  const instead = KEYLESS.get(profile.mode.toLowerCase());
  const why = instead === undefined
    ? "is not known here"
    : `gives ${instead} to sign with, and a login needs an access key`;
  throw broken(
    profile,
    `its ${profile.nameInFile("mode")} ${quoted(profile.mode)} ${why}; use a profile of mode AK, RamRoleArn or another`,
  );
}

async function ramRoleArn(world: World, profile: Profile, following: Following): Promise<Credentials> {
  const keys = keysOf(profile, { isTemporary: profile.settings.has("sts_token") });
  return await assume(world, profile, following, keys);
}

async function ramRoleArnWithRoleName(world: World, profile: Profile, following: Following): Promise<Credentials> {
  return await assume(world, profile, following, await ecsRamRole(world, profile));
}

async function chainableRamRoleArn(world: World, profile: Profile, following: Following): Promise<Credentials> {
  return await assume(world, profile, following, await following.sourceKeys(need(profile, "source_profile")));
}

async function ecsRamRole(world: World, profile: Profile): Promise<Credentials> {
  const found = await askInstance(world, profile.settings.get("ram_role_name"));
  if ("notConfigured" in found) {
    throw broken(profile, `${found.notConfigured}; run this on the ECS instance, or use another profile`);
  }
  return { ...found, source: profile.source };
}

async function credentialsUri(world: World, profile: Profile, { want }: Following): Promise<Credentials> {
  const uri = profile.settings.get("credentials_uri") ?? (world.env("ALIBABA_CLOUD_CREDENTIALS_URI") || undefined);
  const call = { attempt: profile.attempt, uri: uri ?? need(profile, "credentials_uri"), source: profile.source };
  return await askCredentialsUri(world, { ...call, caFile: want.sts?.caFile });
}

async function oidc(world: World, profile: Profile, { want }: Following): Promise<Credentials> {
  const request = {
    roleArn: need(profile, "ram_role_arn"),
    providerArn: need(profile, "oidc_provider_arn"),
    tokenFile: inHome(world, need(profile, "oidc_token_file")),
    session: sessionOf(profile),
    durationSeconds: lifetime(want, durationOf(profile)),
    sts: stsWanted(world, want, stsOf(profile)),
  };
  const keys = await keeping(want, request, () => assumeRoleWithOidc(world, request));
  return { ...keys, source: profile.source };
}

async function assume(
  world: World,
  profile: Profile,
  { want }: Following,
  credentials: Credentials,
): Promise<Credentials> {
  demandSendable(profile, credentials);
  const request = {
    roleArn: need(profile, "ram_role_arn"),
    externalId: profile.settings.get("external_id"),
    session: sessionOf(profile),
    durationSeconds: lifetime(want, durationOf(profile)),
    policy: profile.settings.get("policy"),
    sts: stsWanted(world, want, stsOf(profile)),
  };
  const asked = { ...request, keys: credentials.accessKeyId };
  const keys = await keeping(want, asked, () => assumeRole(world, { ...request, credentials }));
  return { ...keys, source: profile.source };
}

/** What stands in a header. Whose keys sign the token itself is judged by whoever mints it. */
function demandSendable(profile: Profile, { accessKeyId, securityToken }: Credentials): void {
  const isSendable = new RegExp(`^${keyIdPattern(KEY_FORM)}$`).test(accessKeyId) &&
    (securityToken === undefined || SECRET_TEXT.test(securityToken.reveal()));
  if (isSendable) return;
  throw broken(profile, "its access key id or security token has characters that none has; copy it again");
}

function sessionOf({ settings }: Profile) {
  const name = settings.get("ram_session_name");
  return name === undefined ? { kind: "usual" } as const : { kind: "given", name } as const;
}

function stsOf({ settings }: Profile) {
  return { region: settings.get("sts_region"), endpoint: settings.get("sts_endpoint") };
}

/** As STS has it; what it does not take, it says itself. */
function durationOf(profile: Profile): number | undefined {
  const text = profile.settings.get("expired_seconds");
  if (text === undefined || text === "0") return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw broken(profile, `"${profile.nameInFile("expired_seconds")}" is no number of seconds; ${profile.repair}`);
}
