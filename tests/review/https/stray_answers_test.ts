import assert from "node:assert/strict";
import { createConnection } from "../../../lib/review/https/connection.ts";
import { HttpsError } from "../../../lib/review/https/failure.ts";
import { waitFor } from "../../support/wait_for.ts";
import { answer, ask, NO_DEADLINE, PAIR, type ServerSide, startScript, trustingClient } from "./scripted_server.ts";

/** How the answer before the stray bytes is framed. */
const FRAMINGS: Readonly<Record<string, (body: string) => string>> = {
  "a content length": answer,
  chunks: (body) =>
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  "chunks and a trailer": (body) =>
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${
      body.length.toString(16)
    };x=y\r\n${body}\r\n0\r\nx-sum: 1\r\n\r\n`,
  "an interim answer before": (body) => `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${answer(body)}`,
  "a connection that is kept by name": (body) => answer(body, "connection: keep-alive\r\n"),
};

/** What comes behind it, though nobody asked. */
const STRAYS: Readonly<Record<string, string>> = {
  "a second answer": answer("of nobody"),
  "a second answer in chunks": "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nof nobody\r\n0\r\n\r\n",
  "two more answers": answer("of nobody") + answer("of nobody"),
  "the head of an answer": "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n",
  "an interim answer": "HTTP/1.1 100 Continue\r\n\r\n",
  "a farewell": "HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
  "an empty line": "\r\n",
  "one byte": "H",
};

/** When it comes. Resolves once it has been sent. */
const TIMES: Readonly<Record<string, (side: ServerSide, first: string, stray: string) => Promise<void>>> = {
  "in the same write": (side, first, stray) => side.send(first + stray),
  "in the next write": async (side, first, stray) => {
    await side.send(first);
    await side.send(stray);
  },
  "after a turn of the event loop": async (side, first, stray) => {
    await side.send(first);
    await new Promise((resolve) => setTimeout(resolve, 0));
    await side.send(stray);
  },
  "byte by byte": async (side, first, stray) => {
    for (const byte of first + stray) await side.send(byte);
  },
};

for (const [framing, frame] of Object.entries(FRAMINGS)) {
  for (const [what, stray] of Object.entries(STRAYS)) {
    for (const [when, send] of Object.entries(TIMES)) {
      Deno.test(`${what} behind an answer with ${framing}, ${when}, is nobody's answer`, async () => {
        await using server = startScript(async (side) => {
          for (let head = await side.request(); head !== undefined; head = await side.request()) {
            await send(side, frame(`of ${head.split(" ")[1]}`), stray);
          }
        });
        // One connection at most, so that a call waits until the one before it is gone, or is used again.
        using client = trustingClient({ limits: { maxPerHost: 1, restMs: 2_000 } });
        for (const target of ["/1", "/2"]) {
          assert.equal(await ask(client, server.host, { target }), `of ${target}`);
        }
        assert.equal(server.connections(), 2);
      });
    }
  }
}

Deno.test("without stray bytes, one connection serves all", async () => {
  await using server = startScript(async (side) => {
    for (let head = await side.request(); head !== undefined; head = await side.request()) {
      await side.send(answer(`of ${head.split(" ")[1]}`));
    }
  });
  using client = trustingClient({ limits: { maxPerHost: 1 } });
  for (const target of ["/1", "/2", "/3"]) assert.equal(await ask(client, server.host, { target }), `of ${target}`);
  assert.equal(server.connections(), 1);
});

for (const [what, stray] of Object.entries(STRAYS)) {
  Deno.test(`${what} on an idle connection ends it at once`, async () => {
    const sides: ServerSide[] = [];
    await using server = startScript(async (side) => {
      sides.push(side);
      await side.request();
      await side.send(answer("mine"));
      await side.closed();
    });
    using client = trustingClient();
    assert.equal(await ask(client, server.host), "mine");
    assert.equal(client.connections, 1);
    await sides[0]!.send(stray);
    await waitFor("the connection to go", () => client.connections === 0);
    assert.equal(await ask(client, server.host), "mine");
    assert.equal(server.connections(), 2);
  });

  Deno.test(`${what} before the first request ends the connection`, async () => {
    await using server = startScript(async (side) => {
      await side.send(stray);
      await side.closed();
    });
    const tls = await Deno.connectTls({ hostname: "127.0.0.1", port: server.port, caCerts: [PAIR.caPem] });
    const connection = createConnection(tls, server.host, () => {});
    await waitFor("the connection to close", () => !connection.isOpen);
    const question = { request: new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"), maxBodyBytes: 100 };
    await assert.rejects(
      connection.ask(question, NO_DEADLINE),
      (e) => e instanceof HttpsError && /nobody had asked for/.test(e.why) && e.beforeAnswer,
    );
    assert.deepEqual(server.requests, []);
  });
}

Deno.test("with the limits that ship, calls one after another never get a second answer that comes later", async () => {
  await using server = startScript(async (side) => {
    for (let head = await side.request(); head !== undefined; head = await side.request()) {
      const own = answer(`of ${head.split(" ")[1]}`);
      await side.send(own);
      await side.send(own);
    }
  });
  using client = trustingClient();
  for (let index = 0; index < 60; index++) {
    assert.equal(await ask(client, server.host, { target: `/${index}` }), `of /${index}`);
  }
});

Deno.test("of 200 calls in flight at once to a server that answers twice, none gets another's answer", async () => {
  await using server = startScript(async (side) => {
    for (let head = await side.request(); head !== undefined; head = await side.request()) {
      const [, target] = head.split(" ");
      await side.send(answer(`of ${target}`));
      if (Number(target!.slice(1)) % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      await side.send(answer(`of ${target}, again`));
    }
  });
  using client = trustingClient({ limits: { maxPerHost: 20, restMs: 1_000 } });
  const targets = Array.from({ length: 200 }, (_, index) => `/${index}`);
  const got = await Promise.all(targets.map((target) => ask(client, server.host, { target })));
  assert.deepEqual(got, targets.map((target) => `of ${target}`));
});
