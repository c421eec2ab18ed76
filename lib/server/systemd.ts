/**
 * What systemd, or whoever else starts the server, learns of its state: ready, reloading, stopping, alive. Speaks the
 * protocol of sd_notify(3), one datagram for each state.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { inTurn } from "./in_turn.ts";
import type { Log } from "../telemetry/log.ts";
import { processTimers, within } from "../time.ts";
import type { World } from "../world.ts";

/**
 * What may be told. `RELOADING=1` goes without `MONOTONIC_USEC`, because no clock that Deno shows is the one it asks for:
 * units of `Type=notify` need none, those of `notify-reload` do.
 */
export type ServiceState = "READY=1" | "RELOADING=1" | "STOPPING=1" | "WATCHDOG=1" | `STATUS=${string}`;

/** How long whoever tells waits for a service manager that is behind with reading. */
const TELL_MS = 1_000;

/** Whoever started the server and wants to know how it is. */
export interface ServiceManager extends Disposable {
  /** How long the server may stay silent before it is ended, in milliseconds; `undefined` for as long as it likes. */
  readonly watchdogMs: number | undefined;
  /**
   * Tells states, in one datagram. Waits for that for a limited time, and never rejects: a server that nobody listens to
   * serves, reloads and stops all the same.
   */
  tell(...states: readonly ServiceState[]): Promise<void>;
}

/** Nobody asked. */
const NOBODY: ServiceManager = { watchdogMs: undefined, tell: () => Promise.resolve(), [Symbol.dispose]() {} };

/**
 * Finds whom to notify by `NOTIFY_SOCKET` and `WATCHDOG_USEC`. Where that cannot be done, the log says so once.
 *
 * Trust: whoever starts the process chose the variables.
 */
export async function findServiceManager(world: World, log: Log): Promise<ServiceManager> {
  const target = world.env("NOTIFY_SOCKET");
  if (!target) return NOBODY;
  const giveUp = (cause: unknown) =>
    log.warn(
      "systemd is not notified of the server's state; a unit of Type=notify needs that, one of Type=exec does not",
      {
        notifySocket: target,
        why: messageOf(cause),
      },
    );
  try {
    const path = socketPath(target);
    return createServiceManager(await openSocket(world), { path, watchdogMs: watchdogMs(world), giveUp });
  } catch (cause) {
    giveUp(cause);
    return NOBODY;
  }
}

/**
 * States arrive in their order, and none is given up, however late it is: on a busy machine the thread may be held for longer
 * than anybody waits between the call that sends and the sending. systemd would end a server whose READY=1 was lost, as one
 * that does not start.
 */
function createServiceManager(
  socket: Deno.DatagramConn,
  { path, watchdogMs, giveUp }: {
    readonly path: string;
    readonly watchdogMs: number | undefined;
    readonly giveUp: (cause: unknown) => void;
  },
): ServiceManager {
  let isHeard = true;
  // One at a time: the runtime refuses to send on a socket that is sending.
  const send = inTurn(async (states: readonly ServiceState[]) => {
    try {
      const datagram = new TextEncoder().encode(`${states.join("\n")}\n`);
      await socket.send(datagram, { transport: "unixpacket", path });
      isHeard = true;
    } catch (cause) {
      if (isHeard) giveUp(cause);
      isHeard = false;
    }
  });
  return {
    watchdogMs,
    tell: (...states) => within(processTimers, TELL_MS, send(states), "").catch(() => {}),
    [Symbol.dispose]: () => socket.close(),
  };
}

/** A socket to send from. It needs a name only to be made, because nothing is ever received. */
async function openSocket(world: World): Promise<Deno.DatagramConn> {
  const folder = world.env("RUNTIME_DIRECTORY")?.split(":")[0] || world.env("TMPDIR") || "/tmp";
  const path = `${folder}/notify-${crypto.randomUUID()}.sock`;
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  // One that stays is swept away with its folder.
  await world.fs.remove(path).catch(() => {});
  return socket;
}

/** `@` stands for the zero byte in front of a name that is in no folder (unix(7), "abstract"). */
function socketPath(target: string): string {
  if (target.startsWith("/")) return target;
  if (target.startsWith("@")) return `\0${target.slice(1)}`;
  throw new TypeError(`"${target}" is not a Unix socket`);
}

function watchdogMs(world: World): number | undefined {
  const pid = world.env("WATCHDOG_PID");
  const micros = Number(world.env("WATCHDOG_USEC"));
  return micros > 0 && (!pid || pid === String(Deno.pid)) ? micros / 1_000 : undefined;
}
