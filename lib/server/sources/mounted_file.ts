/**
 * The mapping source `MountedFile`: the rules in the server's config file. Read at the start, and again when the file
 * changes; rules that cannot be read leave in force what was.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import { createRuleSource, type RuleContent } from "../../mapping/rule_source.ts";
import { inSlices } from "../../steps.ts";
import { countInvalid, countUsable, idleRules } from "./counts.ts";
import { announcing, type LiveSource, type StartSource } from "./live_source.ts";
import { assertReadable } from "../../mapping/rules.ts";
import { idleWarnings, invalidWarning } from "./source_report.ts";
import { watchContent } from "./file_watch.ts";
import { createChangeCounter, createTaking } from "./taking.ts";

/** Where the rules are. */
export interface MountedFileOptions {
  /** The config file; watched where it is given. */
  readonly path: string | undefined;
  /** What is in the file now. @throws {RamAuthError} if it cannot be used; nothing is changed then */
  readonly read: () => Promise<ConfigContent>;
  /** The hash of the file as it was read last, whatever it held; `undefined` where it could not be read. */
  readonly taken?: () => string | undefined;
}

/** What was read of the config file. */
export interface ConfigContent extends RuleContent {
  /** Puts in force what the file holds beside its rules. Default: it holds nothing else. */
  readonly takeUp?: () => void;
}

/**
 * Starts the source.
 *
 * @returns a function that throws {RamAuthError} if the file cannot be used: without any mapping nobody could log in
 */
export function startMountedFile({ path, read, taken = () => undefined }: MountedFileOptions): StartSource {
  return async (parts): Promise<LiveSource> => {
    const { world, log, metrics, scrubber, signal } = parts;
    const source = createRuleSource("MountedFile", parts);
    const putInForce = async (content: ConfigContent) => {
      content.takeUp?.();
      await inSlices(source.replacing(content));
      return await inSlices(announcing(source, parts));
    };
    let loadedAt = await putInForce(await read());
    let lastFailure: string | undefined;
    const known = taken();
    const take = async () => {
      const startMs = world.elapsedMs();
      let failure: unknown;
      try {
        const content = await read();
        assertReadable(content.parsed);
        loadedAt = await putInForce(content);
        lastFailure = undefined;
      } catch (cause) {
        failure = cause;
        lastFailure = world.now().toISOString();
        metrics.countReloadFailure();
        log.error("mappings not reloaded; the old ones stay in force", { why: scrubber.scrub(messageOf(cause)) });
      }
      metrics.countConfigReload(failure === undefined, world.now());
      metrics.observeMappingRead(source.name, failure !== undefined, world.elapsedMs() - startMs);
    };
    const changes = createChangeCounter((changes) =>
      log.warn("the config file changes often; see whether two programs write it", {
        source: source.name,
        changes,
        seconds: 60,
      })
    );
    const taking = createTaking<void>({ take, signal });
    const reload = () => taking.demand();
    const onChange = () => {
      changes.count();
      return taking.offer();
    };
    const isStale = (found: string) => found !== taken();
    const watching = path === undefined
      ? Promise.resolve()
      : watchContent(world, path, { signal, onChange, isStale, known });
    return {
      source,
      reload,
      facts: () => [`mapping MountedFile: ${countUsable(source)} rules, loaded at ${loadedAt.toISOString()}`],
      warnings: () => [
        ...(lastFailure === undefined
          ? []
          : [`mapping MountedFile: not reloaded at ${lastFailure}, see the log; the old rules stay in force`]),
        ...invalidWarning(source.name, countInvalid(source)),
        ...idleWarnings(source.name, idleRules(source)),
      ],
      [Symbol.asyncDispose]: () => watching,
    };
  };
}
