/**
 * Keys that the agent of a container hands out: of ECS, of EKS Pod Identity, or of a program on this machine.
 *
 * Source: "Container credential provider" of the AWS SDKs and Tools reference guide.
 *
 * @module
 */

import { readTextFile } from "../../../files.ts";
import { quoted } from "../../../quote.ts";
import { VERSION } from "../../../version.ts";
import type { World } from "../../../world.ts";
import { askService, type ServiceCall } from "../../service_call.ts";
import { type Credentials, CredentialsError, type CredentialSource, type StsWanted } from "../../signer.ts";
import { caBundle, TRUST_OPTION } from "../service.ts";
import { readMetadataKeys } from "./metadata_answer.ts";

const RELATIVE = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/** Where the agent of ECS is, to which a relative URI belongs. */
const ECS = "http://169.254.170.2";

/** Hosts that may be asked without TLS: those of ECS and EKS, and this machine. */
const PLAIN_HOST = /^(?:169\.254\.170\.2|169\.254\.170\.23|\[fd00:ec2::23\]|localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** It is one hop away. */
const DEADLINE_MS = 2_000;

/** Largest file with a token. */
const MAX_TOKEN_BYTES = 65_536;

/** `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` and `…_FULL_URI`. */
export const container: CredentialSource = {
  name: "container",
  callsOthers: true,
  find: async (world, { profile, sts }) => await askContainer(world, sts ?? usualSts(profile)),
};

/** What counts where the user said nothing of STS. */
export function usualSts(profile: string | undefined): StsWanted {
  return { region: undefined, endpoint: undefined, caFile: undefined, profile };
}

/** The keys; or why no container is configured. */
export async function askContainer(
  world: World,
  sts: StsWanted,
): Promise<Credentials | { readonly notConfigured: string }> {
  const name = [RELATIVE, FULL].find((name) => world.env(name));
  if (name === undefined) return { notConfigured: `neither ${RELATIVE} nor ${FULL} is set` };
  const attempt = `Cannot get credentials from ${name}`;
  const url = readUrl(name, world.env(name)!, attempt);
  const authorization = await readAuthorization(world, attempt);
  const call: ServiceCall = {
    attempt,
    service: "the container's agent",
    hostOption: `that it runs, and ${name}`,
    caFile: await caBundle(world, sts),
    trustOption: TRUST_OPTION,
    isHere: url.protocol === "http:",
    deadlineMs: DEADLINE_MS,
    Failure: CredentialsError,
  };
  const headers = {
    accept: "application/json",
    "user-agent": `ram-auth/${VERSION}`,
    ...(authorization === undefined ? {} : { authorization }),
  };
  return readMetadataKeys(await askService(world, { url: url.href, method: "GET", headers }, call), call, name);
}

function readUrl(name: string, text: string, attempt: string): URL {
  const whole = name === RELATIVE ? `${ECS}${text}` : text;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  const isPlain = url?.protocol === "http:" && PLAIN_HOST.test(url.hostname);
  const isOfEcs = name !== RELATIVE || (text.startsWith("/") && url?.host === new URL(ECS).host);
  if (url !== undefined && (isPlain || url.protocol === "https:") && isOfEcs) return url;
  throw new CredentialsError(
    `${attempt}: ${quoted(text)} is ${
      name === RELATIVE ? "not a path" : "neither HTTPS nor on this machine"
    }; correct it`,
  );
}

async function readAuthorization(world: World, attempt: string): Promise<string | undefined> {
  const file = world.env(TOKEN_FILE);
  const token = file
    ? (await readTextFile(world, file, { what: "the container's token", maxBytes: MAX_TOKEN_BYTES })).trimEnd()
    : world.env(TOKEN) || undefined;
  if (token === undefined || /^[\x20-\x7e]+$/.test(token)) return token;
  throw new CredentialsError(`${attempt}: ${file ? TOKEN_FILE : TOKEN} holds what no header can; correct it`);
}
