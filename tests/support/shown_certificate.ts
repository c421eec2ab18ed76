/**
 * Which certificate a TLS server shows to a new connection, whoever trusts it.
 *
 * @module
 */

import { connect } from "node:tls";

/** The certificate, as one PEM block with a line feed at its end. */
export async function shownCertificate(port: number): Promise<string> {
  const der = await show(port);
  const lines = Uint8Array.from(der).toBase64().match(/.{1,64}/g)!;
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

async function show(port: number): Promise<Uint8Array> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  try {
    return await new Promise((resolve, reject) => {
      socket.once("secureConnect", () => resolve(socket.getPeerCertificate().raw));
      socket.once("error", reject);
    });
  } finally {
    socket.destroy();
  }
}
