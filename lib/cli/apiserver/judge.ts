/**
 * What every shape asks: is the webhook the one that is wanted, and does kube-apiserver see its kubeconfig?
 *
 * @module
 */

import { folderOf } from "../../files.ts";
import { sentence } from "../../quote.ts";
import type { WantedWebhook } from "./change.ts";
import { type Mount, nearestMount, outsideOf, WEBHOOK_FLAG } from "./flags.ts";
import { Unclear } from "./unclear.ts";

/** The variable by which kubespray sets a webhook, and the file that it then writes. */
const KUBESPRAY = { variable: "kube_webhook_token_auth", file: /\/webhook-token-auth-config\.yaml$/ };

/**
 * Whether the flag is there as it is wanted, by all the values that it is given.
 *
 * @throws {Unclear} if there is another one that is to stay
 */
export function isAsked(values: readonly string[], { kubeconfig, replace }: WantedWebhook): boolean {
  const other = values.find((value) => value !== kubeconfig);
  if (other === undefined) return values.length > 0;
  if (!replace) throw otherWebhook(other, "it has");
  return false;
}

/** Another webhook stands in the way. */
export function otherWebhook(value: string, where: string): Unclear {
  const hint = KUBESPRAY.file.test(value)
    ? ` (if kubespray made this cluster, take ${KUBESPRAY.variable} out of its variables, too)`
    : "";
  return new Unclear(
    `${where} another webhook now, --${WEBHOOK_FLAG}=${sentence(value)}, and kube-apiserver takes only one`,
    { reason: "other_webhook", advice: `To have ram-auth instead, run this with --replace${hint}` },
  );
}

/** Whether kube-apiserver sees the folder of the kubeconfig where the node has it. */
export function isMounted(kubeconfig: string, mounts: readonly Mount[]): boolean {
  const folder = folderOf(kubeconfig);
  return outsideOf(folder, mounts) === folder && outsideOf(kubeconfig, mounts) === kubeconfig;
}

/** Makes sure that a mount of the folder would work. @throws {Unclear} if it would not */
export function assertRoom(kubeconfig: string, mounts: readonly Mount[]): void {
  const folder = folderOf(kubeconfig);
  const [holder, nearest] = [nearestMount(folder, mounts), nearestMount(kubeconfig, mounts)];
  if (nearest !== holder && outsideOf(kubeconfig, mounts) !== kubeconfig) throw elsewhere(nearest!.inside);
  if (holder?.inside === folder) throw elsewhere(folder);
  if (holder?.isReadOnly) {
    throw new Unclear(`${folder} is below ${holder.inside}, which is mounted read-only and not from the same folder`);
  }
}

function elsewhere(path: string): Unclear {
  return new Unclear(`${path} is mounted already, and not from the same folder of the node`);
}
