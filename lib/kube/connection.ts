/**
 * Requests to a Kubernetes API, on the runtime's own `fetch`: credentials in, what is wrong said plainly out. Knows
 * nothing of what is asked for.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { importLater } from "../import_later.ts";
import { createHttpClient } from "../trust.ts";
import { VERSION } from "../version.ts";
import type { World } from "../world.ts";
import type { ClusterAccess, ConnectOptions } from "./access.ts";
import { createBearer } from "./bearer.ts";
import { KubeError, reasonOfFetchFailure } from "./kube_error.ts";
import { reasonIn } from "./refusal.ts";
import { describeMissingGrant, describeRequest } from "./request_attributes.ts";

/** How long a request may take that brings no signal; kube-apiserver itself gives up after 60 s. */
const REQUEST_DEADLINE_MS = 30_000;

/** What proxies speak that the runtime knows. */
const PROXY_PROTOCOLS: readonly string[] = ["http:", "https:", "socks5:", "socks5h:"];

/** What to ask for. */
export interface KubeRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends request and answer, instead of a deadline of 30 s. */
  readonly signal?: AbortSignal;
}

/** A Kubernetes API and the right to ask it. */
export interface KubeConnection {
  /** `https://host:port`, for errors and logs. */
  readonly server: string;
  /**
   * Asks for a path. Any answer but 401 and 403 is returned, and its body is the caller's to read, under a cap of the
   * caller's, or to cancel. A redirect is an answer like any other.
   *
   * @throws {KubeError} if the server cannot be reached or is late, if there is no token, or on 401 and 403
   * @throws {FileError} if the file of the token cannot be read, and never could
   * @throws the signal's reason
   */
  request(path: string, init?: KubeRequest): Promise<Response>;
  /** Closes what is open; requests under way fail. */
  close(): void;
}

/**
 * Reads how to reach a cluster. The cluster itself is not asked: it may come up later.
 *
 * The kubeconfig's CA is trusted in addition to the public ones, not instead of them.
 *
 * @throws {FileError} {CaBundleError} {KubeError} if the kubeconfig or the pod's service account cannot be used
 */
export async function connect(world: World, options: ConnectOptions): Promise<KubeConnection> {
  if (!options.kubeconfig && options.master) return connectTo(world, anonymousAccess(options.master));
  const { loadAccess } = await importLater<typeof import("./kubeconfig.ts")>("./kubeconfig.ts", import.meta.url);
  return connectTo(world, await loadAccess(world, options));
}

function anonymousAccess(master: string): ClusterAccess {
  const nothing = { caCerts: [], clientCertificate: undefined, token: undefined, proxyUrl: undefined };
  return { server: master.replace(/\/+$/, ""), ...nothing };
}

/** Makes the connection. @throws {KubeError} if the address or a certificate cannot be used */
export function connectTo(world: World, access: ClusterAccess): KubeConnection {
  const { server } = access;
  assertServer(access);
  const client = createClient(access);
  const bearer = createBearer(world, access.token);

  const send = async (path: string, { signal, ...init }: KubeRequest & { readonly signal: AbortSignal }) => {
    const token = await bearer.current();
    const headers = {
      accept: "application/json",
      "user-agent": `ram-auth/${VERSION}`,
      ...init.headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` }),
    };
    return await world.fetch(`${server}${path}`, { ...init, headers, redirect: "manual", signal, client });
  };
  const facts = async () => {
    const { certificateFacts } = await importLater<typeof import("./certificate_facts.ts")>(
      "./certificate_facts.ts",
      import.meta.url,
    );
    return certificateFacts(access, world.now());
  };

  return {
    server,
    async request(path, init = {}) {
      const method = init.method ?? "GET";
      const signal = init.signal ?? AbortSignal.timeout(REQUEST_DEADLINE_MS);
      const attempt = `Cannot ${describeRequest(method, path)} at "${server}"`;
      try {
        let response = await send(path, { ...init, signal });
        if (response.status === 401 && access.token !== undefined) {
          await response.body?.cancel();
          if (!await bearer.renew()) throw refusedCredentials(attempt, await facts());
          response = await send(path, { ...init, signal });
        }
        if (response.status === 401) {
          await response.body?.cancel();
          throw refusedCredentials(attempt, await facts());
        }
        if (response.status === 403) {
          const why = await reasonIn(response, signal);
          const advice = isOfAdmission(why) ? "" : `; ${describeMissingGrant(method, path)}`;
          throw new KubeError(`${attempt}: it is forbidden${why && `: ${why}`}${advice}`, { status: 403 });
        }
        return response;
      } catch (cause) {
        if (cause instanceof KubeError) throw cause;
        if (init.signal?.aborted) throw init.signal.reason;
        if (!(cause instanceof TypeError || cause instanceof DOMException)) throw cause;
        const reason = reasonOfFetchFailure(cause);
        const why = /certificate/.test(reason) ? `${reason}${await facts()}` : reason;
        throw new KubeError(`${attempt}: ${why}`, { cause, retryable: true });
      }
    },
    close: () => client.close(),
  };
}

/** Whether an admission policy or webhook refused, which asks for something else than a right to the resource. */
function isOfAdmission(why: string): boolean {
  return /denied (the )?request/.test(why);
}

/** Credentials in clear text are for loopback alone. */
function assertServer({ server, token, clientCertificate }: ClusterAccess): void {
  const attempt = `Cannot use the API server "${server}"`;
  if (!URL.canParse(server)) throw new KubeError(`${attempt}: it is not a URL; write it as https://host:port`);
  const { protocol, hostname, username, password, search, hash } = new URL(server);
  if (username || password || search || hash) {
    throw new KubeError(
      "Cannot use the API server's address: it holds more than scheme, host, port and path; drop that",
    );
  }
  if (protocol === "https:") return;
  const isSafe = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname) || (!token && !clientCertificate);
  if (protocol === "http:" && isSafe) return;
  throw new KubeError(`${attempt}: the credentials would go out in clear text; write it as https://host:port`);
}

/** HTTP/1.1 only, so that a watch that is given up takes its connection with it, and no other. */
function createClient({ caCerts, clientCertificate, proxyUrl }: ClusterAccess): Deno.HttpClient {
  if (proxyUrl !== undefined) assertProxy(proxyUrl);
  return createHttpClient({
    http2: false,
    caCerts: [...caCerts],
    ...(clientCertificate === undefined
      ? {}
      : { cert: clientCertificate.certPem, key: clientCertificate.keyPem.reveal() }),
    ...(proxyUrl === undefined ? {} : { proxy: { url: proxyUrl } }),
  });
}

/** The value may hold a password: no message repeats it. */
function assertProxy(proxyUrl: string): void {
  const url = URL.canParse(proxyUrl) ? new URL(proxyUrl) : undefined;
  try {
    if (url !== undefined && PROXY_PROTOCOLS.includes(url.protocol)) {
      return createHttpClient({ proxy: { url: proxyUrl } }).close();
    }
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
  }
  throw new KubeError(
    'Cannot use "proxy-url" of the kubeconfig: it is not the URL of a proxy; write it as http://host:port (or https, ' +
      "socks5)",
  );
}

function refusedCredentials(attempt: string, facts: string): KubeError {
  const advice = "check the token or the client certificate of the kubeconfig";
  return new KubeError(`${attempt}: the credentials are not accepted (401); ${advice}${facts}`, { status: 401 });
}
