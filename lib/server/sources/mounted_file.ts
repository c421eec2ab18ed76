/**
 * The mapping source `MountedFile`: the rules in the server's config file. Read at the start, and again when the file
 * changes; rules that cannot be read leave in force what was.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import { inTurn } from "../../in_turn.ts";
import { createRuleSource, type RuleContent } from "../../mapping/rule_source.ts";
import { announce, countInvalid, countUsable, type LiveSource, type StartSource } from "./live_source.ts";
import { assertReadable } from "../../mapping/rules.ts";
import { invalidWarning } from "./source_report.ts";
import { fingerprint, watchContent } from "./file_watch.ts";

/** Where the rules are. */
export interface MountedFileOptions {
  /** The config file; watched where it is given. */
  readonly path: string | undefined;
  /** The rules that are in the file now. @throws {RamAuthError} if it cannot be used */
  readonly read: () => Promise<RuleContent>;
}

/**
 * Starts the source.
 *
 * @returns a function that throws {RamAuthError} if the file cannot be used: without any mapping nobody could log in
 */
export function startMountedFile({ path, read }: MountedFileOptions): StartSource {
  return async (parts): Promise<LiveSource> => {
    const { world, log, metrics, scrubber, signal } = parts;
    const source = createRuleSource("MountedFile");
    const known = path === undefined ? undefined : await fingerprint(world, path);
    source.replace(await read());
    let loadedAt = announce(source, parts);
    let lastFailure: string | undefined;
    const reload = inTurn(async () => {
      try {
        const content = await read();
        assertReadable(content.parsed);
        source.replace(content);
        lastFailure = undefined;
        loadedAt = announce(source, parts);
      } catch (cause) {
        lastFailure = world.now().toISOString();
        metrics.countReloadFailure();
        log.error("mappings not reloaded; the old ones stay in force", { why: scrubber.scrub(messageOf(cause)) });
      }
    });
    const isStale = () => lastFailure !== undefined;
    const watching = path === undefined
      ? Promise.resolve()
      : watchContent(world, path, { signal, onChange: reload, isStale, known });
    return {
      source,
      reload,
      facts: () => [`mapping MountedFile: ${countUsable(source)} rules, loaded at ${loadedAt.toISOString()}`],
      warnings: () => [
        ...(lastFailure === undefined
          ? []
          : [`mapping MountedFile: not reloaded at ${lastFailure}, see the log; the old rules stay in force`]),
        ...invalidWarning(source.name, countInvalid(source)),
      ],
      [Symbol.asyncDispose]: () => watching,
    };
  };
}
