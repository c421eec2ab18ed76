/**
 * Where the files of kube-apiserver are on a control plane node, by what runs it: where `apiserver configure` looks.
 *
 * @module
 */

import { APISERVER_UNITS, MANIFESTS, RANCHER } from "../apiserver/places.ts";
import { PACKAGED, PLACES } from "../install/node_files.ts";

/** Where to look. */
export interface NodePlaces {
  /** Manifests of the static pod. */
  readonly manifests: readonly string[];
  /** Config files of K3s and RKE2; further ones stand in `<file>.d`. */
  readonly rancher: readonly string[];
  /** Units of systemd that run kube-apiserver; a drop-in stands in `<unit>.d`. */
  readonly units: readonly string[];
  /** The unit of the server, of "init --install" and of a package: the first that is there counts. */
  readonly serverUnits: readonly string[];
  /** Kubeconfigs of administrators, which only root can read. */
  readonly adminKubeconfigs: readonly string[];
}

const { k3s, rke2 } = RANCHER;

/** As they are on a node. */
export const PLACES_OF_NODE: NodePlaces = {
  manifests: MANIFESTS,
  rancher: [k3s.config, rke2.config],
  units: APISERVER_UNITS,
  serverUnits: [PLACES.unit.path, PACKAGED.unit.path],
  adminKubeconfigs: ["/etc/kubernetes/admin.conf", k3s.adminKubeconfig, rke2.adminKubeconfig],
};
