/**
 * A map that forgets: each entry after a time, and the oldest where it grows too large.
 *
 * @module
 */

/** What was learnt, for as long as it holds. */
export interface ExpiringMap<V> {
  get(key: string): V | undefined;
  set(key: string, value: V, options?: EntryOptions): void;
  clear(): void;
  /** How many entries there are. */
  readonly size: number;
}

/** What one entry has otherwise than the others. */
export interface EntryOptions {
  /** How long it holds, in milliseconds. */
  readonly forMs?: number;
  /** How much it counts against `maxBytes`. Default: nothing. */
  readonly bytes?: number;
}

/** Makes an empty map. */
export function createExpiringMap<V>(
  { maxEntries, maxBytes = Infinity, forMs, nowMs }: {
    readonly maxEntries: number;
    /** Default: no limit. */
    readonly maxBytes?: number;
    readonly forMs: number;
    readonly nowMs: () => number;
  },
): ExpiringMap<V> {
  const entries = new Map<string, { readonly value: V; readonly untilMs: number; readonly bytes: number }>();
  let allBytes = 0;
  const remove = (key: string) => {
    allBytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  /** A Map keeps the order of insertion, so that its first key is the oldest one. */
  const forgetOldest = () => {
    for (const [key, { untilMs }] of entries) {
      if (entries.size <= maxEntries && allBytes <= maxBytes && nowMs() < untilMs) return;
      remove(key);
    }
  };
  return {
    get(key) {
      const entry = entries.get(key);
      return entry !== undefined && nowMs() < entry.untilMs ? entry.value : undefined;
    },
    set(key, value, options = {}) {
      remove(key);
      const { bytes = 0 } = options;
      entries.set(key, { value, untilMs: nowMs() + (options.forMs ?? forMs), bytes });
      allBytes += bytes;
      forgetOldest();
    },
    clear() {
      entries.clear();
      allBytes = 0;
    },
    get size() {
      forgetOldest();
      return entries.size;
    },
  };
}
