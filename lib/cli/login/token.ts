/**
 * `ram-auth token`: prints the bearer token for one cluster, as kubectl's exec plugin.
 *
 * @module
 */

import { cloudOfArn, loadSigner } from "../../clouds/registry.ts";
import type { SessionName, Signer } from "../../clouds/signer.ts";
import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import type { CloudId } from "../../identity/identity.ts";
import { importLater } from "../../import_later.ts";
import { type ExecCredentialVersion, formatExecCredential, readExecInfo } from "../../token/exec_credential.ts";
import { type MintOptions, mintToken } from "../../token/mint.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";

/** Mints and prints; nothing but the answer goes to standard output. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const options: MintOptions = {
    clusterId: settings.require("cluster-id"),
    profile: settings.get("profile"),
    role: readRole(settings, world),
    sts: {
      region: settings.get("region"),
      endpoint: settings.get("sts-endpoint"),
      caFile: settings.get("sts-ca-file"),
      profile: settings.get("profile"),
    },
  };
  const signer = await loadSigner(await chooseCloud(settings));
  await printToken(world, signer, { ...options, bare: settings.get("token-only") });
  return 0;
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

/**
 * The cloud of a role.
 *
 * @throws {UsageError} if the text is no cloud's ARN
 */
export function cloudOfRole(role: string): CloudId {
  const cloud = cloudOfArn(role);
  if (cloud !== undefined) return cloud;
  throw new UsageError(`Cannot assume role "${role}": it is not an ARN of Alibaba Cloud or AWS; write the whole ARN`);
}

/** The cloud that was asked for; or that of the role; or the only one that the config file is about; or Alibaba Cloud. */
async function chooseCloud(settings: Settings): Promise<CloudId> {
  const given = settings.get("cloud");
  if (given !== undefined) return given;
  const role = settings.get("role");
  if (role !== undefined) return cloudOfRole(role);
  if (settings.get("config") === undefined) return "alibaba";
  const { acceptedClouds } = await importLater<typeof import("../../config/accepted_clouds.ts")>(
    "../../config/accepted_clouds.ts",
    import.meta.url,
  );
  const { clouds: [first, ...others] } = acceptedClouds(settings);
  return first !== undefined && others.length === 0 ? first : "alibaba";
}

/**
 * Which role is wanted, and how its session is called.
 *
 * @throws {UsageError} if the session is named twice
 */
export function readRole(settings: Settings, world: Pick<World, "stderr">): MintOptions["role"] {
  const arn = settings.get("role");
  const [externalId, name] = [settings.get("external-id"), settings.get("session-name")];
  const forward = settings.get("forward-session-name");
  if (forward && name !== undefined) {
    throw new UsageError(
      "Cannot use --session-name with --forward-session-name: both name the session; leave one of them out",
    );
  }
  if (arn !== undefined) return { arn, externalId, session: readSession(name, forward) };
  if (forward || name !== undefined || externalId !== undefined) {
    world.stderr.write(
      "ram-auth: notice: the external ID and session name have no effect, because no role is assumed\n",
    );
  }
  return undefined;
}

function readSession(name: string | undefined, forward: boolean): SessionName {
  if (forward) return { kind: "of_caller" };
  return name === undefined ? { kind: "usual" } : { kind: "given", name };
}
