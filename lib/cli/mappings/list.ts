/**
 * `ram-auth mappings list`: the mappings of all sources in the order in which they are tried, and which entries are invalid.
 *
 * @module
 */

import { type ExplainedSource, located, unreadOf } from "../../mapping/explain/explain.ts";
import { whereText } from "../../mapping/explain/explanation.ts";
import type { MappingProblem } from "../../mapping/problem.ts";
import { isUsable, type UsableRule } from "../../mapping/rule.ts";
import { writeYaml } from "../../yaml/read.ts";
import { jsonLines, printable } from "../../quote.ts";
import type { Invocation } from "../command.ts";
import { alignedTable } from "../table.ts";
import { readSources } from "./read_sources.ts";

/** One mapping of the output; what a rule does not have is left out. */
interface ListedMapping {
  readonly source: string;
  readonly file: string;
  readonly line?: number;
  readonly resource?: string;
  readonly arn?: string;
  /** Of a permission set, its roles' ARN without the end that changes. */
  readonly permissionSet?: string;
  readonly account?: string;
  readonly username?: string;
  readonly groups?: readonly string[];
  readonly userid?: string;
}

/** Prints the list as a table, JSON or YAML. Exit code 1 where a source could not be read. */
export async function run({ settings, world }: Invocation): Promise<number> {
  const { sources } = await readSources(settings, world);
  const mappings = sources.flatMap((source) => source.rules.filter(isUsable).map((rule) => listed(rule, source)));
  const invalid = sources.flatMap((source) =>
    source.problems.filter(({ severity }) => severity === "invalid").map((problem) => invalidEntry(problem, source))
  );
  const unread = unreadOf(sources).map(({ source, path, why }) => ({ source, file: path, why }));
  switch (settings.get("list-output")) {
    case "json":
      world.stdout.write(jsonLines({ mappings, invalid, unread }));
      break;
    case "yaml":
      world.stdout.write(writeYaml({ mappings, invalid, unread }));
      break;
    case "text":
      world.stdout.write(table(mappings) + invalid.map(invalidText).join(""));
  }
  return unread.length === 0 ? 0 : 1;
}

function listed(rule: UsableRule, of: ExplainedSource): ListedMapping {
  const { source, path, line, resource } = located(rule, of);
  const where = {
    source,
    file: path,
    ...(line !== undefined && { line }),
    ...(resource !== undefined && { resource }),
  };
  if (rule.kind === "account") return { ...where, account: rule.accountId };
  const { arn, username, groups, userId } = rule;
  return {
    ...where,
    ...(arn.isPermissionSet ? { permissionSet: arn.canonicalArn } : { arn: arn.canonicalArn }),
    username: username.source,
    groups: groups.map(({ source }) => source),
    ...(userId !== undefined && { userid: userId }),
  };
}

interface ListedInvalid {
  readonly source: string;
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly why: string;
}

function invalidEntry(problem: MappingProblem, of: ExplainedSource): ListedInvalid {
  const { source, path, resource: _, ...position } = located(problem, of);
  return { source, file: path, ...position, why: problem.message };
}

function invalidText({ source, file, why, ...position }: ListedInvalid): string {
  return `${printable(`invalid: ${whereText({ path: file, ...position })} (${source}): ${why}`)}\n`;
}

function table(mappings: readonly ListedMapping[]): string {
  return alignedTable([
    ["SOURCE", "LINE", "ARN", "USERNAME", "GROUPS"],
    ...mappings.map(({ source, file, line, arn, permissionSet, account, username, groups, userid }) => [
      source,
      line === undefined ? file : `${file}:${line}`,
      (arn ?? (permissionSet === undefined ? `account ${account}` : `sso ${permissionSet}`)) +
      (userid === undefined ? "" : ` (only ${userid})`),
      username ?? "<its ARN>",
      groups?.join(",") || "-",
    ]),
  ]);
}
