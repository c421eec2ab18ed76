/**
 * `ram-auth token`: prints the bearer token for one cluster, as kubectl's exec plugin.
 *
 * @module
 */

import { cloudName, cloudOfArn, loadSigner } from "../../clouds/registry.ts";
import { NoCredentials, type Signer } from "../../clouds/signer.ts";
import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import type { CloudId } from "../../identity/identity.ts";
import { importLater } from "../../import_later.ts";
import { type ExecCredentialVersion, formatExecCredential, readExecInfo } from "../../token/exec_credential.ts";
import { type MintOptions, mintToken } from "../../token/mint.ts";
import { quoted } from "../../quote.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";

/** Mints and prints; nothing but the answer goes to standard output. */
export async function run({ settings, world }: Invocation): Promise<number> {
  await asLogin(settings, world, settings.require("cluster-id"), async (signer, options) => {
    await printToken(world, signer, { ...options, bare: settings.get("token-only") });
  });
  return 0;
}

/**
 * What a command does with the login that its settings describe.
 *
 * @throws {NoCredentials} also with what to do where keys of another cloud are there
 * @throws whatever `act` throws
 */
export async function asLogin(
  settings: Settings,
  world: World,
  clusterId: string,
  act: (signer: Signer, options: MintOptions) => Promise<void>,
): Promise<void> {
  const roles = await readRoles(settings, world);
  const cloud = await chooseCloud(settings);
  const options: MintOptions = {
    clusterId,
    profile: settings.get("profile"),
    roles,
    ...(settings.get("cache") ? await keeping(settings, world, { cloud, clusterId }) : {}),
    sts: {
      region: settings.get("region"),
      endpoint: settings.get("sts-endpoint"),
      caFile: settings.get("sts-ca-file"),
      profile: settings.get("profile"),
    },
  };
  try {
    await act(await loadSigner(cloud), options);
  } catch (failure) {
    throw failure instanceof NoCredentials ? await withOtherKeys(failure, { world, cloud, settings }) : failure;
  }
}

/** Keeps keys of this cluster and cloud in the cache's folder, if there is one. */
async function keeping(
  settings: Settings,
  world: World,
  login: { readonly cloud: CloudId; readonly clusterId: string },
): Promise<Pick<MintOptions, "keep">> {
  const { cacheFolderOf } = await importLater<typeof import("./cache_folder.ts")>("./cache_folder.ts", import.meta.url);
  const { cachedCredentials } = await importLater<typeof import("../../token/credential_cache.ts")>(
    "../../token/credential_cache.ts",
    import.meta.url,
  );
  const folder = cacheFolderOf(settings, world);
  if (folder === undefined) {
    world.stderr.write("ram-auth: warning: Cannot cache credentials: HOME is not set; give --cache-dir\n");
    return {};
  }
  return { keep: (asked, obtain) => cachedCredentials(world, { folder, asked: { ...login, ...asked } }, obtain) };
}

/** The failure, with what to do where keys of another cloud are there. */
async function withOtherKeys(
  failure: NoCredentials,
  { world, cloud, settings }: { readonly world: World; readonly cloud: CloudId; readonly settings: Settings },
): Promise<NoCredentials> {
  const { findOtherKeys } = await importLater<typeof import("./other_keys.ts")>(
    "./other_keys.ts",
    import.meta.url,
  );
  const other = await findOtherKeys(world, cloud, { profile: settings.get("profile") });
  if (other === undefined) return failure;
  return new NoCredentials(`${failure.message}\n  ${other.text}: add --cloud ${other.cloud}`, { cause: failure });
}

/** How to print a token: bare, or as an ExecCredential, in `version` where kubectl's environment asks for none. */
export interface PrintOptions {
  readonly bare: boolean;
  readonly version?: ExecCredentialVersion;
}

/** Mints a token and prints it. */
export async function printToken(
  world: World,
  signer: Signer,
  { bare, version: otherwise, ...options }: MintOptions & PrintOptions,
): Promise<void> {
  const version = readExecInfo(world.env("KUBERNETES_EXEC_INFO"), otherwise);
  if (version === "v1alpha1") {
    world.stderr.write(
      'ram-auth: warning: the kubeconfig\'s exec section says "client.authentication.k8s.io/v1alpha1", which kubectl ' +
        "has not read since 1.24; write v1beta1 or v1\n",
    );
  }
  const minted = await mintToken(world, signer, options);
  world.stdout.write(bare ? `${minted.token.reveal()}\n` : `${formatExecCredential(minted, version)}\n`);
}

/** The options that say which roles are assumed, and how. */
const ROLE_OPTIONS = [
  "role",
  "external-id",
  "session-name",
  "forward-session-name",
  "duration",
  "policy",
  "policy-arn",
  "mfa-serial",
] as const;

/**
 * The roles that the settings name, with the terms; `undefined` where they name none.
 *
 * @throws {UsageError} if the session is named twice, or the policy is not JSON
 * @throws {FileError} if the policy cannot be read
 */
export async function readRoles(settings: Settings, world: World): Promise<MintOptions["roles"]> {
  const given = ROLE_OPTIONS.filter((name) => ![undefined, "default"].includes(settings.setBy(name)));
  return given.length === 0 ? undefined : await (await loadRoles()).rolesOf(settings, world, given);
}

const loadRoles = () => importLater<typeof import("./roles.ts")>("./roles.ts", import.meta.url);

/**
 * The cloud that was asked for, where no role is one of another.
 *
 * @param advice how to sign with keys of the other one
 * @throws {UsageError} if it is
 */
export function agreeing(
  cloud: CloudId,
  roles: readonly string[] = [],
  advice = (cloud: CloudId) => `sign with --cloud ${cloud}`,
): CloudId {
  for (const role of roles) {
    const ofRole = cloudOfArn(role);
    if (ofRole === undefined || ofRole === cloud) continue;
    throw new UsageError(
      `Cannot assume role ${quoted(role)} with keys of ${cloudName(cloud)}: it is not a role ARN of that cloud, but ` +
        `of ${cloudName(ofRole)}; ${advice(ofRole)}, or name a role of ${cloudName(cloud)}`,
    );
  }
  return cloud;
}

/** The cloud that was asked for; or that of the role; or the only one that the config file is about; or Alibaba Cloud. */
async function chooseCloud(settings: Settings): Promise<CloudId> {
  const given = settings.get("cloud");
  const roles = settings.get("role");
  if (given !== undefined) return agreeing(given, roles);
  const ofRoles = roles && (await loadRoles()).cloudOfRoles(roles);
  if (ofRoles !== undefined) return ofRoles;
  if (settings.get("config") === undefined) return "alibaba";
  const { acceptedClouds } = await importLater<typeof import("../../config/accepted_clouds.ts")>(
    "../../config/accepted_clouds.ts",
    import.meta.url,
  );
  const { clouds: [first, ...others] } = acceptedClouds(settings);
  return first !== undefined && others.length === 0 ? first : "alibaba";
}
