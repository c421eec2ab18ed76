/**
 * Names of EC2 instances while the server runs: the lookup of the mappings, put together with the call to EC2. Nothing of
 * it is loaded, and nobody is asked, before the first instance logs in.
 *
 * @module
 */

import type { AskInstances } from "../clouds/aws/instances.ts";
import { loadSigner } from "../clouds/registry.ts";
import type { StsWanted } from "../clouds/signer.ts";
import { importLater } from "../import_later.ts";
import { createPrivateDnsNames, type PrivateDnsNames } from "../mapping/instances/private_dns_names.ts";
import type { Timers } from "../time.ts";
import { findCredentials } from "../token/mint.ts";
import type { World } from "../world.ts";

/** How EC2 is asked, by the settings in force. */
export interface InstanceNamesOptions {
  /** Calls a second, more than 0. */
  readonly qps: number;
  /** Calls at once, at least 1. */
  readonly burst: number;
  /** The role to ask as, in place of whoever the server's credentials belong to. */
  readonly roleArn: string | undefined;
  /** What the server assumes that role for. */
  readonly sourceArn: string | undefined;
  /** The STS that gives the role's keys; its region is that of the instances. */
  readonly sts: StsWanted;
  /** A URL in place of EC2's in the region. */
  readonly endpoint?: string;
}

/** What the lookup works with. */
export interface InstanceNamesParts {
  /** Decides which roots are trusted; it belongs to the caller. */
  readonly client: Deno.HttpClient;
  /** Called at each call to EC2, for metrics. */
  readonly onCall: () => void;
}

/** The process's own. */
const TIMERS: Timers = {
  nowMs: () => performance.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

/** Makes the lookup of one server. Credentials are looked for as `token` does; they and the client are kept. */
export function createInstanceNames(
  world: World,
  { qps, burst, ...options }: InstanceNamesOptions,
  { client, onCall }: InstanceNamesParts,
): PrivateDnsNames {
  const load = async (): Promise<AskInstances> => {
    const signer = await loadSigner("aws");
    const { createInstanceAsker } = await importLater<typeof import("../clouds/aws/instances.ts")>(
      "../clouds/aws/instances.ts",
      import.meta.url,
    );
    const find = () => findCredentials(world, signer, options.sts.profile);
    return await createInstanceAsker(world, { ...options, client, findCredentials: find });
  };
  let asker: Promise<AskInstances> | undefined;
  const ask: AskInstances = async (ids) => {
    onCall();
    // What is not configured may be soon.
    asker ??= load().catch((cause) => {
      asker = undefined;
      throw cause;
    });
    return await (await asker)(ids);
  };
  return createPrivateDnsNames({ ask, qps, burst, timers: TIMERS });
}
