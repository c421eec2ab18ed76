/**
 * TokenReview, what kube-apiserver and a token webhook say to each other.
 *
 * Source: Kubernetes API, group authentication.k8s.io; `staging/src/k8s.io/apiserver/plugin/pkg/authenticator/token/webhook`.
 *
 * @module
 */

import { PublicError } from "../errors.ts";

/** A TokenReview that asks. */
export interface TokenReviewRequest {
  /** `authentication.k8s.io/v1` or `…/v1beta1`: the answer says the same. */
  readonly apiVersion: string;
  /** Trust: anybody who can reach the API server chose it. */
  readonly token: string;
  /** Those that the token must be for one of; empty where nobody asked. */
  readonly audiences: readonly string[];
}

/** The user in an answer. */
export interface ReviewedUser {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** The body is not a TokenReview. Trust: kube-apiserver, or whoever reaches the port. */
export class TokenReviewError extends PublicError {
  readonly code = "ERR_TOKEN_REVIEW";
  readonly publicMessage = "the body is not a TokenReview";
}

const UTF_8 = new TextDecoder("utf-8", { fatal: true });

/** The versions that are understood; those differ in nothing else. */
export const API_VERSIONS: readonly string[] = ["authentication.k8s.io/v1", "authentication.k8s.io/v1beta1"];

/**
 * Reads a TokenReview. Members that are not needed (`metadata`) are passed over, because API servers add them.
 *
 * @throws {TokenReviewError} if it is not JSON in UTF-8, of another kind or version, or without a token
 */
export function parseTokenReview(body: Uint8Array): TokenReviewRequest {
  let review: { apiVersion?: unknown; kind?: unknown; spec?: { token?: unknown; audiences?: unknown } | null } | null;
  try {
    review = JSON.parse(UTF_8.decode(body));
  } catch {
    // The cause is dropped: it quotes the body, which holds a token.
    throw new TokenReviewError("Cannot read a TokenReview: the body is not JSON in UTF-8");
  }
  const apiVersion = API_VERSIONS.find((version) => review?.apiVersion === version);
  if (apiVersion === undefined || review?.kind !== "TokenReview") {
    throw new TokenReviewError(
      `Cannot read a TokenReview: kind and apiVersion are none of ${API_VERSIONS.join(" and ")}`,
    );
  }
  const token = review.spec?.token;
  if (typeof token !== "string") throw new TokenReviewError('Cannot read a TokenReview: "spec.token" is not text');
  const audiences = review.spec?.audiences ?? [];
  if (!Array.isArray(audiences) || !audiences.every((audience) => typeof audience === "string")) {
    throw new TokenReviewError('Cannot read a TokenReview: "spec.audiences" is not a list of texts');
  }
  return { apiVersion, token, audiences };
}

/**
 * Writes the answer for a token that stands for a user. Without `audiences` it claims none, so the API server assumes its
 * own.
 */
export function formatAuthenticated(apiVersion: string, user: ReviewedUser, audiences?: readonly string[]): string {
  return JSON.stringify({ apiVersion, kind: "TokenReview", status: { authenticated: true, user, audiences } });
}

/**
 * Writes the answer for a token that does not. With an `error`, which only the API server's log shows, the API server
 * forgets the answer at once; without one it keeps it for two minutes.
 */
export function formatUnauthenticated(apiVersion: string, error?: string): string {
  return JSON.stringify({ apiVersion, kind: "TokenReview", status: { authenticated: false, error } });
}
