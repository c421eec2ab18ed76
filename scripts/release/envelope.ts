/**
 * A signed statement in an envelope of DSSE. The signature covers type and content of the statement, and nothing of the
 * envelope's own JSON.
 *
 * Source: DSSE 1.0 (github.com/secure-systems-lab/dsse).
 *
 * @module
 */

import type { SigningKey } from "./signing_key.ts";
import { concat } from "./ssh_wire.ts";

/** What in-toto statements are called in envelopes. */
const PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** One line of JSON. */
export function envelopeOf(statement: unknown, key: SigningKey): string {
  const payload = new TextEncoder().encode(JSON.stringify(statement));
  const signature = key.sign(preAuthentication(payload));
  return `${
    JSON.stringify({
      payload: payload.toBase64(),
      payloadType: PAYLOAD_TYPE,
      signatures: [{ keyid: key.fingerprint, sig: signature.toBase64() }],
    })
  }\n`;
}

/** The bytes that are signed. */
function preAuthentication(payload: Uint8Array): Uint8Array {
  const start = `DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `;
  return concat(new TextEncoder().encode(start), payload);
}
