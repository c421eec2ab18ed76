/**
 * The manifest of kOps, which is read and never changed: nodeup writes it again at each boot of the node.
 *
 * @module
 */

import type { FileToChange } from "./change.ts";
import { Unclear } from "./unclear.ts";

/** Of clusters with DNS, whatever the file is called. */
const ANNOTATION = /^\s*["']?dns\.alpha\.kubernetes\.io\/(?:in|ex)ternal["']?:/m;

/** The name that nodeup gives the file, and the label in it. */
const NAME = /\.manifest$/;
const LABEL = /["']?k8s-app["']?: *["']?kube-apiserver\b/;

/** The folder that kOps mounts into kube-apiserver. */
const MOUNTED = "/srv/kubernetes/kube-apiserver";

/** Whether kOps wrote a manifest. */
export function isOfKops({ path, before = "" }: FileToChange): boolean {
  return ANNOTATION.test(before) || (NAME.test(path) && LABEL.test(before));
}

/** Where a flag goes instead. */
export function refuseKops(kubeconfig: string): Unclear {
  const path = kubeconfig.startsWith(`${MOUNTED}/`) ? kubeconfig : `${MOUNTED}/ram-auth/kubeconfig.yaml`;
  return new Unclear("kOps writes it again at each boot of the node, so that the change would be lost", {
    reason: "rewritten",
    advice: `Put this into the spec of the cluster (kops edit cluster), then run "kops update cluster" and "kops\
 rolling-update cluster". Leave fileAssets out where each node runs "ram-auth init" with this --generate-kubeconfig:
${specOf(path)}`,
  });
}

function specOf(path: string): string {
  return `spec:
  fileAssets:
    - name: ram-auth-kubeconfig
      path: ${path}
      roles: [ControlPlane]
      mode: "0600"
      content: |
        (the webhook kubeconfig)
  kubeAPIServer:
    authenticationTokenWebhookConfigFile: ${path}
`;
}
