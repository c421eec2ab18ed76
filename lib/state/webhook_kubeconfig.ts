/**
 * The kubeconfig by which kube-apiserver finds and trusts this server. kube-apiserver reads it once, when it starts.
 *
 * @module
 */

import { stringify } from "yaml";
import { messageOf, UsageError } from "../errors.ts";
import { folderOf, readTextFileIfThere, writeFileAtomic } from "../files.ts";
import { makeFolder } from "../folders.ts";
import type { World } from "../world.ts";
import { parseYaml } from "../yaml/read.ts";
import { valueAt } from "../yaml/access.ts";
import { parseHost, urlHost } from "./host.ts";
import { StateError } from "./state_error.ts";

const WHAT = "the webhook kubeconfig";

/** It holds no secret today; a client certificate would be one. */
export const WEBHOOK_KUBECONFIG_MODE = 0o600;

/** Name of the context, as the peers write it. A file without it is somebody's own kubeconfig. */
const CONTEXT = "webhook";

const CLUSTER = "ram-auth";
const USER = "apiserver";

/** Largest file that is looked at before it is replaced: a kubeconfig with a chain of certificates has 10 KB. */
const MAX_KUBECONFIG_BYTES = 1_048_576;

/**
 * The URL that kube-apiserver calls.
 *
 * @param hostname DNS name or IP address; the certificate must carry it
 * @throws {UsageError} if the hostname is malformed, or the port is 0: kube-apiserver cannot look for a free one
 */
export function webhookUrl(hostname: string, port: number): string {
  if (port === 0) throw new UsageError('Cannot write the webhook kubeconfig for port "0": give a fixed one by --port');
  return `https://${urlHost(parseHost(hostname))}:${port}/authenticate`;
}

/** Builds the kubeconfig's text from the URL and the certificate to trust. */
export function buildWebhookKubeconfig({ url, caPem }: { readonly url: string; readonly caPem: string }): string {
  const authority = new TextEncoder().encode(caPem).toBase64();
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: CLUSTER, cluster: { "certificate-authority-data": authority, server: url } }],
    users: [{ name: USER }],
    contexts: [{ name: CONTEXT, context: { cluster: CLUSTER, user: USER } }],
    "current-context": CONTEXT,
  }, { lineWidth: 0 });
}

/**
 * Writes the kubeconfig if it differs from what is there; its folder is made if need be.
 *
 * @returns what became of the file
 * @throws {StateError} if something else than a webhook kubeconfig has that name: it may be an administrator's own
 * @throws {FileError} if the file cannot be read or written
 */
export async function writeWebhookKubeconfig(
  world: World,
  path: string,
  text: string,
): Promise<"written" | "kept" | "renewed"> {
  const { status } = await previewWebhookKubeconfig(world, path, text);
  if (status === "kept") return status;
  if (status === "written") {
    await makeFolder(world, folderOf(path), { advice: "make it, or name another file by --generate-kubeconfig" });
  }
  await writeFileAtomic(world, path, text, { mode: WEBHOOK_KUBECONFIG_MODE, what: WHAT });
  return status;
}

/**
 * Looks what {@linkcode writeWebhookKubeconfig} would do, and writes nothing.
 *
 * @param text `undefined` where it is not known yet, because the CA is not made
 * @returns what would become of the file, and what is in it now; nothing where it is missing
 * @throws {StateError} if something else than a webhook kubeconfig has that name
 * @throws {FileError} if the file cannot be read
 */
export async function previewWebhookKubeconfig(
  world: World,
  path: string,
  text: string | undefined,
): Promise<{ readonly before: string; readonly status: "written" | "kept" | "renewed" }> {
  const existing = await readTextFileIfThere(world, path, { what: WHAT, maxBytes: MAX_KUBECONFIG_BYTES });
  if (existing === undefined) return { before: "", status: "written" };
  if (existing === text) return { before: existing, status: "kept" };
  refuseForeign(path, existing);
  return { before: existing, status: "renewed" };
}

function refuseForeign(path: string, text: string): void {
  const refuse = (why: string, cause?: unknown) =>
    new StateError(`Cannot replace "${path}": ${why}; move it away, or name another file by --generate-kubeconfig`, {
      cause,
    });
  let context: string | undefined;
  try {
    context = currentContext(text);
  } catch (cause) {
    throw refuse(`it is not YAML (${messageOf(cause)})`, cause);
  }
  if (context !== CONTEXT) throw refuse(`its current-context is not "${CONTEXT}", so it is not a webhook kubeconfig`);
}

function currentContext(text: string): string | undefined {
  const value = valueAt(parseYaml(text), "current-context");
  return value?.kind === "scalar" ? String(value.value) : undefined;
}
