/**
 * A mapping source while the server runs: it reads, notices changes, and reports to log, metrics and health.
 *
 * @module
 */

import type { Cloud } from "../../clouds/cloud.ts";
import type { MappingProblem, Severity } from "../../mapping/problem.ts";
import { flatMapInSteps, type Steps } from "../../steps.ts";
import type { Scrubber } from "../../mapping/scrub.ts";
import type { MappingSource } from "../../mapping/source.ts";
import { warnOfGains } from "../../mapping/swap/gains.ts";
import type { Log, LogLevel } from "../../telemetry/log.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { World } from "../../world.ts";
import type { HealthReport } from "../health.ts";
import { countInvalid, countUsable } from "./counts.ts";

/** A source that lives until its signal aborts; `await using` waits until it has stopped. */
export interface LiveSource extends HealthReport, AsyncDisposable {
  readonly source: MappingSource;
  /** Reads again. Never rejects: what cannot be read leaves in force what was, and is reported everywhere. */
  reload(): Promise<void>;
}

/** What a source lives with. */
export interface LiveParts {
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly scrubber: Scrubber;
  /** The clouds whose ARNs its rules may name. */
  readonly clouds: readonly Cloud[];
  /** The partition whose identities are accepted, for a cloud that has several. Default: it is not known. */
  readonly partition?: string | undefined;
  /** Whether the server takes the place of another program, so that rules that give more than before are reported. */
  readonly afterSwap?: boolean;
  /** Aborts when the server stops. */
  readonly signal: AbortSignal;
  /** Called with the number of rules each time that others are in force. */
  readonly onRules?: (count: number) => void;
}

/** Starts a source; it may come to life without having been read. @throws {RamAuthError} if it can never work */
export type StartSource = (parts: LiveParts) => Promise<LiveSource>;

const LEVEL_OF_PROBLEM: Readonly<Record<Severity, LogLevel>> = { invalid: "error", warning: "warn", notice: "info" };

/** Most problems of one reading that are logged one by one. */
const MAX_LOGGED_PROBLEMS = 100;

/** Tells log and metrics what a source has in force now, in steps. */
export function* announcing(
  source: MappingSource,
  { world, log, metrics, scrubber, afterSwap, onRules }: LiveParts,
  counts: { readonly rules: number; readonly invalid: number } = {
    rules: countUsable(source),
    invalid: countInvalid(source),
  },
): Steps<Date> {
  const loadedAt = world.now();
  metrics.setMappings(source.name, counts, loadedAt);
  const gains = afterSwap ? yield* flatMapInSteps(source.rules(), (rule) => warnOfGains(source.name, [rule])) : [];
  logProblems(source, source.problems().concat(gains), { log, scrubber });
  log.info("mappings in force", { source: source.name, ...counts });
  onRules?.(counts.rules);
  return loadedAt;
}

/** Tells the log what is wrong with entries of a source; of many, those that are not in force come first. */
export function logProblems(
  { name }: Pick<MappingSource, "name">,
  problems: readonly MappingProblem[],
  { log, scrubber }: Pick<LiveParts, "log" | "scrubber">,
): void {
  const more = problems.length - MAX_LOGGED_PROBLEMS;
  const logged = more > 0 ? invalidFirst(problems).slice(0, MAX_LOGGED_PROBLEMS) : problems;
  for (const { severity, line, column, resource, message } of logged) {
    const why = scrubber.scrub(message);
    log[LEVEL_OF_PROBLEM[severity]]("mapping problem", { source: name, line, column, resource, severity, why });
  }
  if (more > 0) log.warn('more mapping problems, which "ram-auth check" lists', { source: name, more });
}

function invalidFirst(problems: readonly MappingProblem[]): readonly MappingProblem[] {
  const isInvalid = ({ severity }: MappingProblem) => severity === "invalid";
  return problems.filter(isInvalid).concat(problems.filter((problem) => !isInvalid(problem)));
}
