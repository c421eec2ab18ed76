/**
 * A small HTTPS client for signed requests: HTTP/1.1, one request at a time on a connection, nothing followed, nothing
 * guessed.
 *
 * @module
 */

import { processTimers, type Timers } from "../../time.ts";
import type { World } from "../../world.ts";
import type { ParsedAnswer } from "./answer_parser.ts";
import { type ByteStream, createConnection } from "./connection.ts";
import { dial } from "./dial.ts";
import { HttpsError } from "./failure.ts";
import { createPool, type Lease, type PoolLimits } from "./pool.ts";
import { readProxies } from "./proxy.ts";
import { type Address, formatRequest, type HttpsRequest, readAddress } from "./request.ts";
import { createResolver } from "./resolve.ts";

/**
 * A second answer that waits for our acknowledgement of the first comes 40 ms and the way there and back later: hence the
 * rest. It takes as many connections as calls come in that time. Gateways drop what is idle for a minute, without a sign.
 */
const LIMITS: PoolLimits = {
  maxPerHost: 512,
  maxOpeningPerHost: 32,
  maxInTotal: 768,
  restMs: 100,
  idleMs: 30_000,
};

/** How one call is made. */
export interface CallLimits {
  readonly maxBodyBytes: number;
  /** Ends the call, and closes its connection. */
  readonly signal: AbortSignal;
}

/** What a client is made with; all have defaults. */
export interface HttpsClientOptions {
  /** PEM texts of roots that are trusted beside the public ones. */
  readonly caCerts?: readonly string[] | undefined;
  /** How connections are made. Default: by {@linkcode dial}, with those roots, through the proxy of the environment. */
  readonly connect?: Connect;
  readonly limits?: Partial<PoolLimits>;
  readonly timers?: Timers;
}

/**
 * Makes a connection that is ready for a request.
 *
 * @throws {HttpsError} if that fails; the signal's reason, as soon as it aborts, and leaves nothing open then
 */
export type Connect = (address: Address, signal: AbortSignal) => Promise<ByteStream>;

/** Keeps connections until it is closed. */
export interface HttpsClient extends Disposable {
  /**
   * Sends a request and reads its answer whole. Every status is an answer, a redirect too. It is sent again, once and over
   * a new connection, only where a connection that was kept turns out to be closed before the first byte of an answer.
   *
   * @throws {HttpsError} if no usable answer comes, or none before the signal aborts with a `TimeoutError`
   * @throws the signal's reason if it aborts with another
   */
  exchange(request: HttpsRequest, limits: CallLimits): Promise<ParsedAnswer>;
  /** How many connections there are, in use or not. */
  readonly connections: number;
}

/**
 * Makes a client. Unless it is told how to connect, it follows the proxy variables of the environment.
 *
 * @throws {UsageError} if they name a proxy that cannot be used
 */
export function createHttpsClient(
  world: Pick<World, "env">,
  { caCerts = [], limits, timers = processTimers, connect = dialling(world, caCerts, timers) }: HttpsClientOptions = {},
): HttpsClient {
  const pool = createPool(timers, { ...LIMITS, ...limits });

  const open = async (lease: Lease, address: Address, signal: AbortSignal) => {
    const connection = createConnection(await connect(address, signal), address.host, () => pool.forget(lease));
    pool.opened(lease, connection);
    return connection;
  };

  const call = async (address: Address, request: Uint8Array, { maxBodyBytes, signal }: CallLimits) => {
    for (let isNew = false;; isNew = true) {
      const lease = await pool.take({ host: address.host, isNew, signal });
      const kept = lease.connection;
      try {
        const connection = kept ?? await open(lease, address, signal);
        return await connection.ask({ request, maxBodyBytes }, signal);
      } catch (failure) {
        if (kept === undefined || !(failure instanceof HttpsError && failure.beforeAnswer)) throw failure;
      } finally {
        pool.giveBack(lease);
      }
    }
  };

  return {
    async exchange({ host, ...request }, limits) {
      const address = readAddress(host);
      const bytes = formatRequest(address, request);
      try {
        return await call(address, bytes, limits);
      } catch (cause) {
        if (!(cause instanceof DOMException && cause.name === "TimeoutError")) throw cause;
        throw new HttpsError("timeout", address.host, "no whole answer in time; check the network and the proxy", {
          cause,
        });
      }
    },
    get connections() {
      return pool.size;
    },
    [Symbol.dispose]: () => pool.close(),
  };
}

function dialling(world: Pick<World, "env">, caCerts: readonly string[], timers: Timers): Connect {
  const options = { caCerts, findProxy: readProxies(world), resolve: createResolver(timers) };
  return (address, signal) => dial(address, options, signal);
}
