/**
 * `ram-auth uninstall`: takes away what `init --install` put in place, once nothing uses it any more.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import { findDrafts, folderOf } from "../../files.ts";
import { exists } from "../../folders.ts";
import { LEFT_BEHIND } from "../../state/state_files.ts";
import type { World } from "../../world.ts";
import { filesThatMayAsk, filesThatName, processesThatAsk } from "../apiserver/asking_servers.ts";
import type { Invocation } from "../command.ts";
import { InstallError } from "./install.ts";
import { inRoot, isPackaged, NODE_PATHS, PLACES, STATE_DIR, WEBHOOK_KUBECONFIG } from "./node_files.ts";
import { demandInside } from "./root_folder.ts";
import { assertCanAsk, confirm, writeIfRead } from "../terminal.ts";

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
  const uses = await usesOf(world, { root, isPurge });
  if (!isDryRun) demandUnused(uses);
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
  // While the question stood there, somebody may have begun to use it.
  if (mustAsk) demandUnused(await usesOf(world, { root, isPurge }));
  const say = (text: string) => writeIfRead(world.stdout, text);
  for (const { path, what } of files) {
    await remove(world, path);
    say(`removed  ${path}  ${what}\n`);
  }
  for (const folder of FOLDERS) await removeEmpty(world, inRoot(root, folder));
  say(keptLines);
  if (kept.length > 0) say("What is kept, --purge removes.\n");
  say(packageLine);
  if (root === undefined && packageLine === "") {
    say(`\nThen, as root:\n  systemctl daemon-reload\n${isPurge ? "  userdel ram-auth\n" : ""}`);
  }
  return 0;
}

/**
 * What has to end before, in words that say how. Whoever uses what is removed would not notice now, but later: a service
 * that restarts into nothing, an API server that asks and waits for each token that is not its own.
 */
async function usesOf(
  world: World,
  { root, isPurge }: { readonly root: string | undefined; readonly isPurge: boolean },
): Promise<readonly string[]> {
  const places = await filesThatMayAsk(world, inRoot(root, ""));
  const files = await filesThatName(world, places, WEBHOOK_KUBECONFIG);
  const folder = folderOf(WEBHOOK_KUBECONFIG);
  // The kubelet starts no pod that mounts a folder which is not there.
  const mounting = isPurge ? await filesThatName(world, places, folder) : [];
  const processes = root === undefined ? await processesThatAsk(WEBHOOK_KUBECONFIG) : [];
  const isEnabled = await exists(world, inRoot(root, ENABLED));
  const isRunning = root === undefined && await exists(world, RUNNING);
  const template = inRoot(root, TEMPLATE);
  const undo = `systemctl disable --now ram-auth@PORT && rm ${template}`;
  return [
    ...files.map((path) => `take the flag out of ${path}: ram-auth apiserver undo`),
    ...mounting.filter((path) => !files.includes(path))
      .map((path) => `take the mount of ${folder}, and its volume, out of ${path}`),
    ...processes.map((pid) => `restart kube-apiserver (process ${pid}), which was started with the flag`),
    ...(await exists(world, template) ? [`stop the further servers: ${undo}`] : []),
    ...(isEnabled || isRunning ? ["stop the service: systemctl disable --now ram-auth"] : []),
  ];
}

/** @throws {InstallError} if something uses it */
function demandUnused(uses: readonly string[]): void {
  if (uses.length === 0) return;
  throw new InstallError(`Cannot uninstall ram-auth while it is used:\n${uses.map((use) => `  ${use}`).join("\n")}`);
}

async function present<File extends { readonly path: string }>(
  world: World,
  root: string | undefined,
  files: readonly File[],
): Promise<File[]> {
  const placed = files.map((file) => ({ ...file, path: inRoot(root, file.path) }));
  const found = placed.map(async (file) => [
    ...(await exists(world, file.path) ? [file] : []),
    ...(await findDrafts(world, file.path)).map((path) => ({ ...file, path, what: LEFT_BEHIND })),
  ]);
  return (await Promise.all(found)).flat();
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
