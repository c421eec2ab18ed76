/**
 * The manifest of a static pod, as kubeadm writes it, with or without kubespray: the flag in `command:`, a mount of the
 * kubeconfig's folder, and a hostPath volume.
 *
 * @module
 */

import { folderOf } from "../../files.ts";
import { textAt, valueAt } from "../../yaml/access.ts";
import type { YamlNode } from "../../yaml/read.ts";
import type { FileToChange, WantedWebhook } from "./change.ts";
import { bare, type Flag, flagsOf, mentionsWebhook, valueOf, WEBHOOK_FLAG } from "./flags.ts";
import { assertRoom, isAsked, isMounted } from "./judge.ts";
import { isOfKops, refuseKops } from "./kops.ts";
import { blockListAt, changeLists, type ListChange, quotedLike, readYamlLines, textOnLine } from "./list_lines.ts";
import type { YamlLines } from "./list_lines.ts";
import { containersOf, foldersOf, mountsOf, programOf, volumesOf, wordsOf } from "./pod.ts";
import type { Draft, Shape } from "./shape.ts";
import { Unclear } from "./unclear.ts";

/** The name of the volume. */
const VOLUME = "ram-auth";

/** The container of kube-apiserver. */
interface Apiserver {
  readonly path: readonly ["spec", "containers", number];
  readonly node: YamlNode;
  readonly flags: readonly Flag[];
  /** The items that hold the words of the flags. */
  readonly items: readonly { readonly key: WordList; readonly index: number }[];
}

type WordList = "command" | "args";

/** A static pod. */
export const STATIC_POD: Shape = {
  draft(file, webhook) {
    if (!isOfKops(file)) return draftOf(readYamlLines(file.before ?? ""), webhook);
    if (isConfigured(file, webhook)) return { after: file.before! };
    throw refuseKops(webhook.kubeconfig);
  },
  flags: (file) => apiserverOf(readYamlLines(file.before ?? "")).flags,
  byHand(_file, kubeconfig) {
    const folder = folderOf(kubeconfig);
    return `spec:
  containers:
    - command:
        - kube-apiserver
        - --${WEBHOOK_FLAG}=${kubeconfig}
      volumeMounts:
        - ${mountText(folder)}
  volumes:
    - ${volumeText(folder)}
`;
  },
};

function draftOf(yaml: YamlLines, webhook: WantedWebhook): Draft {
  const apiserver = apiserverOf(yaml);
  const changes = [...flagChanges(yaml, apiserver, webhook), ...mountChanges(yaml, apiserver, webhook)];
  return { after: changes.length === 0 ? yaml.text : changeLists(yaml, { changes }) };
}

/** Whether nothing is to be done, as far as that can be read. */
function isConfigured({ before = "" }: FileToChange, { kubeconfig }: WantedWebhook): boolean {
  try {
    const yaml = readYamlLines(before);
    const { flags, node } = apiserverOf(yaml);
    return valueOf(flags, WEBHOOK_FLAG) === kubeconfig && isMounted(kubeconfig, mountsOf(yaml.root, node));
  } catch (error) {
    if (error instanceof Unclear) return false;
    throw error;
  }
}

function flagChanges(yaml: YamlLines, { path, node, flags, items }: Apiserver, webhook: WantedWebhook): ListChange[] {
  const command = blockListAt(yaml, [...path, "command"]);
  if (programOf([textOnLine(yaml, command.items[0]!)]) === undefined) {
    throw new Unclear("its command: does not begin with kube-apiserver itself");
  }
  const given = flags.filter(({ name }) => name === WEBHOOK_FLAG);
  if (isAsked(given.map(({ value }) => value), webhook)) return [];
  const gone = given.flatMap(({ words }) => words.map((word) => items[word]!));
  const without = (key: WordList) => gone.filter((item) => item.key === key).map(({ index }) => index);
  const text = quotedLike(`--${WEBHOOK_FLAG}=${webhook.kubeconfig}`, yaml, command.items[1] ?? command.items[0]);
  return [
    { path: [...path, "command"], without: without("command"), added: { behind: 1, text } },
    ...(valueAt(node, "args") === undefined ? [] : [{ path: [...path, "args"], without: without("args") }]),
  ];
}

function mountChanges(yaml: YamlLines, { path, node }: Apiserver, { kubeconfig }: WantedWebhook): ListChange[] {
  const mounts = mountsOf(yaml.root, node);
  if (isMounted(kubeconfig, mounts)) return [];
  assertRoom(kubeconfig, mounts);
  const folder = folderOf(kubeconfig);
  const isThere = volumesOf(yaml.root).some((volume) => textAt(volume, "name") === VOLUME);
  if (isThere && bare(foldersOf(yaml.root).get(VOLUME) ?? "") !== folder) {
    throw new Unclear(`there is a volume of the name ${VOLUME} that is another folder`);
  }
  const added = (text: string) => ({ without: [], added: { behind: 0, text } });
  return [
    { path: [...path, "volumeMounts"], ...added(mountText(folder)) },
    ...(isThere ? [] : [{ path: ["spec", "volumes"], ...added(volumeText(folder)) }]),
  ];
}

function mountText(folder: string): string {
  return `{ name: ${VOLUME}, mountPath: ${folder}, readOnly: true }`;
}

function volumeText(folder: string): string {
  return `{ name: ${VOLUME}, hostPath: { path: ${folder}, type: Directory } }`;
}

/** The one container that runs it. @throws {Unclear} if it may have flags that cannot be read */
function apiserverOf(yaml: YamlLines): Apiserver {
  if (valueAt(yaml.root, "spec") === undefined) throw new Unclear("there is no spec");
  blockListAt(yaml, ["spec", "containers"]);
  const found = containersOf(yaml.root).flatMap((node, at) => programOf(wordsOf(node)) === undefined ? [] : [at]);
  const [at] = found;
  if (at === undefined || found.length > 1) {
    throw new Unclear("not one container has a command: list in block style that begins with kube-apiserver");
  }
  const [path, node] = [["spec", "containers", at] as const, containersOf(yaml.root)[at]!];
  const keys = (["command", "args"] as const).filter((key) => valueAt(node, key) !== undefined);
  const items = keys.flatMap((key) =>
    blockListAt(yaml, [...path, key]).items.map((item, index) => ({ key, index, item }))
  );
  const words = items.map(({ item }) => textOnLine(yaml, item));
  const flags = flagsOf(words);
  words.forEach((word, i) =>
    assertRead(word, { flag: flags.find((flag) => flag.words[0] === i), item: items[i]!.item })
  );
  const rest = node.kind === "map" ? node.entries.filter(({ key }) => key !== "command" && key !== "args") : [];
  for (const { value } of rest) assertNoFlag(value);
  return { path, node, flags, items };
}

/** @throws {Unclear} if a word may be the flag in another form */
function assertRead(word: string, { flag, item }: { readonly flag: Flag | undefined; readonly item: YamlNode }): void {
  const { line } = item;
  if (/^[^=]*\$\(/.test(word)) throw new Unclear(`line ${line} takes a flag from a variable`);
  if (!mentionsWebhook(word)) return;
  const isFlag = flag?.name === WEBHOOK_FLAG && !flag.mayBeValue && !mentionsWebhook(flag.value) &&
    !/\s/.test(flag.value);
  const hasValue = flag?.words.length === 2 || word.includes("=");
  if (!isFlag || !hasValue) throw new Unclear(`line ${line} names the flag in a form that cannot be read`);
}

function assertNoFlag(node: YamlNode): void {
  switch (node.kind) {
    case "scalar":
      if (mentionsWebhook(node.text)) throw new Unclear(`line ${node.line} names the flag where it is none`);
      return;
    case "list":
      return node.items.forEach(assertNoFlag);
    case "map":
      return node.entries.forEach(({ value }) => assertNoFlag(value));
  }
}
