/**
 * What the delegate is sent, and the closed grammar of what it answers: everything has a cap, and nothing is forwarded.
 *
 * @module
 */

import { parseStrictJson, StrictJsonError } from "../../strict_json.ts";
import type { JsonObject, JsonValue } from "../../strict_json.ts";
import { API_VERSIONS, type ReviewedUser, type TokenReviewRequest } from "../../review/token_review.ts";
import { DelegateFault, DelegateUnusable } from "./fault.ts";

/** Largest answer: a user of a thousand groups, and the token that many webhooks send back. */
export const MAX_ANSWER_BYTES = 262_144;

/** Most groups of a user. Directories give some hundred. */
const MAX_GROUPS = 1_024;

/** Most keys of `extra`, and most values of one. */
const MAX_EXTRA_KEYS = 64;
const MAX_EXTRA_VALUES = 64;

/** Most audiences. API servers have one or two. */
const MAX_AUDIENCES = 64;

/** Longest text of any kind, in UTF-16 units. */
const MAX_TEXT_LENGTH = 4_096;

const UTF_8 = new TextDecoder("utf-8", { fatal: true });

/** What the delegate said. Trust: it chose every text. */
export type DelegateAnswer =
  | { readonly isAuthenticated: false; readonly error: string | undefined }
  | {
    readonly isAuthenticated: true;
    readonly user: ReviewedUser;
    /** For which the token is; none where it did not say. */
    readonly audiences: readonly string[];
  };

/** Writes the TokenReview for the delegate, in the version in which it was asked for. */
export function formatDelegatedReview({ apiVersion, token, audiences }: TokenReviewRequest): Uint8Array {
  const spec = { token, ...(audiences.length > 0 && { audiences }) };
  return new TextEncoder().encode(JSON.stringify({ apiVersion, kind: "TokenReview", spec }));
}

/**
 * Reads an answer. Members that are not needed are passed over, as kube-apiserver does; those that are there have one
 * reading.
 *
 * @throws {DelegateFault} if its status tells of an outage, so that another try may help
 * @throws {DelegateUnusable} if it is no TokenReview with a status, or has more than it may
 */
export function readDelegateAnswer(
  { status, contentType, body }: { readonly status: number; readonly contentType: string; readonly body: Uint8Array },
): DelegateAnswer {
  if (status === 429 || status >= 500) throw new DelegateFault(`it answered HTTP ${status}; see its log`);
  if (status === 401 || status === 403) {
    throw new DelegateUnusable(
      `it answered HTTP ${status}; check the credentials in server.delegate.kubeconfig`,
    );
  }
  if (status !== 200 && status !== 201) {
    throw unreadable(`it is HTTP ${status}, where only 200 and 201 are answers`);
  }
  if (contentType !== "" && !/^application\/json(?:\s*;|$)/i.test(contentType)) {
    throw unreadable("its content type is not application/json");
  }
  const review = objectOf(parse(body), "it");
  const apiVersion = review.get("apiVersion");
  if (review.get("kind") !== "TokenReview" || !API_VERSIONS.some((version) => version === apiVersion)) {
    throw unreadable(`its kind and apiVersion are none of TokenReview in ${API_VERSIONS.join(" and ")}`);
  }
  const verdict = objectOf(review.get("status"), '"status"');
  const isAuthenticated = verdict.get("authenticated") ?? false;
  if (typeof isAuthenticated !== "boolean") throw unreadable('"status.authenticated" is not a boolean');
  const error = optionalText(verdict.get("error"), '"status.error"');
  if (!isAuthenticated) return { isAuthenticated, error: error || undefined };
  if (error) throw unreadable("it both authenticates and reports an error");
  const user = objectOf(verdict.get("user"), '"status.user"');
  return {
    isAuthenticated,
    user: {
      username: optionalText(user.get("username"), '"status.user.username"'),
      uid: optionalText(user.get("uid"), '"status.user.uid"'),
      groups: texts(user.get("groups"), '"status.user.groups"', MAX_GROUPS),
      extra: extraOf(user.get("extra")),
    },
    audiences: texts(verdict.get("audiences"), '"status.audiences"', MAX_AUDIENCES),
  };
}

function parse(body: Uint8Array): JsonValue {
  try {
    return parseStrictJson(UTF_8.decode(body), { roundsNumbers: true });
  } catch (failure) {
    // The cause is dropped: it may quote the body, which may hold the token.
    throw unreadable(failure instanceof StrictJsonError ? failure.message : "it is not UTF-8");
  }
}

function extraOf(value: JsonValue | undefined): ReviewedUser["extra"] {
  const entries = [...value === undefined || value === null ? [] : objectOf(value, '"status.user.extra"')];
  if (entries.length > MAX_EXTRA_KEYS) throw unreadable(`"status.user.extra" has more than ${MAX_EXTRA_KEYS} keys`);
  const read = entries.map(([key, values]) => [key, texts(values, 'a key of "status.user.extra"', MAX_EXTRA_VALUES)]);
  // Made of entries, so that "__proto__" is a key like any other.
  return Object.fromEntries(read);
}

function texts(value: JsonValue | undefined, what: string, max: number): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw unreadable(`${what} is not a list`);
  if (value.length > max) throw unreadable(`${what} has more than ${max} entries`);
  return value.map((item: JsonValue) => textOf(item, what));
}

/** Go leaves out what is empty. */
function optionalText(value: JsonValue | undefined, what: string): string {
  return value === undefined || value === null ? "" : textOf(value, what);
}

function textOf(value: JsonValue, what: string): string {
  if (typeof value !== "string") throw unreadable(`${what} is not text`);
  if (value.length > MAX_TEXT_LENGTH) throw unreadable(`${what} is longer than ${MAX_TEXT_LENGTH} characters`);
  return value;
}

function objectOf(value: JsonValue | undefined, what: string): JsonObject {
  if (value instanceof Map) return value;
  throw unreadable(`${what} is not an object`);
}

function unreadable(why: string): DelegateUnusable {
  return new DelegateUnusable(`its answer cannot be used: ${why}; check what answers there`);
}
