/**
 * Which objects are followed, and under which limits.
 *
 * @module
 */

import { RamAuthError } from "../errors.ts";
import type { World } from "../world.ts";
import type { KubeConnection } from "./connection.ts";
import { KubeError, reasonOfFetchFailure } from "./kube_error.ts";

/** A collection, or a part of it. */
export interface ListTarget {
  /** Of the collection: `/api/v1/namespaces/kube-system/configmaps`. */
  readonly path: string;
  /** `metadata.name=aws-auth`; RBAC rules with `resourceNames` allow list and watch only with it. */
  readonly fieldSelector?: string;
}

/** How long, how much, how often. */
export interface ListWatchLimits {
  /** For a page of a list, and for the head of the answer to a watch. */
  readonly answerMs: number;
  /** How long the API server is asked to keep a watch open, in the middle. */
  readonly watchSeconds: number;
  /** How much longer than that a watch may bring nothing. */
  readonly silenceMs: number;
  /** First and longest wait after failures. */
  readonly minWaitMs: number;
  readonly maxWaitMs: number;
  /** Wait after a refusal for want of a right. */
  readonly refusedWaitMs: number;
  /** The longest such wait while nothing was read yet, in the first minutes: rights may come with the cluster. */
  readonly firstRefusedWaitMs: number;
  /** How long those minutes are. */
  readonly firstMs: number;
  /** Objects in a page, at most. */
  readonly pageSize: number;
  /** Of a page, which is read in one go. etcd holds no object above 1.5 MiB, which JSON may escape; most have some KiB. */
  readonly maxPageBytes: number;
  /** Of one event. A ConfigMap may have 1 MiB, which JSON escapes to at most twice that for text. */
  readonly maxLineBytes: number;
}

/** The limits in production. */
export const LIST_WATCH_LIMITS: ListWatchLimits = {
  answerMs: 60_000,
  watchSeconds: 300,
  silenceMs: 30_000,
  minWaitMs: 200,
  // Short, because until it is over a changed mapping does not count; each server asks for a few collections at most.
  maxWaitMs: 4_000,
  refusedWaitMs: 30_000,
  firstRefusedWaitMs: 2_000,
  firstMs: 600_000,
  pageSize: 500,
  maxPageBytes: 16 * 1_048_576,
  maxLineBytes: 4 * 1_048_576,
};

/** What list and watch share. */
export interface Following {
  readonly connection: KubeConnection;
  readonly target: ListTarget;
  readonly world: World;
  readonly limits: ListWatchLimits;
  /** Aborts when the whole is to stop. */
  readonly stop: AbortSignal;
}

/** The path with its query. */
export function pathOf({ path, fieldSelector }: ListTarget, query: Readonly<Record<string, string>>): string {
  const selector = fieldSelector === undefined ? {} : { fieldSelector };
  return `${path}?${new URLSearchParams({ ...selector, ...query })}`;
}

/** What a request failed with, as an error to tell. @throws what no connection fails with */
export function asKubeError(thrown: unknown, attempt: string): KubeError {
  if (thrown instanceof KubeError) return thrown;
  if (thrown instanceof RamAuthError) {
    return new KubeError(`${attempt}: ${thrown.message}`, { cause: thrown, retryable: true });
  }
  if (!(thrown instanceof TypeError || thrown instanceof DOMException)) throw thrown;
  return new KubeError(`${attempt}: ${reasonOfFetchFailure(thrown)}`, { cause: thrown, retryable: true });
}
