/**
 * Calls to a cloud's services on the user's machine: sent, sent again where the network failed, and read as strict
 * JSON. The server asks STS by code of its own, which never shows a caller what STS says.
 *
 * @module
 */

import type { RamAuthError } from "../errors.ts";
import {
  type Address,
  createPlainClient,
  createTrustingClient,
  exchange,
  type OutgoingRequest,
  type ReceivedAnswer,
} from "../http.ts";
import { importLater } from "../import_later.ts";
import { type JsonObject, type JsonValue, parseStrictJson } from "../strict_json.ts";
import { Secret } from "../secret.ts";
import type { World } from "../world.ts";
import { sentence } from "../quote.ts";
import type { Credentials } from "./signer.ts";

/** How long one try may take; a person waits. */
const CALL_DEADLINE_MS = 5_000;

/** The first try, and one more on a new connection. */
const TRIES = 2;

/** Largest answer: real ones have 2 KB. */
const MAX_ANSWER_BYTES = 65_536;

/** A value of a service that goes into a header or a signature: visible ASCII. */
const OPAQUE = /^[\x21-\x7e]{1,8192}$/;

/** Which service is asked, and for what; in the words of its errors. */
export interface ServiceCall {
  /** Starts each error: `Cannot assume role "…"`. */
  readonly attempt: string;
  readonly service: string;
  /** What leads to another host, for whoever gets no answer from this one: `--sts-endpoint`. */
  readonly hostOption: string;
  readonly caFile: string | undefined;
  /** Whether the service is on this machine, where no proxy leads, and speaks plain HTTP. Default: no. */
  readonly isHere?: boolean;
  /** What names a CA bundle, for whoever meets a certificate that is not trusted. Default: `--sts-ca-file`. */
  readonly trustOption?: string;
  /** How often it is asked at most. Default: twice. */
  readonly tries?: number;
  /** For the whole of one try. Default: five seconds. */
  readonly deadlineMs?: number;
  readonly Failure: new (message: string, options?: ErrorOptions) => RamAuthError;
}

/**
 * Asks the service. Every answer counts as one, an error too; a redirect is not followed.
 *
 * @throws the call's `Failure` if the service cannot be reached, or answers too late or too much
 * @throws {CaBundleError} if the CA bundle cannot be used; {FileError} if it cannot be read
 */
export async function askService(
  world: World,
  request: OutgoingRequest,
  call: ServiceCall,
): Promise<ReceivedAnswer> {
  const { attempt, service, hostOption, trustOption = "--sts-ca-file", Failure } = call;
  const { caFile, isHere = false, tries = TRIES, deadlineMs = CALL_DEADLINE_MS } = call;
  const client = isHere ? createPlainClient(plainAddress(request.url)) : await createTrustingClient(world, caFile);
  const limits = { world, client, tries, deadlineMs, maxBytes: MAX_ANSWER_BYTES };
  try {
    return await exchange(request, limits);
  } catch (cause) {
    const { networkFault } = await importLater<typeof import("./network_fault.ts")>(
      "./network_fault.ts",
      import.meta.url,
    );
    const about = { url: request.url, deadlineMs, hostOption, trustOption, isHere };
    const why = await networkFault(world, cause, about);
    throw new Failure(`${attempt}: no answer from ${service} at "${new URL(request.url).host}": ${why}`, { cause });
  } finally {
    client.close();
  }
}

function plainAddress(url: string): Address {
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== "http:") throw new TypeError("a service on this machine is asked over plain HTTP alone");
  return { hostname: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port || 80) };
}

/** Reads an answer as a JSON object. @throws the call's `Failure` if it is none */
export function readObject({ status, body }: ReceivedAnswer, call: ServiceCall): JsonObject {
  try {
    const value = parseStrictJson(new TextDecoder("utf-8", { fatal: true }).decode(body));
    if (value instanceof Map) return value;
  } catch (cause) {
    throw unusable(call, `HTTP ${status} without readable JSON`, cause);
  }
  throw unusable(call, `HTTP ${status} without a JSON object`);
}

/** The object under a path of keys; an empty one where there is none. */
export function objectAt(object: JsonObject, ...path: readonly string[]): JsonObject {
  let value: JsonValue | undefined = object;
  for (const key of path) value = value instanceof Map ? value.get(key) : undefined;
  return value instanceof Map ? value : new Map();
}

/** A member of visible ASCII, as keys and ids are. @throws the call's `Failure` if it is missing or something else */
export function opaqueMember(members: JsonObject, key: string, call: ServiceCall): string {
  const value = members.get(key);
  if (typeof value === "string" && OPAQUE.test(value)) return value;
  throw unusable(call, `no usable "${key}"`);
}

/** What a service calls the parts of temporary keys; no `end` where it did not say one. */
export interface KeyMembers {
  readonly id: string;
  readonly secret: string;
  readonly token: string;
  readonly end: string | undefined;
}

/** Temporary keys. @throws the call's `Failure` if one of the members is missing or unusable */
export function temporaryKeys(
  members: JsonObject,
  { id, secret, token, end }: KeyMembers,
  call: ServiceCall,
): Omit<Credentials, "source"> {
  return {
    accessKeyId: opaqueMember(members, id, call),
    accessKeySecret: new Secret(opaqueMember(members, secret, call)),
    securityToken: new Secret(opaqueMember(members, token, call)),
    ...(end === undefined ? {} : { expiresAt: timeMember(members, end, call) }),
  };
}

/** A point in time: ISO 8601 in UTC, or seconds since 1970. @throws the call's `Failure` if it is something else */
export function timeMember(members: JsonObject, key: string, call: ServiceCall): Date {
  const value = members.get(key);
  const time = typeof value === "number"
    ? new Date(value * 1000)
    : new Date(typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(value) ? value : NaN);
  if (!Number.isNaN(time.getTime())) return time;
  throw unusable(call, `no usable "${key}"`);
}

/** What a service says of an error. Trust: the service, or whoever sits in its place. */
export interface ServiceErrorText {
  readonly status: number;
  readonly code: JsonValue | undefined;
  readonly message: JsonValue | undefined;
  readonly requestId: JsonValue | undefined;
}

/** What to do about a service's error codes. */
export interface Advice {
  readonly byCode: Readonly<Record<string, string>>;
  /** About all others. */
  readonly otherwise: string;
}

/** What to do about an error code. Trust: the service, or whoever sits in its place, chose the code. */
export function adviceOn(code: JsonValue | undefined, { byCode, otherwise }: Advice): string {
  return typeof code === "string" && Object.hasOwn(byCode, code) ? byCode[code]! : otherwise;
}

/** The service says no: its words, and what to do about its code. */
export function refusal(
  { attempt, service, Failure }: ServiceCall,
  { status, ...said }: ServiceErrorText,
  advice: string,
): RamAuthError {
  const [code, message, requestId] = [said.code, said.message, said.requestId]
    .map((value) => typeof value === "string" && sentence(value) || undefined);
  return new Failure(
    `${attempt}: ${service} refused with "${code ?? `HTTP ${status}`}"${message === undefined ? "" : `: ${message}`} ` +
      `(${service} request id "${requestId ?? "unknown"}"); ${advice}`,
  );
}

function unusable({ attempt, service, hostOption, Failure }: ServiceCall, what: string, cause?: unknown): RamAuthError {
  return new Failure(`${attempt}: ${service} answered with ${what}; check ${hostOption}`, { cause });
}
