/**
 * Which roles a login assumes, and on what terms.
 *
 * @module
 */

import { cloudName, cloudOfArn } from "../../clouds/registry.ts";
import { KEPT_SECONDS } from "../../clouds/kept_sessions.ts";
import type { SessionName } from "../../clouds/signer.ts";
import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import { importLater } from "../../import_later.ts";
import type { CloudId } from "../../identity/identity.ts";
import { quoted } from "../../quote.ts";
import type { RolesWanted } from "../../token/mint.ts";
import type { World } from "../../world.ts";

/** Largest session policy, in bytes; STS takes 2,048 characters. */
const MAX_POLICY_BYTES = 8_192;

/**
 * The roles that the settings name, with the terms; `undefined` where they name none.
 *
 * @param given the options about roles that are not at their default
 * @throws {UsageError} if the session is named twice, or the policy is not JSON
 * @throws {FileError} if the policy cannot be read
 */
export async function rolesOf(
  settings: Settings,
  world: World,
  given: readonly string[],
): Promise<RolesWanted | undefined> {
  const session = readSession(settings.get("session-name"), settings.get("forward-session-name"));
  const arns = settings.get("role");
  if (arns === undefined) {
    const idle = given.map((name) => `--${name}`).join(", ");
    world.stderr.write(`ram-auth: notice: ${idle}: no effect, because no role is assumed\n`);
    return undefined;
  }
  return {
    arns,
    terms: {
      session,
      externalId: settings.get("external-id"),
      durationSeconds: settings.get("duration") ?? (settings.get("cache") ? KEPT_SECONDS : undefined),
      policy: await readPolicy(world, settings.get("policy")),
      policyArns: settings.get("policy-arn"),
      mfaSerial: settings.get("mfa-serial"),
    },
  };
}

function readSession(name: string | undefined, forward: boolean): SessionName {
  if (!forward) return name === undefined ? { kind: "usual" } : { kind: "given", name };
  if (name === undefined) return { kind: "of_caller" };
  throw new UsageError(
    "Cannot use --session-name with --forward-session-name: both name the session; leave one of them out",
  );
}

/** On one line, as STS counts each character. */
async function readPolicy(world: World, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const { readTextFile } = await importLater<typeof import("../../files.ts")>("../../files.ts", import.meta.url);
  const text = await readTextFile(world, path, { what: "the session policy", maxBytes: MAX_POLICY_BYTES });
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (cause) {
    throw new UsageError(`Cannot use session policy ${quoted(path)}: it is not JSON; write it as a policy document`, {
      cause,
    });
  }
}

/**
 * The cloud of a chain of roles.
 *
 * @throws {UsageError} if a text is no cloud's ARN, or the roles are of two clouds
 */
export function cloudOfRoles(arns: readonly string[]): CloudId | undefined {
  const clouds = arns.map((arn) => {
    const cloud = cloudOfArn(arn);
    if (cloud !== undefined) return cloud;
    throw new UsageError(
      `Cannot assume role ${quoted(arn)}: it is not an ARN of Alibaba Cloud or AWS; write the whole ARN`,
    );
  });
  const other = clouds.find((cloud) => cloud !== clouds[0]);
  if (clouds[0] === undefined || other === undefined) return clouds[0];
  throw new UsageError(
    `Cannot assume a role of ${cloudName(other)} with the keys of one of ${
      cloudName(clouds[0])
    }: name roles of one cloud`,
  );
}
