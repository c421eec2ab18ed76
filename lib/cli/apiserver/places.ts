/**
 * Where the files that start kube-apiserver are on a control plane node: one table, for what changes them and for
 * whoever looks at them.
 *
 * @module
 */

import { OPTIONS } from "../../config/options.ts";
import { folderOf, nameOf } from "../../files.ts";
import type { ApiserverKind } from "./change.ts";

/** Manifests of the static pod: kubeadm's and kubespray's; that of kOps. */
export const MANIFESTS: readonly string[] = [
  "/etc/kubernetes/manifests/kube-apiserver.yaml",
  "/etc/kubernetes/manifests/kube-apiserver.manifest",
];

/** K3s and RKE2: where their config is, a file that only a server has, and their service. */
export const RANCHER = {
  k3s: {
    config: "/etc/rancher/k3s/config.yaml",
    adminKubeconfig: "/etc/rancher/k3s/k3s.yaml",
    service: "k3s",
  },
  rke2: {
    config: "/etc/rancher/rke2/config.yaml",
    adminKubeconfig: "/etc/rancher/rke2/rke2.yaml",
    service: "rke2-server",
  },
} as const satisfies Partial<Record<ApiserverKind, unknown>>;

/** Where `configure` keeps originals where nobody says otherwise. */
export const BACKUP_DIR = OPTIONS["backup-dir"].default;

/** Where administrators put units and drop-ins. */
export const SYSTEM_UNITS = "/etc/systemd/system";

/** Folders of units, the one that counts first (systemd.unit(5)). */
export const UNIT_FOLDERS: readonly string[] = [
  SYSTEM_UNITS,
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
];

/** The unit of kube-apiserver where it is no pod. */
export const APISERVER_UNIT = "kube-apiserver.service";

/** The unit wherever it may stand. */
export const APISERVER_UNITS: readonly string[] = UNIT_FOLDERS.map((folder) => `${folder}/${APISERVER_UNIT}`);

/** Where drop-ins are, beside the folders of units, until the next boot. */
const RUNTIME_UNITS = "/run/systemd/system";

/**
 * The folders whose drop-ins systemd applies to a unit. Of two with one name, the one in the folder that comes first
 * counts: in each place those of the unit itself, of its template, and of all whose names begin like its own up to a
 * dash; at the end those of every service (systemd.unit(5)).
 */
export function dropInFolders(unit: string): readonly string[] {
  const [, prefix = "", instance = ""] = /^([^@]*)(@.*)?\.service$/.exec(nameOf(unit)) ?? [];
  const prefixes = [
    prefix,
    ...[...prefix.matchAll(/-(?=.)/g)].map(({ index }) => prefix.slice(0, index + 1)).reverse(),
  ];
  const suffixes = instance === "" ? [".service"] : [`${instance}.service`, "@.service"];
  const names = prefixes.flatMap((one) => suffixes.map((suffix) => `${one}${suffix}`));
  const [first, ...others] = UNIT_FOLDERS;
  const known = [first, RUNTIME_UNITS, ...others];
  const folders = known.includes(folderOf(unit)) ? known : [folderOf(unit), ...known];
  return [names, ["service"]].flatMap((some) => folders.flatMap((folder) => some.map((name) => `${folder}/${name}.d`)));
}

/** What our drop-in of a unit is called. */
export const DROP_IN = "ram-auth.conf";

/** The drop-in that sets our flag for a unit. One of a package gets it where administrators have theirs. */
export function dropInOf(unit: string): string {
  return /^\/(usr\/)?(local\/)?lib\//.test(unit)
    ? `${SYSTEM_UNITS}/${nameOf(unit)}.d/${DROP_IN}`
    : `${unit}.d/${DROP_IN}`;
}
