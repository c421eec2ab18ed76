/**
 * `ram-auth uninstall`: takes away what `init --install` put in place, once nothing uses it any more.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import { exists } from "../../folders.ts";
import type { World } from "../../world.ts";
import { filesThatMayAsk, filesThatName, processesThatAsk } from "../apiserver/asking_servers.ts";
import type { Invocation } from "../command.ts";
import { InstallError } from "./install.ts";
import { inRoot, isPackaged, NODE_PATHS, PLACES, STATE_DIR, WEBHOOK_KUBECONFIG } from "./node_files.ts";
import { demandInside } from "./root_folder.ts";
import { assertCanAsk, confirm } from "../terminal.ts";

/** What goes; folders with all that is in them. */
const INSTALLED = [PLACES.unit, PLACES.sysusers, PLACES.program];

/** What holds an operator's work and keys, and goes only when that is asked for. */
const KEPT = [
  PLACES.config,
  PLACES.adminBinding,
  { path: STATE_DIR, what: "the state, with the keys of the CA and the server" },
  { path: WEBHOOK_KUBECONFIG, what: "the webhook kubeconfig" },
];

/** Folders that go with the last file in them. */
const FOLDERS = ["/etc/ram-auth", "/etc/kubernetes/ram-auth"];

/** What `systemctl enable` makes. */
const ENABLED = "/etc/systemd/system/multi-user.target.wants/ram-auth.service";

/** What systemd keeps as long as the unit runs (observed with 252). */
const RUNNING = "/run/systemd/units/invocation:ram-auth.service";

/** By which docs/operations.md starts further servers. */
const TEMPLATE = "/etc/systemd/system/ram-auth@.service";

/** Removes the files that are there, and says what is left to do. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const [root, isPurge, isDryRun] = [settings.get("root"), settings.get("purge"), settings.get("dry-run")];
  const mustAsk = settings.get("prompt") && !isDryRun;
  if (mustAsk) {
    assertCanAsk(world, { what: "remove ram-auth", withoutQuestion: "remove it", shows: "what would go" });
  }
  if (root !== undefined) {
    await demandInside(
      world,
      root,
      [...NODE_PATHS.map((path) => inRoot(root, path)), ...await filesThatMayAsk(world, inRoot(root, ""))],
    );
  }
  const uses = await usesOf(world, root);
  if (uses.length > 0 && !isDryRun) {
    throw new InstallError(`Cannot uninstall ram-auth while it is used:\n${uses.map((use) => `  ${use}`).join("\n")}`);
  }
  const files = await present(world, root, [...INSTALLED, ...(isPurge ? KEPT : [])]);
  if (isPurge) { for (const { path } of KEPT) await refuseLinks(world, inRoot(root, path)); }
  const kept = isPurge ? [] : await present(world, root, KEPT);
  const packageLine = await isPackaged(world, root)
    ? "The program and its unit are those of a package: apt remove ram-auth, or dnf remove ram-auth.\n"
    : "";
  const keptLines = kept.map(({ path, what }) => `kept     ${path}  ${what}\n`).join("");
  if (files.length === 0) {
    world.stdout.write(
      `${keptLines}Nothing to remove${kept.length > 0 ? "; what is kept, --purge removes" : ""}.\n${packageLine}`,
    );
    return 0;
  }
  const lines = files.map(({ path, what }) => `would remove ${path}: ${what}\n`).join("");
  if (isDryRun) {
    world.stdout.write(lines + uses.map((use) => `before that, ${use}\n`).join(""));
    return 0;
  }
  if (mustAsk) world.stderr.write(lines);
  if (mustAsk && !await confirm(world, "Remove this?")) {
    world.stderr.write("ram-auth: nothing was removed\n");
    return 1;
  }
  for (const { path, what } of files) {
    await remove(world, path);
    world.stdout.write(`removed  ${path}  ${what}\n`);
  }
  for (const folder of FOLDERS) await removeEmpty(world, inRoot(root, folder));
  world.stdout.write(keptLines);
  if (kept.length > 0) world.stdout.write("What is kept, --purge removes.\n");
  world.stdout.write(packageLine);
  if (root === undefined && packageLine === "") {
    world.stdout.write(`\nThen, as root:\n  systemctl daemon-reload\n${isPurge ? "  userdel ram-auth\n" : ""}`);
  }
  return 0;
}

/**
 * What has to end before, in words that say how. Whoever uses what is removed would not notice now, but later: a service
 * that restarts into nothing, an API server that asks and waits for each token that is not its own.
 */
async function usesOf(world: World, root: string | undefined): Promise<readonly string[]> {
  const files = await filesThatName(world, await filesThatMayAsk(world, inRoot(root, "")), WEBHOOK_KUBECONFIG);
  const processes = root === undefined ? await processesThatAsk(WEBHOOK_KUBECONFIG) : [];
  const isEnabled = await exists(world, inRoot(root, ENABLED));
  const isRunning = root === undefined && await exists(world, RUNNING);
  const template = inRoot(root, TEMPLATE);
  const undo = `systemctl disable --now ram-auth@PORT && rm ${template}`;
  return [
    ...files.map((path) => `take the flag out of ${path}: ram-auth apiserver undo`),
    ...processes.map((pid) => `restart kube-apiserver (process ${pid}), which was started with the flag`),
    ...(await exists(world, template) ? [`stop the further servers: ${undo}`] : []),
    ...(isEnabled || isRunning ? ["stop the service: systemctl disable --now ram-auth"] : []),
  ];
}

async function present<File extends { readonly path: string }>(
  world: World,
  root: string | undefined,
  files: readonly File[],
): Promise<File[]> {
  const placed = files.map((file) => ({ ...file, path: inRoot(root, file.path) }));
  const isThere = await Promise.all(placed.map(({ path }) => exists(world, path)));
  return placed.filter((_, index) => isThere[index]);
}

/**
 * To remove a link is not to remove what it leads to: keys would stay where nobody looks for them.
 *
 * @throws {InstallError} if the path is a link, or a folder that has one in it
 */
async function refuseLinks(world: World, path: string): Promise<void> {
  if (!await exists(world, path)) return;
  const { isSymlink, isDirectory } = await world.fs.lstat(path);
  if (isDirectory) {
    for await (const { name } of world.fs.readDir(path)) await refuseLinks(world, `${path}/${name}`);
  }
  if (!isSymlink) return;
  const target = await world.fs.readLink(path);
  throw new InstallError(
    `Cannot remove "${path}": it is a link to "${target}", which would stay, with the keys that it may hold; ` +
      "remove what it leads to and the link yourself, and run this again. Nothing was removed",
  );
}

async function remove(world: World, path: string): Promise<void> {
  try {
    await world.fs.remove(path, { recursive: true });
  } catch (cause) {
    const why = cause instanceof Deno.errors.PermissionDenied ? "permission denied; run it as root" : messageOf(cause);
    throw new InstallError(`Cannot remove "${path}": ${why}`, { cause });
  }
}

async function removeEmpty(world: World, folder: string): Promise<void> {
  // It may hold what is not ours, or be gone; both are as it should be.
  await world.fs.remove(folder).catch(() => {});
}
