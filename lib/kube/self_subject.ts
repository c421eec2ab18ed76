/**
 * Who the API server says is calling (`SelfSubjectReview`, from Kubernetes 1.28 on).
 *
 * @module
 */

import { readBodyCapped } from "../http.ts";
import { startDeadline } from "../time.ts";
import type { World } from "../world.ts";
import type { KubeConnection } from "./connection.ts";
import { readSelfSubject } from "./object.ts";
import { errorOf } from "./refusal.ts";
import { asKubeError } from "./target.ts";

/** How long the API server may take, with the login webhook that it asks. */
const DEADLINE_MS = 30_000;

const PATH = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

/** Largest answer in bytes: names and groups. */
const MAX_ANSWER_BYTES = 262_144;

/** A user as RBAC sees it. Trust: the API server says so. */
export interface KubernetesUser {
  readonly username: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
}

/**
 * Asks the API server who we are to it.
 *
 * @throws {KubeError} if it cannot be asked, takes us for nobody, or does not know the question
 */
export async function askWhoIAm(
  connection: KubeConnection,
  { world, signal }: { readonly world: World; readonly signal: AbortSignal },
): Promise<KubernetesUser> {
  const attempt = `Cannot ask "${connection.server}" who you are`;
  using deadline = startDeadline(signal, DEADLINE_MS);
  try {
    const response = await connection.request(PATH, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" }),
      signal: deadline.signal,
    });
    if (!response.ok) throw await errorOf(response, { attempt, signal, world });
    const body = await readBodyCapped(response.body, MAX_ANSWER_BYTES, signal);
    return readSelfSubject(new TextDecoder().decode(body));
  } catch (thrown) {
    throw asKubeError(thrown, attempt);
  }
}
