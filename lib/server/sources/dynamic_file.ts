/**
 * The mapping source `DynamicFile`: a file of its own that something else writes while the server runs. It may come to be
 * after the server; whatever cannot be read leaves in force what was.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import { readTextFile } from "../../files.ts";
import { inTurn } from "../../in_turn.ts";
import { MAX_DYNAMIC_FILE_BYTES as maxBytes, parseDynamicFile } from "../../mapping/forms/dynamic_document.ts";
import type { ReservedPrefixes } from "../../mapping/reserved_prefixes.ts";
import { createRuleSource } from "../../mapping/rule_source.ts";
import { announce, countInvalid, countUsable, type LiveSource, type StartSource } from "./live_source.ts";
import { createSourceReport } from "./source_report.ts";
import { assertReadable } from "../../mapping/rules.ts";
import { watchContent } from "./file_watch.ts";

/** Which file, and how it is read. */
export interface DynamicFileSourceOptions {
  readonly path: string;
  /** `dynamicfileUserIDStrict`: whether every entry must pin the id of its principal. */
  readonly userIdStrict: boolean;
  /** `reservedPrefixConfig` of the config file. */
  readonly reserved: ReservedPrefixes;
}

/** Starts the source. The function never throws: a file that is missing is awaited. */
export function startDynamicFile({ path, userIdStrict, reserved }: DynamicFileSourceOptions): StartSource {
  return async (parts): Promise<LiveSource> => {
    const { world, log, metrics, scrubber, clouds, signal } = parts;
    const source = createRuleSource("DynamicFile");
    const counts = () => ({ rules: countUsable(source), invalid: countInvalid(source) });
    const report = createSourceReport(source.name, { scrubber, counts });
    let inForce: string | undefined;
    let lastFailure: string | undefined;

    const load = async ({ isAsked }: { readonly isAsked: boolean }) => {
      try {
        const text = await readTextFile(world, path, { what: "the dynamic mapping file", maxBytes });
        if (text === inForce && lastFailure === undefined && !isAsked) return;
        const parsed = parseDynamicFile(text, { clouds, userIdStrict });
        if (inForce !== undefined) assertReadable(parsed);
        source.replace({ parsed, reserved });
        inForce = text;
        lastFailure = undefined;
        report.loaded(announce(source, parts));
      } catch (cause) {
        metrics.countDynamicFileFailure();
        const why = messageOf(cause);
        if (why === lastFailure && !isAsked) return;
        lastFailure = why;
        report.trouble(why);
        metrics.countReloadFailure();
        const consequence = inForce === undefined
          ? "mappings not loaded"
          : "mappings not reloaded; the old ones stay in force";
        log.error(consequence, { source: source.name, why: scrubber.scrub(why) });
      }
    };
    const loadInTurn = inTurn(load);
    // Always stale: the file may have changed between this source's first look at it and the watch's, so that each event
    // counts, and this source compares the text itself.
    const onChange = () => loadInTurn({ isAsked: false });
    const watching = watchContent(world, path, { signal, onChange, isStale: () => true });
    await loadInTurn({ isAsked: true });
    return {
      source,
      reload: () => loadInTurn({ isAsked: true }),
      facts: () => report.facts(),
      warnings: () => report.warnings(),
      [Symbol.asyncDispose]: () => watching,
    };
  };
}
