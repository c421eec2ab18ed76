/** HTTP/2 as kube-apiserver speaks it: few connections, many streams. */
import { connect, constants } from "node:http2";

/** The server says that it did not take the request. */
const REFUSED_STREAM = constants.NGHTTP2_REFUSED_STREAM;

export function createHttp2(target, { connections, path, headers }) {
  const sessions = [];
  let next = 0;
  const head = { ":method": "POST", ":path": path, ...headers };

  const session = () => {
    const at = next++ % connections;
    const kept = sessions[at];
    if (kept !== undefined && !kept.closed && !kept.destroyed) return kept;
    const opened = connect(`https://${target.host}:${target.port}`, { ca: target.ca });
    opened.on("error", () => {});
    opened.lastTaken = Infinity;
    // As clients of Go do: Node's own makes the server's runtime forget requests that it has taken.
    opened.goaway = () => {};
    opened.on("goaway", (_, lastStreamId) => opened.lastTaken = lastStreamId);
    opened.setMaxListeners(0);
    return sessions[at] = opened;
  };

  return {
    post: (body, timeoutMs, more) =>
      new Promise((resolve, reject) => {
        const on = session();
        const stream = on.request({ ...head, ...more });
        let status = 0;
        let text = "";
        const timer = setTimeout(() => stream.destroy(new Error("timeout")), timeoutMs);
        stream.setEncoding("latin1");
        stream.on("response", (answer) => status = answer[":status"]);
        stream.on("data", (chunk) => text += chunk);
        stream.on("error", (error) => {
          if (stream.rstCode !== REFUSED_STREAM) reject(new Error(error.cause?.code ?? error.code ?? error.message));
        });
        stream.on("close", () => {
          clearTimeout(timer);
          if (stream.id === undefined) reject(new Error("ECONNREFUSED"));
          else if (stream.id > on.lastTaken || stream.rstCode === REFUSED_STREAM) {
            reject(new Error("NGHTTP2_REFUSED_STREAM"));
          } else if (status === 0 || stream.rstCode !== 0) reject(new Error("closed"));
          else resolve({ status, body: text });
        });
        stream.end(body);
      }),
    close: () => sessions.forEach((kept) => kept?.destroy()),
  };
}
