/**
 * Reads the STS endpoint that an operator or a user names, of any cloud.
 *
 * @module
 */

import { UsageError } from "../errors.ts";

/** A host name or IPv4 address in canonical form, with an optional port; no label is empty or above 63 characters. */
const HOST = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*(?::[1-9][0-9]{0,4})?$/;

/** Longest name as text (RFC 1035, section 2.3.4). */
const MAX_NAME = 253;

/**
 * Reads a host with an optional port; `https://` before it and a slash behind it are dropped.
 *
 * @param example a host of the cloud, for the error
 * @throws {UsageError} if it is not a host
 */
export function readStsEndpoint(endpoint: string, example: string): string {
  const host = endpoint.replace(/^https:\/\//, "").replace(/\/$/, "");
  const [name = ""] = host.split(":", 1);
  if (name.length <= MAX_NAME && HOST.test(host) && URL.canParse(`https://${host}`)) return host;
  throw new UsageError(
    `Cannot use the STS endpoint "${endpoint}": write a host with an optional port, such as "${example}"`,
  );
}
