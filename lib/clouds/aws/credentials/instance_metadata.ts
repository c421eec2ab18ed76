/**
 * Keys of the role of an EC2 instance, by the second version of its metadata service alone.
 *
 * Source: "Use IMDSv2" and "Retrieve security credentials from instance metadata" of the EC2 user guide.
 *
 * @module
 */

import type { OutgoingRequest, ReceivedAnswer } from "../../../http.ts";
import { quoted } from "../../../quote.ts";
import type { World } from "../../../world.ts";
import { askService, type ServiceCall } from "../../service_call.ts";
import { type Credentials, CredentialsError, type CredentialSource } from "../../signer.ts";
import { readMetadataKeys } from "./metadata_answer.ts";

const DISABLED = "AWS_EC2_METADATA_DISABLED";
const ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
const MODE = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";

/** Where it is, by {@linkcode MODE}. */
const ENDPOINTS: Readonly<Record<string, string>> = {
  ipv4: "http://169.254.169.254",
  ipv6: "http://[fd00:ec2::254]",
};

const ROLES_PATH = "/latest/meta-data/iam/security-credentials/";

/** How long a session may last that is used for two requests, in seconds. */
const SESSION_SECONDS = "60";

/** For each request: it is one hop away, or not there. */
const DEADLINE_MS = 1_000;

const SESSION = /^[\x21-\x7e]{1,1024}$/;
const ROLE_NAME = /^[\w+=,.@-]{1,128}$/;

/** The role of the instance. */
export const instanceMetadata: CredentialSource = {
  name: "instance metadata",
  callsOthers: true,
  find: async (world) => await askInstanceMetadata(world),
};

/** It says no. */
class Absent extends CredentialsError {}

/** The keys; or why there are none. */
export async function askInstanceMetadata(
  world: World,
): Promise<Credentials | { readonly notConfigured: string }> {
  if (/^true$/i.test(world.env(DISABLED) ?? "")) return { notConfigured: `switched off by ${DISABLED}` };
  const base = readBase(world);
  const call: ServiceCall = {
    attempt: "Cannot get credentials from the instance metadata",
    service: "the metadata service",
    hostOption: `${ENDPOINT} and the instance's metadata options`,
    caFile: undefined,
    isHere: true,
    tries: 1,
    deadlineMs: DEADLINE_MS,
    Failure: Absent,
  };
  const ask = async (request: Omit<OutgoingRequest, "url"> & { readonly path: string }) => {
    const { path, ...rest } = request;
    return await askService(world, { ...rest, url: `${base}${path}` }, call);
  };
  let session: string;
  try {
    session = await startSession(ask);
  } catch (failure) {
    if (!(failure instanceof Absent)) throw failure;
    return { notConfigured: failure.message.replace(`${call.attempt}: `, "") };
  }
  const headers = { "x-aws-ec2-metadata-token": session };
  const listed = await ask({ path: ROLES_PATH, method: "GET", headers });
  if (listed.status === 404) return { notConfigured: "this instance has no role" };
  const role = new TextDecoder().decode(listed.body).split("\n")[0]!.trim();
  if (listed.status !== 200 || !ROLE_NAME.test(role)) {
    const what = listed.status === 200 ? "something else than a role's name" : `HTTP ${listed.status}`;
    throw new CredentialsError(`${call.attempt}: ${call.service} answered with ${what}; check ${call.hostOption}`);
  }
  const answer = await ask({ path: `${ROLES_PATH}${role}`, method: "GET", headers });
  return readMetadataKeys(answer, call, `instance metadata (role ${role})`);
}

async function startSession(
  ask: (request: Omit<OutgoingRequest, "url"> & { readonly path: string }) => Promise<ReceivedAnswer>,
): Promise<string> {
  const { status, body } = await ask({
    path: "/latest/api/token",
    method: "PUT",
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": SESSION_SECONDS },
  });
  if (status === 403) throw new Absent("the metadata service is switched off for this instance");
  const session = new TextDecoder().decode(body).trim();
  if (status === 200 && SESSION.test(session)) return session;
  throw new Absent(`${status === 200 ? "something else" : `HTTP ${status}`} answers instead of IMDSv2`);
}

function readBase(world: World): string {
  const [given, mode] = [world.env(ENDPOINT), world.env(MODE) || "ipv4"];
  const base = given || ENDPOINTS[mode.toLowerCase()];
  if (base === undefined) throw new CredentialsError(`Cannot use ${MODE} ${quoted(mode)}: write "IPv4" or "IPv6"`);
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === "") return url.href.replace(/\/$/, "");
  throw new CredentialsError(`Cannot use ${ENDPOINT} ${quoted(base)}: write a URL, such as "${ENDPOINTS["ipv4"]}"`);
}
