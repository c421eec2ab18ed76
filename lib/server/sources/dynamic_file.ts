/**
 * The mapping source `DynamicFile`: a file of its own that something else writes while the server runs. It may come to be
 * after the server; whatever cannot be read leaves in force what was.
 *
 * @module
 */

import { messageOf, RamAuthError } from "../../errors.ts";
import { readTextAndHash } from "../../files.ts";
import { MAX_DYNAMIC_FILE_BYTES as maxBytes, readingDynamicFile } from "../../mapping/forms/dynamic_document.ts";
import type { ReservedPrefixes } from "../../mapping/reserved_prefixes.ts";
import { createRuleSource } from "../../mapping/rule_source.ts";
import { inSlices } from "../../steps.ts";
import { readYaml } from "../../yaml/read_aside.ts";
import { countInvalid, countUsable, idleRules } from "./counts.ts";
import { announcing, type LiveSource, type StartSource } from "./live_source.ts";
import { createSourceReport } from "./source_report.ts";
import { assertReadable, type ParsedRules } from "../../mapping/rules.ts";
import { watchContent } from "./file_watch.ts";
import { createChangeCounter, createTaking } from "./taking.ts";

/** Which file, and how it is read. */
export interface DynamicFileSourceOptions {
  readonly path: string;
  /** `dynamicfileUserIDStrict`: whether every entry must pin the id of its principal. */
  readonly userIdStrict: boolean;
  /** `reservedPrefixConfig` of the config file. */
  readonly reserved: ReservedPrefixes;
}

/** What became of a text, which is read once. */
interface Reading {
  readonly hash: string;
  readonly parsed?: ParsedRules;
  readonly refusal?: RamAuthError;
}

async function readingOf(hash: string, read: () => Promise<ParsedRules>): Promise<Reading> {
  try {
    return { hash, parsed: await read() };
  } catch (refusal) {
    if (refusal instanceof RamAuthError) return { hash, refusal };
    throw refusal;
  }
}

/** Starts the source. The function never throws: a file that is missing is awaited. */
export function startDynamicFile({ path, userIdStrict, reserved }: DynamicFileSourceOptions): StartSource {
  return async (parts): Promise<LiveSource> => {
    const { world, log, metrics, scrubber, clouds, signal } = parts;
    const source = createRuleSource("DynamicFile", parts);
    const counts = () => ({ rules: countUsable(source), invalid: countInvalid(source) });
    const report = createSourceReport(source.name, { scrubber, counts, idle: () => idleRules(source) });
    let hasGood = false;
    let lastFailure: string | undefined;
    let taken: Reading | undefined;
    const changes = createChangeCounter((changes) =>
      log.warn("the dynamic file changes often; see whether two programs write it", {
        source: source.name,
        changes,
        seconds: 60,
      })
    );

    const read = async (text: string): Promise<ParsedRules> =>
      await inSlices(readingDynamicFile(await readYaml(text), { clouds, userIdStrict }));
    const take = async (isAsked: boolean) => {
      try {
        const file = await readTextAndHash(world, path, {
          what: "the dynamic mapping file",
          maxBytes,
          onlyRegular: true,
        });
        const isNew = file.hash !== taken?.hash;
        if (!isNew && !isAsked && lastFailure === taken?.refusal?.message) {
          if (lastFailure !== undefined) metrics.countDynamicFileFailure();
          return;
        }
        if (isNew) {
          changes.count();
          const startMs = world.elapsedMs();
          taken = await readingOf(file.hash, () => read(file.text()));
          metrics.observeMappingRead(source.name, taken.refusal !== undefined, world.elapsedMs() - startMs);
        }
        const { parsed, refusal } = taken!;
        if (parsed === undefined) throw refusal;
        if (hasGood) assertReadable(parsed);
        await inSlices(source.replacing({ parsed, reserved }));
        hasGood = true;
        lastFailure = undefined;
        report.loaded(await inSlices(announcing(source, parts)));
      } catch (cause) {
        metrics.countDynamicFileFailure();
        const why = messageOf(cause);
        if (why === lastFailure && !isAsked) return;
        lastFailure = why;
        report.trouble(why);
        metrics.countReloadFailure();
        const consequence = hasGood ? "mappings not reloaded; the old ones stay in force" : "mappings not loaded";
        log.error(consequence, { source: source.name, why: scrubber.scrub(why) });
      }
    };
    let isAsked = false;
    const taking = createTaking<void>({
      take() {
        const was = isAsked;
        isAsked = false;
        return take(was);
      },
      signal,
    });
    const reload = () => {
      isAsked = true;
      return taking.demand();
    };
    // Always stale: the file may have changed between this source's first look at it and the watch's, so that each event
    // counts, and this source compares the text itself.
    const onChange = () => taking.offer();
    const watching = watchContent(world, path, { signal, onChange, isStale: () => true });
    await reload();
    return {
      source,
      reload,
      facts: () => report.facts(),
      warnings: () => report.warnings(),
      [Symbol.asyncDispose]: () => watching,
    };
  };
}
