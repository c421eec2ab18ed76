/**
 * Full load on a server of the webhook, as a process of its own: reviews over kept connections until the tokens are used
 * up, or until the first that gets no answer.
 *
 * @module
 */

import { setTimeout } from "node:timers/promises";
import { type ChildProcess, startProcess } from "./process.ts";
import { askingHeaders } from "./kubeconfigs.ts";

/** Where the server is, and what to send. */
export interface LoadTarget {
  readonly url: string;
  /** PEM file of the root that vouches for the server. */
  readonly caFile: string;
  /** The webhook kubeconfig whose token it is shown. */
  readonly kubeconfig: string;
  /** File with a token a line; each is sent once. */
  readonly tokensFile: string;
  /** Whether a review that got no answer, or no decision, is sent again as kube-apiserver sends it. Default: no. */
  readonly sendsAgain?: boolean;
}

/** What became of the reviews. */
export interface LoadOutcome {
  /** Reviews that were answered, by `<status> <authenticated>`. */
  readonly answered: Readonly<Record<string, number>>;
  /** Why others were not. */
  readonly failed: readonly string[];
}

/** Reviews in flight, half of them over HTTP/1.1 and half over HTTP/2. */
const IN_FLIGHT = 64;

/** How long kube-apiserver waits before it sends a review again, each time. */
const WAITS_MS = [500, 750, 1_125, 1_687];

/** Starts the load. */
export function startReviewLoad({ url, caFile, kubeconfig, tokensFile, sendsAgain = false }: LoadTarget): ChildProcess {
  const program = ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-net", import.meta.filename!];
  return startProcess(Deno.execPath(), { args: [...program, url, caFile, kubeconfig, tokensFile, String(sendsAgain)] });
}

/** What a load that has ended printed. */
export function outcomeOf(load: ChildProcess): LoadOutcome {
  return JSON.parse(load.stdout().trim().split("\n").at(-1)!);
}

if (import.meta.main) {
  const [url, caFile, kubeconfig, tokensFile, sendsAgain] = Deno.args;
  const caCerts = [await Deno.readTextFile(caFile!)];
  const tokens = (await Deno.readTextFile(tokensFile!)).trim().split("\n");
  const headers = await askingHeaders(kubeconfig);
  const answered: Record<string, number> = {};
  const failed: string[] = [];
  const clients = [true, false].map((http2) => Deno.createHttpClient({ caCerts, http2, http1: !http2 }));
  const review = async (client: Deno.HttpClient, token: string) => {
    const response = await fetch(`${url}/authenticate`, {
      method: "POST",
      headers,
      body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } }),
      client,
    });
    const { status } = await response.json();
    return { isDecided: response.status < 500, what: `${response.status} ${status?.authenticated}` };
  };
  const send = async (client: Deno.HttpClient) => {
    for (let token = tokens.pop(); token !== undefined && failed.length === 0; token = tokens.pop()) {
      const waits = sendsAgain === "true" ? WAITS_MS.values() : [].values();
      for (;;) {
        const outcome = await review(client, token).catch(String);
        const isAnswer = typeof outcome !== "string";
        const wait = isAnswer && outcome.isDecided ? undefined : waits.next().value;
        if (wait !== undefined) {
          await setTimeout(wait);
          continue;
        }
        if (isAnswer) answered[outcome.what] = (answered[outcome.what] ?? 0) + 1;
        else failed.push(outcome);
        break;
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, (_, index) => send(clients[index % 2]!)));
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify({ answered, failed })}\n`));
}
