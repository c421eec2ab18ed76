/**
 * ExecCredential, what kubectl and an exec plugin say to each other.
 *
 * Source: "client-go credential plugins", Kubernetes documentation; API group client.authentication.k8s.io.
 *
 * @module
 */

import { RamAuthError } from "../errors.ts";
import type { MintedToken } from "../clouds/signer.ts";

/** The versions of the API group that are answered. */
export type ExecCredentialVersion = (typeof VERSIONS)[number];

const GROUP = "client.authentication.k8s.io";
const VERSIONS = ["v1", "v1beta1", "v1alpha1"] as const;

/** kubectl asks for something that this plugin cannot answer. Trust: kubectl, or whoever set its environment. */
export class ExecInfoError extends RamAuthError {
  readonly code = "ERR_EXEC_INFO";
}

/**
 * Which version to answer with: the one that kubectl asks for in `KUBERNETES_EXEC_INFO`, or `otherwise` where a person or
 * an old kubectl runs the plugin without it.
 *
 * @throws {ExecInfoError} if the variable holds something else than an ExecCredential of a known version
 */
export function readExecInfo(
  variable: string | undefined,
  otherwise: ExecCredentialVersion = "v1beta1",
): ExecCredentialVersion {
  if (variable === undefined || variable === "") return otherwise;
  let info: unknown;
  try {
    info = JSON.parse(variable);
  } catch (cause) {
    throw new ExecInfoError("Cannot read KUBERNETES_EXEC_INFO: it is not JSON; let kubectl set it", {
      cause,
    });
  }
  const { kind, apiVersion } = (info ?? {}) as { kind?: unknown; apiVersion?: unknown };
  const version = VERSIONS.find((candidate) => apiVersion === `${GROUP}/${candidate}`);
  if (kind !== "ExecCredential" || version === undefined) {
    throw new ExecInfoError(
      `Cannot answer KUBERNETES_EXEC_INFO: it asks for ${JSON.stringify(apiVersion)}, and this plugin supports ` +
        `${GROUP}/v1 and v1beta1; write one of them as "apiVersion" of the kubeconfig's exec section`,
    );
  }
  return version;
}

/** The one line of JSON that kubectl reads from standard output. It holds the token in the clear: that is its purpose. */
export function formatExecCredential({ token, expiresAt }: MintedToken, version: ExecCredentialVersion): string {
  return JSON.stringify({
    kind: "ExecCredential",
    apiVersion: `${GROUP}/${version}`,
    spec: {},
    status: {
      expirationTimestamp: expiresAt.toISOString().replace(/\.\d{3}Z$/, "Z"),
      token: token.reveal(),
    },
  });
}
