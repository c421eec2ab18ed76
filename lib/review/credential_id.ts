/**
 * What a token is called wherever it must not be shown.
 *
 * @module
 */

import { createHash } from "node:crypto";

/**
 * The key of `status.user.extra` that Kubernetes keeps for the id of a credential: its audit log shows it with each
 * request that is made by it (k8s.io/apiserver, `authentication/user`: `CredentialIDKey`).
 */
export const CREDENTIAL_ID_KEY = "authentication.kubernetes.io/credential-id";

/** The id of a token: its SHA-256, which says nothing of what it holds. In the form of Kubernetes' own, `X509SHA256=…`. */
export function credentialIdOf(token: string): string {
  return `TOKENSHA256=${createHash("sha256").update(token).digest("hex")}`;
}
