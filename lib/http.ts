/**
 * Calls to servers we do not trust: which roots they are checked against, how much of an answer is read, and for how
 * long.
 *
 * @module
 */

import { createHttpClient, parseCaBundle } from "./trust.ts";
import { PublicError } from "./errors.ts";
import { readTextFile } from "./files.ts";
import type { World } from "./world.ts";

/** Largest CA bundle: the public web's whole bundle has 220 KB. */
const MAX_CA_FILE_BYTES = 1_048_576;

/** How long a host may take to accept a connection in {@linkcode acceptsConnection}. */
const CONNECT_PROBE_MS = 1_000;

/** An answer is larger than it may be. */
export class BodyTooLargeError extends PublicError {
  readonly code = "ERR_BODY_TOO_LARGE";
  readonly publicMessage = "the body is too large";
}

/**
 * Makes an HTTPS client that trusts the public roots and those of a PEM file. It follows `HTTPS_PROXY` and `NO_PROXY`,
 * and closes with `close()`. HTTP/1.1 only, so that a call that was given up takes its connection with it and the next
 * one gets another.
 *
 * @throws {FileError} if the file cannot be read
 * @throws {CaBundleError} if it holds no certificate, or a broken one
 * @throws {UsageError} if the public CAs cannot be loaded
 */
export async function createTrustingClient(world: World, caFile: string | undefined): Promise<Deno.HttpClient> {
  return createHttpClient({ caCerts: [...await readCaBundle(world, caFile)], http2: false });
}

/** Where a server listens. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/**
 * Makes a client of plain HTTP whose connections all lead to one address, and through no proxy: for what is on this
 * machine, or one hop away. Never for `https:` URLs, whose requests it would send in the clear.
 */
export function createPlainClient(address: Address): Deno.HttpClient {
  return createHttpClient({ proxy: { transport: "tcp", ...address }, http2: false });
}

/**
 * Reads a CA bundle, each certificate a PEM text; none where no file is named.
 *
 * @throws {FileError} if the file cannot be read
 * @throws {CaBundleError} if it holds no certificate, or a broken one
 */
export async function readCaBundle(world: World, caFile: string | undefined): Promise<readonly string[]> {
  if (caFile === undefined) return [];
  const pem = await readTextFile(world, caFile, { what: "the CA bundle", maxBytes: MAX_CA_FILE_BYTES });
  return parseCaBundle(pem, `the CA bundle "${caFile}"`);
}

/**
 * Reads a body whole, and stops at the cap or when `signal` aborts. Trust: the sender chose the length and the pace.
 *
 * @throws {BodyTooLargeError} as soon as more than `maxBytes` came
 * @throws the signal's reason
 */
export async function readBodyCapped(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const giveUp = () => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      chunks.push(next.value);
      length += next.value.length;
      if (length > maxBytes) {
        giveUp();
        throw new BodyTooLargeError(`Cannot read a body: it is larger than ${maxBytes} bytes`);
      }
    }
    signal?.throwIfAborted();
    return chunks.length === 1 ? chunks[0]! : concatenate(chunks, length);
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}

function concatenate(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

/** A request without a stream: it can be sent again. */
export interface OutgoingRequest {
  readonly url: string;
  readonly method: "GET" | "POST" | "PUT";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Limits of one exchange. */
export interface ExchangeLimits {
  /**
   * How often the request is sent at most; each further try goes over a new connection, for a proxy that dropped one.
   */
  readonly tries: number;
  /** For the whole of one try, from the first byte sent to the last one read. */
  readonly deadlineMs: number;
  readonly maxBytes: number;
}

/** What an exchange is made with. `client` decides which roots are trusted; it belongs to the caller. */
interface ExchangeMeans {
  readonly world: Pick<World, "fetch">;
  readonly client: Deno.HttpClient;
}

/** An answer, whole. Trust: whoever answered chose every field. */
export interface ReceivedAnswer {
  readonly status: number;
  /** Empty where there is none. */
  readonly contentType: string;
  readonly body: Uint8Array;
  /** The header `Date`, as it came, for whoever asks for it. */
  readonly date?: string | undefined;
}

/** An answer with its headers, for whoever looks at more than the usual one. */
export interface AnswerWithHeaders extends ReceivedAnswer {
  readonly headers: Headers;
}

/**
 * Sends a request and reads the answer whole; again where no answer came. Every answer counts as one, an error too; a
 * redirect is not followed.
 *
 * @throws {BodyTooLargeError} if the answer has more than `maxBytes`, at once
 * @throws {DOMException} `TimeoutError` after `deadlineMs`; {TypeError} if the server cannot be reached
 */
export async function exchange(
  request: OutgoingRequest,
  { tries, ...limits }: ExchangeLimits & ExchangeMeans,
): Promise<AnswerWithHeaders> {
  for (let tried = 1;; tried++) {
    try {
      return await exchangeOnce(request, limits);
    } catch (failure) {
      if (tried === tries || failure instanceof BodyTooLargeError) throw failure;
    }
  }
}

async function exchangeOnce(
  { url, ...request }: OutgoingRequest,
  { world, client, deadlineMs, maxBytes }: Omit<ExchangeLimits, "tries"> & ExchangeMeans,
): Promise<AnswerWithHeaders> {
  const signal = AbortSignal.timeout(deadlineMs);
  const response = await world.fetch(url, { ...request, redirect: "manual", signal, client });
  const body = await readBodyCapped(response.body, maxBytes);
  const { status, headers } = response;
  return { status, contentType: headers.get("content-type") ?? "", headers, body };
}

/** Whether a host accepts a connection on port 443 within a second. Nothing is sent. */
export async function acceptsConnection(hostname: string): Promise<boolean> {
  try {
    const connection = await Deno.connect({ hostname, port: 443, signal: AbortSignal.timeout(CONNECT_PROBE_MS) });
    connection.close();
    return true;
  } catch {
    return false;
  }
}
