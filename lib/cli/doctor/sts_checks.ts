/**
 * STS by the route that the server takes: the same choice of endpoints, proxy, CA bundle and resolver. Its clock tells
 * how far ours is off. Nothing is signed: any answer will do.
 *
 * @module
 */

import { loadCloud } from "../../clouds/registry.ts";
import { MAX_CLOCK_SKEW_MS } from "../../clouds/cloud.ts";
import { acceptedClouds } from "../../config/accepted_clouds.ts";
import { endpointChoice } from "../../config/endpoint_choice.ts";
import { messageOf } from "../../errors.ts";
import { acceptsConnection, readCaBundle } from "../../http.ts";
import { sentence } from "../../quote.ts";
import { createHttpsClient } from "../../review/https/client.ts";
import { startDeadline } from "../../time.ts";
import { type Check, failed, ok, skipped, type Verdict, verdictOf, warning } from "./check.ts";
import type { Examination } from "./examination.ts";

/** For all hosts together; less than a check may take. */
const DEADLINE_MS = 1_800;

const MAX_ANSWER_BYTES = 65_536;

/** From here on, tokens have noticeably less life left, or less tolerance. */
const NOTABLE_SKEW_MS = 30_000;

/** What one host came to. */
interface Probe {
  readonly host: string;
  /** Why there was no answer. */
  readonly failure?: string;
  /** How far our clock is ahead of the host's, in milliseconds; `undefined` where it tells no date. */
  readonly aheadMs?: number | undefined;
}

/** The checks. */
export function stsChecks(examination: Examination): Check[] {
  let probes: Promise<readonly Probe[]> | undefined;
  const probe = () => probes ??= probeAll(examination);
  return [
    {
      id: "sts",
      tested: "STS of each accepted cloud, by the endpoints, proxy, CA bundle and resolver that the server uses",
      async look() {
        try {
          return judgeReach(await probe());
        } catch (error) {
          return verdictOf(error, examination.world);
        }
      },
    },
    {
      id: "clock",
      tested: `the clock of this machine against that of STS; ${MAX_CLOCK_SKEW_MS / 60_000} minutes are too many`,
      look: async () => judgeClock(await probe().catch(() => [])),
    },
  ];
}

function judgeReach(probes: readonly Probe[]): Verdict {
  const lost = probes.filter(({ failure }) => failure !== undefined);
  if (lost.length === 0) return ok(`${probes.map(({ host }) => host).join(", ")}: answers`);
  const parts = lost.map(({ host, failure = "" }) => {
    const end = failure.lastIndexOf("; ");
    return end < 0
      ? { saw: `"${host}": ${failure}`, todo: "check the network, HTTPS_PROXY and NO_PROXY" }
      : { saw: `"${host}": ${failure.slice(0, end)}`, todo: failure.slice(end + 2) };
  });
  const todo = [...new Set(parts.map((part) => part.todo))].join("; ");
  return failed(`no answer from ${parts.map((part) => part.saw).join("; from ")}`, todo);
}

function judgeClock(probes: readonly Probe[]): Verdict {
  const [worst] = probes.filter(({ aheadMs }) => aheadMs !== undefined)
    .sort((a, b) => Math.abs(b.aheadMs!) - Math.abs(a.aheadMs!));
  if (worst === undefined) return skipped('no STS told its time; see the check "sts"');
  const seconds = Math.round(Math.abs(worst.aheadMs!) / 1_000);
  const saw = `${seconds} s ${worst.aheadMs! < 0 ? "behind" : "ahead of"} "${worst.host}"`;
  const todo = "set the clock, and keep it by NTP; run: timedatectl set-ntp true";
  if (Math.abs(worst.aheadMs!) >= MAX_CLOCK_SKEW_MS) return failed(saw, todo);
  return Math.abs(worst.aheadMs!) >= NOTABLE_SKEW_MS ? warning(saw, todo) : ok(saw);
}

async function probeAll({ world, settings }: Examination): Promise<readonly Probe[]> {
  const caCerts = await readCaBundle(world, settings.get("sts-ca-file"));
  using https = createHttpsClient(world, { caCerts });
  const clouds = await Promise.all(acceptedClouds(settings).clouds.map(loadCloud));
  const choice = endpointChoice(settings);
  const hosts = await Promise.all(
    clouds.map(async (cloud) => (await cloud.createReader(choice, acceptsConnection)).usualHosts),
  );
  using deadline = startDeadline(new AbortController().signal, DEADLINE_MS);
  return await Promise.all([...new Set(hosts.flat())].map(async (host): Promise<Probe> => {
    const startedAtMs = world.now().getTime();
    try {
      const request = { host, method: "GET", target: "/", headers: { accept: "*/*" } } as const;
      const { date } = await https.exchange(request, { maxBodyBytes: MAX_ANSWER_BYTES, signal: deadline.signal });
      // The date has whole seconds, and was made some time between the question and the answer.
      const meanMs = (startedAtMs + world.now().getTime()) / 2;
      const atMs = date === undefined ? NaN : Date.parse(date) + 500;
      return { host, aheadMs: Number.isNaN(atMs) ? undefined : meanMs - atMs };
    } catch (cause) {
      return { host, failure: sentence(messageOf(cause).replace(/^Cannot ask "[^"]*": /, "")) };
    }
  }));
}
