/**
 * What runs kube-apiserver on this node, and which file says how.
 *
 * @module
 */

import { UsageError } from "../../errors.ts";
import { nameOf } from "../../files.ts";
import { exists } from "../../folders.ts";
import type { World } from "../../world.ts";
import { ApiserverError } from "./apiserver_error.ts";
import { type ApiserverKind, isPlainPath } from "./change.ts";
import { APISERVER_UNIT, dropInOf, MANIFESTS, RANCHER, UNIT_FOLDERS } from "./places.ts";

/** What is to be changed, and what is to be restarted for it. */
export interface Target {
  readonly kind: ApiserverKind;
  /** The file that is written. */
  readonly path: string;
  /** The unit that starts kube-apiserver, or K3s or RKE2; `undefined` where there is none. */
  readonly unit: string | undefined;
  /** The service to restart, without `.service`; `undefined` where the kubelet restarts it by itself. */
  readonly service: string | undefined;
}

/** What the command line says of it. Trust: root chose it. */
export interface TargetChoice {
  readonly type: ApiserverKind | undefined;
  readonly file: string | undefined;
}

/** What the name of a service may be, since it is handed to a command: that of a unit, without odd characters. */
const SERVICE = /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,100}$/;

/**
 * Finds it.
 *
 * @throws {UsageError} if it cannot be told what is meant
 * @throws {ApiserverError} if there is no kube-apiserver here
 */
export async function findTarget(world: World, { type, file }: TargetChoice): Promise<Target> {
  if (file !== undefined && !isPlainPath(file)) {
    throw new UsageError(
      `Cannot use --file "${file}": it is not an absolute path of letters, digits and / . _ @ + -; give another`,
    );
  }
  const kind = type ?? (file === undefined ? await onlyKind(world) : kindOf(file));
  switch (kind) {
    case "kubeadm":
      return {
        kind,
        path: file ?? await firstThere(world, MANIFESTS) ?? MANIFESTS[0]!,
        unit: undefined,
        service: undefined,
      };
    case "k3s":
    case "rke2": {
      const { config, service } = RANCHER[kind];
      return { kind, path: file ?? config, unit: await findUnit(world, `${service}.service`), service };
    }
    case "systemd":
      return await unitTarget(world, file);
  }
}

async function unitTarget(world: World, file: string | undefined): Promise<Target> {
  const unit = file ?? await findUnit(world, APISERVER_UNIT);
  if (unit === undefined) {
    throw new ApiserverError(
      `Cannot find ${APISERVER_UNIT}: it is in none of ${UNIT_FOLDERS.join(", ")}; give the unit by --file`,
    );
  }
  if (!await exists(world, unit)) {
    throw new ApiserverError(`Cannot read the unit "${unit}": there is no such file; give it by --file`);
  }
  const service = nameOf(unit).replace(/\.service$/, "");
  if (!SERVICE.test(service)) throw new UsageError(`Cannot use --file "${unit}": that is no name of a unit`);
  return { kind: "systemd", path: dropInOf(unit), unit, service };
}

function kindOf(file: string): ApiserverKind {
  if (file.includes("/rancher/k3s/")) return "k3s";
  if (file.includes("/rancher/rke2/")) return "rke2";
  if (file.endsWith(".service")) return "systemd";
  if (/\/kube-apiserver\.(ya?ml|manifest)$/.test(file)) return "kubeadm";
  throw new UsageError(`Cannot tell what "${file}" is: its name does not say; add --type`);
}

async function onlyKind(world: World): Promise<ApiserverKind> {
  const [kind, ...more] = await kindsHere(world);
  if (kind === undefined) {
    throw new ApiserverError(
      `Cannot find the kube-apiserver of this node: there is no ${
        MANIFESTS.join(", no ")
      }, no server in /etc/rancher ` +
        `and no ${APISERVER_UNIT}; run this on a control plane node, or give --type and --file`,
    );
  }
  if (more.length === 0) return kind;
  throw new UsageError(
    `Cannot tell what runs kube-apiserver here: there are files of ${[kind, ...more].join(" and ")}; give --type`,
  );
}

/** Which ways to run kube-apiserver have left files on this node. */
async function kindsHere(world: World): Promise<readonly ApiserverKind[]> {
  const { k3s, rke2 } = RANCHER;
  const signs: readonly (readonly [ApiserverKind, boolean])[] = [
    ["kubeadm", await firstThere(world, MANIFESTS) !== undefined],
    ["k3s", await firstThere(world, [k3s.config, k3s.adminKubeconfig]) !== undefined],
    ["rke2", await firstThere(world, [rke2.config, rke2.adminKubeconfig]) !== undefined],
    ["systemd", await findUnit(world, APISERVER_UNIT) !== undefined],
  ];
  return signs.filter(([, isHere]) => isHere).map(([kind]) => kind);
}

async function findUnit(world: World, name: string): Promise<string | undefined> {
  return await firstThere(world, UNIT_FOLDERS.map((folder) => `${folder}/${name}`));
}

async function firstThere(world: World, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await exists(world, path)) return path;
  return undefined;
}
