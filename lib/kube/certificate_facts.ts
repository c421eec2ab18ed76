/**
 * What in the certificates of a kubeconfig may be why an API server and we do not take each other. The other side decides
 * that, by its own clock; this only tells a person where to look.
 *
 * @module
 */

import { parseCertificate } from "../certificate.ts";
import type { ClusterAccess } from "./access.ts";

/** The facts, in words that follow on an error; empty where nothing strikes. */
export function certificateFacts({ clientCertificate, caCerts }: ClusterAccess, now: Date): string {
  const facts: string[] = [];
  if (clientCertificate !== undefined) {
    const { notBefore, notAfter } = clientCertificate.leaf;
    if (notAfter < now) facts.push(`the client certificate expired on ${notAfter.toISOString()}`);
    if (notBefore > now) facts.push(`the client certificate is valid from ${notBefore.toISOString()} on`);
  }
  const authorities = caCerts.map(parseCertificate).filter((certificate) => certificate !== undefined);
  if (authorities.length > 0 && authorities.every(({ isAuthority, isVersion3 }) => isVersion3 && !isAuthority)) {
    facts.push("none of the certificates in the CA bundle belongs to a CA");
  }
  return facts.map((fact) => `; ${fact}`).join("");
}
