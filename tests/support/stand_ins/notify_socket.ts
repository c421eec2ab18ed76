/**
 * The socket of a service manager, as a process of its own: Deno wants the right to all of the network for a Unix socket,
 * and tests have loopback alone. Prints each datagram as a line of JSON.
 *
 * @module
 */

import { type RunningProcess, startProcess } from "../process.ts";
import { waitFor } from "../wait_for.ts";

/** A socket that listens; `await using` closes it. */
export interface NotifySocket extends AsyncDisposable {
  /** Everything that was told so far: a datagram each, taken apart into its lines. */
  told(): readonly (readonly string[])[];
  /** Sends a signal to who listens. */
  signal(signal: Deno.Signal): void;
}

/** Listens at a path, or where it starts with `@` at a name that is in no folder. */
export async function startNotifySocket(address: string): Promise<NotifySocket> {
  const process: RunningProcess = startProcess(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      "--allow-net",
      "--allow-env=RAM_AUTH_TEST_WAIT_MS",
      import.meta.filename!,
      address,
    ],
  });
  const lines = () => process.stdout().split("\n").slice(0, -1);
  await waitFor("the socket", () => {
    if (process.hasEnded()) throw new Error(`Cannot listen at ${address}: ${process.stderr()}`);
    return lines().length > 0;
  });
  return {
    told: () => lines().slice(1).map((line) => JSON.parse(line)),
    signal: (signal) => process.signal(signal),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

if (import.meta.main) {
  const path = Deno.args[0]!.replace(/^@/, "\0");
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  const say = (line: unknown) => Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
  say("listening");
  for await (const [datagram] of socket) say(new TextDecoder().decode(datagram).trimEnd().split("\n"));
}
