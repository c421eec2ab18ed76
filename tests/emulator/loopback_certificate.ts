/**
 * A private CA and a serving certificate for 127.0.0.1 and what else is asked for, made anew by the code that makes ram-auth's own.
 *
 * @module
 */

import { createAuthority, issueServingCertificate } from "../../lib/state/certificate.ts";
import { parseHost } from "../../lib/state/host.ts";
import { generatePrivateKey } from "../../lib/state/private_key.ts";

/** PEM texts: the root to trust, and what the server shows. */
export interface LoopbackCertificate {
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

/** Makes the pair for 127.0.0.1 and `names`, valid from now on by the machine's clock, which is the one that TLS clients go by. */
export async function makeLoopbackCertificate(names: readonly string[] = []): Promise<LoopbackCertificate> {
  const now = new Date();
  const caKey = { pem: await generatePrivateKey(), path: "ca-key.pem" };
  const key = { pem: await generatePrivateKey(), path: "key.pem" };
  const ca = await createAuthority(caKey, { name: "emulator test CA", now });
  const hosts = ["127.0.0.1", ...names].map(parseHost);
  const certificate = await issueServingCertificate({ certificate: ca, key: caKey }, { key, names: hosts, now });
  return { caPem: ca.pem, certPem: certificate.pem, keyPem: key.pem.reveal() };
}
