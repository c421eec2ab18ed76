/**
 * `ram-auth init`: makes what the server and kube-apiserver need on disk, and says what goes where; or puts all of it in
 * place, the program itself too.
 *
 * @module
 */

import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import { removeDrafts } from "../../files.ts";
import { initialize, type InitOptions, previewInit } from "../../state/init.ts";
import { findStateFolder } from "../../state/state_folder.ts";
import { withStateLock } from "../../state/state_lock.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";
import { ADMIN_BINDING, type FirstAdmin, readFirstAdmin } from "./first_admin.ts";
import { planConfig } from "./first_config.ts";
import { dryRunText, initText } from "./report.ts";
import { explainDenied, planInstall } from "./install.ts";
import {
  FOLDERS,
  inRoot,
  isPackaged,
  NODE_PATHS,
  PLACES,
  SHARED_FOLDERS,
  STATE_DIR,
  WEBHOOK_KUBECONFIG,
} from "./node_files.ts";
import { demandSafeFolder, planFolder, withOwnership } from "./ownership.ts";
import { demandInside } from "./root_folder.ts";
import { type PlannedFile, planText } from "./planned_file.ts";
import { sayWhenSlow } from "../terminal.ts";

/** Makes the files, and prints what became of each and what to do next. */
export async function run(invocation: Invocation): Promise<number> {
  return await init(invocation, Deno.build.standalone ? Deno.execPath() : undefined);
}

/**
 * The same.
 *
 * @param program the compiled program that runs; `undefined` where the sources run, which cannot be installed
 */
export async function init({ settings, world }: Invocation, program: string | undefined): Promise<number> {
  const isInstall = settings.get("install");
  const root = settings.get("root");
  if (root !== undefined && !isInstall) {
    throw new UsageError(
      "Cannot use --root without --install: it says where to install; without that, give --state-dir",
    );
  }
  const adminArn = settings.get("admin-arn");
  const admin = adminArn === undefined ? undefined : await readFirstAdmin(adminArn);
  const options = isInstall ? installedOptions(settings, root) : {
    ...stateOptions(settings),
    stateDir: settings.get("state-dir"),
    kubeconfigPath: settings.get("generate-kubeconfig"),
  };
  const clusterId = settings.require("cluster-id");
  const ownsKubeconfigFolder = options.kubeconfigPath === inRoot(root, WEBHOOK_KUBECONFIG);
  const byPackage = isInstall && await isPackaged(world, root);
  const facts = { clusterId, isInstall, byPackage, root, options, admin };
  try {
    if (root !== undefined) await demandInside(world, root, NODE_PATHS.map((path) => inRoot(root, path)));
    const preview = await previewInit(world, { ...options, ownsKubeconfigFolder });
    const texts = await planMappings(world, {
      settings,
      admin,
      placeOf: isInstall ? (path) => inRoot(root, path) : besides,
    });
    const planned = isInstall ? await planNode(world, { program, root, byPackage, texts }) : texts;
    if (settings.get("dry-run")) {
      world.stdout.write(dryRunText(planned, preview, facts));
      return 0;
    }
    const { files, lacksToken } = await initialize(world, { ...options, ownsKubeconfigFolder });
    if (planned.length > 0) {
      await sayWhenSlow(world, { what: "writing the files" }, () => makePlanned(world, planned, options.stateDir));
    }
    world.stdout.write(initText(planned, files, facts));
    if (lacksToken) {
      world.stderr.write(
        "ram-auth: the webhook kubeconfig has no token that the server accepts; " +
          'run "ram-auth webhook-token rotate" and restart kube-apiserver\n',
      );
    }
    return 0;
  } catch (thrown) {
    throw isInstall && root === undefined
      ? explainDenied(thrown, { byPackage, hasAdmin: admin !== undefined })
      : thrown;
  }
}

/** Two runs at once write one after the other, so that what is left of a file is left by a run that was killed. */
async function makePlanned(world: World, planned: readonly PlannedFile[], stateDir: string): Promise<void> {
  const heir = (await findStateFolder(world, stateDir))?.heir;
  await withStateLock(world, stateDir, async () => {
    for (const { path, make } of planned) {
      await removeDrafts(world, path);
      await make();
    }
  }, { heir });
}

function stateOptions(settings: Settings): Pick<InitOptions, "hostname" | "address" | "port"> {
  return { hostname: settings.get("hostname"), address: settings.get("address"), port: settings.get("port") };
}

/** All that an installation puts in place, with the right owner and mode, below what it stands in. */
async function planNode(
  world: World,
  { program, root, byPackage, texts }: {
    readonly program: string | undefined;
    readonly root: string | undefined;
    readonly byPackage: boolean;
    readonly texts: readonly PlannedFile[];
  },
): Promise<PlannedFile[]> {
  const files = [...(byPackage ? [] : await planInstall(world, { program, root })), ...texts];
  for (const folder of SHARED_FOLDERS) await demandSafeFolder(world, inRoot(root, folder));
  const { config } = FOLDERS;
  return [
    ...await planFolder(world, { ...config, path: inRoot(root, config.path) }),
    ...(await Promise.all(files.map((file) => withOwnership(world, file)))).flat(),
  ];
}

/** An installed server finds its state where the unit says, so that there is nothing to choose. */
function installedOptions(settings: Settings, root: string | undefined) {
  for (const [name, place] of [["state-dir", STATE_DIR], ["generate-kubeconfig", WEBHOOK_KUBECONFIG]] as const) {
    if (settings.setBy(name) === "default" || settings.get(name) === place) continue;
    throw new UsageError(
      `Cannot install with "${settings.get(name)}" from ${
        settings.origin(name)
      }: the systemd unit goes by "${place}"; ` +
        "leave it out, or place the files yourself, without --install",
    );
  }
  return {
    ...stateOptions(settings),
    stateDir: inRoot(root, STATE_DIR),
    kubeconfigPath: inRoot(root, WEBHOOK_KUBECONFIG),
  };
}

/** Without `--install` the files are made in the current folder, to be copied. */
function besides(path: string): string {
  return `.${path.slice(path.lastIndexOf("/"))}`;
}

/** The config file, where all is installed or it holds the administrator's mapping, and the administrator's rights. */
async function planMappings(
  world: World,
  { settings, admin, placeOf }: {
    readonly settings: Settings;
    readonly admin: FirstAdmin | undefined;
    readonly placeOf: (path: string) => string;
  },
): Promise<PlannedFile[]> {
  const { config, adminBinding } = PLACES;
  if (admin === undefined && !settings.get("install")) return [];
  const files = [await planConfig(world, { ...config, path: placeOf(config.path) }, { settings, admin })];
  if (admin === undefined) return files;
  const binding = { ...adminBinding, path: placeOf(adminBinding.path), text: ADMIN_BINDING };
  return [...files, await planText(world, binding)];
}
