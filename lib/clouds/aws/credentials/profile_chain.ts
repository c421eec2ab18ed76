/**
 * Credentials that a profile says how to get: a role with the keys of another profile or of the machine, a web identity, an
 * SSO session, a login session or a process. A profile that asks for one of them is followed alone: where it fails, nothing
 * else is tried, and nobody logs in as the machine.
 *
 * Source: `AssumeRoleProvider` and `ProfileProviderBuilder` in `credentials.py` of botocore.
 *
 * @module
 */

import { quoted } from "../../../quote.ts";
import type { World } from "../../../world.ts";
import {
  type Credentials,
  CredentialsError,
  type CredentialSource,
  type KeepKeys,
  type SessionName,
  type StsWanted,
} from "../../signer.ts";
import { keeping, lifetime } from "../../kept_sessions.ts";
import { assumeRole, isRoleArn } from "../assume_role.ts";
import { askContainer, usualSts } from "./container.ts";
import { environment } from "./environment.ts";
import { askInstanceMetadata } from "./instance_metadata.ts";
import { readLoginSession } from "./login_session.ts";
import { askProcess } from "./process.ts";
import { type Profile, readProfile, type SharedConfig } from "./profile.ts";
import { chosenWay, readKeys } from "./shared_files.ts";
import { askSso } from "./sso.ts";
import { hasKeys, type Way, wayOf, type WayOptions, wayWithoutRole, WEB_IDENTITY_FILE } from "./way.ts";
import { assumeWithWebIdentity } from "./web_identity.ts";

/** Longest chain of roles: each is a call, and a person waits. */
const MAX_ROLES = 5;

/** What a profile that counts, or the environment, says beyond keys. */
export const profileChain: CredentialSource = {
  name: "role, web identity, SSO, login or process",
  callsOthers: true,
  async find(world, want) {
    const chosen = await readProfile(world, want.profile);
    const way = chosenWay(world, want, chosen);
    if (way === undefined || way.kind === "keys") {
      const what = "missing" in chosen ? "no profile" : `neither profile "${chosen.profile.name}"`;
      return { notConfigured: `${what}${"missing" in chosen ? " and no" : " nor the"} environment asks for one` };
    }
    const environment = want.profile === undefined ? world : undefined;
    const trip: Trip = {
      world,
      sts: want.sts ?? usualSts(want.profile),
      keep: want.keep,
      shared: "missing" in chosen ? undefined : chosen.shared,
    };
    const profile = "missing" in chosen ? undefined : chosen.profile;
    return await follow(trip, { profile, way, environment, visited: [] });
  },
};

/** What every step of a chain works with. */
interface Trip {
  readonly world: World;
  readonly sts: StsWanted;
  readonly keep: KeepKeys | undefined;
  readonly shared: SharedConfig | undefined;
}

interface Step extends WayOptions {
  readonly profile: Profile | undefined;
  readonly way: Way;
  /** Profiles whose roles are to be assumed with what this one gives. */
  readonly visited: readonly string[];
}

async function follow(trip: Trip, step: Step): Promise<Credentials> {
  const { world, sts, shared } = trip;
  const { profile, way } = step;

  if (way.kind === "web identity") return await byWebIdentity(trip, step);
  if (profile === undefined || shared === undefined) {
    throw new TypeError(`A ${way.kind} is asked for by a profile alone`);
  }
  const value = (key: string) => profile.settings.get(key) ?? "";
  switch (way.kind) {
    case "role":
      return await byRole(trip, { ...step, profile });
    case "sso":
      return await askSso(world, { shared, profile, sts, keep: trip.keep });
    case "login":
      return await readLoginSession(world, value("login_session"), profile.name);
    case "process":
      return await askProcess(value("credential_process"), profile.name);
    case "keys":
      return readKeys(profile, shared.files);
  }
}

/** Each value comes from the environment, where that counts, else from the profile. */
async function byWebIdentity(trip: Trip, { profile, way, environment }: Step): Promise<Credentials> {
  const value = (variable: string, key: string) => environment?.env(variable) || profile?.settings.get(key);
  const { world, sts } = trip;
  const identity = {
    tokenFile: value(WEB_IDENTITY_FILE, "web_identity_token_file") ?? "",
    roleArn: value("AWS_ROLE_ARN", "role_arn"),
    sessionName: value("AWS_ROLE_SESSION_NAME", "role_session_name"),
    source: way.askedBy === WEB_IDENTITY_FILE ? WEB_IDENTITY_FILE : `profile "${profile?.name}"`,
  };
  return await keeping(trip, identity, () => assumeWithWebIdentity(world, identity, sts));
}

async function byRole(
  trip: Trip,
  { profile, visited }: Step & { readonly profile: Profile },
): Promise<Credentials> {
  const { name, settings } = profile;
  const attempt = `Cannot assume the role of profile "${name}"`;
  const [roleArn = "", source, credentialSource] = ["role_arn", "source_profile", "credential_source"]
    .map((key) => settings.get(key));
  if (!isRoleArn(roleArn)) {
    throw new CredentialsError(`${attempt}: "role_arn" ${quoted(roleArn)} is no role; correct it`);
  }
  if ((source === undefined) === (credentialSource === undefined)) {
    throw new CredentialsError(
      `${attempt}: it has ${source === undefined ? "neither" : "both"} "source_profile" ` +
        `${source === undefined ? "nor" : "and"} "credential_source"; write one of them`,
    );
  }
  const credentials = source === undefined
    ? await ofMachine(trip, credentialSource!, attempt)
    : await ofSourceProfile(trip, { source, attempt, visited: [...visited, name] });
  const [session, seconds] = [settings.get("role_session_name"), settings.get("duration_seconds")];
  const request = {
    roleArn,
    externalId: settings.get("external_id"),
    session: session === undefined ? USUAL_SESSION : { kind: "given", name: session } as const,
    durationSeconds: lifetime(trip, /^\d+$/.test(seconds ?? "") ? Number(seconds) : undefined),
    mfaSerial: settings.get("mfa_serial"),
    sts: trip.sts,
  };
  const asked = { ...request, keys: credentials.accessKeyId };
  return await keeping(trip, asked, () => assumeRole(trip.world, { ...request, credentials }));
}

const USUAL_SESSION: SessionName = { kind: "usual" };

/** A profile may name itself, to have role and keys in one place. */
async function ofSourceProfile(
  trip: Trip,
  { source, attempt, visited }: {
    readonly source: string;
    readonly attempt: string;
    readonly visited: readonly string[];
  },
): Promise<Credentials> {
  const profile = trip.shared?.profile(source);
  if (profile === undefined) {
    throw new CredentialsError(`${attempt}: there is no profile ${quoted(source)}, its "source_profile"; correct it`);
  }
  const keysFirst = hasKeys(profile.settings);
  const isOwnSource = source === visited.at(-1) && keysFirst;
  if ((visited.includes(source) && !isOwnSource) || visited.length > MAX_ROLES) {
    throw new CredentialsError(
      `${attempt}: the chain of "source_profile" ${[...visited, source].map((name) => quoted(name)).join(", ")} ` +
        "does not end; correct it",
    );
  }
  const nobody = { environment: undefined };
  const way = keysFirst ? wayWithoutRole(profile, nobody) : wayOf(profile, nobody);
  if (way === undefined) {
    throw new CredentialsError(
      `${attempt}: profile ${quoted(source)}, its "source_profile", has no credentials; add them`,
    );
  }
  return await follow(trip, { profile, way, environment: undefined, visited });
}

/** What the machine gives, as a profile names it. */
const MACHINE_SOURCES: Readonly<
  Record<string, (trip: Trip) => Promise<Credentials | { readonly notConfigured: string }>>
> = {
  Environment: ({ world }) => environment.find(world, { profile: undefined }),
  EcsContainer: ({ world, sts }) => askContainer(world, sts),
  Ec2InstanceMetadata: ({ world }) => askInstanceMetadata(world),
};

async function ofMachine(trip: Trip, name: string, attempt: string): Promise<Credentials> {
  if (!Object.hasOwn(MACHINE_SOURCES, name)) {
    const known = Object.keys(MACHINE_SOURCES).join(", ");
    throw new CredentialsError(`${attempt}: "credential_source" ${quoted(name)} is unknown; write one of ${known}`);
  }
  const found = await MACHINE_SOURCES[name]!(trip);
  if (!("notConfigured" in found)) return found;
  throw new CredentialsError(`${attempt}: "credential_source" ${name} has no credentials: ${found.notConfigured}`);
}
