/**
 * Images of the control plane, made from its programs, without a registry.
 *
 * @module
 */

import { KUBERNETES_VERSION, SANDBOX_IMAGE } from "./files.ts";

/** What kubeadm names each image, by the program it is made of. */
const IMAGES = {
  pause: SANDBOX_IMAGE,
  etcd: "registry.k8s.io/etcd:3.6.8-0",
  "kube-apiserver": `registry.k8s.io/kube-apiserver:${KUBERNETES_VERSION}`,
  "kube-controller-manager": `registry.k8s.io/kube-controller-manager:${KUBERNETES_VERSION}`,
  "kube-scheduler": `registry.k8s.io/kube-scheduler:${KUBERNETES_VERSION}`,
};

/** Takes an archive of an image from stdin; it is unpacked when a container is made of it. */
export const IMPORT_IMAGE = "ctr --namespace k8s.io images import --no-unpack -";

/**
 * A script that makes an image of a program which needs no library, and imports it on a node.
 *
 * @param folder where the program is on the node
 */
export function importProgram(folder: string, program: string, image: string): string {
  return `
work=$(mktemp -d)
cd "$work"
tar -cf layer.tar --owner=0 --group=0 --transform 's,^,usr/local/bin/,' -C ${folder} ${program}
layer=$(sha256sum <layer.tar)
cat >config.json <<CONFIG
{"architecture": "amd64", "os": "linux",
 "config": {"Env": ["PATH=/usr/local/bin"], "Entrypoint": ["/usr/local/bin/${program}"]},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:\${layer%% *}"]}}
CONFIG
cat >manifest.json <<MANIFEST
[{"Config": "config.json", "RepoTags": ["${image}"], "Layers": ["layer.tar"]}]
MANIFEST
tar -c config.json manifest.json layer.tar | ${IMPORT_IMAGE}
cd /
rm -r "$work"
`;
}

/** A script that imports the images of the control plane on a node, where its programs are in `/assets`. */
export const IMPORT_IMAGES = Object.entries(IMAGES).map(([program, image]) => importProgram("/assets", program, image))
  .join("");
