import assert from "node:assert/strict";
import { certificateIssuer } from "../../lib/clouds/certificate_issuer.ts";
import { networkFault } from "../../lib/clouds/network_fault.ts";
import { BodyTooLargeError } from "../../lib/http.ts";
import { fakeWorld } from "../config/fake_world.ts";
import { CERTIFICATE } from "../emulator/stage.ts";
import { freePort } from "../support/free_port.ts";
import { startHttpProxy } from "../support/stand_ins/http_proxy.ts";

const ABOUT = {
  url: "https://sts.example/",
  deadlineMs: 5_000,
  hostOption: "--sts-endpoint",
  trustOption: "--sts-ca-file",
  isHere: false,
};
const PROXY = { HTTPS_PROXY: "http://user:Hidden@proxy.example:3128" };

/** What this runtime really throws. */
async function failureOf(url: string, options: Deno.CreateHttpClientOptions = {}): Promise<unknown> {
  using client = Deno.createHttpClient(options);
  try {
    await (await fetch(url, { client, signal: AbortSignal.timeout(60_000) })).body?.cancel();
  } catch (thrown) {
    return thrown;
  }
  throw new Error(`${url} answered`);
}

function startTls() {
  const { certPem: cert, keyPem: key } = CERTIFICATE;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} }, () => new Response());
  return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
}

Deno.test("a host that refuses connections is said to", async () => {
  const failure = await failureOf(`https://127.0.0.1:${freePort()}/?secret`);
  assert.equal(
    await networkFault(fakeWorld(), failure, ABOUT),
    "the host refuses connections; check the network, the proxy variables and --sts-endpoint",
  );
  assert.match(await networkFault(fakeWorld(PROXY), failure, ABOUT), /^the host or the proxy in HTTPS_PROXY refuses/);
  assert.equal(
    await networkFault(fakeWorld(PROXY), failure, { ...ABOUT, isHere: true, hostOption: "that it runs" }),
    "the host refuses connections; check that it runs",
  );
});

Deno.test("a name that is none is said to be", async () => {
  const fault = await networkFault(fakeWorld(), await failureOf("https://sts.not-there.invalid/"), ABOUT);
  assert.match(fault, /^the name of the host cannot be resolved; check DNS/);
});

for (
  const [status, words] of [
    [407, /^the proxy in HTTPS_PROXY asks for credentials \(HTTP 407\); write them as "http:\/\/<user>:<password>@/],
    [403, /^the proxy in HTTPS_PROXY refuses a connection to it; allow the host there, or exempt it in NO_PROXY$/],
  ] as const
) {
  Deno.test(`a proxy that answers with HTTP ${status} is named by its variable`, async () => {
    await using proxy = startHttpProxy({ status });
    const failure = await failureOf("https://sts.example/", { proxy: { url: proxy.url } });
    assert.match(await networkFault(fakeWorld(PROXY), failure, ABOUT), words);
  });
}

Deno.test("a certificate that is not trusted is told by its issuer, also through a proxy", async () => {
  await using tls = startTls();
  const url = `https://127.0.0.1:${tls.port}/`;
  const failure = await failureOf(url);
  const words =
    'its certificate is issued by "emulator test CA", which is not trusted; if that is your company\'s CA, or a proxy ' +
    "that opens TLS, name its CA bundle with --sts-ca-file";
  assert.equal(await networkFault(fakeWorld(), failure, { ...ABOUT, url }), words);
  await using proxy = startHttpProxy({ port: tls.port });
  const behind = { ...ABOUT, url: "https://sts.example/" };
  assert.equal(await networkFault(fakeWorld({ HTTPS_PROXY: proxy.url }), failure, behind), words);
  assert.deepEqual(proxy.asked, ["CONNECT sts.example:443 HTTP/1.1"]);
});

Deno.test("an issuer that cannot be had is no harm", async () => {
  const nowhere = new URL(`https://127.0.0.1:${freePort()}/`);
  assert.equal(await certificateIssuer(fakeWorld(), nowhere), undefined);
  assert.equal(await certificateIssuer(fakeWorld({ HTTPS_PROXY: "::" }), nowhere), undefined);
  await using proxy = startHttpProxy({ status: 407 });
  assert.equal(await certificateIssuer(fakeWorld({ ALL_PROXY: proxy.url }), nowhere), undefined);
  await using plain = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response());
  assert.equal(await certificateIssuer(fakeWorld(), new URL(`https://127.0.0.1:${plain.addr.port}/`)), undefined);
  const failure = new TypeError("invalid peer certificate: UnknownIssuer");
  assert.match(
    await networkFault(fakeWorld(), failure, { ...ABOUT, url: nowhere.href }),
    /issued by a CA, which is not/,
  );
});

for (
  const [what, thrown, words] of [
    ["a deadline", new DOMException("Signal timed out.", "TimeoutError"), /^it did not answer within 5 seconds; check/],
    [
      "a large answer",
      new BodyTooLargeError("Cannot read a body: it is larger than 9 bytes"),
      /larger than 9 bytes; c/,
    ],
    [
      "a certificate of another name",
      new TypeError("fetch failed", { cause: new Error("invalid peer certificate: certificate not valid for name") }),
      /^its certificate is for another name; check DNS/,
    ],
    [
      "a CA's own certificate",
      new TypeError("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))"),
      /^its certificate is a CA's own, .*; give it a certificate that a CA issued, and name that CA in --sts-ca-file$/,
    ],
    [
      "a clock",
      new TypeError("invalid peer certificate: Expired"),
      /^its certificate is not valid now; check the clock/,
    ],
    [
      "a handshake",
      new TypeError("x: received fatal alert: HandshakeFailure in TLS"),
      /^no TLS connection \(Handshake/,
    ],
    [
      "what nobody foresaw, without the URL and on one line",
      new TypeError(
        "error sending request for url (https://sts.example/?secret): client error: reset\u001b[2J\nby peer",
      ),
      /^reset \[2J by peer; check the network/,
    ],
    ["a text", "no error at all", /^no error at all; check/],
  ] as const
) {
  Deno.test(`a fault is said in our words: ${what}`, async () => {
    const fault = await networkFault(fakeWorld(PROXY), thrown, ABOUT);
    assert.match(fault, words);
    assert.doesNotMatch(fault, /secret|Hidden|fetch failed|undefined/);
  });
}
