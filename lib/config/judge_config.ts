/**
 * What is wrong with a config file whose keys are all in order: mappings and protections that no source reads, accounts
 * that hide nothing. The one judge of the server and of `check`.
 *
 * @module
 */

import { acceptedClouds } from "./accepted_clouds.ts";
import type { Cloud } from "../clouds/cloud.ts";
import { UsageError } from "../errors.ts";
import type { BackendMode } from "../mapping/backend_mode.ts";
import type { MappingProblem } from "../mapping/problem.ts";
import { DELEGATE, parseReservedPrefixes, reservedForOthers } from "../mapping/reserved_prefixes.ts";
import { SECTIONS } from "../mapping/rule.ts";
import type { Position } from "../yaml/read.ts";
import { OPTION_OF, sectionsInForce } from "./mapping_sections.ts";
import type { SettingValues } from "./setting_values.ts";

/** A thing that no file says has no line of its own. */
const NOWHERE: Position = { line: 1, column: 1 };

/**
 * Everything that is wrong, in the order of the keys. `clouds`: those that the server accepts.
 *
 * @throws {YamlError} if `reservedPrefixConfig` is malformed
 */
export function judgeConfig(settings: SettingValues, clouds: readonly Cloud[]): readonly MappingProblem[] {
  const warn = (at: Position | undefined, message: string): MappingProblem => ({
    ...at ?? NOWHERE,
    severity: "warning",
    message,
  });
  return [...judgeSources(settings, warn), ...judgeDelegate(settings, warn), ...judgeScrubbed(settings, clouds, warn)];
}

/** The path of the DynamicFile. @throws {UsageError} if none is named */
export function requireDynamicFile(settings: SettingValues): string {
  const path = settings.get("dynamic-file");
  if (path !== undefined) return path;
  throw new UsageError(
    'Cannot use the mapping source "DynamicFile": no file is named; write "server.dynamicfilepath" in the config file',
  );
}

type Warn = (at: Position | undefined, message: string) => MappingProblem;

/** Protections against a delegate that there is none of. */
function judgeDelegate(settings: SettingValues, warn: Warn): readonly MappingProblem[] {
  const reserved = parseReservedPrefixes(settings.get("reserved-prefix-config"), acceptedClouds(settings).clouds);
  if (!reserved.has(DELEGATE) || settings.get("delegate-kubeconfig") !== undefined) return [];
  const why = `there is none; set server.delegate.kubeconfig, or remove the entry`;
  return [warn(settings.placeOf("reserved-prefix-config"), `Cannot bind the delegate by reservedPrefixConfig: ${why}`)];
}

/** What is written for sources that are not in use. A file may name others while the server runs, so then nothing is. */
function judgeSources(settings: SettingValues, warn: Warn): readonly MappingProblem[] {
  if (settings.get("dynamic-backend-mode") !== undefined) return [];
  const inUse = settings.get("backend-mode");
  const unused = (mode: BackendMode) => !inUse.includes(mode);
  const reserved = reservedForOthers(
    parseReservedPrefixes(settings.get("reserved-prefix-config"), acceptedClouds(settings).clouds),
    [...inUse, DELEGATE],
  );
  const sections = sectionsInForce(settings);
  const unread = SECTIONS.filter((section) => {
    const node = sections[section];
    return unused("MountedFile") && node?.kind === "list" && node.items.length > 0;
  });
  return [
    ...reserved.map((mode) =>
      warn(
        settings.placeOf("reserved-prefix-config"),
        `Cannot protect ${mode} by reservedPrefixConfig: backendMode does not name it; name a source in use`,
      )
    ),
    ...unread.map((section) =>
      warn(
        settings.placeOf(OPTION_OF[section]),
        `No source reads ${section}: backendMode does not name MountedFile; name it, or move the rules to a source in use`,
      )
    ),
    ...unused("DynamicFile") && settings.get("dynamic-file") !== undefined
      ? [
        warn(
          settings.placeOf("dynamic-file"),
          "No source reads the file of dynamicfilepath: backendMode does not name DynamicFile; name it, or remove the key",
        ),
      ]
      : [],
  ];
}

/** An account that is written wrongly is not hidden. */
function judgeScrubbed(settings: SettingValues, clouds: readonly Cloud[], warn: Warn): readonly MappingProblem[] {
  return (settings.get("scrubbed-accounts") ?? []).flatMap((accountId, i) => {
    const isDoubted = clouds.length > 0 && clouds.every((cloud) => cloud.doubtAccountId(accountId) !== undefined);
    if (!isDoubted) return [];
    // The id itself is to appear nowhere, not even with a slip in it.
    const why =
      "it is hardly an account id of a cloud that is accepted, and hides nobody then; write all of its digits";
    return [warn(settings.placeOf("scrubbed-accounts"), `Entry ${i + 1} of scrubbedAccounts: ${why}, in quotes`)];
  });
}
