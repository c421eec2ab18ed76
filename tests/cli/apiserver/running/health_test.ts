import assert from "node:assert/strict";
import { askHealth, type Health, healthCheckAt, healthCheckOf } from "../../../../lib/cli/apiserver/running/health.ts";
import { makeLoopbackCertificate } from "../../../emulator/loopback_certificate.ts";

const NEVER = new AbortController().signal;

for (
  const [what, address, port, url] of [
    ["no flags", undefined, undefined, "https://127.0.0.1:6443/readyz"],
    ["every address of IPv4", "0.0.0.0", 8443, "https://127.0.0.1:8443/readyz"],
    ["every address", "::", 6443, "https://127.0.0.1:6443/readyz"],
    ["one address", "172.16.0.2", 6443, "https://172.16.0.2:6443/readyz"],
    ["one address of IPv6", "fd00::2", 6443, "https://[fd00::2]:6443/readyz"],
  ] as const
) {
  Deno.test(`healthCheckOf() asks on this node where kube-apiserver listens at ${what}`, () => {
    assert.equal(healthCheckOf({ address, port }).url, url);
  });
}

Deno.test("healthCheckAt() takes apart where to connect to and what to ask", () => {
  const { target, path, host } = healthCheckAt("https://[::1]/livez?verbose");
  assert.deepEqual({ target, path, host }, {
    target: { host: "::1", port: 443, isTls: true },
    path: "/livez?verbose",
    host: "[::1]",
  });
  assert.deepEqual(healthCheckAt("http://localhost").target, { host: "localhost", port: 80, isTls: false });
});

for (
  const [answer, health] of [
    ["HTTP/1.1 200 OK\r\n\r\nok", { kind: "healthy" }],
    ["HTTP/1.0 200 OK\r\n\r\n", { kind: "healthy" }],
    ["HTTP/1.1 401 Unauthorized\r\n\r\n{}", { kind: "refused", status: 401 }],
    ["HTTP/1.1 403 Forbidden\r\n\r\n{}", { kind: "refused", status: 403 }],
    ["HTTP/1.1 302 Found\r\n\r\n", { kind: "sick", why: "it answers 302" }],
    ["HTTP/1.1 503 No\r\n\r\nlater\n", { kind: "sick", why: "it answers 503: later" }],
    [
      "HTTP/1.1 500 No\r\n\r\n[+]ping ok\n[-]etcd failed\n[-]x failed\nreadyz check failed\n",
      { kind: "sick", why: "it answers 500: [-]etcd failed, [-]x failed" },
    ],
    ["HTTP/1.1 500 No\r\n\r\n\u001b[2Jgone", { kind: "sick", why: "it answers 500: [2Jgone" }],
    ["SSH-2.0-x\r\n", { kind: "sick", why: "its answer is not HTTP" }],
    ["", { kind: "sick", why: "its answer is not HTTP" }],
    ["x".repeat(70_000), { kind: "sick", why: "no answer: its answer has no end" }],
  ] as const
) {
  Deno.test(`askHealth() takes ${JSON.stringify(answer.slice(0, 40))} for ${health.kind}`, async () => {
    assert.deepEqual(await askServer(answer), health);
  });
}

Deno.test("askHealth() says so where nobody listens, and stops where it is no longer wanted", async () => {
  const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  gone.close();
  const nobody = await askHealth(healthCheckAt(`https://127.0.0.1:${gone.addr.port}/readyz`), NEVER);
  assert.equal(nobody.kind, "sick");
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const unwanted = await askHealth(healthCheckAt(`https://127.0.0.1:${silent.addr.port}/`), AbortSignal.abort());
  assert.deepEqual(unwanted, { kind: "sick", why: "no answer: it took too long" });
});

/** What comes of an answer over TLS, by a certificate that nobody knows. */
async function askServer(answer: string): Promise<Health> {
  const { certPem: cert, keyPem: key } = await makeLoopbackCertificate();
  using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  const served = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(4_096));
    const writer = connection.writable.getWriter();
    // Whoever asked may have heard enough.
    await writer.write(new TextEncoder().encode(answer)).catch(() => {});
    await writer.close().catch(() => {});
  })().catch(() => {});
  const health = await askHealth(healthCheckAt(`https://127.0.0.1:${listener.addr.port}/readyz`), NEVER);
  await served;
  return health;
}
