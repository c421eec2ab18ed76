import assert from "node:assert/strict";
import { UsageError } from "../../../lib/errors.ts";
import { createHttpsClient } from "../../../lib/review/https/client.ts";
import { HttpsError } from "../../../lib/review/https/failure.ts";
import { readProxies } from "../../../lib/review/https/proxy.ts";
import { answer, ask, PAIR, startScript } from "./scripted_server.ts";

type Variables = Readonly<Record<string, string>>;

function worldOf(variables: Variables) {
  return { env: (name: string) => variables[name] };
}

const PROXY = "http://proxy.test:3128";

for (
  const [what, variables, hostname, want] of [
    ["nothing is set", {}, "sts.test", undefined],
    ["HTTPS_PROXY is set", { HTTPS_PROXY: PROXY }, "sts.test", "proxy.test:3128"],
    ["https_proxy is set", { https_proxy: PROXY }, "sts.test", "proxy.test:3128"],
    ["HTTPS_PROXY is empty", { HTTPS_PROXY: "", https_proxy: PROXY }, "sts.test", "proxy.test:3128"],
    ["both spellings are set", { HTTPS_PROXY: "http://upper.test:1", https_proxy: PROXY }, "sts.test", "upper.test:1"],
    ["ALL_PROXY is set, too", { ALL_PROXY: "http://all.test:1", HTTPS_PROXY: PROXY }, "sts.test", "all.test:1"],
    ["only HTTP_PROXY is set", { HTTP_PROXY: PROXY, http_proxy: PROXY }, "sts.test", undefined],
    ["it names no scheme", { HTTPS_PROXY: "proxy.test:3128" }, "sts.test", "proxy.test:3128"],
    ["it names no port", { HTTPS_PROXY: "http://proxy.test" }, "sts.test", "proxy.test:80"],
    ["it has a path", { HTTPS_PROXY: `${PROXY}/x` }, "sts.test", "proxy.test:3128"],
    ["it is an IPv6 address", { HTTPS_PROXY: "http://[::1]:3128" }, "sts.test", "[::1]:3128"],
    ["NO_PROXY names the host", { HTTPS_PROXY: PROXY, NO_PROXY: "a, sts.test" }, "sts.test", undefined],
    ["no_proxy names the host", { HTTPS_PROXY: PROXY, no_proxy: "sts.test" }, "sts.test", undefined],
    ["NO_PROXY is empty", { HTTPS_PROXY: PROXY, NO_PROXY: "", no_proxy: "sts.test" }, "sts.test", "proxy.test:3128"],
    ["NO_PROXY names the domain", { HTTPS_PROXY: PROXY, NO_PROXY: "test" }, "sts.test", undefined],
    ["NO_PROXY names the domain with a dot", { HTTPS_PROXY: PROXY, NO_PROXY: ".test" }, "sts.test", undefined],
    ["NO_PROXY names the host with a dot", { HTTPS_PROXY: PROXY, NO_PROXY: ".sts.test" }, "sts.test", undefined],
    ["NO_PROXY names an end of the name", { HTTPS_PROXY: PROXY, NO_PROXY: "ts.test" }, "sts.test", "proxy.test:3128"],
    ["NO_PROXY names a host below", { HTTPS_PROXY: PROXY, NO_PROXY: "a.sts.test" }, "sts.test", "proxy.test:3128"],
    ["NO_PROXY is a star", { HTTPS_PROXY: PROXY, NO_PROXY: "*" }, "sts.test", undefined],
    ["NO_PROXY names the address", { HTTPS_PROXY: PROXY, NO_PROXY: "10.0.0.1" }, "10.0.0.1", undefined],
    ["NO_PROXY names the network", { HTTPS_PROXY: PROXY, NO_PROXY: "10.0.0.0/8" }, "10.200.0.1", undefined],
    ["NO_PROXY names another network", { HTTPS_PROXY: PROXY, NO_PROXY: "10.0.0.0/9" }, "10.200.0.1", "proxy.test:3128"],
    ["NO_PROXY names all networks", { HTTPS_PROXY: PROXY, NO_PROXY: "0.0.0.0/0" }, "200.0.0.1", undefined],
    ["NO_PROXY names no network", { HTTPS_PROXY: PROXY, NO_PROXY: "10.0.0.0/33,1" }, "10.0.0.1", "proxy.test:3128"],
  ] as const
) {
  Deno.test(`where ${what}, ${hostname} is reached through ${want ?? "no proxy"}`, () => {
    assert.equal(readProxies(worldOf(variables))(hostname)?.shown, want);
  });
}

for (
  const value of [
    "https://u:pass-word@p:1",
    "socks5://u:pass-word@p:1",
    "ftp://u:pass-word@p",
    "http://",
    "http://u:pass-word@p:99999",
  ]
) {
  Deno.test(`a proxy of the form ${value.replace("pass-word", "…")} is refused, and its password not repeated`, () => {
    assert.throws(
      () => readProxies(worldOf({ HTTPS_PROXY: value })),
      (e) => e instanceof UsageError && /HTTPS_PROXY/.test(e.message) && !e.message.includes("pass-word"),
    );
  });
}

/** A proxy whose answer to CONNECT a script gives; `undefined` leads to `port`. */
function startProxy(port: number, respond: () => string | undefined) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heads: string[] = [];
  const running: Promise<unknown>[] = [];
  const open = new Set<Deno.Conn>();
  const serve = async (client: Deno.Conn) => {
    open.add(client);
    const buffer = new Uint8Array(4_096);
    let head = "";
    while (!head.endsWith("\r\n\r\n")) {
      const length = await client.read(buffer).catch(() => null);
      if (length === null) return;
      head += new TextDecoder().decode(buffer.subarray(0, length));
    }
    heads.push(head);
    const response = respond();
    if (response !== undefined) {
      await client.write(new TextEncoder().encode(response));
      await client.read(buffer).catch(() => {});
      return;
    }
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    await client.write(new TextEncoder().encode("HTTP/1.1 200 Connection established\r\nvia: test\r\n\r\n"));
    await Promise.allSettled([client.readable.pipeTo(server.writable), server.readable.pipeTo(client.writable)]);
  };
  const accepting = (async () => {
    for await (const client of listener) running.push(serve(client));
  })();
  return {
    address: `127.0.0.1:${listener.addr.port}`,
    heads,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const client of open) {
        try {
          client.close();
        } catch {
          // It is closed already.
        }
      }
      await Promise.all(running);
    },
  };
}

function clientThrough(proxyUrl: string) {
  return createHttpsClient(worldOf({ HTTPS_PROXY: proxyUrl }), { caCerts: [PAIR.caPem] });
}

const CREDENTIALS = "us%40er:pass%3Aword";

for (
  const [what, credentials, header] of [
    ["without credentials", "", undefined],
    ["with credentials", `${CREDENTIALS}@`, `proxy-authorization: Basic ${btoa("us@er:pass:word")}`],
    ["with a name alone", "user@", `proxy-authorization: Basic ${btoa("user:")}`],
  ] as const
) {
  Deno.test(`calls go through a tunnel of the proxy, ${what}, and share it`, async () => {
    await using server = startScript(async (side) => {
      while (await side.request() !== undefined) await side.send(answer("through"));
    });
    await using proxy = startProxy(server.port, () => undefined);
    using client = clientThrough(`http://${credentials}${proxy.address}`);
    assert.equal(await ask(client, server.host), "through");
    assert.equal(proxy.heads.length, 1);
    const [line, host, ...others] = proxy.heads[0]!.trimEnd().split("\r\n");
    assert.deepEqual([line, host], [`CONNECT ${server.host} HTTP/1.1`, `host: ${server.host}`]);
    assert.deepEqual(others, header === undefined ? [] : [header]);
    assert(server.requests.every((head) => !/proxy/i.test(head)));
  });
}

for (
  const [what, response, words] of [
    [
      "refuses",
      "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
      /it refuses a tunnel with HTTP 403; allow the host there$/,
    ],
    ["is overloaded", "HTTP/1.0 503 Slow Down\r\n\r\n", /HTTP 503/],
    [
      "wants other credentials",
      "HTTP/1.1 407 Proxy Authentication Required\r\nx: y\r\n\r\n",
      /other credentials \(HTTP 407\); write/,
    ],
    ["redirects", "HTTP/1.1 302 Found\r\nlocation: https://elsewhere.test/\r\n\r\n", /HTTP 302/],
    ["answers something else", "SSH-2.0-OpenSSH_9.2\r\n\r\n", /something else than HTTP$/],
    ["answers without an end", `HTTP/1.1 200 OK\r\nx: ${"x".repeat(9_000)}`, /something else than HTTP$/],
    ["sends bytes behind its answer", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", /bytes that nobody asked for$/],
  ] as const
) {
  Deno.test(`a proxy that ${what} is named, without its password`, async () => {
    await using server = startScript((side) => side.closed());
    await using proxy = startProxy(server.port, () => response);
    using client = clientThrough(`http://${CREDENTIALS}@${proxy.address}`);
    await assert.rejects(ask(client, server.host), (e) => {
      assert(e instanceof HttpsError);
      assert.equal(e.code, "ERR_HTTPS_PROXY");
      assert.match(e.message, words);
      assert(e.message.startsWith(`Cannot ask "${server.host}": no tunnel through the proxy "${proxy.address}": `));
      return !/pass(?:%3A|:)word|secret-of-the-test|elsewhere/.test(Deno.inspect(e, { depth: 10 }));
    });
    assert.deepEqual([server.connections(), client.connections], [0, 0]);
  });
}

Deno.test("a proxy that closes its connection is named", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = listener.accept().then((connection) => connection.close());
  using client = clientThrough(`http://127.0.0.1:${listener.addr.port}`);
  await assert.rejects(ask(client, "sts.test"), (e) => e instanceof HttpsError && e.code === "ERR_HTTPS_PROXY");
  await serving;
});

Deno.test("a proxy that nobody runs is named, and what to check", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  using client = clientThrough(`http://127.0.0.1:${port}`);
  await assert.rejects(ask(client, "sts.test"), (e) => {
    assert(e instanceof HttpsError);
    assert.equal(e.code, "ERR_HTTPS_PROXY");
    assert.match(e.why, /^no connection to the proxy "127\.0\.0\.1:\d+": .+; check HTTPS_PROXY and NO_PROXY$/);
    return true;
  });
});

Deno.test("a proxy that falls silent is given up, and its connection closed", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  using client = clientThrough(`http://127.0.0.1:${listener.addr.port}`);
  const controller = new AbortController();
  const asking = ask(client, "sts.test", { signal: controller.signal });
  const failing = assert.rejects(asking, (e) => e instanceof HttpsError && e.code === "ERR_HTTPS_TIMEOUT");
  using connection = await accepting;
  const buffer = new Uint8Array(4_096);
  assert(await connection.read(buffer) !== null);
  controller.abort(new DOMException("late", "TimeoutError"));
  await failing;
  assert.equal(await connection.read(buffer), null);
  assert.equal(client.connections, 0);
});
