/**
 * A hash of what a server has in force by its options and its config file, by which nodes that differ show. It is the same where comments, the order
 * and the case of keys, quotes, or the file's place differ, and where a default is written out.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { CloudId } from "../identity/identity.ts";
import { eachInSteps, inSlices, type Steps } from "../steps.ts";
import type { YamlNode } from "../yaml/read.ts";
import { defaultOf, isUsed, optionsOf } from "./command_options.ts";
import type { OptionValue } from "./option.ts";
import { OPTION_ROWS, type OptionName } from "./options.ts";
import type { SettingValues } from "./setting_values.ts";

/** What differs between nodes that let in the same people: addresses, ports, paths, and how a node reports. */
const OF_THE_NODE: readonly OptionName[] = [
  "help",
  "config",
  "bind",
  "address",
  "port",
  "share-port",
  "health-port",
  "hostname",
  "state-dir",
  "generate-kubeconfig",
  "kubeconfig-pregenerated",
  "kubeconfig",
  "master",
  "sts-ca-file",
  "dynamic-file",
  "dynamic-backend-mode",
  "audit-path",
  "metrics-compat",
  "log-format",
  "log-verbosity",
];

/** The options that count, by name. */
const HASHED = optionsOf("server", OPTION_ROWS)
  .filter(([name, row]) => isUsed(row, "server") && !OF_THE_NODE.includes(name))
  .toSorted(([one], [other]) => one < other ? -1 : 1);

/** Their names. */
export const HASHED_NAMES: readonly OptionName[] = HASHED.map(([name]) => name);

/** What a server has in force. */
export interface ConfigInForce {
  /** The settings that it started with, of which it has everything that waits for a restart. */
  readonly started: SettingValues;
  /** The settings that it took up last. */
  readonly current: SettingValues;
  /** The clouds whose tokens it accepts. */
  readonly clouds: readonly CloudId[];
}

/** The hash, as `sha256:` and hexadecimal digits; the rules are read in slices. */
export async function configHash(inForce: ConfigInForce): Promise<string> {
  return await inSlices(hashing(inForce));
}

/** What is at its default is left out, so that an option which is new in one version makes no difference. */
function* hashing({ started, current, clouds }: ConfigInForce): Steps<string> {
  const hash = createHash("sha256");
  const add = (piece: string) => void hash.update(`${piece}\n`);
  for (const [name, row] of HASHED) {
    const settings = row.atOnce ? current : started;
    const value: OptionValue | undefined = name === "clouds" ? clouds : settings.get(name);
    if (value === undefined) continue;
    if (!isNode(value)) {
      const text = JSON.stringify(value);
      if (text !== JSON.stringify(defaultOf(row, "server"))) add(`${name} ${text}`);
    } else {
      add(name);
      yield* eachInSteps(value.kind === "list" ? value.items : [value], (item) => add(normalForm(item)));
    }
  }
  return `sha256:${hash.digest("hex")}`;
}

function isNode(value: OptionValue): value is YamlNode {
  return typeof value === "object" && "kind" in value;
}

function normalForm(node: YamlNode): string {
  switch (node.kind) {
    case "scalar":
      return JSON.stringify(node.text);
    case "list":
      return `[${node.items.map(normalForm).join()}]`;
    case "map": {
      const entries = node.entries.map(({ key, value }) => `${JSON.stringify(key.toLowerCase())}:${normalForm(value)}`);
      return `{${entries.sort().join()}}`;
    }
  }
}
