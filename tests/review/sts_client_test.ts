import assert from "node:assert/strict";
import { type StsAnswer, type StsCall, StsDenied, StsFault, StsThrottled } from "../../lib/clouds/cloud.ts";
import { createHttpsClient } from "../../lib/review/https/client.ts";
import { type CallRates, RateLimited } from "../../lib/review/limiter.ts";
import { createStsClient, type StsClient, type StsOutcome } from "../../lib/review/sts_client.ts";
import { type LoopbackCertificate, makeLoopbackCertificate } from "../emulator/loopback_certificate.ts";

const IDENTITY = {
  cloud: "alibaba",
  arn: "acs:ram::1234567890123456:user/alice",
  canonicalArn: "acs:ram::1234567890123456:user/alice",
  accountId: "1234567890123456",
  principalId: "200000000000000001",
  sessionName: "",
  accessKeyId: "LTAI5tMadeUpKey",
} as const;

const pair = await makeLoopbackCertificate();

interface Parts {
  readonly client: StsClient;
  readonly outcomes: readonly StsOutcome[];
  /** What the call was given to judge. */
  readonly answers: readonly StsAnswer[];
  call(port: number, readAnswer?: () => never, accessKeyId?: string): StsCall;
  advance(milliseconds: number): void;
}

/** A client with a clock that stands, and calls whose every answer is good. */
async function withClient(
  body: (parts: Parts) => Promise<void>,
  rates: CallRates = { server: 1_000, key: 1_000 },
): Promise<void> {
  const outcomes: StsOutcome[] = [];
  const answers: StsAnswer[] = [];
  let elapsedMs = 0;
  // One connection at most, so that a call waits until the one before it may be used again.
  using https = createHttpsClient({ env: () => undefined }, { caCerts: [pair.caPem], limits: { maxPerHost: 1 } });
  await body({
    client: createStsClient({ elapsedMs: () => elapsedMs }, https, {
      rates: () => rates,
      observe: (outcome) => void outcomes.push(outcome),
    }),
    outcomes,
    answers,
    call: (port, readAnswer, accessKeyId = "LTAI5tMadeUpKey1") => ({
      host: `127.0.0.1:${port}`,
      region: "custom",
      method: "POST",
      target: "/?ACKClusterId=c1",
      headers: { "x-made-up": "header" },
      accessKeyId,
      endsAtMs: Infinity,
      readAnswer(answer) {
        answers.push(answer);
        return readAnswer?.() ?? IDENTITY;
      },
    }),
    advance: (milliseconds) => void (elapsedMs += milliseconds),
  });
}

function serveTls({ certPem: cert, keyPem: key }: LoopbackCertificate, handler: Deno.ServeHandler<Deno.NetAddr>) {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} }, handler);
}

/** Takes connections, and does with each what the test says; what is still open is closed at the end. */
function acceptTls(
  { certPem: cert, keyPem: key }: LoopbackCertificate,
  serve: (connection: Deno.TlsConn, count: number) => Promise<void>,
) {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  const connections: Deno.TlsConn[] = [];
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      serving.push(serve(connection, connections.length));
    }
  })();
  return {
    port: listener.addr.port,
    connections: () => connections.length,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const connection of connections) {
        try {
          connection.close();
        } catch (failure) {
          if (!(failure instanceof Deno.errors.BadResource)) throw failure;
        }
      }
      await Promise.all(serving);
    },
  };
}

Deno.test("a call goes out as it was made, and its answer is judged whole", async () => {
  await withClient(async ({ client, call, answers, outcomes }) => {
    const seen: string[] = [];
    await using server = serveTls(pair, ({ method, url, headers }) => {
      seen.push(`${method} ${new URL(url).pathname}${new URL(url).search} ${headers.get("x-made-up")}`);
      return new Response("an answer", { status: 207, headers: { "content-type": "text/made-up" } });
    });
    assert.deepEqual(await client.ask(call(server.addr.port)), IDENTITY);
    assert.deepEqual(seen, ["POST /?ACKClusterId=c1 header"]);
    const judged = answers.map(({ status, contentType, body }) => ({ status, contentType, body }));
    assert.deepEqual(judged, [
      { status: 207, contentType: "text/made-up", body: new TextEncoder().encode("an answer") },
    ]);
    assert.deepEqual(outcomes, [{ kind: "answered", region: "custom", status: 207, throttled: false }]);
  });
});

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`a redirect with ${status} is an answer like any other, and nobody follows it`, async () => {
    await withClient(async ({ client, call, answers }) => {
      let followed = 0;
      let calls = 0;
      await using elsewhere = serveTls(pair, () => {
        followed += 1;
        return new Response("elsewhere");
      });
      const location = `https://127.0.0.1:${elsewhere.addr.port}/`;
      await using server = serveTls(pair, () => {
        calls += 1;
        return new Response("moved", { status, headers: { location } });
      });
      await client.ask(call(server.addr.port));
      assert.deepEqual([calls, followed], [1, 0]);
      assert.deepEqual(answers.map((answer) => answer.status), [status]);
    });
  });
}

Deno.test("an answer of 64 KiB is read, and one byte more is an outage that is not tried again", async () => {
  await withClient(async ({ client, call, answers, outcomes }) => {
    let length = 65_536;
    let calls = 0;
    await using server = serveTls(pair, () => {
      calls += 1;
      return new Response("x".repeat(length));
    });
    await client.ask(call(server.addr.port));
    assert.equal(answers[0]?.body.length, 65_536);
    length += 1;
    await assert.rejects(client.ask(call(server.addr.port)), StsFault);
    assert.deepEqual([calls, answers.length], [2, 1]);
    assert.deepEqual(outcomes[1], { kind: "failed", region: "custom" });
  });
});

Deno.test("an STS that takes connections and stays silent is an outage, and is not tried again", async () => {
  await withClient(async ({ client, call, answers, outcomes }) => {
    await using server = acceptTls(pair, async (connection) => void await connection.handshake());
    await assert.rejects(client.ask(call(server.port)), (failure: unknown) => {
      assert.ok(failure instanceof StsFault);
      assert.match(
        failure.message,
        /^Cannot verify the token: no answer from STS at "127\.0\.0\.1:\d+": no whole answer/,
      );
      return true;
    });
    assert.equal(server.connections(), 1);
    assert.deepEqual([answers, outcomes], [[], [{ kind: "failed", region: "custom" }]]);
  });
});

Deno.test("a kept connection that breaks is tried once more, on a new one, and only once", async () => {
  await withClient(async ({ client, call, outcomes }) => {
    let goodUntil = 1;
    await using server = acceptTls(pair, async (connection, count) => {
      await connection.handshake();
      for (let answers = 0; await connection.read(new Uint8Array(4_096)) !== null && count <= goodUntil; answers++) {
        if (answers === 1) break;
        await connection.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"));
      }
      connection.close();
    });
    assert.deepEqual(await client.ask(call(server.port)), IDENTITY);
    goodUntil = 2;
    assert.deepEqual(await client.ask(call(server.port)), IDENTITY);
    await assert.rejects(client.ask(call(server.port)), StsFault);
    assert.equal(server.connections(), 3);
    assert.deepEqual(outcomes.map(({ kind }) => kind), ["answered", "answered", "failed"]);
  });
});

Deno.test("a server whose certificate is not trusted is an outage, and is told nothing", async () => {
  await withClient(async ({ client, call }) => {
    let calls = 0;
    await using server = serveTls(await makeLoopbackCertificate(), () => {
      calls += 1;
      return new Response("ok");
    });
    await assert.rejects(client.ask(call(server.addr.port)), StsFault);
    assert.equal(calls, 0);
  });
});

for (
  const [what, refusal] of [["a denial", new StsDenied("SignatureDoesNotMatch", "r-1")], [
    "an outage",
    new StsFault("x"),
  ]] as const
) {
  Deno.test(`${what} pauses nobody: the next call is made at once`, async () => {
    await withClient(async ({ client, call, outcomes }) => {
      let calls = 0;
      await using server = serveTls(pair, () => {
        calls += 1;
        return new Response("no", { status: 403 });
      });
      const refuse = () => {
        throw refusal;
      };
      await assert.rejects(client.ask(call(server.addr.port, refuse)), (e) => e === refusal);
      assert.deepEqual(await client.ask(call(server.addr.port)), IDENTITY);
      assert.equal(calls, 2);
      assert.deepEqual(outcomes.map((outcome) => outcome.kind === "answered" && outcome.throttled), [false, false]);
    });
  });
}

Deno.test("no call is made for a second after STS asked for fewer, and then calls are made again", async () => {
  await withClient(async ({ client, call, advance, outcomes }) => {
    let calls = 0;
    await using server = serveTls(pair, () => {
      calls += 1;
      return new Response("slower", { status: 429 });
    });
    const { port } = server.addr;
    const throttled = () => {
      throw new StsThrottled("slower");
    };
    await assert.rejects(client.ask(call(port, throttled)), StsThrottled);
    advance(999);
    await assert.rejects(client.ask(call(port)), StsThrottled);
    assert.equal(calls, 1);
    advance(1);
    await client.ask(call(port));
    assert.equal(calls, 2);
    assert.deepEqual(outcomes.map((outcome) => outcome.kind === "answered" && outcome.throttled), [true, false]);
  });
});

Deno.test("a throttled key keeps nobody else from STS", async () => {
  await withClient(async ({ client, call }) => {
    await using server = serveTls(pair, () => new Response("{}"));
    const { port } = server.addr;
    const throttled = () => {
      throw new StsThrottled("slower");
    };
    await assert.rejects(client.ask(call(port, throttled, "LTAI5tMadeUpLoud")), StsThrottled);
    assert.deepEqual(await client.ask(call(port, undefined, "LTAI5tMadeUpQuiet")), IDENTITY);
    await assert.rejects(client.ask(call(port, undefined, "LTAI5tMadeUpLoud")), StsThrottled);
  });
});

Deno.test("a key that calls too often reaches STS no more, and others do; who was confirmed comes first", async () => {
  await withClient(async ({ client, call, advance }) => {
    let calls = 0;
    await using server = serveTls(pair, () => {
      calls += 1;
      return new Response("{}");
    });
    const { port } = server.addr;
    const ask = (key: string) => client.ask(call(port, undefined, key));
    await ask("LTAI5tMadeUpLoud");
    await ask("LTAI5tMadeUpLoud");
    await assert.rejects(ask("LTAI5tMadeUpLoud"), RateLimited);
    await ask("LTAI5tMadeUpQuiet");
    assert.equal(calls, 3);
    // Of six calls a second, three are left for those whom STS knows.
    advance(100);
    await assert.rejects(ask("LTAI5tMadeUpNew"), RateLimited);
    await ask("LTAI5tMadeUpQuiet");
    assert.equal(calls, 4);
  }, { server: 6, key: 1 });
});

Deno.test("an STS that closes every connection is asked no more after five calls, and again a second later", async () => {
  await withClient(async ({ client, call, advance, outcomes }) => {
    await using server = acceptTls(pair, async (connection) => {
      await connection.handshake();
      connection.close();
    });
    for (let i = 0; i < 5; i++) await assert.rejects(client.ask(call(server.port)), /no answer from STS/);
    for (let i = 0; i < 5; i++) await assert.rejects(client.ask(call(server.port)), /is not asked: it gave no answer/);
    assert.equal(server.connections(), 5);
    assert.deepEqual(outcomes.map(({ kind }) => kind), Array.from({ length: 10 }, () => "failed"));
    advance(1_000);
    await assert.rejects(client.ask(call(server.port)), /no answer from STS/);
  });
});

Deno.test("an STS whose answers cannot be used is asked again each time: whoever asks may have brought that about", async () => {
  await withClient(async ({ client, call }) => {
    let calls = 0;
    await using server = serveTls(pair, () => {
      calls += 1;
      return new Response("x".repeat(65_537));
    });
    for (let i = 0; i < 8; i++) await assert.rejects(client.ask(call(server.addr.port)), /larger than 65536 bytes/);
    assert.equal(calls, 8);
  });
});
