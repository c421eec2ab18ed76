/**
 * `ram-auth manifests`: prints what an operator applies or installs, so that the binary alone is enough.
 *
 * @module
 */

import { loadClouds } from "../../clouds/registry.ts";
import { OPTIONS, type SettingOf } from "../../config/options.ts";
import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import { mergeYaml } from "../../yaml/merge.ts";
import type { Invocation } from "../command.ts";
import { alignedTable } from "../table.ts";
import { ALL, type FillingOption, type FillingValue, type Manifest, type ManifestName, MANIFESTS } from "./texts.ts";
import { assertHealthPort, assertImage, assertStateFolder } from "./values.ts";

/** Between two YAML documents. */
const SEPARATOR = "---\n";

type Printed = Exclude<ManifestName, "all">;

/** What a value must be; cluster ids are judged by each cloud, because the example names each. */
const CHECKS: Readonly<{ [O in FillingOption]: (value: NonNullable<SettingOf<O>>) => void | Promise<void> }> = {
  "image": assertImage,
  "cluster-id": async (id) => {
    for (const { assertClusterId } of await loadClouds()) assertClusterId(id);
  },
  "state-dir": assertStateFolder,
  "health-port": assertHealthPort,
  "share-port": () => {},
  "backend-mode": () => {},
};

const FILLING = Object.keys(CHECKS) as readonly FillingOption[];

/** Prints the manifests, or without a name the list of them. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const asked = settings.get("manifest");
  if (asked === undefined) {
    demandEffect(settings, []);
    world.stdout.write(list());
    return 0;
  }
  const names = [...new Set(asked.flatMap((name): readonly Printed[] => name === "all" ? ALL : [name]))];
  demandPrintable(names);
  demandEffect(settings, names);
  const values = await valuesOf(settings, names);
  world.stdout.write(names.flatMap((name) => filled(MANIFESTS[name], values)).join(SEPARATOR));
  return 0;
}

function list(): string {
  const rows = Object.entries(MANIFESTS).map(([name, { what, holes = {} }]) => {
    const options = Object.keys(holes).map((option) => `--${option}`);
    return [name, options.length === 0 ? what : `${what} (${options.join(", ")})`];
  });
  return alignedTable([...rows, ["all", `what a server in the cluster needs: ${ALL.join(", ")}`]]);
}

function demandPrintable(names: readonly Printed[]): void {
  const alone = names.find((name) => !MANIFESTS[name].isApplied);
  if (alone === undefined || names.length === 1) return;
  throw new UsageError(`Cannot print "${alone}" with others: it is nothing that kubectl applies; ask for it alone`);
}

function demandEffect(settings: Settings, names: readonly Printed[]): void {
  const idle = FILLING.find((option) =>
    settings.setBy(option) === "flag" && !names.some((name) => MANIFESTS[name].holes?.[option] !== undefined)
  );
  if (idle === undefined) return;
  const users = Object.entries(MANIFESTS).filter(([, { holes }]) => holes?.[idle] !== undefined).map(([name]) => name);
  const where = names.length === 0 ? "the list of manifests" : names.join(", ");
  throw new UsageError(`Cannot use --${idle} here: it has no effect on ${where}, only on ${users.join(", ")}`);
}

type Values = Readonly<Partial<Record<FillingOption, FillingValue>>>;

async function valuesOf(settings: Settings, names: readonly Printed[]): Promise<Values> {
  const values: Partial<Record<FillingOption, FillingValue>> = {};
  for (const option of FILLING) {
    if (settings.setBy(option) === "default") continue;
    if (!names.some((name) => MANIFESTS[name].holes?.[option] !== undefined)) continue;
    const value = await checkedValue(option, settings);
    if (value !== undefined) values[option] = value;
  }
  return values;
}

async function checkedValue<O extends FillingOption>(option: O, settings: Settings): Promise<SettingOf<O>> {
  const value = settings.get(option);
  if (value !== undefined) await CHECKS[option](value);
  return value;
}

function filled({ texts, holes = {} }: Manifest, values: Values): readonly string[] {
  const changes = FILLING.flatMap((option) => {
    const value = values[option];
    if (value === undefined) return [];
    return (holes[option] ?? []).flatMap(({ path, written = (it) => it }) => {
      const text = written(value);
      return text === undefined ? [] : [{ path, value: text }];
    });
  });
  if (changes.length === 0) return texts;
  const folder = holes["state-dir"] === undefined ? undefined : values["state-dir"];
  return texts.map((text) => withFolderInHead(mergeYaml(text, changes), folder));
}

/** The commands for root in the comment at the head make the same folder that the pod mounts. */
function withFolderInHead(text: string, folder: FillingValue | undefined): string {
  if (typeof folder !== "string") return text;
  const end = text.indexOf("\napiVersion:");
  return text.slice(0, end).replaceAll(OPTIONS["state-dir"].default, folder) + text.slice(end);
}
