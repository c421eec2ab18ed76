import assert from "node:assert/strict";
import { createHttpsClient, type HttpsClient } from "../../../lib/review/https/client.ts";
import { HttpsError } from "../../../lib/review/https/failure.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { peerPair } from "../../state/stored_files.ts";
import { waitFor } from "../../support/wait_for.ts";
import { answer, ask, PAIR, type ServerSide, startScript, trustingClient } from "./scripted_server.ts";

/** A call that fails: with that code, words that say so, its cause, and nothing of the request. */
async function failsWith(code: string, words: RegExp, call: Promise<unknown>): Promise<HttpsError> {
  const failure = await call.then(() => undefined, (thrown) => thrown);
  assert(failure instanceof HttpsError, `${failure}`);
  assert.equal(failure.code, code, failure.message);
  assert.match(failure.message, words);
  assert.equal(failure.message, `Cannot ask "${/"(.*?)"/.exec(failure.message)![1]}": ${failure.why}`);
  assert(!Deno.inspect(failure, { depth: 10 }).includes("secret-of-the-test"), "the request is in the error");
  return failure;
}

/** A signal that the test aborts as a deadline would. */
function deadline(): { readonly signal: AbortSignal; pass(): void } {
  const controller = new AbortController();
  return { signal: controller.signal, pass: () => controller.abort(new DOMException("late", "TimeoutError")) };
}

const STAGES: Readonly<Record<string, (side: ServerSide) => Promise<unknown>>> = {
  "after the handshake": () => Promise.resolve(),
  "after the request": (side) => side.request(),
  "after a part of the status": async (side) => {
    await side.request();
    await side.send("HTTP/1.");
  },
  "after an interim answer": async (side) => {
    await side.request();
    await side.send("HTTP/1.1 100 Continue\r\n\r\n");
  },
  "after a part of the headers": async (side) => {
    await side.request();
    await side.send("HTTP/1.1 200 OK\r\ncontent-le");
  },
  "after a part of the body": async (side) => {
    await side.request();
    await side.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello");
  },
  "after a part of a chunk": async (side) => {
    await side.request();
    await side.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhello");
  },
};

for (const [stage, goTo] of Object.entries(STAGES)) {
  Deno.test(`a new connection that the server closes ${stage} is an error, and nothing is sent again`, async () => {
    await using server = startScript(async (side) => {
      await goTo(side);
      side.close();
    });
    using client = trustingClient();
    await failsWith(
      "ERR_HTTPS_RESET",
      /^Cannot ask "127\.0\.0\.1:\d+": .*; .*check the network$/,
      ask(client, server.host),
    );
    assert.deepEqual([server.connections(), client.connections], [1, 0]);
  });

  Deno.test(`a server that falls silent ${stage} is given up, and its connection closed`, async () => {
    const reached = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    await using server = startScript(async (side) => {
      await goTo(side);
      reached.resolve();
      await side.closed();
      closed.resolve();
    });
    using client = trustingClient();
    const { signal, pass } = deadline();
    const failing = failsWith("ERR_HTTPS_TIMEOUT", /: no whole answer in time; /, ask(client, server.host, { signal }));
    await reached.promise;
    pass();
    await failing;
    await closed.promise;
    assert.deepEqual([server.connections(), client.connections], [1, 0]);
  });
}

Deno.test("an answer that drips in is read, and is given up at the deadline", async () => {
  let drops = 0;
  await using server = startScript(async (side) => {
    await side.request();
    if (side.count === 1) {
      for (const character of answer("slowly")) await side.send(character);
    } else {
      await side.send("HTTP/1.1 200 OK\r\nx: ");
      for (;; drops++) {
        await side.send("x");
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    await side.closed();
  });
  using client = trustingClient();
  assert.equal(await ask(client, server.host), "slowly");
  const { signal, pass } = deadline();
  const failing = failsWith("ERR_HTTPS_TIMEOUT", /in time/, ask(client, server.host, { signal }));
  await waitFor("some drops", () => drops > 20);
  pass();
  await failing;
});

for (const length of ["content-length: 10000000\r\n", ""]) {
  Deno.test(`10 MB ${length === "" ? "without" : "with"} a length are not read to their end`, async () => {
    let sent = 0;
    await using server = startScript(async (side) => {
      await side.request();
      await side.send(`HTTP/1.1 200 OK\r\n${length}\r\n`);
      for (const piece = "x".repeat(65_536); sent < 10_000_000; sent += piece.length) await side.send(piece);
    });
    using client = trustingClient();
    await failsWith("ERR_HTTPS_TOO_LARGE", /its body is larger than 65536 bytes/, ask(client, server.host));
    assert(sent < 10_000_000, `${sent} bytes were taken`);
    assert.equal(client.connections, 0);
  });
}

Deno.test("an answer of as many bytes as it may have is read, over many reads", async () => {
  await using server = startScript(async (side) => {
    await side.request();
    await side.send(answer("x".repeat(65_536)));
    await side.closed();
  });
  using client = trustingClient();
  assert.equal((await ask(client, server.host)).length, 65_536);
});

Deno.test("an answer that breaks the grammar closes its connection, and is not asked for again", async () => {
  await using server = startScript(async (side) => {
    await side.request();
    await side.send("HTTP/1.1 200 OK\ncontent-length: 0\n\n");
    await side.closed();
  });
  using client = trustingClient();
  await failsWith("ERR_HTTPS_MALFORMED", /does not end with CR and LF; check what answers/, ask(client, server.host));
  assert.deepEqual([server.connections(), client.connections], [1, 0]);
});

Deno.test("an answer that ends with its connection is whole, and one that is cut off is not", async () => {
  await using server = startScript(async (side) => {
    await side.request();
    await side.send("HTTP/1.1 200 OK\r\n\r\nto the end");
    side.close();
  });
  using client = trustingClient();
  assert.equal(await ask(client, server.host), "to the end");
  assert.equal(client.connections, 0);
});

for (
  const [what, names, trusted, words] of [
    ["that no trusted root vouches for", [], false, /UnknownIssuer|BadSignature.*; if a private CA .* --sts-ca-file$/],
    ["of another name", ["elsewhere.test"], true, /not valid for name.*; something else answers/],
  ] as const
) {
  Deno.test(`a server with a certificate ${what} is told nothing`, async () => {
    const pair = await makeLoopbackCertificate(names);
    await using server = startScript(async (side) => void await side.request(), pair);
    using client = createHttpsClient({ env: () => undefined }, { caCerts: trusted ? [pair.caPem] : [PAIR.caPem] });
    const host = trusted ? `localhost:${server.port}` : server.host;
    await failsWith("ERR_HTTPS_TLS", words, ask(client, host));
    assert.deepEqual([server.requests, client.connections], [[], 0]);
  });
}

Deno.test("a server with a CA's own certificate gets no request, though that CA is trusted", async () => {
  const { certPem, keyPem } = await peerPair();
  await using server = startScript(async (side) => void await side.request(), { caPem: certPem, certPem, keyPem });
  using client = createHttpsClient({ env: () => undefined }, { caCerts: [certPem] });
  const words =
    /; its certificate is a CA's own, .*; give it a certificate that a CA issued, and name .* --sts-ca-file$/;
  await failsWith("ERR_HTTPS_TLS", words, ask(client, server.host));
  assert.deepEqual([server.requests, client.connections], [[], 0]);
});

Deno.test("a server that does not speak TLS is named as such", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = listener.accept().then(async (connection) => {
    await connection.read(new Uint8Array(1_024));
    await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
    connection.close();
  });
  using client = trustingClient();
  await failsWith(
    "ERR_HTTPS_TLS",
    /: no TLS connection: .+; check what stands between/,
    ask(client, `127.0.0.1:${listener.addr.port}`),
  );
  await serving;
});

Deno.test("a server that never finishes the handshake is given up", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  using client = trustingClient();
  const { signal, pass } = deadline();
  const failing = failsWith("ERR_HTTPS_TIMEOUT", /in time/, ask(client, `127.0.0.1:${listener.addr.port}`, { signal }));
  using connection = await accepting;
  await connection.read(new Uint8Array(4_096));
  pass();
  await failing;
  assert.equal(client.connections, 0);
});

Deno.test("a port that nobody listens on refuses the connection", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  using client = trustingClient();
  const { cause } = await failsWith(
    "ERR_HTTPS_REFUSED",
    /: it refuses connections: .+; check the host/,
    ask(client, `127.0.0.1:${port}`),
  );
  assert(cause instanceof Deno.errors.ConnectionRefused);
});

Deno.test("a call whose time is up before it starts sends nothing", async () => {
  await using server = startScript((side) => side.closed());
  using client = trustingClient();
  const { signal, pass } = deadline();
  pass();
  await failsWith("ERR_HTTPS_TIMEOUT", /in time/, ask(client, server.host, { signal }));
  assert.deepEqual([server.connections(), client.connections], [0, 0]);
});

Deno.test("a signal that aborts for another reason throws that reason", async () => {
  await using server = startScript((side) => side.closed());
  using client = trustingClient();
  const controller = new AbortController();
  const reason = new Error("stopping");
  const asking = ask(client, server.host, { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(asking, (e) => e === reason);
});

/** Brings a client to have one connection that has answered once and may be used again. */
async function withKept(
  then: (side: ServerSide) => Promise<void>,
  body: (kept: { readonly client: HttpsClient; readonly host: string; connections(): number }) => Promise<void>,
): Promise<void> {
  await using server = startScript(async (side) => {
    await side.request();
    await side.send(answer(`first of ${side.count}`));
    if (side.count === 1) await then(side);
    await side.closed();
  });
  using client = trustingClient({ limits: { maxPerHost: 1 } });
  assert.equal(await ask(client, server.host), "first of 1");
  await body({ client, host: server.host, connections: server.connections });
}

Deno.test("a kept connection that closes before the first byte of an answer is replaced, once", () =>
  withKept(async (side) => {
    await side.request();
    side.close();
  }, async ({ client, host, connections }) => {
    assert.equal(await ask(client, host), "first of 2");
    assert.equal(connections(), 2);
  }));

Deno.test("a kept connection that closes after the first byte of an answer is an error", () =>
  withKept(async (side) => {
    await side.request();
    await side.send("H");
    side.close();
  }, async ({ client, host, connections }) => {
    await failsWith("ERR_HTTPS_RESET", /in the middle of an answer/, ask(client, host));
    assert.equal(connections(), 1);
  }));

Deno.test("a kept connection that falls silent is an error at the deadline, and nothing is sent again", () => {
  const asked = Promise.withResolvers<void>();
  return withKept(async (side) => {
    await side.request();
    asked.resolve();
    await side.closed();
  }, async ({ client, host, connections }) => {
    const { signal, pass } = deadline();
    const failing = failsWith("ERR_HTTPS_TIMEOUT", /in time/, ask(client, host, { signal }));
    await asked.promise;
    pass();
    await failing;
    assert.deepEqual([connections(), client.connections], [1, 0]);
  });
});

Deno.test("where the connection in place of a kept one closes too, the call fails", async () => {
  await using server = startScript(async (side) => {
    await side.request();
    if (side.count === 1) await side.send(answer("first"));
    if (side.count === 1) await side.request();
    side.close();
  });
  using client = trustingClient({ limits: { maxPerHost: 1 } });
  await ask(client, server.host);
  await failsWith("ERR_HTTPS_RESET", /before it answered/, ask(client, server.host));
  assert.equal(server.connections(), 2);
});

Deno.test("a connection that the server closes while it is idle is dropped at once", async () => {
  const sides: ServerSide[] = [];
  await using server = startScript(async (side) => {
    sides.push(side);
    await side.request();
    await side.send(answer("x"));
    await side.closed();
  });
  using client = trustingClient();
  await ask(client, server.host);
  sides[0]!.close();
  await waitFor("the connection to go", () => client.connections === 0);
});

Deno.test("an answer that announces the end of its connection ends it", async () => {
  await using server = startScript(async (side) => {
    await side.request();
    await side.send(answer("x", "connection: close\r\n"));
    await side.closed();
  });
  using client = trustingClient();
  await ask(client, server.host);
  assert.equal(client.connections, 0);
});

Deno.test("a client that is closed closes all its connections, and takes no call", async () => {
  await using server = startScript(async (side) => {
    await side.request();
    if (side.count === 1) await side.send(answer("x"));
    await side.closed();
  });
  const client = trustingClient();
  await ask(client, server.host);
  const waiting = failsWith("ERR_HTTPS_RESET", /this program closed the connection/, ask(client, server.host));
  await waitFor("the second request", () => server.requests.length === 2);
  client[Symbol.dispose]();
  await waiting;
  assert.equal(client.connections, 0);
  await assert.rejects(ask(client, server.host), /closed/);
});
