/**
 * The endpoints that hand out keys to a machine of AWS: IMDSv2 of an instance, and the agent of a container. What they
 * answer to whom is that of the user guides of EC2 and ECS; the AWS CLI takes keys from here, too.
 *
 * @module
 */

/** Keys to hand out. */
export interface MachineKeys {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string;
}

/** One request, as it came. */
export interface AskedMetadata {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
}

/** What may be wrong. */
export interface MetadataOptions {
  /** The name of the instance's role; `null` where it has none. */
  readonly role?: string | null;
  /** Answers in the place of the usual one, by path. */
  readonly answers?: Readonly<Record<string, () => Response | Promise<Response>>>;
  /** What the container must say in `authorization`. */
  readonly authorization?: string;
}

/** The endpoints, running. */
export interface Metadata extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly AskedMetadata[];
}

const SESSION = "MadeUpMetadataSession==";
const ROLES = "/latest/meta-data/iam/security-credentials/";

/** Starts them on loopback. The keys live for an hour. */
export function startMetadata(
  { accessKeyId, accessKeySecret, securityToken }: MachineKeys,
  { role = "Node", answers = {}, authorization }: MetadataOptions = {},
): Metadata {
  const asked: AskedMetadata[] = [];
  const keys = () => ({
    AccessKeyId: accessKeyId,
    SecretAccessKey: accessKeySecret,
    Token: securityToken,
    Expiration: new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, ""),
  });
  const answer = (request: Request): Response | Promise<Response> => {
    const { pathname: path } = new URL(request.url);
    asked.push({ method: request.method, path, headers: request.headers });
    const other = answers[path];
    if (other !== undefined) return other();
    if (path === "/container") {
      const isAllowed = authorization === undefined || request.headers.get("authorization") === authorization;
      return isAllowed ? Response.json(keys()) : new Response("not yours", { status: 401 });
    }
    if (path === "/latest/api/token") {
      const seconds = Number(request.headers.get("x-aws-ec2-metadata-token-ttl-seconds"));
      const isAsked = request.method === "PUT" && seconds >= 1 && seconds <= 21_600;
      return isAsked ? new Response(SESSION) : new Response(null, { status: 400 });
    }
    if (request.headers.get("x-aws-ec2-metadata-token") !== SESSION) return new Response(null, { status: 401 });
    if (role === null) return new Response(null, { status: 404 });
    if (path === ROLES) return new Response(role);
    return path === `${ROLES}${role}`
      ? Response.json({ Code: "Success", Type: "AWS-HMAC", LastUpdated: "2026-11-22T12:00:00Z", ...keys() })
      : new Response(null, { status: 404 });
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
