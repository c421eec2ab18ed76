/**
 * What clients do that nobody should: holds it until its input ends. A process of its own, so that it takes no time of
 * the clients that are measured.
 *
 * The first line of standard input is JSON: the server, and which attack of how many. It prints {"ready": true} once
 * all is under way.
 */
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import { createInterface } from "node:readline";
import { connect as connectTls } from "node:tls";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { url, ca, attack, count, bytes } = JSON.parse((await lines.next()).value);
const { hostname: host, port, pathname: path } = new URL(url);
const target = { host, port: Number(port) };
const kept = [];

/** Those that the server closes are not opened again. */
function quiet(socket) {
  socket.on("error", () => {});
  kept.push(socket);
  return socket;
}

const tcp = () =>
  new Promise((resolve) => {
    const socket = quiet(connectTcp(target));
    socket.once("connect", () => resolve(socket));
    socket.once("close", () => resolve(socket));
  });

const tls = (protocols = ["http/1.1"]) =>
  new Promise((resolve) => {
    const socket = quiet(connectTls({ ...target, ca, ALPNProtocols: protocols }));
    socket.once("secureConnect", () => resolve(socket));
    socket.once("close", () => resolve(socket));
  });

/** So many, some at a time. */
async function each(make) {
  for (let done = 0; done < count; done += 50) {
    await Promise.all(Array.from({ length: Math.min(50, count - done) }, make));
  }
}

/** The start of a ClientHello of 512 bytes. */
const HALF_HELLO = Buffer.from("1603010200010001fc0303", "hex");

const ATTACKS = {
  "idle TCP": () => each(tcp),
  "idle TLS": () => each(tls),
  "half a ClientHello": () => each(async () => void (await tcp()).write(HALF_HELLO)),
  "half a head": () => each(async () => void (await tls()).write(`POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-`)),
  "unfinished bodies": () =>
    each(async () => {
      const socket = await tls();
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${
          bytes + 1
        }\r\n\r\n`,
      );
      socket.write(Buffer.alloc(bytes, "x"));
    }),
  "large headers": () =>
    each(async () => {
      const socket = await tls();
      socket.write(`POST ${path} HTTP/1.1\r\nhost: ${host}\r\nx-large: ${"x".repeat(bytes)}\r\n\r\n`);
    }),
  "open streams": async () => {
    const session = connectHttp2(`https://${host}:${port}`, { ca });
    session.on("error", () => {});
    kept.push(session);
    for (let i = 0; i < count; i += 1) {
      const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/json" });
      stream.on("error", () => {});
      stream.write("{");
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  },
  /** Goes on for as long as it is held. */
  handshakes: async () => {
    let busy = 0;
    const timer = setInterval(() => {
      for (; busy < count; busy += 1) {
        tls().then((socket) => {
          busy -= 1;
          kept.length = 0;
          socket.destroy();
        });
      }
    }, 10);
    kept.push({ destroy: () => clearInterval(timer) });
  },
};

await ATTACKS[attack]();
console.log(JSON.stringify({ ready: true, open: kept.filter((one) => !one.destroyed).length }));
await lines.next();
process.exit(0);
