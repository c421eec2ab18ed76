/**
 * The kubeconfig of the delegate, as kube-apiserver's `--authentication-token-webhook-config-file` has it: where the
 * delegate is, how it is recognised, and who asks. What would weaken any of that is refused.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import { caAsServer } from "../../trust.ts";
import { importLater } from "../../import_later.ts";
import type { NoteFile } from "../../kube/access.ts";
import type { TokenOrigin } from "../../kube/bearer.ts";
import { KubeError } from "../../kube/kube_error.ts";
import type { Address } from "../../review/https/request.ts";
import { readAddress } from "../../review/https/request.ts";
import type { TlsPair } from "../../tls_pair.ts";
import type { World } from "../../world.ts";

/** How the delegate is asked. Trust: whoever wrote the kubeconfig chose it all. */
export interface DelegateAccess {
  /** For logs: `https://host:port/path`. */
  readonly server: string;
  readonly address: Address;
  /** The path. */
  readonly target: string;
  /** The only CAs whose certificate the delegate may have, each a PEM text; at least one. */
  readonly caCerts: readonly string[];
  readonly clientCertificate: TlsPair | undefined;
  readonly token: Exclude<TokenOrigin, { kind: "exec" }> | undefined;
}

/** Where the server itself listens. */
export interface OwnAddress {
  /** Host names and addresses, without brackets. */
  readonly hosts: readonly string[];
  /** 0 where it is not known yet. */
  readonly port: number;
}

const IPV4 = /^[0-9.]+$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;
const UNSPECIFIED: readonly string[] = ["0.0.0.0", "::"];

/**
 * Reads it.
 *
 * @param noteFile called with each file that the access depends on, before it is read
 * @param own default: not known, so that a delegate which is this server is found out by its first review alone
 * @throws {FileError} {CaBundleError} {KubeError} if it cannot be used
 */
export async function readDelegateAccess(
  world: World,
  kubeconfig: string,
  { noteFile, own }: { readonly noteFile?: NoteFile; readonly own?: OwnAddress } = {},
): Promise<DelegateAccess> {
  const { loadAccess } = await importLater<typeof import("../../kube/kubeconfig.ts")>(
    "../../kube/kubeconfig.ts",
    import.meta.url,
  );
  const { server, caCerts, clientCertificate, token, proxyUrl } = await loadAccess(world, {
    kubeconfig,
    master: undefined,
    noteFile,
  });
  const refuse = (why: string) => new KubeError(`Cannot use the delegate in the kubeconfig "${kubeconfig}": ${why}`);
  const url = URL.parse(server);
  if (url === null || url.username || url.password || url.search || url.hash) {
    throw refuse('"server" is no URL, or has more than a host, a port and a path; write it as https://host:port/path');
  }
  if (url.protocol !== "https:") {
    throw refuse(`tokens would go to "${url.host}" in clear text; write "server" as https://host:port/path`);
  }
  if (caCerts.length === 0) {
    throw refuse(
      "no CA is named, so that any public CA could decide who answers; " +
        'name the one of its certificate in "certificate-authority"',
    );
  }
  if (proxyUrl !== undefined) throw refuse('"proxy-url" is not supported; name a delegate that is reached directly');
  if (token?.kind === "exec") throw refuse('"exec" is not supported; use a client certificate, "token" or "tokenFile"');
  if (own !== undefined && isOwn(url, own)) {
    throw refuse(`"${url.host}" is this server itself; name the webhook that is to judge the tokens of others`);
  }
  return {
    server: url.href,
    address: addressOf(url, refuse),
    target: url.pathname,
    caCerts,
    clientCertificate,
    token,
  };
}

/**
 * What keeps a compiled server from reaching the delegate: one of the CAs is the delegate's own certificate. `node:tls` of
 * Deno 2.9 takes that, the one of Deno 2.7 does not. `undefined` where no CA is for the delegate's host.
 */
export function ownCertificateAsCa(
  { address: { hostname }, caCerts }: Pick<DelegateAccess, "address" | "caCerts">,
): string | undefined {
  const isOwn = caCerts.map((pem) => new X509Certificate(pem)).some((certificate) =>
    certificate.ca && certificate.checkIssued(certificate) &&
    (IPV4.test(hostname) ? certificate.checkIP(hostname) : certificate.checkHost(hostname)) !== undefined
  );
  return isOwn ? caAsServer('"certificate-authority"') : undefined;
}

function addressOf({ host }: URL, refuse: (why: string) => KubeError): Address {
  try {
    return readAddress(host);
  } catch {
    throw refuse(`"${host}" is neither a host name nor an IPv4 address; write one`);
  }
}

/** Whether a URL is sure to lead here. Another name for this machine may, too; that ends at the first hop. */
function isOwn({ hostname, port }: URL, own: OwnAddress): boolean {
  if (own.port === 0 || Number(port || 443) !== own.port) return false;
  const asked = hostname.replace(/^\[(.*)\]$/, "$1");
  return own.hosts.some((host) =>
    host === asked || (LOOPBACK.test(asked) && (UNSPECIFIED.includes(host) || LOOPBACK.test(host)))
  );
}
