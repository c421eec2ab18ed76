/**
 * Logins at a steady rate while something else happens, through the API server, each with a token of its own.
 *
 * @module
 */

import type { Cluster } from "./cluster.ts";

/** A login that did not come through. */
export interface FailedLogin {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly why: string;
}

/** What became of the logins so far. */
export interface LoginLoop {
  succeeded(): number;
  failed(): readonly FailedLogin[];
  /** Ends the loop, and waits for the logins under way. */
  stop(): Promise<void>;
}

/** Most logins under way at a time: a machine that cannot keep up with the rate has fewer, and does not drown. */
const MAX_UNDER_WAY = 50;

/** Starts logins at a rate; one that takes longer does not hold up the next. */
export function countLogins(
  { cluster, token, everyMs }: {
    readonly cluster: Pick<Cluster, "server" | "caFile">;
    readonly token: () => Promise<string>;
    readonly everyMs: number;
  },
): LoginLoop {
  const client = Deno.readTextFile(cluster.caFile).then((ca) => Deno.createHttpClient({ caCerts: [ca] }));
  const underWay = new Set<Promise<void>>();
  const failed: FailedLogin[] = [];
  let succeeded = 0;
  const login = async () => {
    const startedAtMs = Date.now();
    const fail = (why: string) => void failed.push({ startedAtMs, endedAtMs: Date.now(), why });
    try {
      const response = await fetch(`${cluster.server}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
        method: "POST",
        client: await client,
        headers: { authorization: `Bearer ${await token()}`, "content-type": "application/json" },
        body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" }),
      });
      const text = await response.text();
      if (response.status === 201) succeeded += 1;
      else fail(text);
    } catch (thrown) {
      fail(String(thrown));
    }
  };
  const timer = setInterval(() => {
    if (underWay.size >= MAX_UNDER_WAY) return;
    const one = login().finally(() => underWay.delete(one));
    underWay.add(one);
  }, everyMs);
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    clearInterval(timer);
    await Promise.all(underWay);
    (await client).close();
  };
  return { succeeded: () => succeeded, failed: () => failed, stop: () => stopped ??= stop() };
}
