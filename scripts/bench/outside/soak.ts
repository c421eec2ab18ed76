/**
 * A server under load that rises and falls, with faults in between: what grows, and what it makes of it.
 *
 * @module
 */

import { type Attack, startAttack } from "./attack.ts";
import type { Bench } from "./bench.ts";
import { elapsed, seconds } from "./clock.ts";
import { type Point, slope } from "./figures.ts";
import { type LoadPlan, type LoadResult, lost, runLoad } from "./load.ts";
import { colleague, COLLEAGUES, PEOPLE } from "./people.ts";
import { openHandles, residentMegabytes } from "./process_figures.ts";
import type { RunningServer } from "./servers.ts";
import type { StsFault } from "./sts.ts";
import { median } from "../table.ts";

/** Most growth from the second quarter to the last, in MB; the first is the time to warm up. */
export const MAX_GROWTH_MB = 30;

/** Most descriptors that the last quarter may have more than the second. */
export const MAX_MORE_HANDLES = 50;

/** How many times as long as in the first half p99 may be in the second, beyond 20 ms. */
export const MAX_P99_RATIO = 3;
const P99_THAT_IS_FINE_MS = 20;

/** Longest time to recover from a fault of STS. */
export const MAX_RECOVERY_SECONDS = 5;

/** One stretch of a soak. */
export interface Stretch {
  readonly what: string;
  /** Seconds since the start of the soak, at its end. */
  readonly at: number;
  /** Whether nothing was wrong, so that everybody must get in. */
  readonly isCalm: boolean;
  readonly p99: number | null;
  readonly sent: number;
  readonly failed: number;
  readonly megabytes: number;
  readonly handles: number;
  /** How long logins took to work again after a fault; `undefined` where they did not. */
  readonly recoverySeconds?: number | undefined;
}

const everybody = Array.from({ length: COLLEAGUES }, (_, i) => colleague(i));
const CALM: readonly (readonly [what: string, plan: Pick<LoadPlan, "rate" | "distinct" | "protocol">])[] = [
  ["20 new tokens/s", { rate: 20, protocol: "h2" }],
  ["200 new tokens/s", { rate: 200, protocol: "h2" }],
  ["500 of the same tokens/s", { rate: 500, distinct: 50, protocol: "h1" }],
];
const FAULTS: readonly StsFault[] = ["hang", "reset", "500", "unreachable", "garbage", "drip", "certificate", "large"];
const ATTACKS: readonly Attack[] = [
  { attack: "idle TLS", count: 500 },
  { attack: "unfinished bodies", count: 50, bytes: 60_000 },
  { attack: "open streams", count: 200 },
  { attack: "half a ClientHello", count: 200 },
];

/** Goes on until the time is up or `signal` aborts. */
export async function* soak(
  bench: Bench,
  server: RunningServer,
  { totalSeconds, signal }: { readonly totalSeconds: number; readonly signal: AbortSignal },
): AsyncGenerator<Stretch> {
  const each = Math.min(60, Math.max(1, totalSeconds / 40));
  const started = elapsed();
  const now = () => (elapsed() - started) / 1_000;
  const finish = async (what: string, result: LoadResult, isCalm: boolean, recoverySeconds?: number) => ({
    what,
    at: now(),
    isCalm,
    p99: result.p99,
    sent: result.sent,
    failed: lost(result) + result.answered - result.authenticated,
    megabytes: (await residentMegabytes(server.pid)).now,
    handles: await openHandles(server.pid),
    ...(isCalm ? {} : { recoverySeconds }),
  });

  for (let cycle = 0; now() < totalSeconds && !signal.aborted; cycle += 1) {
    await bench.sts.behave({ latencyMs: 10 });
    for (const [what, plan] of CALM) {
      const result = await runLoad(server, { ...plan, people: everybody, warmUpSeconds: 0.5, seconds: each });
      yield await finish(what, result, true);
    }
    const fault = FAULTS[cycle % FAULTS.length]!;
    await bench.sts.behave({ latencyMs: 10, fault });
    const faulty = await runLoad(server, { protocol: "h2", rate: 20, people: everybody, seconds: each });
    await bench.sts.behave({ latencyMs: 10 });
    yield await finish(`STS: ${fault}`, faulty, false, await recovery(server));
    const attack = ATTACKS[cycle % ATTACKS.length]!;
    const stop = await startAttack(server, attack);
    const beside = await runLoad(server, { protocol: "h2", rate: 20, people: everybody, seconds: each });
    await stop();
    yield await finish(`${attack.count} ${attack.attack}`, beside, false, 0);
    server.signal("SIGHUP");
  }
}

/** Seconds until somebody gets in again. */
async function recovery(server: RunningServer): Promise<number | undefined> {
  const started = elapsed();
  const since = () => (elapsed() - started) / 1_000;
  for (; since() < 6 * MAX_RECOVERY_SECONDS; await seconds(0.1)) {
    const one = await runLoad(server, { protocol: "h2", people: [PEOPLE["1 KB"]], requests: 1 });
    if (one.authenticated === 1) return since();
  }
  return undefined;
}

/** What a soak came to. */
export interface Verdict {
  readonly lines: readonly string[];
  /** What is beyond its bound; empty where all is well. */
  readonly findings: readonly string[];
}

/** Judges the stretches so far: memory and descriptors of the second quarter beside the last, p99 of the two halves. */
export function judge(stretches: readonly Stretch[]): Verdict {
  if (stretches.length === 0) return { lines: ["nothing was measured"], findings: [] };
  const quarter = (number: number) =>
    stretches.filter((_, i) => Math.min(3, Math.floor(i * 4 / stretches.length)) === number);
  const [second, last] = [quarter(1), quarter(3)];
  const later = stretches.slice(stretches.length >> 1);
  const findings: string[] = [];
  const points = (of: (stretch: Stretch) => number): readonly Point[] => later.map((one) => [one.at / 3_600, of(one)]);
  const middle = (of: readonly Stretch[], value: (stretch: Stretch) => number) =>
    of.length === 0 ? NaN : median(of.map(value));

  const growth = middle(last, ({ megabytes }) => megabytes) - middle(second, ({ megabytes }) => megabytes);
  if (growth > MAX_GROWTH_MB) findings.push(`memory grew by ${growth.toFixed(0)} MB, more than ${MAX_GROWTH_MB}`);
  const more = middle(last, ({ handles }) => handles) - middle(second, ({ handles }) => handles);
  if (more > MAX_MORE_HANDLES) findings.push(`${more} more descriptors are open, more than ${MAX_MORE_HANDLES}`);

  const earlier = stretches.slice(0, stretches.length >> 1);
  const drifts = [...new Set(stretches.filter(({ isCalm }) => isCalm).map(({ what }) => what))].map((what) => {
    const p99 = (of: readonly Stretch[]) =>
      middle(of.filter((one) => one.what === what && one.p99 !== null), (one) => one.p99!);
    const [before, after] = [p99(earlier), p99(later)];
    if (after > P99_THAT_IS_FINE_MS && after > MAX_P99_RATIO * before) {
      findings.push(`${what}: p99 went from ${before.toFixed(1)} to ${after.toFixed(1)} ms`);
    }
    return `p99, ${what}: ${text(before, 1)} ms in the first half, ${text(after, 1)} ms in the second`;
  });

  const calm = stretches.filter(({ isCalm }) => isCalm);
  const failed = calm.reduce((sum, one) => sum + one.failed, 0);
  if (failed > 0) findings.push(`${failed} logins failed while nothing was wrong`);
  const slow = stretches.filter((one) => !one.isCalm && !((one.recoverySeconds ?? Infinity) <= MAX_RECOVERY_SECONDS));
  for (const { what, recoverySeconds } of slow) {
    findings.push(`${what}: logins worked again after ${recoverySeconds?.toFixed(1) ?? "never"} s`);
  }
  const sum = (of: (stretch: Stretch) => number) => stretches.reduce((total, one) => total + of(one), 0);
  return {
    lines: [
      `${(stretches.at(-1)!.at / 60).toFixed(1)} minutes, ${stretches.length} stretches, ${
        sum(({ sent }) => sent)
      } logins`,
      `memory: ${text(middle(second, ({ megabytes }) => megabytes))} MB in the second quarter, ` +
      `${text(middle(last, ({ megabytes }) => megabytes))} MB in the last; slope of the second half ` +
      `${slope(points(({ megabytes }) => megabytes))?.toFixed(1) ?? "–"} MB/h`,
      `open descriptors: ${text(middle(second, ({ handles }) => handles))} in the second quarter, ` +
      `${text(middle(last, ({ handles }) => handles))} in the last`,
      ...drifts,
      `failed while nothing was wrong: ${failed} of ${calm.reduce((total, one) => total + one.sent, 0)}`,
    ],
    findings,
  };
}

function text(value: number, digits = 0): string {
  return Number.isNaN(value) ? "–" : value.toFixed(digits);
}
