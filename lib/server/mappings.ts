/**
 * The mappings in force: loaded at the start, replaced when the config file changes, kept when the new ones cannot be
 * read. Owns what is said about them to log, metrics and health.
 *
 * @module
 */

import { messageOf, RamAuthError } from "../errors.ts";
import { createMountedFile, type MountedFileContent } from "../mapping/mounted_file.ts";
import type { Severity } from "../mapping/problem.ts";
import type { Scrubber } from "../mapping/scrub.ts";
import type { MappingSource } from "../mapping/source.ts";
import type { Log, LogLevel } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { World } from "../world.ts";
import type { HealthReport } from "./health.ts";

/** The mappings in force, and how to replace them. */
export interface Mappings extends HealthReport {
  readonly source: MappingSource;
  /** Reads them anew. Never rejects: what cannot be read leaves in force what was, and is told everywhere. */
  reload(): Promise<void>;
  /** Whether the last reload failed. */
  isStale(): boolean;
}

/** What loading needs. */
export interface MappingsParts {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly scrubber: Scrubber;
  /** Reads the mappings as they are in the file now. */
  readonly read: () => Promise<MountedFileContent>;
}

/** A section of the file is there, but is no list of mappings. */
export class UnreadableMappingsError extends RamAuthError {
  readonly code = "ERR_MAPPINGS_UNREADABLE";
  readonly publicMessage = "the server's mappings cannot be used";
}

const LEVEL_OF_PROBLEM: Readonly<Record<Severity, LogLevel>> = { set_aside: "error", warning: "warn", notice: "info" };

/**
 * Loads the mappings.
 *
 * @throws {RamAuthError} if the file cannot be used: without any mapping nobody could log in
 */
export async function loadMappings({ world, log, metrics, scrubber, read }: MappingsParts): Promise<Mappings> {
  const source = createMountedFile(await read());
  let loadedAt = world.now();
  let lastFailure: string | undefined;
  const setAside = () => source.problems.filter(({ severity }) => severity === "set_aside").length;
  const announce = () => {
    loadedAt = world.now();
    const counts = { rules: source.ruleCount, setAside: setAside() };
    metrics.setMappings(source.name, counts, loadedAt);
    for (const { severity, line, column, message } of source.problems) {
      log[LEVEL_OF_PROBLEM[severity]]("mapping problem", { line, column, severity, why: scrubber.scrub(message) });
    }
    log.info("mappings in force", { source: source.name, ...counts });
  };
  announce();
  return {
    source,
    async reload() {
      try {
        const content = await read();
        assertReadable(content);
        source.replace(content);
        lastFailure = undefined;
        announce();
      } catch (cause) {
        lastFailure = world.now().toISOString();
        metrics.countReloadFailure();
        log.error("mappings not reloaded; the old ones stay in force", { why: scrubber.scrub(messageOf(cause)) });
      }
    },
    isStale: () => lastFailure !== undefined,
    facts: () => [`mapping ${source.name}: ${source.ruleCount} rules, loaded at ${loadedAt.toISOString()}`],
    warnings: () => [
      ...(lastFailure === undefined
        ? []
        : [`mapping ${source.name}: not reloaded at ${lastFailure}, see the log; the old rules stay in force`]),
      ...(setAside() === 0 ? [] : [`mapping ${source.name}: ${setAside()} entries set aside, see the log`]),
    ],
  };
}

/** A slip in the name of a list must not empty the list that is in force. */
function assertReadable({ parsed: { unreadable, problems } }: MountedFileContent): void {
  if (unreadable.length === 0) return;
  const why = problems.filter(({ severity }) => severity === "set_aside")
    .map(({ line, column, message }) => `${line}:${column}: ${message}`).join("; ");
  throw new UnreadableMappingsError(`Cannot read ${unreadable.join(" and ")}: ${why}`);
}
