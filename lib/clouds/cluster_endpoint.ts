/**
 * How to reach a cluster's API server, as a cloud describes it.
 *
 * @module
 */

import { RamAuthError } from "../errors.ts";

/** Longest URL of an API server; those of the clouds have 90 characters. */
const MAX_URL_CHARS = 2_048;

/** Most Base64 of an authority: chains of certificates have 10 KB. */
const MAX_CA_CHARS = 65_536;

/** An API server and its CA bundle. Built only by {@linkcode readClusterEndpoint}. */
export interface ClusterEndpoint {
  /** An `https` URL, as it was given. */
  readonly server: string;
  /** Base64 of PEM, as kubeconfigs have it. */
  readonly certificateAuthorityData: string;
}

/** A cloud does not say where the cluster is, or says what cannot be. */
export class ClusterLookupError extends RamAuthError {
  readonly code = "ERR_CLUSTER_LOOKUP";
}

/** Whether a text is an `https` URL of an API server. Trust: whoever gave it chose it. */
export function isServerUrl(text: string): boolean {
  if (text.length > MAX_URL_CHARS || !/^https:\/\/[!-~]+$/.test(text) || !URL.canParse(text)) return false;
  const { username, password, search, hash } = new URL(text);
  return username === "" && password === "" && search === "" && hash === "";
}

/**
 * Reads what a cloud says of a cluster. Trust: the cloud, or whoever sits in its place.
 *
 * @param attempt starts the error
 * @throws {ClusterLookupError} if that could not be in a kubeconfig
 */
export function readClusterEndpoint(
  { server, authority }: { readonly server: unknown; readonly authority: unknown },
  attempt: string,
): ClusterEndpoint {
  if (typeof server !== "string" || !isServerUrl(server)) {
    throw new ClusterLookupError(`${attempt}: its address is missing or no https URL; see its state in the console`);
  }
  if (typeof authority !== "string" || authority.length > MAX_CA_CHARS || !isBase64(authority)) {
    throw new ClusterLookupError(
      `${attempt}: its CA certificate is missing or not Base64; check its state in the console`,
    );
  }
  return { server, certificateAuthorityData: authority };
}

function isBase64(text: string): boolean {
  return text !== "" && /^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.length % 4 === 0;
}
