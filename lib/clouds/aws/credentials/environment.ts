/**
 * AWS credentials in environment variables.
 *
 * @module
 */

import { type Credentials, CredentialsError, type CredentialSource } from "../../signer.ts";
import { Secret } from "../../../secret.ts";
import type { World } from "../../../world.ts";

const ID = "AWS_ACCESS_KEY_ID";
const SECRET = "AWS_SECRET_ACCESS_KEY";
const TOKEN = "AWS_SESSION_TOKEN";
/** The name of old for {@linkcode TOKEN}; the AWS CLI asks for it first. */
const OLD_TOKEN = "AWS_SECURITY_TOKEN";
const EXPIRATION = "AWS_CREDENTIAL_EXPIRATION";

/** ISO 8601, as `aws configure export-credentials` writes it: with a zone, so that it is one point in time. */
const ZONED_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})$/;

/** `AWS_ACCESS_KEY_ID` and what belongs to it. A profile asked for by name passes it over; `AWS_PROFILE` does not. */
export const environment: CredentialSource = {
  name: "environment",
  async find(world, { profile }) {
    return await Promise.resolve(
      profile === undefined ? readVariables(world) : {
        notConfigured: `skipped, because profile "${profile}" was asked for`,
      },
    );
  },
};

function readVariables(world: World): Credentials | { readonly notConfigured: string } {
  const [accessKeyId, accessKeySecret] = [world.env(ID), world.env(SECRET)];
  if (!accessKeyId && !accessKeySecret) return { notConfigured: `${ID} is not set` };
  if (!accessKeyId || !accessKeySecret) {
    const [set, unset] = accessKeyId ? [ID, SECRET] : [SECRET, ID];
    throw new CredentialsError(
      `Cannot use the environment's credentials: ${set} is set, but ${unset} is not; set both`,
    );
  }
  const token = world.env(OLD_TOKEN) ? OLD_TOKEN : TOKEN;
  const [securityToken, expiration] = [world.env(token), world.env(EXPIRATION)];
  return {
    accessKeyId,
    accessKeySecret: new Secret(accessKeySecret),
    ...(securityToken ? { securityToken: new Secret(securityToken) } : {}),
    ...(expiration ? { expiresAt: readTime(expiration) } : {}),
    source: `environment (${ID})`,
    names: { accessKeyId: ID, accessKeySecret: SECRET, securityToken: token },
  };
}

function readTime(text: string): Date {
  const time = new Date(ZONED_TIME.test(text) ? text : NaN);
  if (!Number.isNaN(time.getTime())) return time;
  throw new CredentialsError(
    `Cannot use the environment's credentials: ${EXPIRATION} "${text}" is no ISO 8601 time with a zone, such as ` +
      '"2026-11-22T12:00:00Z"; unset it, or export the credentials again',
  );
}
