/**
 * `deno task soak`: one server under load that rises and falls, for minutes or hours, with faults in between.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { realWorld } from "../lib/world.ts";
import { createBench } from "./bench/outside/bench.ts";
import { whyNoNode } from "./bench/outside/node_program.ts";
import {
  judge,
  MAX_GROWTH_MB,
  MAX_MORE_HANDLES,
  MAX_P99_RATIO,
  MAX_RECOVERY_SECONDS,
  soak,
  type Stretch,
} from "./bench/outside/soak.ts";
import { runTask } from "./run_task.ts";

const DEFAULT_MINUTES = 5;

const HELP = `Usage: deno task soak [--minutes N | --hours N]

Runs a server under load that rises and falls, with faults of STS, idle and unfinished requests and reloads in between,
and says what grows. Ctrl-C ends it and says what is known so far. STS and the clients are processes of Node.

  --minutes N  how long (default: ${DEFAULT_MINUTES})
  --hours N    how long, in hours

RAM_AUTH_TEST_BINARY names a compiled program to run; without it, the sources are run.

Exit 1 where, from the second quarter of the time to the last, the memory grew by more than ${MAX_GROWTH_MB} MB or more than
${MAX_MORE_HANDLES} descriptors were added; where p99 of a load became ${MAX_P99_RATIO} times as long from the first half to the second; where a
login failed while nothing was wrong; and where logins did not work again ${MAX_RECOVERY_SECONDS} s after a fault. A short run on a busy
machine says little.
`;

const { stdout, stderr } = realWorld();

await runTask({
  name: "soak",
  help: HELP,
  readArguments() {
    const { values } = parseArgs({
      args: Deno.args,
      options: {
        minutes: { type: "string" },
        hours: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.minutes !== undefined && values.hours !== undefined) throw new Error("give --minutes or --hours");
    const text = values.hours ?? values.minutes ?? String(DEFAULT_MINUTES);
    if (!/^\d{1,4}(\.\d{1,3})?$/.test(text) || Number(text) === 0) throw new Error(`"${text}" is not a time`);
    return { totalSeconds: Number(text) * (values.hours === undefined ? 60 : 3_600), help: values.help };
  },
  async run({ totalSeconds }) {
    const missing = whyNoNode();
    if (missing !== undefined) {
      stderr.write(`Cannot soak: ${missing}\n`);
      return 1;
    }
    const stopping = new AbortController();
    const stop = () => stopping.abort();
    Deno.addSignalListener("SIGINT", stop);
    Deno.addSignalListener("SIGTERM", stop);
    const stretches: Stretch[] = [];
    try {
      await collect(stretches, { totalSeconds, signal: stopping.signal });
    } catch (error) {
      // Ctrl-C in a terminal also ends the server and the clients.
      if (!stopping.signal.aborted) throw error;
    } finally {
      Deno.removeSignalListener("SIGINT", stop);
      Deno.removeSignalListener("SIGTERM", stop);
    }
    const { lines, findings } = judge(stretches);
    stdout.write(`\n${[...lines, ...findings.map((finding) => `TOO MUCH: ${finding}`)].join("\n")}\n`);
    const code = findings.length === 0 ? 0 : 1;
    // The clients are still at their stretch; they end with their input.
    if (stopping.signal.aborted) Deno.exit(code);
    return code;
  },
});

async function collect(
  stretches: Stretch[],
  options: { readonly totalSeconds: number; readonly signal: AbortSignal },
): Promise<void> {
  const binary = Deno.env.get("RAM_AUTH_TEST_BINARY") || undefined;
  const kind = binary === undefined ? "source" : "binary";
  const say = (text: string) => stderr.write(`soak: ${text}\n`);
  await using bench = await createBench({ kinds: [kind], binary, isQuick: false, say });
  await using server = await bench.start(kind);
  const aborted = new Promise<never>((_, reject) => options.signal.addEventListener("abort", () => reject()));
  aborted.catch(() => {});
  const running = soak(bench, server, options);
  for (;;) {
    const { value, done } = await Promise.race([running.next(), aborted]);
    if (done) return;
    stretches.push(value);
    const { at, what, sent, failed, p99, megabytes, handles } = value;
    stdout.write(
      `${at.toFixed(0).padStart(6)} s  ${what.padEnd(26)} ${sent} sent, ${failed} failed, p99 ${
        p99?.toFixed(1) ?? "–"
      } ms, ${megabytes.toFixed(0)} MB, ${handles} descriptors\n`,
    );
  }
}
