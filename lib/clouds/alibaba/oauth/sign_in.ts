/**
 * A sign-in in the browser: the page to open, and what the browser brings back. A code alone is worth nothing without the
 * verifier (PKCE, RFC 7636), which never leaves this process but for the service; the state (RFC 6749, section 10.12)
 * keeps others from handing us a code of theirs.
 *
 * @module
 */

import { timingSafeEqual } from "node:crypto";
import { Secret } from "../../../secret.ts";
import type { OauthSite } from "./sites.ts";

/** What ties one sign-in to this process. */
export interface Proof {
  readonly state: string;
  readonly verifier: Secret;
  readonly challenge: string;
}

/** What the browser brought back: a code, or why there is none. Trust: it knew the state. */
export type SignInAnswer = { readonly code: Secret } | { readonly refused: string };

const CODE = /^[\x21-\x7e]{1,2048}$/;

/** Makes one, for one sign-in alone. Letters and digits only, as the aliyun CLI sends them. */
export async function newProof(): Promise<Proof> {
  const verifier = crypto.getRandomValues(new Uint8Array(32)).toHex();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  return {
    state: crypto.getRandomValues(new Uint8Array(16)).toHex(),
    verifier: new Secret(verifier),
    challenge: digest.toBase64({ alphabet: "base64url", omitPadding: true }),
  };
}

/** The page on which a person signs in and consents. */
export function signInUrl(site: OauthSite, { state, challenge }: Proof, redirectUri: string): string {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: site.clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge: challenge,
    code_challenge_method: "S256",
  });
  return `${site.signIn}/oauth2/v1/auth?${query}`;
}

/** Reads what the browser brings; `undefined` where it is not of this sign-in. Trust: any page in the browser, any process. */
export function readSignInAnswer(query: URLSearchParams, { state }: Proof): SignInAnswer | undefined {
  const [given, ...more] = query.getAll("state");
  if (given === undefined || more.length > 0 || !isSame(given, state)) return undefined;
  const error = query.get("error");
  if (error !== null) return { refused: error };
  const [code, ...others] = query.getAll("code");
  return code !== undefined && others.length === 0 && CODE.test(code)
    ? { code: new Secret(code) }
    : { refused: "no code" };
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [given, expected].map((text) => new TextEncoder().encode(text)) as [Uint8Array, Uint8Array];
  return one.length === other.length && timingSafeEqual(one, other);
}
