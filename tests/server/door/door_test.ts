import assert from "node:assert/strict";
import { Secret } from "../../../lib/secret.ts";
import { ListenError, listenPlain, listenTls } from "../../../lib/server/door/door.ts";
import {
  createIssuer,
  DOOR_HOST,
  doorParts,
  NO_DRAIN_LIMIT_MS,
  openTestDoor,
  type TestDoor,
} from "../../support/doors/test_door.ts";

/** Whether a new connection is shown the leaf of this name. */
async function shows({ port, caPem }: TestDoor, name: string): Promise<boolean> {
  const tcp = await Deno.connect({ hostname: DOOR_HOST, port });
  const tls = await Deno.startTls(tcp, { hostname: name, caCerts: [caPem] });
  try {
    await tls.handshake();
    return true;
  } catch (failure) {
    assert.match(String(failure), /not valid for name/);
    return false;
  } finally {
    tls.close();
  }
}

for (
  const [over, options] of [
    ["HTTP/1.1", { http2: false }],
    ["HTTP/2", { http2: true }],
    ["a new connection for each request", { http2: false, poolMaxIdlePerHost: 0 }],
  ] as const
) {
  Deno.test(`a certificate changes under load over ${over}, and no request is lost`, async () => {
    const CLIENTS = 8;
    const REQUESTS_PER_CLIENT = 50;
    const ROTATIONS = 5;
    await using door = await openTestDoor(async (request) => new Response(await request.text()));
    const leaves = await Promise.all(
      Array.from({ length: ROTATIONS }, (_, index) => door.issuer.leaf(`leaf-${index}.test`)),
    );
    const clients = Array.from(
      { length: CLIENTS },
      () => Deno.createHttpClient({ caCerts: [door.caPem], ...options }),
    );
    let answered = 0;
    const rotateWhenDue = () => {
      const every = CLIENTS * REQUESTS_PER_CLIENT / (ROTATIONS + 1);
      if (answered > (ROTATIONS - leaves.length + 1) * every) door.present(leaves.shift()!);
    };
    const post = async (client: Deno.HttpClient, body: string) => {
      const response = await fetch(door.url, { method: "POST", body, client });
      assert.equal(await response.text(), body);
    };
    try {
      await Promise.all(clients.map(async (client, index) => {
        for (let count = 0; count < REQUESTS_PER_CLIENT; count++) {
          const body = `request ${count} of client ${index}`;
          await post(client, body);
          answered += 1;
          if (leaves.length > 0) rotateWhenDue();
        }
      }));
      assert.equal(leaves.length, 0, "the certificate was not changed often enough");
      assert.equal(answered, CLIENTS * REQUESTS_PER_CLIENT);
      assert.equal(await shows(door, `leaf-${ROTATIONS - 1}.test`), true);
      assert.equal(await shows(door, "first.test"), false);
    } finally {
      for (const client of clients) client.close();
    }
  });
}

Deno.test("each new connection is shown the certificate that was presented last", async () => {
  await using door = await openTestDoor(never);
  for (const [current, old] of [["b.test", "first.test"], ["c.test", "b.test"]] as const) {
    assert.equal(await shows(door, old), true);
    door.present(await door.issuer.leaf(current));
    assert.equal(await shows(door, current), true);
    assert.equal(await shows(door, old), false);
  }
});

Deno.test("a pair that cannot be used is not presented, and the old one stays", async () => {
  await using door = await openTestDoor(never);
  const { certPem } = await door.issuer.leaf("b.test");
  const { keyPem } = await door.issuer.leaf("c.test");
  assert.throws(() => door.present({ certPem, keyPem }), ListenError);
  assert.equal(await shows(door, "first.test"), true);
});

function never(): Promise<Response> {
  return Promise.reject(new Error("this test sends no request"));
}

/** A door whose one request stays in flight until it is released. */
async function withRequestInFlight(
  body: (parts: { door: TestDoor; answer: Promise<string>; release(): void }) => Promise<void>,
): Promise<void> {
  const entered = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  await using door = await openTestDoor(async () => {
    entered.resolve();
    await released.promise;
    return new Response("finished");
  });
  using client = Deno.createHttpClient({ caCerts: [door.caPem] });
  const answer = fetch(door.url, { client }).then((response) => response.text());
  await entered.promise;
  await body({ door, answer, release: released.resolve });
}

Deno.test("a request in flight finishes under the certificate that it came by", async () => {
  await withRequestInFlight(async ({ door, answer, release }) => {
    door.present(await door.issuer.leaf("b.test"));
    assert.equal(await shows(door, "b.test"), true);
    release();
    assert.equal(await answer, "finished");
  });
});

Deno.test("stop waits for a request in flight, and takes no other connection", async () => {
  await withRequestInFlight(async ({ door, answer, release }) => {
    let stopped = false;
    const stopping = door.stop(NO_DRAIN_LIMIT_MS).then(() => stopped = true);
    await assert.rejects(Deno.connect({ hostname: DOOR_HOST, port: door.port }));
    assert.equal(stopped, false);
    release();
    assert.equal(await answer, "finished");
    await stopping;
  });
});

Deno.test("stop hangs up on a request that is still in flight at the limit", async () => {
  await withRequestInFlight(async ({ door, answer, release }) => {
    const refused = assert.rejects(answer);
    await door.stop(1);
    await refused;
    release();
  });
});

Deno.test("a port that is taken is refused by either listener, even where its owner would share it", async () => {
  const pair = await (await createIssuer()).leaf("a.test");
  using parts = doorParts();
  await using first = listenTls({ hostname: DOOR_HOST, port: 0, sharePort: true, ...pair }, never, parts);
  await using plain = listenPlain(0, never, parts);
  for (const port of [first.port, plain.port]) {
    for (
      const listen of [
        () => listenTls({ hostname: DOOR_HOST, port, ...pair }, never, parts),
        () => listenPlain(port, never, parts),
      ]
    ) {
      assert.throws(listen, (failure: unknown) => {
        assert.ok(failure instanceof ListenError);
        assert.equal(failure.code, "ERR_LISTEN");
        assert.match(failure.message, /^Cannot listen on "127\.0\.0\.1:\d+": another process listens there; stop it/);
        return true;
      });
    }
  }
});

for (const hostname of [":", "a..b", "256.1.1.1", "127.0.0.1:80", "[::1", "192.0.2.1", "b\u00fccher"]) {
  Deno.test(`an address that this machine does not have, such as ${hostname}, is refused in our words`, async () => {
    const pair = await (await createIssuer()).leaf("a.test");
    using parts = doorParts();
    assert.throws(() => listenTls({ hostname, port: 0, ...pair }, never, parts), (failure: unknown) => {
      assert.ok(failure instanceof ListenError);
      assert.match(failure.message, /^Cannot listen on ".+": this machine does not have that address; write one/);
      return true;
    });
  });
}

Deno.test("a key that does not fit its certificate is refused, and is not in the error", async () => {
  const issuer = await createIssuer();
  using parts = doorParts();
  const { certPem } = await issuer.leaf("a.test");
  for (const keyPem of [(await issuer.leaf("b.test")).keyPem, new Secret("no key at all")]) {
    assert.throws(
      () => listenTls({ hostname: DOOR_HOST, port: 0, certPem, keyPem }, never, parts),
      (failure: unknown) => failure instanceof ListenError && !failure.message.includes(keyPem.reveal()),
    );
  }
});

Deno.test("the plain listener listens on loopback alone", async () => {
  using parts = doorParts();
  await using plain = listenPlain(0, never, parts);
  await assert.rejects(Deno.connect({ hostname: "127.0.0.2", port: plain.port }));
  (await Deno.connect({ hostname: DOOR_HOST, port: plain.port })).close();
});
