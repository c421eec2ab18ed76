/**
 * Alibaba Cloud's OAuth service on loopback: the page where a person signs in and consents, tokens, keys. It is as strict as
 * OAuth 2.0 with PKCE allows: clients, redirects, states and verifiers are checked, codes and refresh tokens count once.
 *
 * Source: what github.com/aliyun/aliyun-cli sends and expects (`config/configure.go` and its tests).
 *
 * @module
 */

/** What the sites are called in the network, of both sites. */
export const OAUTH_HOSTS = [
  "signin.aliyun.com",
  "oauth.aliyun.com",
  "signin.alibabacloud.com",
  "oauth.alibabacloud.com",
];

const CLIENTS = ["4038181954557748008", "4103531455503354461"];
const REDIRECT = /^http:\/\/127\.0\.0\.1:1234[5-9]\/cli\/callback$/;

/** What the person on the page does. */
export type Person = "allows" | "denies" | "waits";

/** What a test says of it. */
export interface OauthSiteOptions {
  readonly pair: { readonly certPem: string; readonly keyPem: string };
  /** When keys end. */
  readonly keysEnd: Date;
  readonly person?: Person;
}

/** The service, running. */
export interface OauthSite extends AsyncDisposable {
  readonly port: number;
  /** `method path grant`, in order. */
  readonly asked: readonly string[];
  /** Whatever it gave that must not be shown. */
  readonly secrets: readonly string[];
  /** Answers instead of it, where it has one. */
  instead: ((path: string) => Response | Promise<Response> | undefined) | undefined;
  /** Makes all refresh tokens so far invalid. */
  endLogins(): void;
}

interface Consent {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly state: string;
}

/** Starts it. */
export function startOauthSite({ pair, keysEnd, person = "allows" }: OauthSiteOptions): OauthSite {
  const asked: string[] = [];
  const secrets: string[] = [];
  const asking = new Map<string, Consent>();
  const codes = new Map<string, Consent>();
  const refreshing = new Map<string, string>();
  const accesses = new Set<string>();
  const secret = (kind: string) => {
    const made = `MadeUp${kind}${crypto.randomUUID().replaceAll("-", "")}`;
    secrets.push(made);
    return made;
  };
  const refuse = (error: string, status = 400) =>
    Response.json({ error, error_description: `It is ${error}.`, request_id: "r-1", requestId: "r-1" }, { status });

  const authorize = (query: URLSearchParams): Response => {
    const [clientId, redirectUri, challenge, state] = ["client_id", "redirect_uri", "code_challenge", "state"]
      .map((name) => query.get(name) ?? "") as [string, string, string, string];
    const isGood = CLIENTS.includes(clientId) && REDIRECT.test(redirectUri) && state.length >= 16 &&
      /^[\w-]{43}$/.test(challenge) && query.get("code_challenge_method") === "S256" &&
      query.get("response_type") === "code";
    if (!isGood) return new Response("bad request", { status: 400 });
    const consent = crypto.randomUUID();
    asking.set(consent, { clientId, redirectUri, challenge, state });
    const submit = person === "waits" ? "" : "<script>document.forms[0].querySelector('button').click()</script>";
    return new Response(
      `<!doctype html><title>Consent</title><form method="post" action="/consent">` +
        `<input type="hidden" name="consent" value="${consent}">` +
        `<button name="answer" value="${person}">Go on</button></form>${submit}`,
      { headers: { "content-type": "text/html" } },
    );
  };

  const consented = (form: URLSearchParams): Response => {
    const consent = asking.get(form.get("consent") ?? "");
    if (consent === undefined) return new Response("bad request", { status: 400 });
    asking.delete(form.get("consent")!);
    const { redirectUri, state } = consent;
    if (form.get("answer") !== "allows") return leadTo(redirectUri, { error: "access_denied", state });
    const code = secret("Code");
    codes.set(code, consent);
    return leadTo(redirectUri, { code, state });
  };

  const token = async (form: URLSearchParams): Promise<Response> => {
    if (form.get("grant_type") === "refresh_token") {
      const given = form.get("refresh_token") ?? "";
      if (refreshing.get(given) !== form.get("client_id")) return refuse("invalid_grant");
      refreshing.delete(given);
      return pairFor(form.get("client_id")!);
    }
    const code = form.get("code") ?? "";
    const consent = codes.get(code);
    codes.delete(code);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(form.get("code_verifier") ?? ""));
    const challenge = new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true });
    const isGood = form.get("grant_type") === "authorization_code" && consent !== undefined &&
      consent.challenge === challenge && consent.redirectUri === form.get("redirect_uri") &&
      consent.clientId === form.get("client_id");
    return isGood ? pairFor(consent.clientId) : refuse("invalid_grant");
  };

  const pairFor = (clientId: string): Response => {
    const [access_token, refresh_token] = [secret("Access"), secret("Refresh")];
    accesses.add(access_token);
    refreshing.set(refresh_token, clientId);
    return Response.json({ access_token, refresh_token, expires_in: 3600, token_type: "Bearer" });
  };

  const exchange = (authorization: string): Response => {
    if (!accesses.has(authorization.replace(/^Bearer /, ""))) return refuse("invalid_token", 401);
    return Response.json({
      requestId: "r-2",
      accessKeyId: "STS.NMadeUp",
      accessKeySecret: secret("KeySecret"),
      securityToken: secret("Security"),
      expiration: keysEnd.toISOString().replace(/\.\d+/, ""),
    });
  };

  const tls = { cert: pair.certPem, key: pair.keyPem };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls }, async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    const form = new URLSearchParams(await request.text());
    asked.push([request.method, pathname, form.get("grant_type")].filter(Boolean).join(" "));
    const other = await site.instead?.(pathname);
    if (other !== undefined) return other;
    switch (`${request.method} ${pathname}`) {
      case "GET /oauth2/v1/auth":
        return authorize(searchParams);
      case "POST /consent":
        return consented(form);
      case "POST /v1/token":
        return await token(form);
      case "POST /v1/exchange":
        return exchange(request.headers.get("authorization") ?? "");
      default:
        return new Response("not found", { status: 404 });
    }
  });
  const site: OauthSite = {
    port: server.addr.port,
    asked,
    secrets,
    instead: undefined,
    endLogins: () => refreshing.clear(),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return site;
}

function leadTo(redirectUri: string, query: Readonly<Record<string, string>>): Response {
  return new Response(null, { status: 302, headers: { location: `${redirectUri}?${new URLSearchParams(query)}` } });
}
