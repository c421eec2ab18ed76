/**
 * Full load on a server of the webhook, as a process of its own: reviews over kept connections until the tokens are used
 * up, or until the first that gets no answer.
 *
 * @module
 */

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
  /** How often a review is sent again that got no answer, as kube-apiserver does. Default: never. */
  readonly retries?: number;
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

/** Starts the load. */
export function startReviewLoad({ url, caFile, kubeconfig, tokensFile, retries = 0 }: LoadTarget): ChildProcess {
  const program = ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-net", import.meta.filename!];
  return startProcess(Deno.execPath(), { args: [...program, url, caFile, kubeconfig, tokensFile, String(retries)] });
}

/** What a load that has ended printed. */
export function outcomeOf(load: ChildProcess): LoadOutcome {
  return JSON.parse(load.stdout().trim().split("\n").at(-1)!);
}

if (import.meta.main) {
  const [url, caFile, kubeconfig, tokensFile, retries] = Deno.args;
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
    const what = `${response.status} ${status?.authenticated}`;
    answered[what] = (answered[what] ?? 0) + 1;
  };
  const send = async (client: Deno.HttpClient) => {
    for (let token = tokens.pop(); token !== undefined && failed.length === 0; token = tokens.pop()) {
      for (let left = Number(retries);; left -= 1) {
        try {
          await review(client, token);
          break;
        } catch (failure) {
          if (left > 0) continue;
          failed.push(String(failure));
          break;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, (_, index) => send(clients[index % 2]!)));
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify({ answered, failed })}\n`));
}
