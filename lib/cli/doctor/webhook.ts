/**
 * The webhook kubeconfig as kube-apiserver reads it: where it calls, and whose certificate it takes there.
 *
 * @module
 */

import { RamAuthError } from "../../errors.ts";
import { folderOf } from "../../files.ts";
import { readGuarded } from "../../guarded_file.ts";
import { pemCertificates } from "../../pem.ts";
import { printable } from "../../quote.ts";
import type { World } from "../../world.ts";
import { listAt, textAt, valueAt } from "../../yaml/access.ts";
import { parseYaml, YamlError, type YamlNode } from "../../yaml/read.ts";

const WHAT = "the webhook kubeconfig";
const MAX_BYTES = 1_048_576;

/** The file is not one by which kube-apiserver could call a server. */
export class WebhookError extends RamAuthError {
  readonly code = "ERR_WEBHOOK_KUBECONFIG";
}

/** What the file says. Trust: whoever can write it, whom another check is about. */
export interface Webhook {
  readonly path: string;
  readonly url: URL;
  /** PEM of the CA; `undefined` where none is named. */
  readonly caPem: string | undefined;
  /** What kube-apiserver would run: the key, `exec` or `auth-provider`. */
  readonly plugin: string | undefined;
}

/**
 * Reads it; `undefined` where there is none.
 *
 * @throws {WebhookError} {FileError} if it cannot be used
 */
export async function readWebhook(world: World, path: string): Promise<Webhook | undefined> {
  const found = await readGuarded(world, path, { what: WHAT, maxBytes: MAX_BYTES });
  if (found === undefined) return undefined;
  const refuse = (why: string, cause?: unknown) =>
    new WebhookError(`Cannot use ${WHAT} "${path}": ${why}; move it away, and make it again`, { cause });
  let root: YamlNode;
  try {
    root = parseYaml(found.text);
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    throw refuse(`it is not YAML (${printable(cause.message.split("\n")[0]!)})`, cause);
  }
  const named = (list: string, name: string | undefined, of: string) =>
    listAt(root, list).filter((entry) => textAt(entry, "name") === name).map((entry) => valueAt(entry, of))[0];
  const context = named("contexts", textAt(root, "current-context"), "context");
  const cluster = context && named("clusters", textAt(context, "cluster"), "cluster");
  const user = context && named("users", textAt(context, "user"), "user");
  const server = cluster && textAt(cluster, "server");
  if (!server || !URL.canParse(server)) throw refuse("its current-context names no cluster with the URL of a server");
  return {
    path,
    url: new URL(server),
    caPem: await authorityOf(world, { path, cluster: cluster!, refuse }),
    plugin: ["exec", "auth-provider"].find((key) => user && valueAt(user, key) !== undefined),
  };
}

async function authorityOf(
  world: World,
  { path, cluster, refuse }: {
    readonly path: string;
    readonly cluster: YamlNode;
    readonly refuse: (why: string) => WebhookError;
  },
): Promise<string | undefined> {
  const data = textAt(cluster, "certificate-authority-data");
  const file = textAt(cluster, "certificate-authority");
  let text: string | undefined;
  if (data) {
    try {
      text = new TextDecoder().decode(Uint8Array.fromBase64(data));
    } catch {
      throw refuse('its "certificate-authority-data" is not Base64');
    }
  } else if (file) {
    const at = file.startsWith("/") ? file : `${folderOf(path)}/${file}`;
    text = (await readGuarded(world, at, { what: `the CA of ${WHAT}`, maxBytes: MAX_BYTES }))?.text;
  }
  if (text === undefined) return undefined;
  const [pem] = pemCertificates(text);
  if (pem === undefined) throw refuse("its CA is not a PEM certificate");
  return pem;
}
