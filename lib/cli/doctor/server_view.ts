/**
 * The running server as its health port shows it: plain HTTP on loopback, which no proxy of the environment gets to see.
 *
 * @module
 */

import { messageOf, RamAuthError } from "../../errors.ts";
import { sentence } from "../../quote.ts";
import { createConnection } from "../../review/https/connection.ts";
import { HttpsError } from "../../review/https/failure.ts";
import { type Address, formatRequest, readAddress } from "../../review/https/request.ts";
import { startDeadline } from "../../time.ts";

/** Where the health port listens. */
const LOOPBACK = "127.0.0.1";

const DEADLINE_MS = 1_800;

/** Most bytes of an answer; the metrics of a server with many STS regions have some 50 KB. */
const MAX_ANSWER_BYTES = 4_194_304;

/** Nothing that is a server of ours answers on the health port. */
export class ServerAway extends RamAuthError {
  readonly code = "ERR_SERVER_AWAY";
}

/** One value of a metric. */
export interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** What the server says. Trust: whatever process listens on the port chose all of it. */
export interface ServerView {
  readonly status: number;
  /** The word at the end of `/readyz?verbose`. */
  readonly word: string;
  /** Its lines that begin with `[+]`, without that. */
  readonly facts: readonly string[];
  /** Its lines that begin with `[!]`, without that. */
  readonly warnings: readonly string[];
  readonly metrics: readonly Sample[];
}

/**
 * Reads both.
 *
 * @throws {ServerAway} if nothing answers, late, or something else
 */
export async function readServer(port: number): Promise<ServerView> {
  if (port === 0) {
    throw new ServerAway(
      "Cannot ask the server: its health port is 0, any free one; give the one in its log by --health-port",
    );
  }
  const address = readAddress(`${LOOPBACK}:${port}`);
  try {
    const [ready, metrics] = await Promise.all([fetchText(address, "/readyz?verbose"), fetchText(address, "/metrics")]);
    const lines = ready.text.split("\n").filter((line) => line !== "").map(sentence);
    const marked = (mark: string) =>
      lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
    const view = {
      status: ready.status,
      word: lines.at(-1) ?? "",
      facts: marked("[+] "),
      warnings: marked("[!] "),
      metrics: readSamples(metrics.text),
    };
    if (view.metrics.some(({ name }) => name === "ram_auth_build_info")) return view;
    throw new Error("what answers there is no server of ram-auth");
  } catch (cause) {
    throw new ServerAway(`Cannot ask the server at "http://${address.host}": ${whyNot(cause)}`, { cause });
  }
}

function whyNot(cause: unknown): string {
  if (cause instanceof Deno.errors.ConnectionRefused) return "nothing listens there";
  if (cause instanceof DOMException) return "it does not answer in time";
  return sentence(cause instanceof HttpsError ? cause.why : messageOf(cause));
}

const SAMPLE = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/i;
const LABEL = /([a-z_][a-z0-9_]*)="((?:[^"\\]|\\.)*)"/gi;

/** The samples of Prometheus' text form. */
export function readSamples(text: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
    if (name === undefined) return [];
    return [{ name, labels: new Map([...labels.matchAll(LABEL)].map(([, k, v]) => [k!, v!])), value: Number(value) }];
  });
}

/** The sum of a metric's samples; `undefined` where there is none. */
export function sumOf(
  { metrics }: Pick<ServerView, "metrics">,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = Object.entries(labels);
  const found = metrics.filter((sample) =>
    sample.name === name && wanted.every(([label, value]) => sample.labels.get(label) === value)
  );
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}

async function fetchText(
  address: Address,
  target: string,
): Promise<{ readonly status: number; readonly text: string }> {
  using deadline = startDeadline(new AbortController().signal, DEADLINE_MS);
  const { hostname, port, host } = address;
  const connection = createConnection(
    await Deno.connect({ hostname, port, signal: deadline.signal }),
    host,
    () => {},
  );
  try {
    const request = formatRequest(address, { method: "GET", target, headers: { accept: "text/plain" } });
    const { status, body } = await connection.ask({ request, maxBodyBytes: MAX_ANSWER_BYTES }, deadline.signal);
    return { status, text: new TextDecoder().decode(body) };
  } finally {
    connection.close();
  }
}
