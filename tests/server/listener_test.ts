import assert from "node:assert/strict";
import { Secret } from "../../lib/secret.ts";
import {
  ListenError,
  type ListenOptions,
  listenPlain,
  listenTls,
  type TlsListener,
} from "../../lib/server/listener.ts";
import { createAuthority, issueServingCertificate } from "../../lib/state/certificate.ts";
import { parseHost } from "../../lib/state/host.ts";
import { generatePrivateKey } from "../../lib/state/private_key.ts";

const HOSTNAME = "127.0.0.1";
const NO_DRAIN_LIMIT_MS = 60_000;

type Pair = Pick<ListenOptions, "certPem" | "keyPem">;

interface Issuer {
  readonly caPem: string;
  /** Each leaf has a name of its own, by which a client finds out which one it is shown. */
  leaf(name: string): Promise<Pair>;
}

async function createIssuer(): Promise<Issuer> {
  const now = new Date();
  const caKey = { pem: await generatePrivateKey(), path: "ca-key.pem" };
  const certificate = await createAuthority(caKey, { name: "listener test CA", now });
  return {
    caPem: certificate.pem,
    async leaf(name) {
      const key = { pem: await generatePrivateKey(), path: "key.pem" };
      const names = [parseHost(HOSTNAME), parseHost(name)];
      const { pem } = await issueServingCertificate({ certificate, key: caKey }, { key, names, now });
      return { certPem: pem, keyPem: key.pem };
    },
  };
}

/**
 * Connects, and once more where that fails as kube-apiserver does: the listener that was replaced is closed with the
 * connections that had not yet been taken from its queue.
 */
async function connect(port: number): Promise<Deno.TcpConn> {
  return await Deno.connect({ hostname: HOSTNAME, port }).catch((failure) => {
    assert.ok(failure instanceof Deno.errors.ConnectionReset, String(failure));
    return Deno.connect({ hostname: HOSTNAME, port });
  });
}

/** Whether a new connection is shown the leaf of this name. */
async function shows({ port }: TlsListener, { caPem }: Issuer, name: string): Promise<boolean> {
  const tcp = await connect(port);
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
  Deno.test(`a certificate changes under load over ${over}, and no request is lost that is tried twice`, async () => {
    const CLIENTS = 8;
    const REQUESTS_PER_CLIENT = 50;
    const ROTATIONS = 5;
    const issuer = await createIssuer();
    const leaves = await Promise.all(
      Array.from({ length: ROTATIONS }, (_, index) => issuer.leaf(`leaf-${index}.test`)),
    );
    const listener = listenTls(
      { hostname: HOSTNAME, port: 0, ...await issuer.leaf("first.test") },
      async (request) => new Response(await request.text()),
    );
    const clients = Array.from(
      { length: CLIENTS },
      () => Deno.createHttpClient({ caCerts: [issuer.caPem], ...options }),
    );
    let answered = 0;
    const rotateWhenDue = () => {
      const every = CLIENTS * REQUESTS_PER_CLIENT / (ROTATIONS + 1);
      if (answered > (ROTATIONS - leaves.length + 1) * every) listener.present(leaves.shift()!);
    };
    const post = async (client: Deno.HttpClient, body: string) => {
      const response = await fetch(`https://${HOSTNAME}:${listener.port}/`, { method: "POST", body, client });
      assert.equal(await response.text(), body);
    };
    try {
      await Promise.all(clients.map(async (client, index) => {
        for (let count = 0; count < REQUESTS_PER_CLIENT; count++) {
          const body = `request ${count} of client ${index}`;
          await post(client, body).catch(async (failure) => {
            if (!(failure instanceof TypeError)) throw failure;
            await post(client, body);
          });
          answered += 1;
          if (leaves.length > 0) rotateWhenDue();
        }
      }));
      assert.equal(leaves.length, 0, "the certificate was not changed often enough");
      assert.equal(answered, CLIENTS * REQUESTS_PER_CLIENT);
      assert.equal(await shows(listener, issuer, `leaf-${ROTATIONS - 1}.test`), true);
      assert.equal(await shows(listener, issuer, "first.test"), false);
    } finally {
      for (const client of clients) client.close();
      await listener.stop(NO_DRAIN_LIMIT_MS);
    }
  });
}

Deno.test("each new connection is shown the certificate that was presented last", async () => {
  const issuer = await createIssuer();
  const listener = listenTls({ hostname: HOSTNAME, port: 0, ...await issuer.leaf("a.test") }, () => never());
  const { port } = listener;
  for (const [current, old] of [["b.test", "a.test"], ["c.test", "b.test"]] as const) {
    assert.equal(await shows(listener, issuer, old), true);
    listener.present(await issuer.leaf(current));
    for (let count = 0; count < 20; count++) {
      assert.equal(await shows(listener, issuer, current), true);
      assert.equal(await shows(listener, issuer, old), false);
    }
  }
  assert.equal(listener.port, port);
  await listener.stop(NO_DRAIN_LIMIT_MS);
});

function never(): Promise<Response> {
  return Promise.reject(new Error("this test sends no request"));
}

/** A listener whose one request stays in flight until it is released. */
async function withRequestInFlight(
  body: (parts: { listener: TlsListener; issuer: Issuer; answer: Promise<Response>; release(): void }) => Promise<void>,
): Promise<void> {
  const issuer = await createIssuer();
  const entered = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const listener = listenTls({ hostname: HOSTNAME, port: 0, ...await issuer.leaf("a.test") }, async () => {
    entered.resolve();
    await released.promise;
    return new Response("finished");
  });
  using client = Deno.createHttpClient({ caCerts: [issuer.caPem] });
  const answer = fetch(`https://${HOSTNAME}:${listener.port}/`, { client });
  await entered.promise;
  await body({ listener, issuer, answer, release: released.resolve });
}

Deno.test("a request in flight finishes under the certificate that it came by", async () => {
  await withRequestInFlight(async ({ listener, issuer, answer, release }) => {
    listener.present(await issuer.leaf("b.test"));
    assert.equal(await shows(listener, issuer, "b.test"), true);
    release();
    assert.equal(await (await answer).text(), "finished");
    await listener.stop(NO_DRAIN_LIMIT_MS);
  });
});

for (const rotated of [false, true]) {
  Deno.test(`stop waits for a request in flight${rotated ? " under an earlier certificate" : ""}, and takes no other`, async () => {
    await withRequestInFlight(async ({ listener, issuer, answer, release }) => {
      if (rotated) listener.present(await issuer.leaf("b.test"));
      let stopped = false;
      const stopping = listener.stop(NO_DRAIN_LIMIT_MS).then(() => stopped = true);
      await assert.rejects(Deno.connect({ hostname: HOSTNAME, port: listener.port }));
      assert.equal(stopped, false);
      release();
      assert.equal(await (await answer).text(), "finished");
      await stopping;
    });
  });
}

Deno.test("stop gives up on a request that is still in flight at the limit", async () => {
  await withRequestInFlight(async ({ listener, answer, release }) => {
    await listener.stop(1);
    release();
    assert.equal(await (await answer).text(), "finished");
    await listener.stop(NO_DRAIN_LIMIT_MS);
  });
});

Deno.test("a port that is taken is refused by either listener, even by one that would share it", async () => {
  const pair = await (await createIssuer()).leaf("a.test");
  const first = listenTls({ hostname: HOSTNAME, port: 0, ...pair }, never);
  await using plain = listenPlain(0, never);
  for (const port of [first.port, plain.addr.port]) {
    for (
      const listen of [() => listenTls({ hostname: HOSTNAME, port, ...pair }, never), () => listenPlain(port, never)]
    ) {
      assert.throws(listen, (failure: unknown) => {
        assert.ok(failure instanceof ListenError);
        assert.equal(failure.code, "ERR_LISTEN");
        assert.match(failure.message, /^Cannot listen on "127\.0\.0\.1:\d+": another process listens there; stop it/);
        return true;
      });
    }
  }
  await first.stop(NO_DRAIN_LIMIT_MS);
});

Deno.test("a key that does not fit its certificate is refused, and is not in the error", async () => {
  const issuer = await createIssuer();
  const { certPem } = await issuer.leaf("a.test");
  for (const keyPem of [(await issuer.leaf("b.test")).keyPem, new Secret("no key at all")]) {
    assert.throws(
      () => listenTls({ hostname: HOSTNAME, port: 0, certPem, keyPem }, never),
      (failure: unknown) => failure instanceof ListenError && !failure.message.includes(keyPem.reveal()),
    );
  }
});

Deno.test("the plain listener listens on loopback alone", async () => {
  await using plain = listenPlain(0, never);
  assert.equal(plain.addr.hostname, "127.0.0.1");
});
