/**
 * `ram-auth kubeconfig`: writes what kubectl needs to log in by `ram-auth token` into a kubeconfig, or makes its users
 * of other programs do so.
 *
 * @module
 */

import { optionsOf } from "../../config/command_options.ts";
import { OPTION_ROWS } from "../../config/options.ts";
import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import { homeVariable } from "../../home.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";
import { findCluster, isGiven } from "./cluster.ts";
import { type Conversion, planConversions } from "./convert.ts";
import { assertKubeconfig, entriesOf, planEntries, type WantedEntries } from "./entries.ts";
import { type Edit, type Edited, editLocked, previewEdit } from "../locked_edit.ts";
import { KubeconfigError, kubeconfigFile } from "./file.ts";
import { kubeconfigPaths } from "./paths.ts";
import { withoutSecrets } from "../redact.ts";
import { shellWord } from "../shell_word.ts";
import { execSection } from "./exec_section.ts";
import { unifiedDiff } from "../unified_diff.ts";
import { mergeYaml, readPlain } from "../../yaml/merge.ts";
import { quoted } from "../../quote.ts";

/** What may stand beside `--convert`. */
const BESIDE_CONVERT: readonly string[] = ["convert", "admin-kubeconfig", "dry-run"];

/** Writes a user, or converts those that there are. Exit code 1 where one that calls another tool is left as it is. */
export async function run(invocation: Invocation): Promise<number> {
  const { settings, world } = invocation;
  const path = await targetPath(settings, world);
  return settings.get("convert") ? await convert(invocation, path) : await write(invocation, path);
}

/** As kubectl: of several files the first that is there, or else the first. */
async function targetPath(settings: Settings, world: World): Promise<string> {
  const { paths, existing, namedBy } = await kubeconfigPaths(settings, world);
  const path = existing[0] ?? paths[0];
  if (path === undefined) {
    const why = namedBy === undefined ? `${homeVariable(world)} is not set` : `${namedBy} names none`;
    throw new UsageError(`Cannot find the kubeconfig: ${why}; name one with --kubeconfig`);
  }
  return path;
}

async function write(invocation: Invocation, path: string): Promise<number> {
  const { settings, world } = invocation;
  const wanted = await wantedEntries(settings, world);
  const edited = await apply(invocation, path, (before = "") => {
    const kubeconfig = readPlain(before);
    assertKubeconfig(kubeconfig);
    return Promise.resolve(mergeYaml(before, planEntries(kubeconfig, wanted)));
  });
  const { user, context, cluster } = wanted;
  const what = `user ${quoted(user)}` +
    (cluster === undefined ? "" : `, context ${quoted(context)} and cluster ${quoted(cluster.name)}`);
  report(world, edited, {
    path,
    nothing: `nothing to do: ${path} has ${what} already`,
    done: `wrote ${what} to ${path}`,
    isDry: settings.get("dry-run"),
  });
  if (cluster === undefined) tellOfContext(world, edited, user);
  if (settings.get("dry-run")) return 0;
  const choice = cluster === undefined ? ["--user", user] : ["--context", context];
  world.stdout.write(`try: kubectl ${choice[0]}=${shellWord(choice[1]!)} auth whoami\n`);
  return 0;
}

async function wantedEntries(settings: Settings, world: World): Promise<WantedEntries> {
  const { clusterId, usualName, cloud, region, cluster } = await findCluster(settings, world);
  if (cluster === undefined) {
    for (const option of ["context-name", "set-current"] as const) {
      if (!isGiven(settings, option)) continue;
      throw new UsageError(
        `Cannot use --${option} without a cluster: a context needs one; give --cluster-name, --server or --from`,
      );
    }
  }
  return {
    user: settings.get("user-name") ?? usualName,
    exec: await execSection(settings, world, { clusterId, cloud, region }),
    cluster,
    context: settings.get("context-name") ?? usualName,
    setCurrent: settings.get("set-current"),
  };
}

/** A user whom no context uses is of little use. */
function tellOfContext(world: World, { after }: Edited, user: string): void {
  const kubeconfig = readPlain(after);
  if (entriesOf(kubeconfig, "context").some(({ value }) => value.user === user)) return;
  const names = entriesOf(kubeconfig, "cluster").map(({ name }) => quoted(name)).join(", ");
  const advice = names === "" ? "give --server, or --from" : `give --cluster-name with one of: ${names}`;
  world.stderr.write(`ram-auth: notice: no context is written, because no cluster is named; ${advice}\n`);
}

async function convert(invocation: Invocation, path: string): Promise<number> {
  const { settings, world } = invocation;
  const beside = optionsOf("kubeconfig", OPTION_ROWS).find(([name]) =>
    !BESIDE_CONVERT.includes(name) && isGiven(settings, name)
  );
  if (beside !== undefined) {
    throw new UsageError(`Cannot use --${beside[0]} together with --convert: that changes every user; leave one out`);
  }
  let conversions: readonly Conversion[] = [];
  const edited = await apply(invocation, path, async (before) => {
    if (before === undefined) throw new KubeconfigError(`Cannot convert the kubeconfig "${path}": it does not exist`);
    const kubeconfig = readPlain(before);
    assertKubeconfig(kubeconfig);
    conversions = await planConversions(kubeconfig, world);
    return mergeYaml(before, conversions.flatMap((one) => one.outcome === "converted" ? one.changes : []));
  });
  for (const conversion of conversions) tell(world, conversion);
  const converted = conversions.filter(({ outcome }) => outcome === "converted");
  report(world, edited, {
    path,
    nothing: conversions.length === 0
      ? `nothing to do: no user of ${path} calls a program that ram-auth replaces`
      : `nothing was written to ${path}`,
    done: converted.map(({ user, program }) =>
      `user ${quoted(user)} calls ram-auth now, not ${quoted(program)}\n`
    ).join("") +
      `wrote ${path}`,
    isDry: settings.get("dry-run"),
  });
  return converted.length === conversions.length ? 0 : 1;
}

function tell(world: World, conversion: Conversion): void {
  const user = quoted(conversion.user);
  if (conversion.outcome === "left") {
    const attempt = `Cannot convert user ${user}, who calls ${quoted(conversion.program)}`;
    world.stderr.write(`ram-auth: ${attempt}: ${conversion.why}; the user stays as it is\n`);
  } else {
    for (const notice of conversion.notices) world.stderr.write(`ram-auth: notice: user ${user}: ${notice}\n`);
  }
}

/** Makes the edit, or only sees what it would make. */
async function apply({ settings, world, stopSignal }: Invocation, path: string, edit: Edit): Promise<Edited> {
  if (settings.get("dry-run")) return await previewEdit(world, kubeconfigFile(path), edit);
  return await editLocked(world, kubeconfigFile(path), edit, { signal: await stopSignal() });
}

function report(
  world: World,
  { before = "", after }: Edited,
  { path, nothing, done, isDry }: {
    readonly path: string;
    readonly nothing: string;
    readonly done: string;
    readonly isDry: boolean;
  },
): void {
  if (before === after) world.stdout.write(`${nothing}\n`);
  else if (isDry) world.stdout.write(unifiedDiff(path, withoutSecrets(before), withoutSecrets(after)));
  else world.stdout.write(`${done}\n`);
}
