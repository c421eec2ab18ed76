/**
 * Load on a server, by a process of its own that is not Deno (`node/load.mjs`), and what its clients saw.
 *
 * @module
 */

import { startNode } from "./node_program.ts";
import { type Person, tokenTemplate } from "./people.ts";
import type { RunningServer } from "./servers.ts";
import { askingHeaders } from "../../../tests/support/kubeconfigs.ts";

/** Longer than any server may take; kube-apiserver itself waits for 30 s. */
const TIMEOUT_MS = 10_000;

/** What to send. Either so many requests in flight or so many a second; what neither limits goes on until it is ended. */
export interface LoadPlan {
  readonly protocol: "h1" | "h2";
  readonly inFlight?: number;
  /** Requests a second, sent whether or not those before are answered; latency counts from when one was due. */
  readonly rate?: number;
  /** Default: a TokenReview of the webhook; or who one is, of kube-apiserver. */
  readonly asks?: "webhook" | "apiserver";
  /** Default: of HTTP/1.1 one for each request in flight (with a rate: 64), of HTTP/2 one. */
  readonly connections?: number;
  /** Who logs in, in turn. */
  readonly people: readonly Person[];
  /** The host that the tokens are for. Default: the usual one. */
  readonly host?: string;
  /** How many different tokens there are; by default each is new. */
  readonly distinct?: number;
  /** Kept by two loads, these make their tokens the same. */
  readonly signatureSeed?: string;
  /** The date of tokens that are used again, as it is signed: `20261121T120000Z`. Default: when the load starts. */
  readonly signedAt?: string;
  readonly warmUpSeconds?: number;
  readonly seconds?: number;
  readonly requests?: number;
  readonly timeoutMs?: number;
  /** Processes whose CPU time is wanted, beside the server's. */
  readonly pids?: Readonly<Record<string, number>>;
}

/** What the clients saw, and what it cost. */
export interface LoadResult {
  readonly seconds: number;
  readonly sent: number;
  readonly answered: number;
  /** Answers a second. */
  readonly rate: number;
  /** Milliseconds; `null` where nothing was answered. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
  /** Answers by HTTP status. */
  readonly codes: Readonly<Record<string, number>>;
  readonly authenticated: number;
  /** Requests without an answer, by why. */
  readonly errors: Readonly<Record<string, number>>;
  /** Bytes of the last answer's body. */
  readonly bytes: number;
  /** CPU milliseconds, user and system, of `server`, of this load (`load`) and of what `pids` named. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

/** Who is asked, by which CA it is known, and whose CPU time counts as the server's. */
export type LoadTarget = Pick<RunningServer, "url" | "caFile" | "webhookKubeconfig" | "pid">;

/** Load that goes on. */
export interface Load {
  /** What is sent from now on counts as of this phase. */
  phase(name: string): Promise<void>;
  /** Waits for the end that the plan has, or makes one. */
  results(options?: { readonly stop: boolean }): Promise<Readonly<Record<string, LoadResult>>>;
}

/** Starts load, and waits until it is warm. */
export async function startLoad(server: LoadTarget, plan: LoadPlan): Promise<Load> {
  const { people, host, pids, inFlight = 1, distinct = 0, ...rest } = plan;
  const { authorization } = await askingHeaders(server.webhookKubeconfig);
  const program = startNode("load.mjs", {
    url: server.url,
    ca: await Deno.readTextFile(server.caFile),
    webhookHeaders: authorization === undefined ? {} : { authorization },
    connections: plan.protocol === "h2" ? 1 : plan.rate === undefined ? inFlight : 64,
    timeoutMs: TIMEOUT_MS,
    warmUpSeconds: 0,
    signatureSeed: crypto.randomUUID().replaceAll("-", ""),
    ...rest,
    inFlight,
    distinct,
    templates: people.map((person) => tokenTemplate(person, host)),
    pids: { server: server.pid, ...pids },
  });
  await program.next();
  return {
    phase: (name) => program.send({ phase: name }),
    async results({ stop } = { stop: false }) {
      if (stop) await program.send({ stop: true });
      const results = await program.next() as Record<string, LoadResult>;
      await program.end();
      return results;
    },
  };
}

/** Loads a server until the plan's end. */
export async function runLoad(server: LoadTarget, plan: LoadPlan): Promise<LoadResult> {
  const { all } = await (await startLoad(server, plan)).results();
  return all!;
}

/** Requests that got no answer. */
export function lost({ errors }: LoadResult): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}
