/**
 * What the Kubernetes API sends of objects and of changes to them, checked as far as list and watch rely on it. Pure.
 *
 * @module
 */

import { KubeError } from "./kube_error.ts";

/** An object of any kind. Trust: whoever may write it chose all of it but the metadata named here. */
export interface KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly uid?: string;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

/** One part of a list. */
export interface KubePage {
  readonly items: readonly KubeObject[];
  /** Where a watch goes on. */
  readonly resourceVersion: string;
  /** Asks for the next part. */
  readonly continueToken: string | undefined;
}

/** How an object changed. */
export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";

/** One line of a watch. */
export type WatchEvent =
  | { readonly type: ChangeType; readonly object: KubeObject }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string }
  | { readonly type: "ERROR"; readonly status: number | undefined; readonly message: string };

/** Reads the answer to a list. @throws {KubeError} if it is none */
export function readPage(text: string): KubePage {
  const list = parse(text);
  const metadata = recordIn(list, "metadata");
  const { items } = list;
  if (!Array.isArray(items) || typeof metadata.resourceVersion !== "string") throw unreadable("it is not a list");
  const { continue: token } = metadata;
  return {
    items: items.map(readObject),
    resourceVersion: metadata.resourceVersion,
    continueToken: typeof token === "string" && token !== "" ? token : undefined,
  };
}

/** Reads one object. @throws {KubeError} if it is none */
export function parseObject(text: string): KubeObject {
  return readObject(parse(text));
}

/** Reads the answer to a `SelfSubjectAccessReview`: whether it is allowed. @throws {KubeError} if it is none */
export function readAccessReview(text: string): boolean {
  const { allowed } = recordIn(parse(text), "status");
  if (typeof allowed !== "boolean") throw unreadable("it is no access review");
  return allowed;
}

/** Reads the answer to a `SelfSubjectReview`. @throws {KubeError} if it is none */
export function readSelfSubject(text: string): { username: string; uid: string | undefined; groups: string[] } {
  const { username, uid, groups = [] } = recordIn(recordIn(parse(text), "status"), "userInfo");
  const areTexts = Array.isArray(groups) && groups.every((group) => typeof group === "string");
  if (typeof username !== "string" || !areTexts) throw unreadable("it is no review of the caller");
  return { username, uid: typeof uid === "string" ? uid : undefined, groups };
}

/** Reads one line of a watch. @throws {KubeError} if it is none */
export function readWatchEvent(line: string): WatchEvent {
  const event = parse(line);
  const { type } = event;
  const object = recordIn(event, "object");
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return { type, object: readObject(object) };
    case "BOOKMARK": {
      const { resourceVersion } = recordIn(object, "metadata");
      if (typeof resourceVersion !== "string") throw unreadable("a bookmark has no version");
      return { type, resourceVersion };
    }
    case "ERROR":
      return {
        type,
        status: typeof object.code === "number" ? object.code : undefined,
        message: typeof object.message === "string" ? object.message.slice(0, 500) : "",
      };
    default:
      throw unreadable("it is not a watch event");
  }
}

function readObject(value: unknown): KubeObject {
  const object = asRecord(value);
  const metadata = recordIn(object, "metadata");
  const { name, resourceVersion } = metadata;
  // Half of a small object, and read by nobody.
  if (metadata.managedFields !== undefined) metadata.managedFields = undefined;
  if (typeof name !== "string" || typeof resourceVersion !== "string") throw unreadable("an object has no name");
  return object as KubeObject;
}

function parse(text: string): Record<string, unknown> {
  try {
    return asRecord(JSON.parse(text));
  } catch (cause) {
    throw cause instanceof KubeError ? cause : unreadable("it is not JSON", cause);
  }
}

function recordIn(object: Record<string, unknown>, key: string): Record<string, unknown> {
  return asRecord(object[key]);
}

function asRecord(value: unknown): Record<string, unknown> {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw unreadable("it is no object");
  return value as Record<string, unknown>;
}

function unreadable(why: string, cause?: unknown): KubeError {
  return new KubeError(`Cannot read the answer of the Kubernetes API: ${why}; check what stands in front of it`, {
    retryable: true,
    cause,
  });
}
