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
import { type Conversion, convertKubeconfig } from "./convert.ts";
import { editFiles } from "./edit_files.ts";
import { type Plan, planEntries, type WantedEntries } from "./entries.ts";
import type { Edited } from "../locked_edit.ts";
import { changeKubeconfig, KubeconfigError, readKubeconfig } from "./file.ts";
import { currentContext, type LoadedFile, mergedEntries } from "./merged.ts";
import { kubeconfigPaths } from "./paths.ts";
import { missingPermission } from "./plugin_policy.ts";
import { withoutSecrets } from "../redact.ts";
import { execSection } from "./exec_section.ts";
import { unifiedDiff } from "../unified_diff.ts";
import { quoted, shellWord } from "../../quote.ts";

/** What may stand beside `--convert`. */
const BESIDE_CONVERT: readonly string[] = ["convert", "admin-kubeconfig", "dry-run"];

/** Writes a user, or converts those that there are. Exit code 1 where one that calls another tool is left as it is. */
export async function run(invocation: Invocation): Promise<number> {
  const { settings, world } = invocation;
  const targets = await findTargets(settings, world);
  const code = await (settings.get("convert") ? convert : write)(invocation, targets);
  const missing = await missingPermission(world);
  if (missing !== undefined) world.stderr.write(`ram-auth: notice: ${missing}`);
  return code;
}

/** The files that are edited. */
interface Targets {
  /** In the order in which they count for kubectl. */
  readonly paths: readonly string[];
  /** The one for what is in none of them yet. */
  readonly target: string;
}

/** As kubectl: what is new goes into the first file that is there, or else into the last. */
async function findTargets(settings: Settings, world: World): Promise<Targets> {
  const { paths, existing, namedBy } = await kubeconfigPaths(settings, world);
  const target = existing[0] ?? paths.at(-1);
  if (target === undefined) {
    const why = namedBy === undefined ? `${homeVariable(world)} is not set` : `${namedBy} names none`;
    throw new UsageError(`Cannot find the kubeconfig: ${why}; name one with --kubeconfig`);
  }
  return { paths: [...new Set([...existing, target])], target };
}

async function write(invocation: Invocation, { paths, target }: Targets): Promise<number> {
  const { settings, world } = invocation;
  const wanted = await wantedEntries(settings, world);
  let files: readonly LoadedFile[] = [];
  let plan: Plan | undefined;
  const edited = await editFiles(invocation, paths, (before) => {
    files = paths.map((path) => ({ path, content: readKubeconfig(path, before.get(path) ?? "") }));
    const planned = plan = planEntries(files, target, wanted);
    const changesOf = (path: string) =>
      planned.changes.flatMap((one) => one.path === path && one.change !== undefined ? [one.change] : []);
    return Promise.resolve(
      new Map(paths.map((path) => [path, changeKubeconfig(path, before.get(path) ?? "", changesOf(path))])),
    );
  });
  const { user, changes, switchedFrom } = plan!;
  const isDry = settings.get("dry-run");
  const isWritten = [...edited.values()].some(({ before = "", after }) => before !== after);
  for (const [path, one] of edited) {
    const what = listed(changes.flatMap((change) => change.path === path ? change.what ?? [] : []));
    if (what === "" && one.before === one.after) continue;
    report(world, one, {
      path,
      nothing: isWritten ? "" : `nothing to do: ${path} has ${what} already\n`,
      done: `wrote ${what === "" ? "the current context" : what} to ${path}\n`,
      isDry,
    });
  }
  const context = wanted.cluster && wanted.context;
  if (context === undefined) tellOfContext(world, files, user);
  if (isDry) return 0;
  if (switchedFrom !== undefined) {
    world.stdout.write(
      switchedFrom === ""
        ? `context ${quoted(context!)} is the current one\n`
        : `context ${quoted(context!)} is the current one now; back: kubectl config use-context ${
          shellWord(switchedFrom)
        }\n`,
    );
  }
  const isCurrent = switchedFrom !== undefined || (context !== undefined && currentContext(files) === context);
  const choice = context === undefined
    ? ` --user=${shellWord(user)}`
    : isCurrent
    ? ""
    : ` --context=${shellWord(context)}`;
  const file = settings.setBy("admin-kubeconfig") === "flag" ? ` --kubeconfig=${shellWord(target)}` : "";
  world.stdout.write(`try: kubectl${file}${choice} auth whoami\n`);
  return 0;
}

/** `a, b and c` */
function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

async function wantedEntries(settings: Settings, world: World): Promise<WantedEntries> {
  const { clusterId, usualName, cloud, region, cluster } = await findCluster(settings, world);
  if (cluster === undefined) {
    for (const option of ["context-name", "switch"] as const) {
      if (!isGiven(settings, option)) continue;
      throw new UsageError(
        `Cannot use --${option} without a cluster: a context needs one; give --cluster-name, --server or --from`,
      );
    }
  }
  return {
    user: settings.get("user-name"),
    exec: await execSection(settings, world, { clusterId, cloud, region }),
    cluster,
    context: settings.get("context-name") ?? usualName,
    isSwitched: settings.get("switch"),
  };
}

/** A user whom no context uses is of little use. */
function tellOfContext(world: World, files: readonly LoadedFile[], user: string): void {
  if (mergedEntries(files, "context").some(({ value }) => value.user === user)) return;
  const names = mergedEntries(files, "cluster").map(({ name }) => quoted(name)).join(", ");
  const advice = names === "" ? "give --server, or --from" : `give --cluster-name with one of: ${names}`;
  world.stderr.write(`ram-auth: notice: no context is written, because no cluster is named; ${advice}\n`);
}

async function convert(invocation: Invocation, { paths }: Targets): Promise<number> {
  const { settings, world } = invocation;
  const beside = optionsOf("kubeconfig", OPTION_ROWS).find(([name]) =>
    !BESIDE_CONVERT.includes(name) && isGiven(settings, name)
  );
  if (beside !== undefined) {
    throw new UsageError(`Cannot use --${beside[0]} together with --convert: that changes every user; leave one out`);
  }
  const conversions = new Map<string, readonly Conversion[]>();
  const edited = await editFiles(invocation, paths, async (before) => {
    const after = new Map<string, string>();
    for (const path of paths) {
      const text = before.get(path);
      if (text === undefined) throw new KubeconfigError(`Cannot convert the kubeconfig "${path}": it does not exist`);
      const converted = await convertKubeconfig(path, text, world);
      conversions.set(path, converted.conversions);
      after.set(path, converted.text);
    }
    return after;
  });
  for (const conversion of [...conversions.values()].flat()) tell(world, conversion);
  for (const [path, one] of edited) {
    const ofFile = conversions.get(path) ?? [];
    report(world, one, {
      path,
      nothing: ofFile.length === 0
        ? `nothing to do: no user of ${path} calls a program that ram-auth replaces\n`
        : `nothing was written to ${path}\n`,
      done: ofFile.filter(({ outcome }) =>
        outcome === "converted"
      ).map(({ user, program }) => `user ${quoted(user)} calls ram-auth now, not ${quoted(program)}\n`).join("") +
        `wrote ${path}\n`,
      isDry: settings.get("dry-run"),
    });
  }
  return [...conversions.values()].flat().every(({ outcome }) => outcome === "converted") ? 0 : 1;
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
  if (before === after) world.stdout.write(nothing);
  else if (isDry) world.stdout.write(unifiedDiff(path, withoutSecrets(before), withoutSecrets(after)));
  else world.stdout.write(done);
}
