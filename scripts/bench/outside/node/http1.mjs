/** Kept HTTP/1.1 connections by hand: Node's own client costs as much CPU as the server that is measured. */
import { connect } from "node:tls";

const END_OF_HEAD = Buffer.from("\r\n\r\n");

/** A connection with one request at a time. `onIdle` and `onClose` tell the pool. */
class Connection {
  #socket;
  #bytes = Buffer.alloc(0);
  #pending;
  closed = false;

  constructor(target, onClose) {
    this.#socket = connect({ ...target, ALPNProtocols: ["http/1.1"] });
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (bytes) => this.#read(bytes));
    this.#socket.on("error", (error) => this.#end(error.code ?? error.message));
    this.#socket.on("close", () => {
      this.closed = true;
      this.#end("closed");
      onClose(this);
    });
  }

  send(request) {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#socket.write(request);
    });
  }

  destroy() {
    this.#socket.destroy();
  }

  #end(why) {
    this.closed = true;
    this.#pending?.reject(new Error(why));
    this.#pending = undefined;
  }

  #read(bytes) {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    const answer = readAnswer(this.#bytes);
    if (answer === undefined) return;
    this.#bytes = this.#bytes.subarray(answer.end);
    if (answer.closes) {
      this.closed = true;
      this.#socket.end();
    }
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.resolve(answer);
  }
}

/** An answer that is whole, by content length or in chunks; `undefined` where more must come. */
function readAnswer(bytes) {
  const endOfHead = bytes.indexOf(END_OF_HEAD);
  if (endOfHead === -1) return undefined;
  const head = bytes.latin1Slice(0, endOfHead).toLowerCase();
  const status = Number(head.slice(9, 12));
  const closes = head.includes("\r\nconnection: close");
  const start = endOfHead + 4;
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length !== undefined) {
    const end = start + Number(length);
    return bytes.length < end ? undefined : { status, body: bytes.latin1Slice(start, end), end, closes };
  }
  if (!head.includes("\r\ntransfer-encoding: chunked")) return { status, body: "", end: start, closes };
  let body = "";
  for (let at = start;;) {
    const endOfLine = bytes.indexOf("\r\n", at);
    if (endOfLine === -1) return undefined;
    const size = Number.parseInt(bytes.latin1Slice(at, endOfLine), 16);
    const end = endOfLine + 2 + size + 2;
    if (bytes.length < end) return undefined;
    if (size === 0) return { status, body, end, closes };
    body += bytes.latin1Slice(endOfLine + 2, end - 2);
    at = end;
  }
}

/** Requests over up to so many connections; those beyond wait for one. */
export function createHttp1(target, { connections, path, headers }) {
  const idle = [];
  const all = new Set();
  const waiting = [];
  const lines = (of) => Object.entries(of).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = `POST ${path} HTTP/1.1\r\nhost: ${target.host}:${target.port}\r\n${lines(headers)}`;

  const forget = (connection) => {
    all.delete(connection);
    const at = idle.indexOf(connection);
    if (at !== -1) idle.splice(at, 1);
    if (waiting.length > 0) waiting.shift()(open());
  };
  const open = () => {
    const connection = new Connection(target, forget);
    all.add(connection);
    return connection;
  };
  const take = () => {
    if (idle.length > 0) return idle.pop();
    if (all.size < connections) return open();
    return new Promise((resolve) => waiting.push(resolve));
  };
  const release = (connection) => {
    if (connection.closed) return;
    if (waiting.length > 0) waiting.shift()(connection);
    else idle.push(connection);
  };

  return {
    async post(body, timeoutMs, more) {
      const connection = await take();
      const timer = setTimeout(() => connection.destroy(), timeoutMs);
      try {
        return await connection.send(`${head}${lines(more)}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      } finally {
        clearTimeout(timer);
        release(connection);
      }
    },
    close: () => all.forEach((connection) => connection.destroy()),
  };
}
