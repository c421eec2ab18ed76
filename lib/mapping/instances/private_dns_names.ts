/**
 * The private DNS name of the EC2 instance that an identity is: as the cloud's own nodes are called in Kubernetes. The
 * call to EC2 is passed in.
 *
 * @module
 */

import { messageOf, PublicError } from "../../errors.ts";
import type { Identity } from "../../identity/identity.ts";
import { createBatches } from "./batches.ts";
import { createExpiringMap } from "../../expiring_map.ts";
import { type Timers, within } from "../../time.ts";
import type { Rate } from "../../token_bucket.ts";

/** How long a review may wait for a name. */
const DEADLINE_MS = 2_000;

/** Most ids in one call: the most values that EC2 takes in one filter ("Filter" of the EC2 API reference). */
const MAX_IDS = 200;

/** Most instances that wait: more than the other tool's calls, 15 a second, answer within the deadline. */
const MAX_WAITING = 8_000;

/** How long a name is remembered. It stays the same for as long as the instance exists. */
const FOUND_FOR_MS = 3_600_000;

/** Most names remembered: twice the nodes that Kubernetes is built for in one cluster (5000). */
const MAX_FOUND = 10_000;

/** How long it is remembered that EC2 knows no such instance: it learns of new ones within seconds. */
const MISSING_FOR_MS = 10_000;

/** Most of those remembered. Apart from the names, so that made-up ids push none of them out. */
const MAX_MISSING = 1_000;

/** Host names (RFC 1123, section 2.1). */
const DNS_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** What is known of an identity: the name of its instance, or why there is none, in words that follow a colon. */
export type PrivateDnsName =
  | { readonly kind: "found"; readonly name: string }
  | { readonly kind: "none"; readonly why: string };

/** Names of instances. */
export interface PrivateDnsNames {
  /**
   * The name of the instance that the identity is.
   *
   * @throws {PrivateDnsNamesUnavailable} if EC2 cannot be asked, or not in time: nothing is known then
   */
  find(identity: Identity): Promise<PrivateDnsName>;
}

/** EC2 cannot be asked now. An outage of ours. */
export class PrivateDnsNamesUnavailable extends PublicError {
  readonly code = "ERR_PRIVATE_DNS_NAMES";
  readonly publicMessage = "the name of the instance cannot be looked up now";
  override readonly retryable = true;
}

/** What names are found with. */
export interface PrivateDnsNamesOptions {
  /** The id of the instance that an identity is. */
  readonly idOf: (identity: Identity) => string | undefined;
  /**
   * Asks the cloud about at most 200 instances by their ids, in one call. What it does not know is not in the answer.
   * Trust: EC2 chose the names; they are checked here.
   */
  readonly ask: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Of calls; asked each time. */
  readonly rate: () => Rate;
  readonly timers: Timers;
}

/** Makes the lookup, with nothing remembered. */
export function createPrivateDnsNames({ timers, idOf, ...options }: PrivateDnsNamesOptions): PrivateDnsNames {
  const { nowMs } = timers;
  const found = createExpiringMap<PrivateDnsName>({ maxEntries: MAX_FOUND, forMs: FOUND_FOR_MS, nowMs });
  const missing = createExpiringMap<PrivateDnsName>({ maxEntries: MAX_MISSING, forMs: MISSING_FOR_MS, nowMs });
  const askFor = createBatches({ ...options, timers, maxIds: MAX_IDS, maxWaiting: MAX_WAITING });
  // An answer that comes after the deadline is remembered all the same: the API server asks again.
  const lookUp = async (id: string) => {
    const name = judgeName(await askFor(id));
    (name.kind === "found" ? found : missing).set(id, name);
    return name;
  };
  return {
    async find(identity) {
      const id = idOf(identity);
      if (id === undefined) return { kind: "none", why: "the session is not named after an instance of EC2" };
      const known = found.get(id) ?? missing.get(id);
      if (known !== undefined) return known;
      try {
        return await within(timers, DEADLINE_MS, lookUp(id), `no answer within ${DEADLINE_MS / 1_000} seconds`);
      } catch (cause) {
        const why = messageOf(cause);
        throw new PrivateDnsNamesUnavailable(`Cannot find the private DNS name of instance "${id}": ${why}`, { cause });
      }
    },
  };
}

function judgeName(name: string | undefined): PrivateDnsName {
  if (name === undefined || name === "") {
    return { kind: "none", why: "EC2 knows no private DNS name of this instance; check the region and the account" };
  }
  if (!DNS_NAME.test(name)) return { kind: "none", why: "EC2's name for this instance is not a DNS name" };
  return { kind: "found", name };
}
