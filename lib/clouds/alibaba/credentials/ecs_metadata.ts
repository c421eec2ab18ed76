/**
 * Alibaba Cloud credentials of the RAM role that an ECS instance has, by its metadata service; in hardened mode alone,
 * where a token is asked for first, so that nobody gets the keys by having a server fetch a URL.
 *
 * Source: "Access instance metadata" and "Use an instance RAM role" of the ECS user guide.
 *
 * @module
 */

import { messageOf } from "../../../errors.ts";
import { type Address, createPlainClient, exchange, type OutgoingRequest, type ReceivedAnswer } from "../../../http.ts";
import { quoted } from "../../../quote.ts";
import type { World } from "../../../world.ts";
import { readObject, type ServiceCall } from "../../service_call.ts";
import { type Credentials, CredentialsError, type CredentialSource, type NotConfigured } from "../../signer.ts";
import { readTemporaryKeys } from "../answers.ts";
import { askedProfile, isSet, skippedFor } from "./variables.ts";

/** Where the service is: the same on every instance, and on no other machine. */
const ADDRESS: Address = { hostname: "100.100.100.200", port: 80 };

const HOST = ADDRESS.hostname;

/** For all requests together: the service is one hop away, or not there. */
const BUDGET_MS = 1_000;

/** How long the token of hardened mode lives: longer than the budget. The service takes 1 to 21,600 s. */
const TOKEN_SECONDS = 60;

/** Largest answer: keys have 2 KB. */
const MAX_ANSWER_BYTES = 65_536;

const ROLES = "/latest/meta-data/ram/security-credentials/";

const DISABLED = "ALIBABA_CLOUD_ECS_METADATA_DISABLED";
const ROLE_VARIABLE = "ALIBABA_CLOUD_ECS_METADATA";

const CALL: ServiceCall = {
  attempt: "Cannot use the ECS metadata service",
  service: `"${HOST}"`,
  hostOption: `the instance, or set ${DISABLED}=true`,
  caFile: undefined,
  Failure: CredentialsError,
};

/** The role of the instance, or the one that `ALIBABA_CLOUD_ECS_METADATA` names. */
export const ecsMetadata: CredentialSource = {
  name: "ECS metadata service",
  callsOthers: true,
  async find(world, want) {
    const asked = askedProfile(world, want);
    return asked === undefined ? await askInstance(world, undefined) : skippedFor(asked);
  },
};

/**
 * Asks for the keys of the instance's role.
 *
 * @param roleName which role; default: that of the variable, else the one that the service names
 * @param address where the service is, for tests
 * @returns why there are none, where nobody is there to ask, or nobody may be asked, or the instance has no role
 * @throws {CredentialsError} if the service is there, but does not give the keys
 */
export async function askInstance(
  world: World,
  roleName: string | undefined,
  address: Address = ADDRESS,
): Promise<Credentials | NotConfigured> {
  if (isSet(world, DISABLED)) return { notConfigured: `${DISABLED} is set` };
  let client: Deno.HttpClient;
  try {
    client = createPlainClient(address);
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotCapable ? "this process may not reach the network" : messageOf(cause);
    return { notConfigured: `"${HOST}" cannot be asked: ${why}` };
  }
  try {
    return await converse(roleName ?? (world.env(ROLE_VARIABLE) || undefined), asking(world, client, address));
  } finally {
    client.close();
  }
}

/** One request, within what is left of the budget; the reason where no answer came. */
type Ask = (request: Omit<OutgoingRequest, "url"> & { readonly path: string }) => Promise<ReceivedAnswer | Silence>;

/** Why no answer came. */
interface Silence {
  readonly silence: string;
}

function asking(world: World, client: Deno.HttpClient, { hostname, port }: Address): Ask {
  const start = world.elapsedMs();
  return async ({ path, ...request }) => {
    const deadlineMs = Math.max(1, Math.ceil(BUDGET_MS - (world.elapsedMs() - start)));
    const limits = { world, client, tries: 1, deadlineMs, maxBytes: MAX_ANSWER_BYTES };
    try {
      return await exchange({ url: `http://${hostname}:${port}${path}`, ...request }, limits);
    } catch (cause) {
      const isLate = cause instanceof DOMException && cause.name === "TimeoutError";
      return { silence: `no answer from "${HOST}"${isLate ? ` within ${BUDGET_MS / 1000} s` : ""}` };
    }
  };
}

async function converse(wanted: string | undefined, ask: Ask): Promise<Credentials | NotConfigured> {
  const headers = { "x-aliyun-ecs-metadata-token-ttl-seconds": String(TOKEN_SECONDS) };
  const first = await ask({ path: "/latest/api/token", method: "PUT", headers });
  if ("silence" in first) return { notConfigured: first.silence };
  if (first.status === 404) {
    return { notConfigured: `"${HOST}" is no ECS metadata service, or one without hardened mode` };
  }
  const token = readLine(first, "a token", /^[\x21-\x7e]{1,1024}$/);
  const get = async (path: string): Promise<ReceivedAnswer> => {
    const answer = await ask({ path, method: "GET", headers: { "x-aliyun-ecs-metadata-token": token } });
    if (!("silence" in answer)) return answer;
    throw new CredentialsError(`${CALL.attempt}: ${answer.silence}; try again`);
  };
  let role = wanted;
  if (role === undefined) {
    const roles = await get(ROLES);
    if (roles.status === 404) return { notConfigured: "the instance has no RAM role" };
    role = readLine(roles, "the name of a role", /^[A-Za-z0-9._-]{1,64}$/);
  }
  return readKeys(await get(ROLES + encodeURIComponent(role)), role);
}

/** The text of a good answer. Trust: whoever answered at the address chose it. */
function readLine(answer: ReceivedAnswer, what: string, form: RegExp): string {
  demandGood(answer, `asked for ${what}`);
  const text = new TextDecoder().decode(answer.body).trim();
  if (form.test(text)) return text;
  throw new CredentialsError(
    `${CALL.attempt}: asked for ${what}, it answered with something else; check ${CALL.hostOption}`,
  );
}

function readKeys(answer: ReceivedAnswer, role: string): Credentials {
  if (answer.status === 404) {
    throw new CredentialsError(
      `${CALL.attempt}: the instance has no RAM role "${role}"; attach it, or correct the name of the role`,
    );
  }
  demandGood(answer, `asked for the keys of role "${role}"`);
  const members = readObject(answer, CALL);
  const code = members.get("Code");
  if (code === "Success") return readTemporaryKeys(members, `RAM role "${role}" of this ECS instance`, CALL);
  throw new CredentialsError(
    `${CALL.attempt}: asked for the keys of role "${role}", it says ${
      quoted(String(code))
    }; check the role and its trust policy`,
  );
}

function demandGood({ status }: ReceivedAnswer, request: string): void {
  if (status === 200) return;
  throw new CredentialsError(`${CALL.attempt}: ${request}, it answered with HTTP ${status}; check ${CALL.hostOption}`);
}
