/**
 * The hash of both clouds' signing algorithms, shared with no signer.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** SHA-256 as 64 lower-case hex digits; of a text's UTF-8 bytes. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
