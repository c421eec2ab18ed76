/**
 * The config file of K3s and RKE2: the flag in `kube-apiserver-arg`, and for RKE2, whose kube-apiserver is a static pod,
 * a mount in `kube-apiserver-extra-mount`.
 *
 * K3s reads `config.yaml`, then the files of `config.yaml.d` by name. A list in a later file takes over from those before
 * it, unless its key ends in `+`, by which it goes on with them (`pkg/configfilearg` of K3s).
 *
 * @module
 */

import { folderOf } from "../../files.ts";
import { sentence } from "../../quote.ts";
import { valueAt } from "../../yaml/access.ts";
import type { YamlNode } from "../../yaml/read.ts";
import type { FileToChange, WantedWebhook } from "./change.ts";
import { bare, type Flag, flagsOf, mentionsWebhook, WEBHOOK_FLAG } from "./flags.ts";
import { assertRoom, isAsked, isMounted } from "./judge.ts";
import { blockListAt, changeLists, type ListChange, type NewList, quotedLike } from "./list_lines.ts";
import { readYamlLines, textOnLine, type YamlLines } from "./list_lines.ts";
import type { Shape } from "./shape.ts";
import { Unclear } from "./unclear.ts";
import { commandOf, environmentOf } from "./unit.ts";

/** The key for flags of kube-apiserver. */
export const ARGS = "kube-apiserver-arg";
const MOUNTS = "kube-apiserver-extra-mount";

/** Variables that name another config file. */
const CONFIG_VARIABLES = ["K3S_CONFIG_FILE", "RKE2_CONFIG_FILE"];

/** One config file. */
interface Config {
  readonly path: string;
  readonly yaml: YamlLines;
}

/** One item of a list that several files make. */
interface Item {
  readonly path: string;
  readonly index: number;
  readonly text: string;
}

/** What is to be done to one list of the file. */
type Edit = { readonly change: ListChange } | { readonly list: NewList };

/** K3s, which runs kube-apiserver within itself. */
export const K3S: Shape = shape({ mounts: false });

/** RKE2, which runs it as a static pod. */
export const RKE2: Shape = shape({ mounts: true });

function shape({ mounts }: { readonly mounts: boolean }): Shape {
  return {
    draft(file, webhook) {
      assertByFile(file);
      const [configs, own] = configsOf(file);
      const edits = [flagEdit(configs, own, webhook), mounts ? mountEdit(configs, own, webhook) : undefined]
        .filter((edit) => edit !== undefined);
      const flagIn = webhooksOf(itemsOf(configs, ARGS)).find(({ path }) => path !== own.path)?.path;
      if (edits.length === 0) return { after: file.before ?? "", ...(flagIn !== undefined && { flagIn }) };
      return {
        after: changeLists(own.yaml, {
          changes: edits.flatMap((edit) => "change" in edit ? [edit.change] : []),
          news: edits.flatMap((edit) => "list" in edit ? [edit.list] : []),
        }),
      };
    },
    flags(file) {
      assertByFile(file);
      const items = itemsOf(configsOf(file)[0], ARGS);
      webhooksOf(items);
      return items.flatMap(({ text }) => flagIn(text) ?? []);
    },
    byHand(_file, kubeconfig) {
      const lists = [[ARGS, `${WEBHOOK_FLAG}=${kubeconfig}`], ...(mounts ? [[MOUNTS, mountText(kubeconfig)]] : [])];
      return lists.map(([key, item]) => `${key}:\n  - "${item}"\n`).join("");
    },
  };
}

function flagEdit(configs: readonly Config[], own: Config, webhook: WantedWebhook): Edit | undefined {
  const found = webhooksOf(itemsOf(configs, ARGS));
  const elsewhere = found.filter(({ path }) => path !== own.path);
  const other = elsewhere.find(({ value }) => value !== webhook.kubeconfig);
  if (other !== undefined) {
    throw new Unclear(`"${other.path}" has another webhook, --${WEBHOOK_FLAG}=${sentence(other.value)}`, {
      reason: "other_file",
      advice: "Take it out there, and run this again",
    });
  }
  const here = found.filter(({ path }) => path === own.path);
  if (here.length === 0 && elsewhere.length > 0) return undefined;
  if (isAsked(here.map(({ value }) => value), webhook)) return undefined;
  assertCounts(configs, own, ARGS);
  return edit(own, ARGS, { text: `${WEBHOOK_FLAG}=${webhook.kubeconfig}`, without: here.map(({ index }) => index) });
}

function mountEdit(configs: readonly Config[], own: Config, { kubeconfig }: WantedWebhook): Edit | undefined {
  const mounts = itemsOf(configs, MOUNTS).map(({ path, text }) => {
    const [outside, inside, mode] = text.split(":");
    if (inside === undefined) throw new Unclear(`"${path}" has a mount that cannot be read, "${sentence(text)}"`);
    return { outside: bare(outside!), inside: bare(inside), isReadOnly: mode === "ro" };
  });
  if (isMounted(kubeconfig, mounts)) return undefined;
  assertCounts(configs, own, MOUNTS);
  assertRoom(kubeconfig, mounts);
  return edit(own, MOUNTS, { text: mountText(kubeconfig), without: [] });
}

function mountText(kubeconfig: string): string {
  const folder = folderOf(kubeconfig);
  return `${folder}:${folder}:ro`;
}

function edit({ path, yaml }: Config, list: string, { text, without }: {
  readonly text: string;
  readonly without: readonly number[];
}): Edit {
  const key = keyIn(yaml, list);
  // In a folder of several files, a list of ours goes on with the one before it.
  if (key === undefined) return { list: { key: isBeside(path) ? `${list}+` : list, item: `"${text}"` } };
  const [sample] = blockListAt(yaml, [key]).items;
  return { change: { path: [key], without, added: { behind: 0, text: quotedLike(text, yaml, sample!) } } };
}

/** Every config file in the order in which they count, and the one that is changed. */
function configsOf({ path, before = "", beside = new Map() }: FileToChange): [readonly Config[], Config] {
  const own = { path, yaml: readYamlLines(before) };
  const { root } = own.yaml;
  if (root.kind !== "map" && !(root.kind === "scalar" && root.value === null)) throw new Unclear("it is not a map");
  const others = [...beside].flatMap(([other, text]) =>
    other !== path && text.includes("kube-apiserver-") ? [{ path: other, yaml: readBeside(other, text) }] : []
  );
  const place = ({ path }: Config) => `${isBeside(path) ? 1 : 0}${path}`;
  return [[own, ...others].sort((a, b) => place(a) < place(b) ? -1 : 1), own];
}

function readBeside(path: string, text: string): YamlLines {
  try {
    return readYamlLines(text);
  } catch (cause) {
    if (!(cause instanceof Unclear)) throw cause;
    throw new Unclear(`"${path}" counts, too, and cannot be read: ${cause.message}`, {
      reason: "other_file",
      advice: "Correct that, and run this again",
      cause,
    });
  }
}

function isBeside(path: string): boolean {
  return folderOf(path).endsWith(".d");
}

/** The key of a list in one file, with or without its `+`. */
function keyIn({ root }: YamlLines, list: string): string | undefined {
  const keys = [list, `${list}+`].filter((key) => valueAt(root, key) !== undefined);
  if (keys.length > 1) throw new Unclear(`there are ${list} and ${list}+`);
  return keys[0];
}

/** The items of a list that count, of all files. */
function itemsOf(configs: readonly Config[], list: string): readonly Item[] {
  for (const { yaml } of configs) keyIn(yaml, list);
  return listsThatCount(configs.map(({ yaml }) => yaml.root), list).flatMap(({ at, key }) => {
    const { path, yaml } = configs[at]!;
    return blockListAt(yaml, [key]).items.map((item, index) => ({ path, index, text: textOnLine(yaml, item) }));
  });
}

/** Where a list stands that counts: in which of several files in their order, and under which key. */
export function listsThatCount(
  roots: readonly YamlNode[],
  list: string,
): readonly { readonly at: number; readonly key: string }[] {
  const keys = [list, `${list}+`];
  const found = roots.flatMap((root, at) =>
    root.kind === "map" ? root.entries.flatMap(({ key }) => keys.includes(key) ? [{ at, key }] : []) : []
  );
  return found.slice(Math.max(0, found.findLastIndex(({ key }) => key === list)));
}

/** @throws {Unclear} if a later file takes over from the list in the file that is changed */
function assertCounts(configs: readonly Config[], own: Config, list: string): void {
  const later = configs.slice(configs.indexOf(own) + 1).find(({ yaml }) => keyIn(yaml, list) === list);
  if (later !== undefined) {
    throw new Unclear(`"${later.path}" sets ${list}, too, which counts instead`, {
      reason: "other_file",
      advice: "Give that file by --file, or add this there by hand:",
    });
  }
}

/** The items that are our flag. @throws {Unclear} if one may be it in another form */
function webhooksOf(items: readonly Item[]): readonly (Item & { readonly value: string })[] {
  return items.filter(({ text }) => mentionsWebhook(text)).map((item) => {
    const flag = flagIn(item.text);
    const isRead = flag?.name === WEBHOOK_FLAG && item.text.includes("=") && !mentionsWebhook(flag.value);
    if (!isRead) {
      throw new Unclear(`"${item.path}" names the flag in a form that cannot be read, "${sentence(item.text)}"`);
    }
    return { ...item, value: flag.value };
  });
}

function flagIn(item: string): Flag | undefined {
  return flagsOf([item.startsWith("--") ? item : `--${item}`])[0];
}

/** @throws {Unclear} if the unit of K3s has arguments that count instead of the file */
function assertByFile({ path, unit }: FileToChange): void {
  if (unit === undefined) return;
  const overruled = (why: string, advice: string) =>
    new Unclear(`"${unit.path}" ${why}, which counts instead`, { reason: "other_file", advice });
  const words = commandOf(unit);
  if (words === undefined) throw overruled("has a command that cannot be read", "Correct its quotes and escapes first");
  const flags = flagsOf(words.map((word) => word === "-c" ? "--config" : word));
  const list = [ARGS, MOUNTS].find((one) => flags.some(({ name }) => name === one));
  if (list !== undefined) {
    throw overruled(`sets ${list}, too`, "Move that from there into the config file, and run this again");
  }
  const main = isBeside(path) ? folderOf(path).slice(0, -".d".length) : path;
  const variables = CONFIG_VARIABLES.flatMap((name) => environmentOf(unit).get(name) ?? []);
  const named = [...flags.flatMap(({ name, value }) => name === "config" ? [value] : []), ...variables];
  const config = named.find((value) => value !== main);
  if (config !== undefined) {
    throw overruled(`names another config file, "${sentence(config)}"`, "Give that file by --file");
  }
}
