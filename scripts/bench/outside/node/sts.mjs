/**
 * An STS that answers GetCallerIdentity as AWS's does, whoever signed; a process of its own that is not Deno. Servers
 * reach it as an HTTPS proxy, so that both ask it by the real names of STS.
 *
 * The first line of standard input is JSON: certificate, key, and the identities by access key id. It prints its ports
 * and ends with its input. `POST /` of the control port changes how it answers (`StsBehaviour` in ../sts.ts); `GET /`
 * says how many calls it got.
 */
import { createServer as createHttpServer } from "node:http";
import { createInterface } from "node:readline";
import { createSecureContext, TLSSocket } from "node:tls";

const END_OF_HEAD = Buffer.from("\r\n\r\n");
const ACCESS_KEY = /X-Amz-Credential=([A-Z0-9]+)%2F/;
const REQUEST_ID = "01234567-89ab-cdef-0123-456789abcdef";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { certPem, keyPem, otherCertPem, otherKeyPem, identities } = JSON.parse((await lines.next()).value);

const usual = { latencyMs: 0, fault: null, keys: {} };
let behaviour = usual;
let calls = 0;
let callsByKey = {};
let arrivals = {};
let inFlight = 0;
let mostInFlight = 0;

function answer(status, body) {
  const text = JSON.stringify(body);
  return Buffer.from(
    `HTTP/1.1 ${status} ${status === 200 ? "OK" : "Error"}\r\nx-amzn-requestid: ${REQUEST_ID}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n` +
      `date: ${new Date().toUTCString()}\r\n\r\n${text}`,
  );
}

function refusal(status, code, message) {
  return answer(status, { Error: { Code: code, Message: message, Type: "Sender" }, RequestId: REQUEST_ID });
}

const UNKNOWN = refusal(403, "InvalidClientTokenId", "The security token included in the request is invalid.");
const known = new Map(
  Object.entries(identities).map(([key, identity]) => [
    key,
    answer(200, {
      GetCallerIdentityResponse: {
        GetCallerIdentityResult: identity,
        ResponseMetadata: { RequestId: REQUEST_ID },
      },
    }),
  ]),
);

/** What STS and the network between do wrong, by name. */
const FAULTS = {
  hang: () => {},
  drip: (socket, whole) => {
    let at = 0;
    const timer = setInterval(() => {
      if (socket.destroyed || at >= whole.length) clearInterval(timer);
      else socket.write(whole.subarray(at, ++at));
    }, 100);
  },
  reset: (_, __, tcp) => tcp.resetAndDestroy(),
  "500": (socket) => socket.write(refusal(500, "InternalFailure", "An internal error has occurred.")),
  throttle: (socket) => socket.write(refusal(400, "Throttling", "Rate exceeded")),
  redirect: (socket) =>
    socket.write("HTTP/1.1 302 Found\r\nlocation: https://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"),
  garbage: (socket) => socket.write("\x16\x03\x01 this is not HTTP\r\n\r\n"),
  nonsense: (socket) => socket.write(answer(200, { GetCallerIdentityResponse: [] })),
  large: (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10485760\r\n\r\n");
    socket.write(Buffer.alloc(10_485_760, " "));
  },
};

/** Faults of what comes before a call: the names of these are looked at where connections come in. */
const UNREACHABLE = "unreachable";
const WRONG_CERTIFICATE = "certificate";

function handle(socket, tcp, request) {
  const [, key] = ACCESS_KEY.exec(request) ?? [];
  calls += 1;
  callsByKey[key] = (callsByKey[key] ?? 0) + 1;
  const second = Math.floor(Date.now() / 1_000);
  arrivals[second] = (arrivals[second] ?? 0) + 1;
  const { latencyMs, fault, keys } = behaviour;
  const wrong = FAULTS[keys[key] ?? fault];
  const whole = known.get(key) ?? UNKNOWN;
  inFlight += 1;
  mostInFlight = Math.max(mostInFlight, inFlight);
  const reply = () => {
    inFlight -= 1;
    if (socket.destroyed) return;
    if (wrong === undefined) socket.write(whole);
    else wrong(socket, whole, tcp);
  };
  if (latencyMs > 0) setTimeout(reply, latencyMs);
  else reply();
}

const open = new Set();

function serve(tcp, secureContext) {
  let bytes = Buffer.alloc(0);
  tcp.setNoDelay(true);
  const socket = new TLSSocket(tcp, { isServer: true, secureContext, ALPNProtocols: ["http/1.1"] });
  socket.on("error", () => tcp.destroy());
  socket.on("end", () => tcp.destroy());
  socket.on("data", (more) => {
    bytes = bytes.length === 0 ? more : Buffer.concat([bytes, more]);
    for (let end = bytes.indexOf(END_OF_HEAD); end !== -1; end = bytes.indexOf(END_OF_HEAD)) {
      handle(socket, tcp, bytes.latin1Slice(0, end));
      bytes = bytes.subarray(end + 4);
    }
  });
}

const right = createSecureContext({ cert: certPem, key: keyPem });
const wrong = createSecureContext({ cert: otherCertPem, key: otherKeyPem });

const proxy = createHttpServer((_, response) => response.writeHead(405).end());
proxy.on("connect", (_, socket) => {
  socket.on("error", () => {});
  if (behaviour.fault === UNREACHABLE) {
    socket.end("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
    return;
  }
  open.add(socket);
  socket.on("close", () => open.delete(socket));
  socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
  serve(socket, behaviour.fault === WRONG_CERTIFICATE ? wrong : right);
});

const control = createHttpServer(async (request, response) => {
  if (request.method === "POST") {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { reset, dropConnections, ...changes } = JSON.parse(text);
    behaviour = { ...usual, ...changes };
    if (reset) [calls, callsByKey, arrivals, mostInFlight] = [0, {}, {}, 0];
    const isCut = dropConnections || behaviour.fault === UNREACHABLE || behaviour.fault === WRONG_CERTIFICATE;
    if (isCut) open.forEach((one) => one.destroy());
  }
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({
    calls,
    callsByKey,
    mostPerSecond: Math.max(0, ...Object.values(arrivals)),
    mostInFlight,
    connections: open.size,
  }));
});

const listen = (server) =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
console.log(JSON.stringify({ proxyPort: await listen(proxy), controlPort: await listen(control) }));
await lines.next();
process.exit(0);
