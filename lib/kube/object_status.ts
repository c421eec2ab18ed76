/**
 * One object and its status: read, and written by server-side apply.
 *
 * @module
 */

import { readBodyCapped } from "../http.ts";
import type { World } from "../world.ts";
import type { KubeConnection } from "./connection.ts";
import { startDeadline } from "../time.ts";
import { KubeError } from "./kube_error.ts";
import { type KubeObject, parseObject } from "./object.ts";
import { errorOf } from "./refusal.ts";
import { asKubeError } from "./target.ts";

/** Owns the fields that are applied, so that those of others stay (`metadata.managedFields`). */
const FIELD_MANAGER = "ram-auth";

/** Bytes. etcd holds no object above 1.5 MiB. */
const MAX_OBJECT_BYTES = 4 * 1_048_576;

/** How long one request may take, in milliseconds. */
const ANSWER_MS = 30_000;

/** What kube-apiserver says, with status 500 and no reason code, of a field that the installed kind does not have. */
const OTHER_SCHEMA = "field not declared in schema";

function otherSchema(cause: KubeError): KubeError {
  const { message, status } = cause;
  return new KubeError(`${message}; the kind is from another manifest; apply ours: ram-auth manifests crds`, {
    status,
    retryable: true,
    cause,
  });
}

/** What a request goes by. */
export interface StatusRequestOptions {
  readonly world: World;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** The object at a path; `undefined` where there is none. @throws {KubeError} the signal's reason */
export async function getObject(
  connection: KubeConnection,
  path: string,
  { world, signal: stop }: StatusRequestOptions,
): Promise<KubeObject | undefined> {
  const attempt = `Cannot read "${path}" at "${connection.server}"`;
  using deadline = startDeadline(stop, ANSWER_MS);
  const { signal } = deadline;
  try {
    const response = await connection.request(path, { signal });
    if (response.status === 404) return void await response.body?.cancel();
    if (!response.ok) throw await errorOf(response, { attempt, signal, world });
    const body = await readBodyCapped(response.body, MAX_OBJECT_BYTES, signal);
    return parseObject(new TextDecoder().decode(body));
  } catch (thrown) {
    stop.throwIfAborted();
    throw asKubeError(thrown, attempt);
  }
}

/**
 * Makes this the status of the object, as far as it is ours, provided that the object is still the one that was read.
 *
 * @returns `changed` where it is another one by now, or gone, and nothing was written
 * @throws {KubeError} the signal's reason
 */
export async function applyStatus(
  connection: KubeConnection,
  { path, object: { apiVersion, kind, metadata }, status }: {
    readonly path: string;
    readonly object: KubeObject;
    readonly status: unknown;
  },
  { world, signal: stop }: StatusRequestOptions,
): Promise<"written" | "changed"> {
  const attempt = `Cannot write the status of "${path}" at "${connection.server}"`;
  const { name, uid, resourceVersion } = metadata;
  using deadline = startDeadline(stop, ANSWER_MS);
  const { signal } = deadline;
  try {
    const response = await connection.request(`${path}/status?fieldManager=${FIELD_MANAGER}&force=true`, {
      method: "PATCH",
      // JSON is YAML, and every API server that has server-side apply takes this type.
      headers: { "content-type": "application/apply-patch+yaml" },
      body: JSON.stringify({ apiVersion, kind, metadata: { name, uid, resourceVersion }, status }),
      signal,
    });
    if (!response.ok && response.status !== 404 && response.status !== 409) {
      const error = await errorOf(response, { attempt, signal, world });
      throw error.said.includes(OTHER_SCHEMA) ? otherSchema(error) : error;
    }
    await response.body?.cancel();
    return response.ok ? "written" : "changed";
  } catch (thrown) {
    stop.throwIfAborted();
    throw asKubeError(thrown, attempt);
  }
}
