/**
 * The certificate that the server presents, looked at as kube-apiserver does: at the address of the webhook kubeconfig,
 * and by the CA in it.
 *
 * @module
 */

import { connect } from "node:tls";
import { type Certificate, parseCertificate } from "../../certificate.ts";
import { messageOf, RamAuthError } from "../../errors.ts";
import { sentence } from "../../quote.ts";
import { isSignedBy } from "../../state/certificate.ts";
import { hostAndPort } from "../../state/host.ts";
import { type Check, failed, ok, skipped, type Verdict, warning } from "./check.ts";
import type { Examination } from "./examination.ts";

const DAY_MS = 86_400_000;

/** A server renews at two thirds of the year: with less than this left, it could not for months. */
const SOON_MS = 60 * DAY_MS;

/** Nothing presents a certificate at the address of the webhook. */
export class NoCertificateError extends RamAuthError {
  readonly code = "ERR_NO_CERTIFICATE";
}

/** The checks. */
export function certificateChecks(examination: Examination): Check[] {
  return [{
    id: "certificate",
    tested: "the certificate that the server presents at the webhook kubeconfig's URL: its CA, name and dates",
    async look(signal) {
      const webhook = await examination.webhook();
      if (webhook?.caPem === undefined) return skipped("there is no webhook kubeconfig with a CA to compare it with");
      const ca = parseCertificate(webhook.caPem);
      if (ca === undefined) return failed("the CA of the webhook kubeconfig is damaged", await remake(examination));
      const host = webhook.url.hostname.replace(/^\[(.*)\]$/, "$1");
      const port = Number(webhook.url.port || 443);
      const shown = await shownCertificate({ host, port }, signal);
      return await judge(examination, shown, { ca, host });
    },
  }];
}

async function judge(
  examination: Examination,
  shown: Certificate,
  { ca, host }: { readonly ca: Certificate; readonly host: string },
): Promise<Verdict> {
  const now = examination.world.now();
  const restart = "restart the server; run: systemctl restart ram-auth";
  if (!await isSignedBy(shown, ca)) {
    const init = await remake(examination);
    return failed(
      `the CA of the webhook kubeconfig did not issue it (its issuer is "${sentence(shown.issuer)}"): kube-apiserver ` +
        "refuses the server",
      `look what answers there; if it is the server, ${init}`,
    );
  }
  if (!shown.sans.has(host)) {
    return failed(
      `it is for ${[...shown.sans].map((name) => `"${sentence(name)}"`).join(", ")}, and not for "${host}"`,
      "set server.hostname to the host of the webhook kubeconfig, or the other way round, and restart the server",
    );
  }
  if (shown.notBefore > now) {
    return failed(`it is valid from ${shown.notBefore.toISOString()} on`, "set the clock of this machine");
  }
  if (shown.notAfter <= now) return failed(`it expired on ${shown.notAfter.toISOString()}`, restart);
  const saw = `it ends on ${shown.notAfter.toISOString()}`;
  return shown.notAfter.getTime() - now.getTime() < SOON_MS ? warning(saw, restart) : ok(`${saw}, by the CA`);
}

async function remake({ initCommand }: Examination): Promise<string> {
  return `make the kubeconfig again, and restart kube-apiserver, which reads it at its start; run: ${await initCommand()}`;
}

/** Whatever is presented, whoever issued it. Trust: who answers chose it. */
async function shownCertificate(
  address: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Certificate> {
  const at = hostAndPort(address.host, address.port);
  const attempt = `Cannot see a certificate at "${at}"`;
  const socket = connect({ ...address, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
  const giveUp = () => socket.destroy(new Error("it does not answer in time"));
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    const der = await new Promise<Uint8Array>((resolve, reject) => {
      socket.once("secureConnect", () => resolve(Uint8Array.from(socket.getPeerCertificate().raw)));
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("the connection was closed")));
    });
    const found = parseCertificate(pemOf(der));
    if (found === undefined) throw new Error("what is presented is damaged");
    return found;
  } catch (cause) {
    const isRefused = cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED";
    const why = isRefused ? "nothing listens there" : sentence(messageOf(cause));
    throw new NoCertificateError(`${attempt}: ${why}; start the server, and compare its port with the kubeconfig's`, {
      cause,
    });
  } finally {
    signal.removeEventListener("abort", giveUp);
    socket.destroy();
  }
}

function pemOf(der: Uint8Array): string {
  const lines = Uint8Array.from(der).toBase64().match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
