/**
 * AWS credentials by the vendor's own SDK: profiles with roles, MFA, SSO, a web identity or a process; and what a
 * machine or a container is given. Loaded only when no keys are in the environment or the shared files.
 *
 * A profile that asks for credentials is followed alone, because the SDK's default chain goes on after a profile that
 * fails, and would log in as the machine. The SDK reads the environment of the process by itself, which is the world's
 * in the real program.
 *
 * @module
 */

import { fromIni } from "@aws-sdk/credential-provider-ini";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { messageOf } from "../../../errors.ts";
import { Secret } from "../../../secret.ts";
import type { World } from "../../../world.ts";
import { type Credentials, CredentialsError, type CredentialSource, type CredentialsWanted } from "../../signer.ts";
import { startDeadline } from "./deadline.ts";
import { askMfaCode } from "./mfa.ts";
import { type Profile, readProfile } from "./profile.ts";
import { asksElsewhere } from "./shared_files.ts";
import { catchUnhandledRejections } from "./unhandled_rejections.ts";
import { sentence } from "../../../quote.ts";

/** How long the metadata service may take to answer; it is one hop away, or not there. */
const METADATA_TIMEOUT_MS = 1_000;

/** Names the file of a web identity, for which `AWS_ROLE_ARN` names the role. */
const WEB_IDENTITY = "AWS_WEB_IDENTITY_TOKEN_FILE";

/** Variables by which a machine is told where its credentials are; what they name must then work. */
const GIVEN_BY = [
  WEB_IDENTITY,
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/** How the SDK's logger is told of a provider that has nothing. */
const REASON = /^@smithy\/property-provider \S+ (.+)$/s;

/** What providers of the chain say whom nobody asked; where their words change, an error gets longer. */
const NOBODY_ASKED =
  /environment variable|^Skipping|using profile|shared credentials file|^Web identity configuration|not set in env|did not contain/;

/** How Deno says that a program may not start processes. */
const NO_PROCESSES = /Requires run access/;

type SdkCredentials = Awaited<ReturnType<ReturnType<typeof defaultProvider>>>;

/** What the AWS SDK's default chain finds beyond plain keys. */
export const sdkChain: CredentialSource = {
  name: "AWS SDK",
  async find(world, want) {
    const profile = await readProfile(world, want.profile);
    const key = "missing" in profile ? undefined : asksElsewhere(profile);
    return "missing" in profile || key === undefined
      ? await askMachine(world, want)
      : await followProfile(world, profile, key);
  },
};

/** What a profile's roles, SSO session or process give. */
async function followProfile(world: World, { name, files }: Profile, key: string): Promise<Credentials> {
  const source = `profile "${name}" ("${key}")`;
  const deadline = startDeadline();
  const rejections = catchUnhandledRejections();
  const provider = fromIni({
    profile: name,
    filepath: files.credentials,
    configFilepath: files.config,
    ignoreCache: true,
    mfaCodeProvider: (device) => deadline.pauseFor(askMfaCode(world, device)),
  });
  try {
    return toCredentials(await deadline.race(rejections.race(provider())), source);
  } catch (cause) {
    throw cause instanceof CredentialsError ? cause : broken(source, `the AWS SDK says: ${messageOf(cause)}`, cause);
  } finally {
    rejections.end();
    deadline.end();
  }
}

/** What the machine or the container is given: a web identity, an endpoint, the instance's role. */
async function askMachine(
  world: World,
  { profile }: CredentialsWanted,
): Promise<Credentials | { readonly notConfigured: string }> {
  const givenBy = GIVEN_BY.find((name) => world.env(name));
  const source = givenBy ?? "instance metadata";
  if (givenBy === WEB_IDENTITY && !world.env("AWS_ROLE_ARN")) throw broken(source, "AWS_ROLE_ARN is not set");
  const reasons: string[] = [];
  const deadline = startDeadline();
  const provider = defaultProvider({
    ...(profile === undefined ? {} : { profile }),
    timeout: METADATA_TIMEOUT_MS,
    maxRetries: 0,
    ec2MetadataV1Disabled: true,
    logger: reasonLogger(reasons),
  });
  try {
    return toCredentials(await deadline.race(provider()), source);
  } catch (cause) {
    const why = [...new Set([...reasons, messageOf(cause)])].join("; ");
    const nobodyHasAny = cause instanceof Error && "tryNextLink" in cause;
    if (nobodyHasAny && givenBy === undefined) return { notConfigured: sentence(why) };
    throw broken(source, `the AWS SDK says: ${why}`, cause);
  } finally {
    deadline.end();
  }
}

/** The chain's own error says only that no provider had anything; why each had not, it tells its logger. */
function reasonLogger(reasons: string[]) {
  const ignore = () => {};
  const debug = (text: unknown) => {
    const reason = REASON.exec(String(text))?.[1];
    if (reason !== undefined && !NOBODY_ASKED.test(reason)) reasons.push(reason);
  };
  return { trace: ignore, debug, info: ignore, warn: ignore, error: ignore };
}

function toCredentials(
  { accessKeyId, secretAccessKey, sessionToken, expiration }: SdkCredentials,
  source: string,
): Credentials {
  return {
    accessKeyId,
    accessKeySecret: new Secret(secretAccessKey),
    ...(sessionToken ? { securityToken: new Secret(sessionToken) } : {}),
    ...(expiration === undefined ? {} : { expiresAt: expiration }),
    source: `${source}, by the AWS SDK`,
  };
}

function broken(source: string, why: string, cause?: unknown): CredentialsError {
  const attempt = `Cannot get credentials from ${source}`;
  if (NO_PROCESSES.test(why)) {
    return new CredentialsError(
      `${attempt}: it starts a process, which this command is not allowed to do; run the process yourself ` +
        'and put its keys into the environment, as "aws configure export-credentials --format env" does',
      { cause },
    );
  }
  return new CredentialsError(`${attempt}: ${sentence(why)}`, { cause });
}
