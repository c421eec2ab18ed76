/**
 * Where the files of kube-apiserver are on a control plane node, by what runs it. The script that configures it,
 * `scripts/configure-apiserver`, looks at the same places.
 *
 * @module
 */

import { PLACES } from "../install/node_files.ts";

/** Where to look. */
export interface NodePlaces {
  /** The manifest of the static pod, as kubeadm writes it. */
  readonly manifest: string;
  /** Config files of K3s and RKE2. */
  readonly rancher: readonly string[];
  /** Units of systemd that run kube-apiserver; a drop-in stands in `<unit>.d`. */
  readonly units: readonly string[];
  /** The unit of the server. */
  readonly serverUnit: string;
  /** Kubeconfigs of administrators, which only root can read. */
  readonly adminKubeconfigs: readonly string[];
}

/** As they are on a node. */
export const PLACES_OF_NODE: NodePlaces = {
  manifest: "/etc/kubernetes/manifests/kube-apiserver.yaml",
  rancher: ["/etc/rancher/k3s/config.yaml", "/etc/rancher/rke2/config.yaml"],
  units: [
    "/etc/systemd/system/kube-apiserver.service",
    "/usr/lib/systemd/system/kube-apiserver.service",
    "/lib/systemd/system/kube-apiserver.service",
  ],
  serverUnit: PLACES.unit.path,
  adminKubeconfigs: ["/etc/kubernetes/admin.conf", "/etc/rancher/k3s/k3s.yaml", "/etc/rancher/rke2/rke2.yaml"],
};
