import assert from "node:assert/strict";
import { FileError } from "../lib/files.ts";
import { CaBundleError } from "../lib/trust.ts";
import { BodyTooLargeError, createTrustingClient, readBodyCapped } from "../lib/http.ts";
import { createAuthority, issueServingCertificate } from "../lib/state/certificate.ts";
import { parseHost } from "../lib/state/host.ts";
import { generatePrivateKey } from "../lib/state/private_key.ts";
import { realWorld } from "../lib/world.ts";
import { withFile } from "./config/fake_world.ts";

const PROXIED = "sts.ram-auth.test";
const CERTIFICATE = await makeCertificate();

/** A root, and a certificate under it for `localhost` and for a name that no resolver knows. */
async function makeCertificate(): Promise<{ caPem: string; cert: string; key: string }> {
  const now = new Date();
  const caKey = { pem: await generatePrivateKey(), path: "ca-key.pem" };
  const key = { pem: await generatePrivateKey(), path: "key.pem" };
  const ca = await createAuthority(caKey, { name: "http test CA", now });
  const names = ["localhost", PROXIED].map(parseHost);
  const { pem } = await issueServingCertificate({ certificate: ca, key: caKey }, { key, names, now });
  return { caPem: ca.pem, cert: pem, key: key.pem.reveal() };
}

function serveTls(): Deno.HttpServer<Deno.NetAddr> {
  const { cert, key } = CERTIFICATE;
  const options = { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} };
  return Deno.serve(options, () => new Response("hello"));
}

function streamOf(...sizes: number[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(sizes.map((size) => new Uint8Array(size).fill(size)));
}

for (
  const [what, body, length] of [
    ["no body", () => null, 0],
    ["an empty body", () => streamOf(), 0],
    ["one chunk", () => streamOf(5), 5],
    ["many chunks", () => streamOf(1, 0, 4, 5), 10],
  ] as const
) {
  Deno.test(`readBodyCapped() reads ${what}`, async () => {
    const bytes = await readBodyCapped(body(), 10);
    assert.equal(bytes.length, length);
    assert(!bytes.includes(0));
  });
}

Deno.test("readBodyCapped() stops an endless body as soon as it is above the cap", async () => {
  let sent = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1;
      controller.enqueue(new Uint8Array(4));
    },
    cancel() {
      cancelled = true;
    },
  });
  await assert.rejects(
    readBodyCapped(body, 10),
    (e) => e instanceof BodyTooLargeError && e.code === "ERR_BODY_TOO_LARGE",
  );
  assert(cancelled);
  assert(sent <= 4, `${sent} chunks were taken`);
});

Deno.test("readBodyCapped() gives up a body that never comes when its signal aborts", async () => {
  const stop = new AbortController();
  const reason = new Error("late");
  let cancelledWith: unknown;
  const body = new ReadableStream<Uint8Array>({ cancel: (why) => void (cancelledWith = why) });
  const reading = readBodyCapped(body, 10, stop.signal);
  stop.abort(reason);
  await assert.rejects(reading, (e) => e === reason);
  assert.equal(cancelledWith, reason);
});

Deno.test("readBodyCapped() throws what the sender's connection throws", async () => {
  const failure = new TypeError("reset");
  const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(failure) });
  await assert.rejects(readBodyCapped(body, 10), (e) => e === failure);
});

Deno.test("createTrustingClient() trusts the file's roots, which the public ones do not vouch for", async () => {
  await using server = serveTls();
  const url = `https://localhost:${server.addr.port}/`;
  await withFile(`# ours\n${CERTIFICATE.caPem}`, async (path) => {
    using client = await createTrustingClient(realWorld(), path);
    assert.equal(await (await fetch(url, { client })).text(), "hello");
  });
  using client = await createTrustingClient(realWorld(), undefined);
  await assert.rejects(
    fetch(url, { client }),
    (e) => e instanceof TypeError && /certificate/i.test(String(e.cause ?? e)),
  );
});

for (
  const [why, content] of [
    ["nothing", ""],
    ["text", "no certificate"],
    ["a private key", CERTIFICATE.key],
    ["half a certificate", CERTIFICATE.caPem.slice(0, 200)],
    ["a certificate that is no base64", "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"],
    ["a certificate of other bytes", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
  ] as const
) {
  Deno.test(`createTrustingClient() refuses a file that holds ${why}`, () =>
    withFile(content, async (path) => {
      await assert.rejects(
        createTrustingClient(realWorld(), path),
        (e) => e instanceof CaBundleError && e.code === "ERR_CA_BUNDLE" && e.message.includes(path),
      );
    }));
}

Deno.test("createTrustingClient() refuses a file that cannot be read", () =>
  withFile(new Uint8Array([0xff]), async (path) => {
    for (const file of [path, `${path}.gone`]) {
      await assert.rejects(createTrustingClient(realWorld(), file), (e) => e instanceof FileError);
    }
  }));

/** A proxy for CONNECT: whatever host is asked for, it leads to `port`. */
function startProxy(port: number): AsyncDisposable & { readonly url: string; readonly asked: readonly string[] } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  const tunnels: Promise<unknown>[] = [];
  const accepting = (async () => {
    for await (const client of listener) tunnels.push(tunnel(client, port, asked));
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await accepting;
      await Promise.all(tunnels);
    },
  };
}

async function tunnel(client: Deno.Conn, port: number, asked: string[]): Promise<void> {
  const buffer = new Uint8Array(4_096);
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    const read = await client.read(buffer);
    if (read === null) return client.close();
    head += new TextDecoder().decode(buffer.subarray(0, read));
  }
  asked.push(head.split(" HTTP/")[0]!);
  const server = await Deno.connect({ hostname: "127.0.0.1", port });
  await client.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
  await Promise.allSettled([client.readable.pipeTo(server.writable), server.readable.pipeTo(client.writable)]);
}

for (
  const [what, host, noProxy, want] of [
    ["follows HTTPS_PROXY, which also finds the host", `${PROXIED}:443`, "", [`CONNECT ${PROXIED}:443`]],
    ["passes the proxy by for a host of NO_PROXY", "localhost", "localhost", []],
  ] as const
) {
  Deno.test(`a client of createTrustingClient() ${what}`, () =>
    withFile(CERTIFICATE.caPem, async (caFile) => {
      await using server = serveTls();
      await using proxy = startProxy(server.addr.port);
      const url = `https://${host.includes(":") ? host : `${host}:${server.addr.port}`}/`;
      const lib = (name: string) => JSON.stringify(new URL(`../lib/${name}.ts`, import.meta.url).href);
      const script = `
        import { createTrustingClient } from ${lib("http")};
        import { realWorld } from ${lib("world")};
        using client = await createTrustingClient(realWorld(), Deno.args[0]);
        const response = await fetch(Deno.args[1], { client });
        realWorld().stdout.write(await response.text());
      `;
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--no-prompt",
          "--quiet",
          "--allow-read",
          "--allow-net",
          "--allow-env",
          `data:application/typescript,${encodeURIComponent(script)}`,
          caFile,
          url,
        ],
        env: { HTTPS_PROXY: proxy.url, NO_PROXY: noProxy, no_proxy: noProxy, NO_COLOR: "1" },
      }).output();
      assert.equal(new TextDecoder().decode(stdout), "hello", new TextDecoder().decode(stderr));
      assert.deepEqual(proxy.asked, want);
    }));
}
