/**
 * The mappings in the server's config file, read at the start and again at each reload. Owns what a reload may not do:
 * turn into another cluster's server, or lose every mapping to a file that is being written.
 *
 * @module
 */

import { defaultOf, optionsOf } from "../../config/options.ts";
import type { Settings } from "../../config/settings.ts";
import type { Cloud } from "../../clouds/cloud.ts";
import { loadCloud } from "../../clouds/registry.ts";
import type { RuleContent } from "../../mapping/rule_source.ts";
import { parseReservedPrefixes } from "../../mapping/reserved_prefixes.ts";
import { type MappingSections, parseRules, UnreadableMappingsError } from "../../mapping/rules.ts";
import type { Log } from "../../telemetry/log.ts";
import { acceptedClouds } from "../../config/accepted_clouds.ts";

/**
 * Makes the reader. Its first call takes the settings as they are, each later one reads the file anew.
 *
 * @returns a function that throws {RamAuthError} if the file cannot be used
 */
export function createMappingReader(settings: Settings, log: Log): () => Promise<RuleContent> {
  let inForce: Settings | undefined;
  const ids = acceptedClouds(settings).clouds;
  return async () => {
    const clouds = await Promise.all(ids.map(loadCloud));
    const next = inForce === undefined ? settings : await settings.reload();
    if (inForce !== undefined) assertSuccessor(settings, inForce, next);
    const content = parse(next, clouds);
    const changed = changedOptions(inForce ?? settings, next);
    if (changed.length > 0) log.warn("options changed that take effect on a restart", { options: changed });
    inForce = next;
    return content;
  };
}

function parse(settings: Settings, clouds: readonly Cloud[]): RuleContent {
  const reserved = parseReservedPrefixes(settings.get("reserved-prefix-config"));
  return {
    parsed: parseRules(sectionsOf(settings), { clouds }),
    reserved,
  };
}

function sectionsOf(settings: Settings): MappingSections {
  return {
    mapRoles: settings.get("map-roles"),
    mapUsers: settings.get("map-users"),
    mapAccounts: settings.get("map-accounts"),
  };
}

/** An editor that empties a file before it writes must not lock everybody out in between. */
function assertSuccessor(started: Settings, inForce: Settings, next: Settings): void {
  if (next.get("cluster-id") !== started.get("cluster-id")) {
    throw new UnreadableMappingsError(
      "Cannot reload the config file: its cluster id is gone or another one; restore it, or restart the server",
    );
  }
  const isBlank = (settings: Settings) => Object.values(sectionsOf(settings)).every((node) => node === undefined);
  if (isBlank(next) && !isBlank(inForce)) {
    throw new UnreadableMappingsError(
      'Cannot reload the config file: it holds no mapping any more; write "mapRoles: []" if nobody shall log in',
    );
  }
}

/** Options that a reload does not take up; the mappings are structures, and are. */
function changedOptions(before: Settings, after: Settings): string[] {
  return optionsOf("server")
    .filter(([name, row]) => row.type !== "structure" && row.commands.includes("server") && name !== "help")
    .filter(([name, row]) =>
      JSON.stringify(before.get(name) ?? defaultOf(row, "server")) !==
        JSON.stringify(after.get(name) ?? defaultOf(row, "server"))
    )
    .map(([name]) => name);
}
