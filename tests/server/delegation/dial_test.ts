import assert from "node:assert/strict";
import { createServer } from "node:tls";
import { createHttpsClient } from "../../../lib/review/https/client.ts";
import { HttpsError } from "../../../lib/review/https/failure.ts";
import { Secret } from "../../../lib/secret.ts";
import { createDelegateDial } from "../../../lib/server/delegation/dial.ts";
import { SERVER_PERMISSIONS } from "../../../scripts/permissions.ts";
import { type LoopbackCertificate, makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { answer, startScript } from "../../review/https/scripted_server.ts";
import { freePort } from "../../support/free_port.ts";
import { makePair } from "../../support/certificates/made_pairs.ts";

const GOOD = await makeLoopbackCertificate(["localhost"]);
const ROGUE = await makeLoopbackCertificate(["localhost"]);

async function bodyFrom(
  host: string,
  trust: Parameters<typeof createDelegateDial>[0],
  signal = AbortSignal.timeout(30_000),
): Promise<string> {
  using client = createHttpsClient({ env: () => undefined }, { connect: createDelegateDial(trust) });
  const request = { host, method: "POST" as const, target: "/", headers: {}, body: new Uint8Array(3) };
  const { body } = await client.exchange(request, { maxBodyBytes: 1_000, signal });
  return new TextDecoder().decode(body);
}

function trusting({ caPem }: LoopbackCertificate) {
  return { caCerts: [caPem], clientCertificate: undefined };
}

function serving(pair: LoopbackCertificate) {
  return startScript(async (side) => {
    while (await side.request() !== undefined) await side.send(answer("ok"));
  }, pair);
}

Deno.test("the delegate is reached by its address and by its name", async () => {
  await using server = serving(GOOD);
  assert.equal(await bodyFrom(server.host, trusting(GOOD)), "ok");
  assert.equal(await bodyFrom(`localhost:${server.port}`, trusting(GOOD)), "ok");
});

for (
  const [what, pair, host, problem] of [
    ["whose certificate another CA issued", ROGUE, "127.0.0.1", "tls"],
    ["whose certificate is for another name", await makeLoopbackCertificate(), "localhost", "tls"],
    ["that is not there", undefined, "127.0.0.1", "refused"],
    ["whose name nobody knows", GOOD, "no-such-host.invalid", "dns"],
  ] as const
) {
  Deno.test(`a delegate ${what} is not asked`, async () => {
    await using server = serving(pair ?? GOOD);
    const port = pair === undefined ? freePort() : server.port;
    const caPem = problem === "tls" && pair !== ROGUE ? pair.caPem : GOOD.caPem;
    await assert.rejects(
      bodyFrom(`${host}:${port}`, { caCerts: [caPem], clientCertificate: undefined }),
      (failure) => failure instanceof HttpsError && failure.problem === problem,
    );
    assert.equal(server.requests.length, 0);
  });
}

Deno.test("no CA but the kubeconfig's vouches for the delegate, not even one that this machine trusts", async () => {
  await using rogue = serving(ROGUE);
  await using good = serving(GOOD);
  const folder = await Deno.makeTempDir({ prefix: "delegate-dial-" });
  try {
    await Deno.writeTextFile(`${folder}/rogue.pem`, ROGUE.caPem);
    const script = `
      import { createHttpsClient } from "${import.meta.resolve("../../../lib/review/https/client.ts")}";
      import { createDelegateDial } from "${import.meta.resolve("../../../lib/server/delegation/dial.ts")}";
      const connect = createDelegateDial({ caCerts: [${JSON.stringify(GOOD.caPem)}], clientCertificate: undefined });
      const world = { env: () => undefined };
      for (const client of [createHttpsClient(world), createHttpsClient(world, { connect })]) {
        for (const host of ["${rogue.host}", "${good.host}"]) {
          const limits = { maxBodyBytes: 1_000, signal: AbortSignal.timeout(30_000) };
          const request = { host, method: "GET", target: "/", headers: {} };
          console.log(await client.exchange(request, limits).then(() => "asked", ({ code }) => code));
        }
        client[Symbol.dispose]();
      }`;
    await Deno.writeTextFile(`${folder}/main.ts`, script);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-check", ...SERVER_PERMISSIONS, `${folder}/main.ts`],
      env: { DENO_CERT: `${folder}/rogue.pem` },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.deepEqual(new TextDecoder().decode(stdout).trim().split("\n"), [
      "asked",
      "ERR_HTTPS_TLS",
      "ERR_HTTPS_TLS",
      "asked",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the delegate sees the client certificate of the kubeconfig", async () => {
  const pair = await makePair("P-256");
  const seen = Promise.withResolvers<string>();
  const server = createServer({
    cert: GOOD.certPem,
    key: GOOD.keyPem,
    ca: pair.certPem,
    requestCert: true,
    rejectUnauthorized: false,
  }, (socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      seen.resolve(socket.getPeerCertificate().raw.toHex());
      socket.end(answer("ok"));
    });
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    const { port } = server.address() as { port: number };
    const { readTlsPair } = await import("../../../lib/tls_pair.ts");
    const fail = (why: string) => new Error(why);
    const clientCertificate = readTlsPair({ certPem: pair.certPem, keyPem: new Secret(pair.keyPem) }, {
      certificate: fail,
      key: fail,
    });
    assert.equal(await bodyFrom(`127.0.0.1:${port}`, { caCerts: [GOOD.caPem], clientCertificate }), "ok");
    const der = Uint8Array.fromBase64(pair.certPem.replace(/-----[^-]+-----|\s/g, ""));
    assert.equal(await seen.promise, der.toHex());
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

Deno.test("a handshake that hangs ends with its signal, and leaves nothing open", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  const stop = new AbortController();
  const asking = bodyFrom(`127.0.0.1:${listener.addr.port}`, trusting(GOOD), stop.signal);
  using connection = await accepted;
  stop.abort(new DOMException("The time is up", "TimeoutError"));
  await assert.rejects(asking, (failure) => failure instanceof HttpsError && failure.problem === "timeout");
  const buffer = new Uint8Array(4_096);
  while (await connection.read(buffer).catch(() => null) !== null);
  listener.close();
});
