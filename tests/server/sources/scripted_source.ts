/**
 * A mapping source that lives on a scripted API server, with everything that it tells kept.
 *
 * @module
 */

import type { Cloud } from "../../../lib/clouds/cloud.ts";
import { type CloudId, type Identity } from "../../../lib/identity/identity.ts";
import { loadCloud } from "../../../lib/clouds/registry.ts";
import { createChain } from "../../../lib/mapping/chain.ts";
import { createScrubber } from "../../../lib/mapping/scrub.ts";
import type { KubeSourceOptions } from "../../../lib/server/sources/config_map.ts";
import type { LiveSource, StartSource } from "../../../lib/server/sources/live_source.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { createMetrics } from "../../../lib/telemetry/metrics.ts";
import { realWorld } from "../../../lib/world.ts";
import {
  connectPlainly,
  pieces,
  refusal,
  type ScriptedServer,
  startScriptedServer,
  type Step,
} from "../../kube/scripted_server.ts";
import { waitFor } from "../../support/wait_for.ts";

/** What the body of a test has. */
export interface Scripted {
  readonly live: LiveSource;
  readonly server: ScriptedServer;
  log(): string;
  metrics(): Promise<string>;
  /** The username of an identity, `nobody`, or the code of what is thrown. */
  map(identity: Identity): Promise<string>;
  /** Waits until an identity maps so. */
  maps(identity: Identity, want: string): Promise<void>;
}

/** Which source, and how. */
export interface ScriptedOptions {
  readonly start: (options: KubeSourceOptions) => StartSource;
  readonly cloudIds: readonly CloudId[];
  readonly reserved?: KubeSourceOptions["reserved"];
  /** Default: without credentials, to the server of the script. */
  readonly connect?: (server: ScriptedServer) => KubeSourceOptions["connect"];
  /** The world's clock that only goes forward. Default: the real one. */
  readonly elapsedMs?: () => number;
}

/** Runs a source on the server of a script while the body runs. */
export async function onScript(
  steps: readonly Step[],
  { start, cloudIds, connect, reserved = new Map(), elapsedMs = () => performance.now() }: ScriptedOptions,
  body: (scripted: Scripted) => Promise<void>,
): Promise<void> {
  await using server = startScriptedServer(steps);
  const stopping = new AbortController();
  let written = "";
  const world = {
    ...realWorld(),
    elapsedMs,
    stderr: { write: (text: string) => void (written += text), isTerminal: false },
  };
  const metrics = createMetrics();
  const clouds: readonly Cloud[] = await Promise.all(cloudIds.map(loadCloud));
  const connectHere = connect?.(server) ?? (() => Promise.resolve(connectPlainly(world, server)));
  const live = await start({ connect: connectHere, reserved })({
    world,
    log: createLog(world, { format: "text", level: "info" }),
    metrics,
    clouds,
    scrubber: createScrubber(() => []),
    signal: stopping.signal,
  });
  const chain = createChain(() => [live.source]);
  const map = async (identity: Identity) => {
    try {
      return (await chain.map(identity))?.username ?? "nobody";
    } catch (failure) {
      return (failure as { readonly code: string }).code;
    }
  };
  try {
    await body({
      live,
      server,
      log: () => written,
      metrics: async () => (await metrics.expose()).text,
      map,
      maps: async (identity, want) =>
        void await waitFor(`"${want}" for ${identity.arn}`, async () => await map(identity) === want),
    });
  } finally {
    stopping.abort();
    await live[Symbol.asyncDispose]();
  }
}

/** A watch that stays open and brings nothing. */
export const OPEN: Step = pieces([], "stay");

/** What a watch is answered whose moment is too old: everything is listed again. */
export const GONE: Step = refusal(410, "too old resource version");
