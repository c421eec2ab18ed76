/**
 * What STS decided about tokens: asked once for each token, however many reviews wait for it, and kept for a while (ADR
 * 28). A token is known by its credential id; what is kept is what STS said, and nothing that the token holds.
 *
 * @module
 */

import { SIGNATURE_LIFETIME_MS, type StsCall, StsDenied } from "../clouds/cloud.ts";
import { createExpiringMap } from "../expiring_map.ts";
import type { Identity } from "../identity/identity.ts";
import type { World } from "../world.ts";
import type { StsClient } from "./sts_client.ts";
import { endOf } from "./token_age.ts";

/** Most decisions of each kind, and most text in them, in UTF-16 code units: an identity takes about 400. */
const MAX_KEPT = 32_768;
const MAX_KEPT_LENGTH = 16_777_216;

/** How long a refusal is kept at most: a key that was just made is unknown to STS for some seconds. */
const REFUSED_FOR_MS = 10_000;

/** How a decision was had without a call of its own, for metrics. */
export type SavedBy = "kept" | "shared";

/** Who signed which token. */
export interface Decisions {
  /**
   * As was decided lately, or as the call under way decides, or as STS decides now. A caller that goes away takes nothing
   * from the others who wait.
   *
   * @param key the token's credential id
   * @param read makes the call to STS out of the token, where nothing is known of it
   * @throws {TokenError} as `read` does; {StsDenied}, {StsThrottled} or {StsFault} as STS answers
   */
  identify(key: string, read: () => StsCall): Promise<Identity>;
  /** Forgets everything; calls under way serve only those who wait for them already. */
  drop(): void;
  /** How many are kept. */
  readonly size: number;
}

/** How decisions are kept. */
export interface DecisionOptions {
  /** How long, in milliseconds; 0 keeps none. Asked each time; what was kept before holds as long as it was to. */
  readonly ttlMs: () => number;
  /** The oldest token whose decision counts, in milliseconds; asked each time. Default: as old as STS takes. */
  readonly maxTokenAgeMs?: () => number;
  /** Called where a call to STS was saved. */
  readonly onSaved?: (by: SavedBy) => void;
}

/** Decisions of one kind. */
interface Kept {
  /** The decision as JSON. */
  find(key: string): string | undefined;
  /** @param endsAtMs when the token ends, in milliseconds since 1970 */
  keep(key: string, decision: unknown, endsAtMs: number): void;
  clear(): void;
  readonly size: number;
}

/** Puts decisions in front of an STS. */
export function createDecisions(
  world: Pick<World, "now" | "elapsedMs">,
  sts: StsClient,
  { ttlMs, maxTokenAgeMs = () => SIGNATURE_LIFETIME_MS, onSaved = () => {} }: DecisionOptions,
): Decisions {
  const allowed = createKept(world, ttlMs, maxTokenAgeMs);
  // Apart, so that whoever sends bad tokens takes no room from good ones.
  const refused = createKept(world, () => Math.min(ttlMs(), REFUSED_FOR_MS), maxTokenAgeMs);
  let underWay = new Map<string, Promise<Identity>>();

  const ask = async (key: string, call: StsCall) => {
    const { endsAtMs } = call;
    const began = underWay;
    try {
      const identity = await sts.ask(call);
      if (began === underWay) allowed.keep(key, identity, endsAtMs);
      return identity;
    } catch (failure) {
      if (failure instanceof StsDenied && began === underWay) {
        refused.keep(key, [failure.stsCode, failure.stsRequestId, failure.facts], endsAtMs);
      }
      throw failure;
    } finally {
      began.delete(key);
    }
  };

  return {
    async identify(key, read) {
      const identity = allowed.find(key);
      if (identity !== undefined) {
        onSaved("kept");
        return JSON.parse(identity);
      }
      const refusal = refused.find(key);
      if (refusal !== undefined) {
        onSaved("kept");
        const [stsCode, stsRequestId, facts] = JSON.parse(refusal);
        throw new StsDenied(stsCode, stsRequestId, facts ?? undefined);
      }
      const waiting = underWay.get(key);
      if (waiting !== undefined) {
        onSaved("shared");
        return await waiting;
      }
      const asking = ask(key, read());
      underWay.set(key, asking);
      return await asking;
    },
    drop() {
      allowed.clear();
      refused.clear();
      underWay = new Map();
    },
    get size() {
      return allowed.size + refused.size;
    },
  };
}

function createKept(
  { now, elapsedMs }: Pick<World, "now" | "elapsedMs">,
  longestMs: () => number,
  maxTokenAgeMs: () => number,
): Kept {
  const entries = createExpiringMap<{ readonly json: string; readonly endsAtMs: number }>({
    maxEntries: MAX_KEPT,
    maxBytes: MAX_KEPT_LENGTH,
    forMs: longestMs(),
    nowMs: elapsedMs,
  });
  return {
    // Never past the token's end, whichever of the two clocks gets there first.
    find(key) {
      const found = entries.get(key);
      if (found === undefined) return undefined;
      return now().getTime() < endOf(found.endsAtMs, maxTokenAgeMs()) ? found.json : undefined;
    },
    keep(key, decision, endsAtMs) {
      const forMs = Math.min(longestMs(), endsAtMs - now().getTime());
      // Text of its own: a part of the token's text would hold on to all of it.
      const json = JSON.stringify(decision);
      if (forMs > 0) entries.set(key, { json, endsAtMs }, { forMs, bytes: json.length });
    },
    clear: () => entries.clear(),
    get size() {
      return entries.size;
    },
  };
}
