/**
 * The mapping source `MountedFile`: the rules in the server's config file. Read at the start, and again when the file
 * changes; rules that cannot be read leave in force what was.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import { FileError } from "../../files.ts";
import { countIdle } from "../../mapping/problem.ts";
import { createRuleSource, type RuleContent } from "../../mapping/rule_source.ts";
import { inSlices } from "../../steps.ts";
import { announcing, countInvalid, countUsable, type LiveSource, type StartSource } from "./live_source.ts";
import { assertReadable } from "../../mapping/rules.ts";
import { idleWarnings, invalidWarning } from "./source_report.ts";
import { fingerprint, fingerprintTaken, watchContent } from "./file_watch.ts";
import { createChangeCounter, createTaking } from "./taking.ts";

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
    const source = createRuleSource("MountedFile", parts);
    const known = path === undefined ? undefined : await fingerprint(world, path);
    const putInForce = async (content: RuleContent) => {
      await inSlices(source.replacing(content));
      return await inSlices(announcing(source, parts));
    };
    let loadedAt = await putInForce(await read());
    let lastFailure: string | undefined;
    /** What was put in force, or refused for what it holds; `undefined` where that is not sure. */
    let taken = known;
    const readAgain = async (): Promise<boolean> => {
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
      metrics.observeMappingRead(source.name, failure !== undefined, world.elapsedMs() - startMs);
      return !(failure instanceof FileError);
    };
    const take = async () => void (taken = await fingerprintTaken(world, path, readAgain));
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
    const isStale = (found: string) => found !== taken;
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
        ...idleWarnings(source.name, countIdle(source.problems())),
      ],
      [Symbol.asyncDispose]: () => watching,
    };
  };
}
