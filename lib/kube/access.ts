/**
 * What a connection to a Kubernetes API is made of, whatever it was read from.
 *
 * @module
 */

import type { Secret } from "../secret.ts";
import type { TokenOrigin } from "./bearer.ts";

/** Where an API server is, how it is recognised, and who calls. Trust: whoever wrote the kubeconfig chose it all. */
export interface ClusterAccess {
  /** `https://host:port`, perhaps with a path; no slash at the end. */
  readonly server: string;
  /** PEM text of CAs to trust for the server, in addition to the public ones. */
  readonly caPem: string | undefined;
  readonly clientCertificate: { readonly certPem: string; readonly keyPem: Secret } | undefined;
  readonly token: TokenOrigin | undefined;
  readonly proxyUrl: string | undefined;
}

/** What decides which cluster is meant. Trust: the operator chose each. */
export interface ConnectOptions {
  /** Path; without it and without `master`, the service account of the pod is used. */
  readonly kubeconfig: string | undefined;
  /** Its context, instead of the current one. */
  readonly context?: string | undefined;
  /** Address of the API server, instead of the kubeconfig's. */
  readonly master: string | undefined;
}
