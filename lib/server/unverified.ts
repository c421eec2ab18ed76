/**
 * Connections to a server of this machine, to see whether it answers: no matter who issued its certificate, so that
 * nothing secret may be sent, and nothing that it says may be believed of anybody else. Without `fetch`, which a proxy of
 * the environment may send elsewhere.
 *
 * @module
 */

import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { messageOf } from "../errors.ts";

/** Largest answer that is looked at. */
const MAX_ANSWER_BYTES = 65_536;

/** How long a connection that is to be kept may take to be there. */
const CONNECT_MS = 5_000;

/** Where to connect to. */
export interface UnverifiedTarget {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

function connectTo({ isTls, ...target }: UnverifiedTarget, connected: (socket: Socket) => void): Socket {
  const socket = isTls
    ? connectTls({ ...target, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] })
    : connectTcp(target);
  socket.once(isTls ? "secureConnect" : "connect", () => connected(socket));
  return socket;
}

/**
 * Sends the bytes of a request that asks to close the connection, and returns what came until then.
 *
 * @throws {Error} if there is no answer, it has no end, or the signal aborts first
 */
export async function exchangeUnverified(
  target: UnverifiedTarget,
  request: string,
  signal: AbortSignal,
): Promise<string> {
  const socket = connectTo(target, (socket) => socket.write(request));
  const giveUp = () => socket.destroy(new Error("it took too long"));
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    if (signal.aborted) giveUp();
    return await new Promise<string>((resolve, reject) => {
      let text = "";
      socket.setEncoding("utf8");
      socket.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > MAX_ANSWER_BYTES) socket.destroy(new Error("its answer has no end"));
      });
      socket.once("end", () => resolve(text));
      socket.once("error", (cause) => reject(new Error(`no answer: ${messageOf(cause)}`, { cause })));
      socket.once("close", () => reject(new Error("the connection was closed")));
    });
  } finally {
    signal.removeEventListener("abort", giveUp);
    socket.destroy();
  }
}

/** A connection that is open for as long as the other end keeps it; `using` closes it. */
export interface KeptConnection extends Disposable {
  isOpen(): boolean;
  /** Sends the question once more, so that the other end does not close it as idle. */
  ask(): void;
}

/** Makes one, and asks once; `undefined` where there is none. */
export async function keepConnection(
  target: UnverifiedTarget,
  question: string,
  signal: AbortSignal,
): Promise<KeptConnection | undefined> {
  const opened = Promise.withResolvers<boolean>();
  const fail = () => opened.resolve(false);
  const socket = connectTo(target, (socket) => {
    socket.write(question);
    opened.resolve(true);
  });
  socket.on("error", fail);
  socket.on("data", () => {});
  socket.once("end", () => socket.destroy());
  socket.once("close", fail);
  const timer = setTimeout(fail, CONNECT_MS);
  signal.addEventListener("abort", fail, { once: true });
  try {
    if (!signal.aborted && await opened.promise) {
      return {
        isOpen: () => !socket.destroyed,
        ask: () => void socket.write(question),
        [Symbol.dispose]: () => void socket.destroy(),
      };
    }
    socket.destroy();
    return undefined;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", fail);
  }
}
