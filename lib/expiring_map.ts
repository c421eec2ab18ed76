/**
 * A map that forgets: each entry after a time, and the oldest where it grows too large.
 *
 * @module
 */

/** What was learnt, for as long as it holds. */
export interface ExpiringMap<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
}

/** Makes an empty map. */
export function createExpiringMap<V>(
  { maxEntries, forMs, nowMs }: {
    readonly maxEntries: number;
    readonly forMs: number;
    readonly nowMs: () => number;
  },
): ExpiringMap<V> {
  const entries = new Map<string, { readonly value: V; readonly untilMs: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      return entry !== undefined && nowMs() < entry.untilMs ? entry.value : undefined;
    },
    set(key, value) {
      // A Map keeps the order of insertion, so that its first key is the oldest one.
      entries.delete(key);
      entries.set(key, { value, untilMs: nowMs() + forMs });
      const oldest = entries.keys().next();
      if (entries.size > maxEntries && !oldest.done) entries.delete(oldest.value);
    },
  };
}
