/**
 * What the caller may do, as the authorizer of kube-apiserver decides it (`SelfSubjectAccessReview`).
 *
 * @module
 */

import { readBodyCapped } from "../http.ts";
import type { World } from "../world.ts";
import type { KubeConnection } from "./connection.ts";
import { readAccessReview } from "./object.ts";
import { errorOf } from "./refusal.ts";
import { asKubeError } from "./target.ts";

const PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/** Largest answer in bytes; it repeats the question, and says why in a sentence. */
const MAX_ANSWER_BYTES = 65_536;

/** What is asked for, as a Role names it; `group` is empty for the core group. */
export interface AccessQuestion {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name: string;
}

/**
 * Asks whether the caller may do something in the whole cluster.
 *
 * @throws {KubeError} if the API server cannot be asked, refuses to answer or is late
 */
export async function mayI(
  connection: KubeConnection,
  resourceAttributes: AccessQuestion,
  { world, signal }: { readonly world: World; readonly signal: AbortSignal },
): Promise<boolean> {
  const attempt = `Cannot ask "${connection.server}" what you may do`;
  try {
    const response = await connection.request(PATH, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes },
      }),
      signal,
    });
    if (!response.ok) throw await errorOf(response, { attempt, signal, world });
    const body = await readBodyCapped(response.body, MAX_ANSWER_BYTES, signal);
    return readAccessReview(new TextDecoder().decode(body));
  } catch (thrown) {
    throw asKubeError(thrown, attempt);
  }
}
