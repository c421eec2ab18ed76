/**
 * Which API server answers. The old one still does right after the change, so that its health proves nothing.
 *
 * Mostly its process tells: the new one shows our flag. The kubelet and systemd start it only when the old one has ended,
 * and it cannot listen beside it. Where no process tells, because K3s runs the API server inside itself or this program
 * may not look, its connections do: one that was kept since before the change ends with the old server at the latest.
 *
 * @module
 */

import { keepConnection, type KeptConnection } from "../../../server/unverified.ts";
import { delay } from "../../../time.ts";
import { type HealthCheck, questionOf } from "./health.ts";
import { type ApiserverProcess, listApiservers } from "./processes.ts";

/** Whether the server is to ask the webhook, or no longer. */
export type WantedFlag = "with" | "without";

/** What one look showed: the server that is wanted, told from others by `who`, or why it is not there yet. */
export type Sight = { readonly who: string; readonly shown: string } | { readonly missing: string };

/** Tells the new server from the old one; `using` ends it. */
export interface Witness extends Disposable {
  /**
   * Looks at the server that is there before the change.
   *
   * @returns why it could not be told from a new one, if so
   */
  before(signal: AbortSignal): Promise<string | undefined>;
  /** The service was restarted, and its restart has ended. */
  noteRestart(): void;
  look(wanted: WantedFlag, signal: AbortSignal): Promise<Sight>;
}

/** How long a server must keep a connection that asks nothing, for the end of one to say anything. */
const KEPT_MS = 1_500;

/** The witness for a node. */
export async function findWitness(
  { hasProcess, asksWebhook, check, signal }: {
    /** Whether the API server is a process of its own. */
    readonly hasProcess: boolean;
    /** Whether one with these words in its command line asks the webhook. */
    readonly asksWebhook: (words: readonly string[]) => boolean;
    readonly check: HealthCheck;
    readonly signal: AbortSignal;
  },
): Promise<Witness> {
  const canSee = hasProcess && (await listApiservers(signal)).kind !== "impossible";
  return canSee ? new ProcessWitness(asksWebhook) : new ConnectionWitness(check);
}

/** By the flags of processes. */
class ProcessWitness implements Witness {
  readonly #asksWebhook: (words: readonly string[]) => boolean;

  constructor(asksWebhook: (words: readonly string[]) => boolean) {
    this.#asksWebhook = asksWebhook;
  }

  async before(signal: AbortSignal): Promise<string | undefined> {
    const listed = await list(signal);
    if ("missing" in listed) return listed.missing;
    if (listed.processes.length > 0) return undefined;
    return "no process of kube-apiserver is in /proc, so that a new one could not be told from the old; run this on the " +
      "node itself and not in a container";
  }

  noteRestart(): void {}

  async look(wanted: WantedFlag, signal: AbortSignal): Promise<Sight> {
    const listed = await list(signal);
    if ("missing" in listed) return listed;
    const pids = listed.processes.filter(({ words }) => this.#asksWebhook(words)).map(({ pid }) => pid).sort();
    if (wanted === "with") {
      if (pids.length === 0) return { missing: "no kube-apiserver with the flag runs yet" };
      const who = pids.join(" ");
      return { who, shown: `kube-apiserver (process ${who})` };
    }
    if (pids.length === 0) return { who: "any without the flag", shown: "kube-apiserver" };
    return { missing: `the kube-apiserver with the flag still runs (process ${pids.join(" ")})` };
  }

  [Symbol.dispose](): void {}
}

async function list(
  signal: AbortSignal,
): Promise<{ readonly processes: readonly ApiserverProcess[] } | { readonly missing: string }> {
  const listed = await listApiservers(signal);
  if (listed.kind === "listed") return listed;
  return { missing: `the processes of this node cannot be listed: ${listed.kind === "cut" ? listed.why : "no shell"}` };
}

/** By connections: each server has its own. */
class ConnectionWitness implements Witness {
  readonly #check: HealthCheck;
  #kept: KeptConnection | undefined;
  /** How many servers were seen to end. */
  #ended = 0;
  #hasOld = false;

  constructor(check: HealthCheck) {
    this.#check = check;
  }

  async before(signal: AbortSignal): Promise<string | undefined> {
    this.#kept = await keepConnection(this.#check.target, questionOf(this.#check), signal);
    await delay(KEPT_MS, signal);
    this.#hasOld = this.#kept?.isOpen() ?? false;
    if (this.#hasOld) return undefined;
    return `its processes cannot be seen, and "${this.#check.url}" keeps no connection, so that a new server could not ` +
      "be told from the old; run the compiled program as root, or give another --health-url";
  }

  noteRestart(): void {
    this.#hasOld = false;
  }

  async look(_wanted: WantedFlag, signal: AbortSignal): Promise<Sight> {
    if (this.#kept?.isOpen()) {
      this.#kept.ask();
      if (this.#hasOld) return { missing: "the old kube-apiserver still runs" };
      return this.#sight();
    }
    this.#hasOld = false;
    this.#ended += 1;
    this.#kept?.[Symbol.dispose]();
    this.#kept = await keepConnection(this.#check.target, questionOf(this.#check), signal);
    return this.#kept === undefined ? { missing: "kube-apiserver takes no connection" } : this.#sight();
  }

  #sight(): Sight {
    return { who: String(this.#ended), shown: "kube-apiserver" };
  }

  [Symbol.dispose](): void {
    this.#kept?.[Symbol.dispose]();
  }
}
