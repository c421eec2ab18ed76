/**
 * Alibaba Cloud credentials that an HTTP server hands out, as `ack-ram-tool export-credentials --serve` does.
 *
 * Source: "Credentials URI" in the documentation of the aliyun CLI.
 *
 * @module
 */

import type { World } from "../../../world.ts";
import { askService, readObject, refusal, type ServiceCall, temporaryKeys } from "../../service_call.ts";
import {
  type Credentials,
  CredentialsError,
  type CredentialSource,
  type CredentialsWanted,
  type NotConfigured,
} from "../../signer.ts";
import { askedProfile, isSet, skippedFor } from "./variables.ts";
import { KEY_MEMBERS } from "../answers.ts";

const VARIABLE = "ALIBABA_CLOUD_CREDENTIALS_URI";

/** Keeps the CLI from starting programs and from asking servers for keys. */
export const NOTHING_EXTERNAL = "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS";

/** The server that `ALIBABA_CLOUD_CREDENTIALS_URI` names. */
export const credentialsUri: CredentialSource = {
  name: VARIABLE,
  callsOthers: true,
  async find(world, want) {
    const asked = askedProfile(world, want);
    return asked === undefined ? await askNamedServer(world, want) : skippedFor(asked);
  },
};

/** The same, whatever profile is asked for. */
export async function askNamedServer(world: World, want: CredentialsWanted): Promise<Credentials | NotConfigured> {
  const uri = world.env(VARIABLE);
  if (!uri) return { notConfigured: "it is not set" };
  const call = { attempt: `Cannot use ${VARIABLE}`, uri, source: `environment (${VARIABLE})` };
  return await askCredentialsUri(world, { ...call, caFile: want.sts?.caFile });
}

/** Whom to ask for keys, and for whom. */
export interface CredentialsUriCall {
  /** Starts each error. */
  readonly attempt: string;
  /** Trust: whoever set the user's environment or wrote the profile chose it; it may hold a secret. */
  readonly uri: string;
  /** The source of the keys, in words. */
  readonly source: string;
  readonly caFile: string | undefined;
}

/**
 * Asks a server for keys.
 *
 * @throws {CredentialsError} if it may not be asked, does not answer, or not with keys
 */
export async function askCredentialsUri(
  world: World,
  { attempt, uri, source, caFile }: CredentialsUriCall,
): Promise<Credentials> {
  if (isSet(world, NOTHING_EXTERNAL)) {
    throw new CredentialsError(`${attempt}: ${NOTHING_EXTERNAL} forbids it; unset it, or use other credentials`);
  }
  const url = URL.parse(uri);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CredentialsError(`${attempt}: the URI is no URL with http or https; correct it`);
  }
  const call: ServiceCall = {
    attempt,
    service: "the credentials server",
    hostOption: "the URI",
    caFile,
    isHere: url.protocol === "http:" && isLoopback(url.hostname),
    Failure: CredentialsError,
  };
  const answer = await askService(
    world,
    { url: url.href, method: "GET", headers: { accept: "application/json" } },
    call,
  );
  const { status } = answer;
  if (status !== 200) {
    throw new CredentialsError(
      `${attempt}: the credentials server at "${url.host}" answered with HTTP ${status}; check it, and the URI`,
    );
  }
  const members = readObject(answer, call);
  const code = members.get("Code");
  if (code !== undefined && code !== "Success") {
    throw refusal(
      call,
      { status, code, message: members.get("Message"), requestId: members.get("RequestId") },
      "check what it gives out",
    );
  }
  const end = members.has(KEY_MEMBERS.end) ? KEY_MEMBERS.end : undefined;
  return { ...temporaryKeys(members, { ...KEY_MEMBERS, end }, call), source };
}

/** Whether a host is this machine: what listens there, no proxy can reach. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
