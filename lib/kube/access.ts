/**
 * What a connection to a Kubernetes API is made of, whatever it was read from.
 *
 * @module
 */

import type { TlsPair } from "../tls_pair.ts";
import type { TokenOrigin } from "./bearer.ts";

/** Where an API server is, how it is recognised, and who calls. Trust: whoever wrote the kubeconfig chose it all. */
export interface ClusterAccess {
  /** `https://host:port`, perhaps with a path; no slash at the end. */
  readonly server: string;
  /** CAs to trust for the server, in addition to the public ones, each a PEM text. */
  readonly caCerts: readonly string[];
  readonly clientCertificate: TlsPair | undefined;
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
  /**
   * Called with each file on which the access depends, before it is read; not with that of the token, which is read again
   * and again. Default: nobody asks.
   */
  readonly noteFile?: NoteFile | undefined;
}

/** Takes note of the path of a file. */
export type NoteFile = (path: string) => Promise<void>;
