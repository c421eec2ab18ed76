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
 * an old kubectl runs the plugin without it, or some other program with a variable that names no version.
 *
 * @throws {ExecInfoError} if the variable holds something else than an ExecCredential of a known version
 */
export function readExecInfo(
  variable: string | undefined,
  otherwise: ExecCredentialVersion = "v1beta1",
): ExecCredentialVersion {
  if (variable === undefined || variable === "") return otherwise;
  const info = parseJson(variable);
  if (typeof info !== "object" || info === null || Array.isArray(info)) {
    throw new ExecInfoError(
      "Cannot read KUBERNETES_EXEC_INFO: it is not a JSON object; let kubectl set it, or unset it",
    );
  }
  const { kind, apiVersion } = info as { readonly kind?: unknown; readonly apiVersion?: unknown };
  if (kind !== undefined && kind !== "ExecCredential") {
    throw new ExecInfoError(
      `Cannot answer KUBERNETES_EXEC_INFO: its kind is ${
        JSON.stringify(kind)
      } instead of "ExecCredential"; let kubectl ` +
        "set it, or unset it",
    );
  }
  if (apiVersion === undefined) return otherwise;
  const version = VERSIONS.find((candidate) => apiVersion === `${GROUP}/${candidate}`);
  if (version !== undefined) return version;
  throw new ExecInfoError(
    `Cannot answer KUBERNETES_EXEC_INFO: it asks for ${JSON.stringify(apiVersion)}, and this plugin supports ` +
      `${GROUP}/v1 and v1beta1; write one of them as "apiVersion" of the kubeconfig's exec section`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
