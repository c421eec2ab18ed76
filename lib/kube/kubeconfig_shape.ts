/**
 * The form of a kubeconfig, as far as it is read. What has another form is named by its key and line; it does not reach
 * the package, which would take it for something else, or fail in words about its own code.
 *
 * @module
 */

import { isNull, valueAt } from "../yaml/access.ts";
import type { YamlNode } from "../yaml/read.ts";

/** What an entry of each list is about, and the texts that are read of it; those with `!` must be there. */
const LISTS = {
  clusters: [
    "cluster!",
    "server!",
    "certificate-authority",
    "certificate-authority-data",
    "proxy-url",
    "tls-server-name",
  ],
  users: [
    "user",
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "token",
    "tokenFile",
  ],
  contexts: ["context!", "cluster!", "user"],
} as const;

/** What is not of the form of a kubeconfig; `undefined` where nothing is. Trust: whoever wrote the file chose the text. */
export function shapeProblem(root: YamlNode): string | undefined {
  if (isNull(root)) return "it is empty";
  if (root.kind !== "map") return `it is a ${root.kind === "list" ? "list" : "string"}, not a kubeconfig`;
  const problems = Object.entries(LISTS).map(([list, keys]) => {
    const value = valueAt(root, list);
    if (value === undefined || isNull(value)) return undefined;
    if (value.kind !== "list") return `"${list}" ${at(value)} is not a list`;
    return firstOf(value.items.map((item, index) => entryProblem(item, `${list}[${index}]`, keys)));
  });
  return firstOf([...problems, textProblem(root, "current-context", "current-context")]);
}

function entryProblem(item: YamlNode, path: string, [key, ...texts]: readonly string[]): string | undefined {
  if (item.kind !== "map") return `"${path}" ${at(item)} is not a map`;
  const named = nameOf(key!);
  const entry = valueAt(item, named);
  const name = textProblem(item, "name!", `${path}.name`);
  if (entry === undefined || isNull(entry)) {
    return name ?? (named === key ? undefined : `"${path}.${named}" is missing ${at(item)}`);
  }
  if (entry.kind !== "map") return name ?? `"${path}.${named}" ${at(entry)} is not a map`;
  const problems = texts.map((text) => textProblem(entry, text, `${path}.${named}.${nameOf(text)}`));
  return firstOf([name, ...problems, execProblem(valueAt(entry, "exec"), `${path}.${named}.exec`)]);
}

function textProblem(map: YamlNode, key: string, path: string): string | undefined {
  const value = valueAt(map, nameOf(key));
  if (value === undefined || isNull(value) || (value.kind === "scalar" && value.value === "")) {
    return nameOf(key) === key ? undefined : `"${path}" is missing ${at(map)}`;
  }
  return isText(value) ? undefined : `"${path}" ${at(value)} is not a string; put it in quotes`;
}

function execProblem(exec: YamlNode | undefined, path: string): string | undefined {
  if (exec === undefined || isNull(exec)) return undefined;
  if (exec.kind !== "map") return `"${path}" ${at(exec)} is not a map`;
  const command = textProblem(exec, "command!", `${path}.command`);
  const args = valueAt(exec, "args");
  if (command !== undefined || args === undefined || isNull(args)) return command;
  return args.kind === "list" && args.items.every(isText)
    ? undefined
    : `"${path}.args" ${at(args)} is not a list of strings`;
}

function nameOf(key: string): string {
  return key.replace(/!$/, "");
}

function isText(node: YamlNode): boolean {
  return node.kind === "scalar" && typeof node.value === "string";
}

function at({ line }: YamlNode): string {
  return `(line ${line})`;
}

function firstOf(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}
