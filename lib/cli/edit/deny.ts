/**
 * `ram-auth deny add`, `deny remove` and `deny list`: the deny list in the server's config file.
 *
 * @module
 */

import { loadClouds } from "../../clouds/registry.ts";
import { configValues, inFile, MAX_CONFIG_BYTES } from "../../config/file.ts";
import type { Settings } from "../../config/settings.ts";
import { RamAuthError, UsageError } from "../../errors.ts";
import { readTextFile } from "../../files.ts";
import { foldAsciiCase } from "../../identity/ascii_case.ts";
import { DENY_KINDS, type DenyKind } from "../../mapping/deny/list.ts";
import { readDenyList } from "../../mapping/deny/read.ts";
import { jsonLines, quoted } from "../../quote.ts";
import { mergeYaml } from "../../yaml/merge.ts";
import { parseYaml, type YamlNode } from "../../yaml/read.ts";
import type { Invocation } from "../command.ts";
import { type EditedFile, editLocked, previewEdit } from "../locked_edit.ts";
import { alignedTable } from "../table.ts";
import { unifiedDiff } from "../unified_diff.ts";

/** The option by which an entry of each kind is given, and what a message calls it. */
const OPTION_OF = {
  arns: "arn",
  accessKeyIds: "access-key-id",
  principalIds: "principal-id",
  accounts: "account",
} as const satisfies Record<DenyKind, string>;

/** The deny list cannot be edited as was asked. */
export class DenyListError extends RamAuthError {
  readonly code = "ERR_DENY_LIST";
}

/** An entry. Trust: an operator wrote it. */
interface Entry {
  readonly kind: DenyKind;
  readonly text: string;
}

/** `ram-auth deny add`. */
export const add = {
  run: (invocation: Invocation): Promise<number> =>
    edit(invocation, {
      verb: "added",
      change: (now, entry) => now.some((text) => isSame(entry, text)) ? now : [...now, entry.text],
    }),
};

/** `ram-auth deny remove`. */
export const remove = {
  run: (invocation: Invocation): Promise<number> =>
    edit(invocation, { verb: "removed", change: (now, entry) => now.filter((text) => !isSame(entry, text)) }),
};

/** `ram-auth deny list`. */
export const list = { run: runList };

/** Prints the entries of the config file. Exit code 1 where one of them denies nobody. */
async function runList({ settings, world }: Invocation): Promise<number> {
  const path = settings.require("config");
  const text = await readTextFile(world, path, { what: "the config file", maxBytes: MAX_CONFIG_BYTES });
  const { entries, problems } = readDenyList(denyNode(path, text), await loadClouds());
  const invalid = problems.filter(({ severity }) => severity === "invalid");
  const { arns, ...ids } = entries;
  if (settings.get("output") === "json") {
    world.stdout.write(jsonLines({ arns: arns.map(({ text }) => text), ...ids, problems }));
  } else {
    const rows = DENY_KINDS.flatMap((kind) =>
      kind === "arns" ? arns.map(({ text }) => [OPTION_OF[kind], text]) : ids[kind].map((id) => [OPTION_OF[kind], id])
    );
    world.stdout.write(
      rows.length === 0 ? `nobody is denied in ${path}\n` : alignedTable([["KIND", "DENIED"], ...rows]),
    );
    for (const { line, column, severity, message } of problems) {
      world.stderr.write(`ram-auth: ${path}:${line}:${column}: ${severity}: ${message}\n`);
    }
  }
  return invalid.length === 0 ? 0 : 1;
}

async function edit(
  { settings, world, stopSignal }: Invocation,
  { verb, change }: {
    readonly verb: "added" | "removed";
    readonly change: (now: readonly string[], entry: Entry) => readonly string[];
  },
): Promise<number> {
  const path = settings.require("config");
  const entries = givenEntries(settings);
  for (const warning of await warningsOf(entries)) world.stderr.write(`ram-auth: warning: ${warning}\n`);
  const file: EditedFile = { path, what: "the config file", maxBytes: MAX_CONFIG_BYTES };
  let done: Entry[] = [];
  const edit = (before: string | undefined) => {
    if (before === undefined) throw new DenyListError(`Cannot edit the config file "${path}": it does not exist`);
    denyNode(path, before);
    done = [];
    const after = entries.reduce((text, entry) => {
      const next = changed(path, text, entry, change);
      if (next !== text) done.push(entry);
      return next;
    }, before);
    // What a server would read next.
    denyNode(path, after);
    return Promise.resolve(after);
  };
  const isDry = settings.get("dry-run");
  const { before = "", after } = isDry
    ? await previewEdit(world, file, edit)
    : await editLocked(world, file, edit, { signal: await stopSignal() });
  if (before === after) {
    if (verb === "added") {
      world.stdout.write(`nothing to do: ${path} denies this already\n`);
      return 0;
    }
    const told = entries.map(({ text }) => quoted(text)).join(", ");
    const advice = `see "ram-auth deny list -c ${path}"`;
    world.stderr.write(`ram-auth: Cannot remove ${told} from the deny list: ${path} does not have it; ${advice}\n`);
    return 1;
  }
  if (isDry) {
    world.stdout.write(unifiedDiff(path, before, after));
    return 0;
  }
  for (const { kind, text } of done) world.stdout.write(`${verb} ${OPTION_OF[kind]} ${text} in ${path}\n`);
  world.stdout.write(
    verb === "added"
      ? 'A running server refuses from now on; look for "deny list in force" in its log. kube-apiserver keeps successful\n' +
        "logins for up to two minutes more, unless its --authentication-token-webhook-cache-ttl is shorter.\n"
      : "",
  );
  return 0;
}

function givenEntries(settings: Settings): readonly Entry[] {
  const entries = DENY_KINDS.flatMap((kind) => {
    const text = settings.get(OPTION_OF[kind])?.trim();
    return text === undefined ? [] : [{ kind, text }];
  });
  if (entries.length > 0) return entries;
  const options = DENY_KINDS.map((kind) => `--${OPTION_OF[kind]}`).join(", ");
  throw new UsageError(`Cannot edit the deny list: nothing is named; give ${options}`);
}

/** @throws {UsageError} if no server could use one of them */
async function warningsOf(entries: readonly Entry[]): Promise<readonly string[]> {
  const clouds = await loadClouds();
  const problems = entries.flatMap(({ kind, text }) =>
    readDenyList(parseYaml(JSON.stringify({ [kind]: [text] })), clouds).problems
  );
  const invalid = problems.filter(({ severity }) => severity === "invalid");
  if (invalid.length > 0) throw new UsageError(invalid.map(({ message }) => message).join("; "));
  return problems.map(({ message }) => message);
}

function changed(
  path: string,
  text: string,
  entry: Entry,
  change: (now: readonly string[], entry: Entry) => readonly string[],
): string {
  const steps = ["server", "deny", entry.kind];
  const { node, spelled } = find(parseYaml(text), steps);
  const items = node?.kind === "list" ? node.items : [];
  const now = items.map((item) => {
    if (item.kind === "scalar") return item.text;
    const why = `line ${item.line} holds a ${item.kind}, not an entry; correct it first`;
    throw new DenyListError(`Cannot edit server.deny of "${path}": ${why}`);
  });
  const next = change(now, entry);
  return next.length === now.length ? text : mergeYaml(text, [{ path: spelled, value: next }]);
}

/** A value by its keys, which count in any case, and how they are spelled; those that are missing as they are given. */
function find(
  root: YamlNode,
  keys: readonly string[],
): { readonly node: YamlNode | undefined; readonly spelled: readonly string[] } {
  let node: YamlNode | undefined = root;
  const spelled = keys.map((key) => {
    const entry = node?.kind === "map"
      ? node.entries.find((one) => foldAsciiCase(one.key) === foldAsciiCase(key))
      : undefined;
    node = entry?.value;
    return entry?.key ?? key;
  });
  return { node, spelled };
}

/** ARNs count in any case, ids as they are. */
function isSame({ kind, text }: Entry, other: string): boolean {
  return kind === "arns" ? foldAsciiCase(text) === foldAsciiCase(other) : text === other;
}

/**
 * `server.deny` of a config file that a server would take up.
 *
 * @throws {ConfigError} if a server would refuse the file, and go on with the list that it has
 */
function denyNode(path: string, text: string): YamlNode | undefined {
  const values = inFile(path, () => configValues(path, parseYaml(text)));
  return values.get("deny")?.value as YamlNode | undefined;
}
