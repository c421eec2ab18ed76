/**
 * What one call to STS costs this process, in CPU time of user and system: by the server's own HTTPS client and by
 * `fetch`, in turn, against an STS in a process of its own.
 *
 * @module
 */

import { cpuUsage } from "node:process";
import { createHttpsClient } from "../../lib/review/https/client.ts";
import { makeLoopbackCertificate } from "../../tests/emulator/loopback_certificate.ts";
import { median, row } from "./table.ts";

/** Calls in flight. */
const IN_FLIGHT = [1, 16, 64];

/** Calls of one round. */
const CALLS = 4_000;

/** Rounds of each kind that count, after one that only warms up. */
const ROUNDS = 7;

/** A request as long as a token of AWS with session credentials makes it. */
const TARGET = `/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Security-Token=${"x".repeat(800)}`;
const HEADERS = { "x-k8s-aws-id": "bench", accept: "application/json", "user-agent": "ram-auth/bench" };

/** Measures, and returns rows to print. */
export async function benchStsCall(): Promise<string> {
  const pair = await makeLoopbackCertificate();
  const stub = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--quiet",
      "--allow-net=127.0.0.1",
      "--allow-env",
      new URL("sts_stub.ts", import.meta.url).href,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = stub.stdin.getWriter();
  await input.write(new TextEncoder().encode(`${JSON.stringify(pair)}\n`));
  const output = stub.stdout.getReader();
  const host = `127.0.0.1:${new TextDecoder().decode((await output.read()).value).trim()}`;
  try {
    using own = createHttpsClient({ env: () => undefined }, { caCerts: [pair.caPem] });
    using client = Deno.createHttpClient({ caCerts: [pair.caPem], http2: false });
    const kinds = {
      fetch: async () => {
        const signal = AbortSignal.timeout(4_000);
        const response = await fetch(`https://${host}${TARGET}`, {
          headers: HEADERS,
          redirect: "manual",
          signal,
          client,
        });
        return (await response.arrayBuffer()).byteLength;
      },
      own: async () => {
        const signal = AbortSignal.timeout(4_000);
        const request = { host, method: "GET", target: TARGET, headers: HEADERS } as const;
        return (await own.exchange(request, { maxBodyBytes: 65_536, signal })).body.length;
      },
    };
    let rows = "";
    for (const inFlight of IN_FLIGHT) {
      const rounds: Record<keyof typeof kinds, number>[] = [];
      for (let round = 0; round <= ROUNDS; round++) {
        const costs = { fetch: await costOf(kinds.fetch, inFlight), own: await costOf(kinds.own, inFlight) };
        if (round > 0) rounds.push(costs);
      }
      const ms = (kind: keyof typeof kinds) => median(rounds.map((costs) => costs[kind])).toFixed(3);
      const ratio = median(rounds.map((costs) => costs.own / costs.fetch)).toFixed(2);
      rows += row(`STS call, ${inFlight} in flight`, `own ${ms("own")} ms CPU, fetch ${ms("fetch")}, ratio ${ratio}`);
    }
    return rows;
  } finally {
    await input.close();
    await output.cancel();
    await stub.status;
  }
}

/** CPU milliseconds of one call. */
async function costOf(call: () => Promise<number>, inFlight: number): Promise<number> {
  const before = cpuUsage();
  let left = CALLS;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (left-- > 0) if (await call() === 0) throw new Error("Cannot measure: STS answered nothing");
  }));
  const { user, system } = cpuUsage(before);
  return (user + system) / 1_000 / CALLS;
}
