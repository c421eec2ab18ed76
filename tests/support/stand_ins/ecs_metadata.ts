/**
 * The metadata service of an ECS instance, as far as credentials need it, in hardened mode alone: who shows no token that
 * it gave out gets nothing.
 *
 * Source: "Access instance metadata" of the ECS user guide.
 *
 * @module
 */

/** How the service behaves. Default: as it should, and the instance has one role. */
export interface MetadataBehaviour {
  /** The role of the instance. `undefined`: it has none. */
  readonly role?: string | undefined;
  /** What it says of the role's keys, or any text in its place. */
  readonly keys?: Readonly<Record<string, string>> | string;
  /** How each request is answered before anything else is looked at; `undefined` leaves it to the service. */
  readonly answer?: (path: string) => Response | Promise<Response> | undefined;
}

/** A service that runs. */
export interface MetadataService extends AsyncDisposable {
  readonly address: { readonly hostname: string; readonly port: number };
  /** Method and path of each request. */
  readonly asked: readonly string[];
}

/** What the service says of keys that are good. */
export const INSTANCE_KEYS = {
  Code: "Success",
  AccessKeyId: "STS.NMadeUpInstance",
  AccessKeySecret: "MadeUpSecretOfTheInstance",
  SecurityToken: "CAISMadeUp/Token+OfTheInstance==",
  Expiration: "2026-11-22T18:00:00Z",
  LastUpdated: "2026-11-22T12:00:00Z",
};

/** Starts it; on any free port of loopback, or where it really is. */
export function startMetadata(
  { role, keys = INSTANCE_KEYS, answer }: MetadataBehaviour,
  { hostname, port } = { hostname: "127.0.0.1", port: 0 },
): MetadataService {
  const asked: string[] = [];
  const tokens = new Set<string>();
  const server = Deno.serve({ hostname, port, onListen: () => {} }, async (request) => {
    const { pathname: path } = new URL(request.url);
    asked.push(`${request.method} ${path}`);
    const scripted = await answer?.(path);
    if (scripted !== undefined) return scripted;
    if (path === "/latest/api/token") {
      const seconds = Number(request.headers.get("x-aliyun-ecs-metadata-token-ttl-seconds"));
      if (request.method !== "PUT" || !(seconds >= 1 && seconds <= 21_600)) return new Response(null, { status: 400 });
      const token = `MadeUpMetadataToken${tokens.size}=`;
      tokens.add(token);
      return new Response(token);
    }
    if (!tokens.has(request.headers.get("x-aliyun-ecs-metadata-token") ?? "")) {
      return new Response(null, { status: 403 });
    }
    const roles = "/latest/meta-data/ram/security-credentials/";
    if (role !== undefined && path === roles) return new Response(role);
    if (role !== undefined && path === roles + role) {
      return typeof keys === "string" ? new Response(keys) : Response.json(keys);
    }
    return new Response("404 - Not Found", { status: 404 });
  });
  return {
    address: { hostname, port: server.addr.port },
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
