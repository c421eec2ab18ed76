/**
 * What clients of the AWS SDK are given in place of its own connections and credentials: ours, with our CA bundle, the
 * proxy variables, a deadline and a cap.
 *
 * @module
 */

import { exchange, type ExchangeLimits } from "../../http.ts";
import type { World } from "../../world.ts";
import type { Credentials } from "../signer.ts";

/** What the SDK hands over to be sent. */
export interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What the SDK gets back. */
export interface SdkResponse {
  readonly response: {
    readonly statusCode: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
  };
}

/**
 * The `requestHandler` of a client. Requests with a query in the URL are not what the SDK makes of the operations in
 * use.
 *
 * @param limits.client decides which roots are trusted; it belongs to the caller
 */
export function sdkConnection(
  world: Pick<World, "fetch">,
  limits: ExchangeLimits & { readonly client: Deno.HttpClient },
): { handle(request: SdkRequest): Promise<SdkResponse> } {
  return {
    async handle({ protocol, hostname, port, path, method, ...rest }) {
      // Both are rewritten when the request is sent.
      const { host: _host, "content-length": _length, ...headers } = rest.headers;
      const url = `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`;
      const request = method === "GET"
        ? { url, method: "GET", headers } as const
        : { url, method: "POST", headers, body: String(rest.body) } as const;
      const { status, headers: received, body } = await exchange(request, { world, ...limits });
      return { response: { statusCode: status, headers: Object.fromEntries(received), body } };
    },
  };
}

/** Credentials in the SDK's words. It asks again five minutes before `expiration`, and never where there is none. */
export function toSdk({ accessKeyId, accessKeySecret, securityToken, expiresAt }: Credentials): {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
} {
  return {
    accessKeyId,
    secretAccessKey: accessKeySecret.reveal(),
    ...(securityToken === undefined ? {} : { sessionToken: securityToken.reveal() }),
    ...(expiresAt === undefined ? {} : { expiration: expiresAt }),
  };
}
