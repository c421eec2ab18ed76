/**
 * Where everything stands on a control plane node: one table, which `init --install` fills and `uninstall` empties. The
 * systemd unit names the same places.
 *
 * @module
 */

import { OPTIONS } from "../../config/options.ts";
import { folderOf } from "../../files.ts";
import { exists } from "../../folders.ts";
import { STATE_FOLDER_MODE } from "../../state/state_files.ts";
import type { World } from "../../world.ts";
import unit from "../../../manifests/ram-auth.service" with { type: "text" };

/** One file that is put in place. */
export interface Place {
  readonly path: string;
  readonly mode: number;
  /** The file's role, as it is in errors and reports. */
  readonly what: string;
}

/**
 * The files. All belong to root: the server reads them, and nothing that it runs as may change them.
 *
 * The service's own user comes by a file for systemd-sysusers, because the program may start no other program.
 */
export const PLACES = {
  program: { path: "/usr/local/bin/ram-auth", mode: 0o755, what: "the program" },
  unit: { path: "/etc/systemd/system/ram-auth.service", mode: 0o644, what: "the systemd unit" },
  sysusers: { path: "/etc/sysusers.d/ram-auth.conf", mode: 0o644, what: "the user that the service runs as" },
  config: { path: "/etc/ram-auth/config.yaml", mode: 0o644, what: "the config file" },
  adminBinding: { path: "/etc/ram-auth/admin-binding.yaml", mode: 0o644, what: "the rights of the administrators" },
} as const satisfies Record<string, Place>;

/**
 * What a package of the system (deb, rpm) brings, its user too. A unit in `/etc` comes before this one, and would go on
 * with a program that the package does not renew.
 */
export const PACKAGED = {
  program: { path: "/usr/bin/ram-auth", mode: 0o755, what: "the program of the package" },
  unit: { path: "/usr/lib/systemd/system/ram-auth.service", mode: 0o644, what: "the systemd unit of the package" },
} as const satisfies Record<string, Place>;

/** The folder of CA and certificate. systemd gives it to the service's user (`StateDirectory=`), as it is filled. */
export const STATE_DIR = OPTIONS["state-dir"].default;

/** What kube-apiserver reads. */
export const WEBHOOK_KUBECONFIG = OPTIONS["generate-kubeconfig"].default;

/** The folders that hold nothing else. */
export const FOLDERS = {
  config: { path: folderOf(PLACES.config.path), mode: 0o755, what: "the folder of the config file" },
  webhookKubeconfig: {
    path: folderOf(WEBHOOK_KUBECONFIG),
    mode: 0o755,
    what: "the folder of the webhook kubeconfig",
  },
  state: { path: STATE_DIR, mode: STATE_FOLDER_MODE, what: "the state folder" },
} as const satisfies Record<string, Place>;

/** Every path of a node that is written or removed. */
export const NODE_PATHS: readonly string[] = [
  ...Object.values(PLACES).map(({ path }) => path),
  STATE_DIR,
  WEBHOOK_KUBECONFIG,
];

/** The folders that other programs have files in, too. */
export const SHARED_FOLDERS: readonly string[] = [PLACES.program, PLACES.unit, PLACES.sysusers]
  .map(({ path }) => folderOf(path));

/** Whether a package brings what runs there. */
export async function isPackaged(world: World, root: string | undefined): Promise<boolean> {
  return await exists(world, inRoot(root, PACKAGED.unit.path)) && !await exists(world, inRoot(root, PLACES.unit.path));
}

/** A place in a tree that will be, or was, a system's `/`; without a root, on this system. */
export function inRoot(root: string | undefined, path: string): string {
  return `${root?.replace(/\/+$/, "") ?? ""}${path}`;
}

/** The unit. */
export const UNIT: string = unit;

/** The user of the unit, as systemd-sysusers reads it (sysusers.d(5)): no colon in the name for people, no shell. */
export const SYSUSERS = 'u ram-auth - "Token webhook for kube-apiserver" /var/lib/ram-auth\n';
