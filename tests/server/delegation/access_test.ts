import assert from "node:assert/strict";
import { RamAuthError } from "../../../lib/errors.ts";
import { type OwnAddress, readDelegateAccess } from "../../../lib/server/delegation/access.ts";
import { realWorld } from "../../../lib/world.ts";
import { makePair } from "../../support/certificates/made_pairs.ts";
import { base64, writeWebhookKubeconfig } from "../../support/stand_ins/other_webhook.ts";

const CA = (await makePair("P-256", { isAuthority: true })).certPem;
const CLIENT = await makePair("P-256");

type Kubeconfig = Omit<Parameters<typeof writeWebhookKubeconfig>[1], "url"> & { readonly url?: string };

async function access(kubeconfig: Kubeconfig, own?: OwnAddress) {
  const folder = await Deno.makeTempDir({ prefix: "delegate-access-" });
  try {
    const path = `${folder}/kubeconfig`;
    await writeWebhookKubeconfig(path, { url: "https://hooks.example.com/review/", caPem: CA, ...kubeconfig });
    return await readDelegateAccess(realWorld(), path, own && { own });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a kubeconfig says where the delegate is, who vouches for it and who asks", async () => {
  const user = { "client-certificate-data": base64(CLIENT.certPem), "client-key-data": base64(CLIENT.keyPem) };
  const { server, address, target, caCerts, clientCertificate, token } = await access({ user });
  assert.equal(server, "https://hooks.example.com/review");
  assert.deepEqual(address, { hostname: "hooks.example.com", port: 443, host: "hooks.example.com" });
  assert.equal(target, "/review");
  assert.equal(caCerts.join("\n").trim(), CA.trim());
  assert.equal(clientCertificate?.certPem.trim(), CLIENT.certPem.trim());
  assert.equal(token, undefined);
  assert.equal((await access({ url: "https://10.0.0.1:8443", user: { token: "made-up" } })).target, "/");
});

const REFUSED: ReadonlyArray<readonly [what: string, kubeconfig: Kubeconfig, says: RegExp]> = [
  ["goes out in clear text", { url: "http://hooks.example.com" }, /in clear text; write "server" as https/],
  ["goes to loopback in clear text", { url: "http://127.0.0.1:8080" }, /in clear text/],
  ["is no URL", { url: "hooks.example.com" }, /"server" is no URL/],
  ["holds a password", { url: "https://a:b@hooks.example.com" }, /more than a host/],
  ["has a query", { url: "https://hooks.example.com/?a=b" }, /more than a host/],
  ["is an IPv6 address", { url: "https://[::1]:8443" }, /neither a host name nor an IPv4 address/],
  ["names no CA", { caPem: undefined }, /no CA is named/],
  ["is not verified", { cluster: { "insecure-skip-tls-verify": true } }, /insecure-skip-tls-verify/],
  ["is called by another name", { cluster: { "tls-server-name": "other" } }, /tls-server-name/],
  ["is behind a proxy", { cluster: { "proxy-url": "http://proxy.example.com:3128" } }, /"proxy-url" is not supported/],
  ["runs a program", { user: { exec: { command: "x", apiVersion: "client.authentication.k8s.io/v1" } } }, /"exec"/],
  ["impersonates", { user: { as: "admin" } }, /impersonation/],
  ["has half a client certificate", { user: { "client-certificate-data": base64(CLIENT.certPem) } }, /needs its key/],
  ["has a broken CA", { caPem: CA.slice(0, 90) }, /cut short/],
];

for (const [what, kubeconfig, says] of REFUSED) {
  Deno.test(`a delegate is refused that ${what}`, async () => {
    await assert.rejects(
      access(kubeconfig),
      (failure) => failure instanceof RamAuthError && says.test(failure.message) && !failure.message.includes("a:b@"),
    );
  });
}

for (
  const [url, hosts, isOwn] of [
    ["https://127.0.0.1:21362/authenticate", ["127.0.0.1"], true],
    ["https://localhost:21362/anything", ["127.0.0.1"], true],
    ["https://127.0.0.2:21362", ["0.0.0.0"], true],
    ["https://node-1:21362", ["0.0.0.0", "node-1"], true],
    ["https://127.0.0.1:21364", ["127.0.0.1"], false],
    ["https://node-2:21362", ["0.0.0.0", "node-1"], false],
    ["https://127.0.0.1:21362", ["10.0.0.7"], false],
  ] as const
) {
  Deno.test(`${url} is ${isOwn ? "" : "not "}a server that listens on ${hosts.join(" as ")}`, async () => {
    const reading = access({ url }, { hosts, port: 21_362 });
    if (isOwn) await assert.rejects(reading, /is this server itself/);
    else await reading;
  });
}

Deno.test("a port that is not known yet is no server's own", async () => {
  await access({ url: "https://127.0.0.1" }, { hosts: ["127.0.0.1"], port: 0 });
});
