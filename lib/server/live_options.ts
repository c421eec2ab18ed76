/**
 * What a reload may change of a server that runs. Nobody keeps a copy: it is asked for each time that it is used.
 *
 * @module
 */

import type { EndpointChoice } from "../clouds/cloud.ts";
import type { CallRates } from "../review/limiter.ts";
import type { PeerPrefix } from "../telemetry/metrics.ts";
import type { Rate } from "../token_bucket.ts";

/** The values. */
export interface LiveValues {
  /** Which hosts of STS tokens may name, and which is asked where they name none. */
  readonly endpoint: EndpointChoice;
  /** How often STS is asked at most. */
  readonly stsRates: CallRates;
  /** How long a decision of STS is kept, in milliseconds; 0 keeps none. */
  readonly cacheTtlMs: number;
  /** How often a cloud is asked for the names of its instances. */
  readonly instanceRate: Rate;
  readonly scrubbedAccounts: readonly string[];
  /** Prefixes under which metrics are shown beside our own. */
  readonly metricsCompat: readonly PeerPrefix[];
}

/**
 * Gets ready for other values, and returns what puts that in force, which must not fail.
 *
 * @throws {RamAuthError} if they cannot be used; nothing is changed then
 */
export type Preparation = (next: LiveValues, before: LiveValues) => Promise<() => void>;

/** The values in force. */
export interface LiveOptions {
  readonly current: LiveValues;
  /** What else has to be done before other values are in force. */
  follow(prepare: Preparation): void;
}

/** Values that change whole or not at all. */
export interface ChangingOptions extends LiveOptions {
  /** Returns what puts other values in force. @throws as {@linkcode Preparation} */
  prepare(next: LiveValues): Promise<() => void>;
}

/** Starts with these. */
export function createLiveOptions(first: LiveValues): ChangingOptions {
  const preparations: Preparation[] = [];
  let current = first;
  return {
    get current() {
      return current;
    },
    follow: (prepare) => void preparations.push(prepare),
    async prepare(next) {
      const prepared = await Promise.all(preparations.map((prepare) => prepare(next, current)));
      return () => {
        current = next;
        for (const act of prepared) act();
      };
    },
  };
}
