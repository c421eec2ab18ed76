import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { startStsEmulator } from "../../lib/emulator/sts.ts";
import { signedHeaders } from "./alibaba/independent_signer.ts";
import { CERTIFICATE, DATE, type Stage, startStage } from "./stage.ts";

const { alice, kubernetesAdmin, root } = DEMO_PRINCIPALS;

async function call(
  { emulator, client }: Stage,
  target: string,
  init: RequestInit,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`https://${emulator.host}${target}`, { client, method: "POST", ...init });
  assert.equal(response.headers.get("content-type"), "application/json;charset=utf-8");
  const body = await response.json();
  assert.match(body.RequestId, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
  return { status: response.status, body };
}

for (const protocol of ["h1", "h2"] as const) {
  Deno.test(`the emulator accepts what the vendor's package signs, over ${protocol}`, async () => {
    await using stage = startStage({ protocol });
    for (const [name, principal] of Object.entries(DEMO_PRINCIPALS)) {
      const query = { ACKClusterId: "prod/eu:one two*~é" };
      const headers = signedHeaders(principal, { date: DATE, query });
      const { status, body } = await call(stage, `/?${new URLSearchParams(query)}`, { headers });
      const { RequestId: _, ...identity } = body;
      assert.deepEqual({ name, status, identity }, { name, status: 200, identity: principal.identity });
    }
    assert.equal(stage.emulator.calls(), Object.keys(DEMO_PRINCIPALS).length);
  });

  Deno.test(`the emulator accepts a signed host, over ${protocol}`, async () => {
    await using stage = startStage({ protocol });
    const headers = signedHeaders(alice, { date: DATE, headers: { host: stage.emulator.host } });
    delete headers["host"];
    assert.equal((await call(stage, "/", { headers })).status, 200);
  });
}

Deno.test("the emulator accepts GET, and a body whose hash is signed", async () => {
  await using stage = startStage();
  const get = signedHeaders(alice, { date: DATE, method: "GET" });
  assert.equal((await call(stage, "/", { method: "GET", headers: get })).status, 200);

  const hash = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
  const post = signedHeaders(alice, { date: DATE, headers: { "x-acs-content-sha256": hash } });
  const body = new TextEncoder().encode("foo");
  assert.equal((await call(stage, "/", { headers: post, body })).status, 200);
});

Deno.test("the emulator answers in the vendor's words", async () => {
  await using stage = startStage();
  const admin = await call(stage, "/", { headers: signedHeaders(kubernetesAdmin, { date: DATE }) });
  assert.deepEqual(admin.body, {
    IdentityType: "AssumedRoleUser",
    AccountId: "1234567890123456",
    RoleId: "300000000000000001",
    PrincipalId: "300000000000000001:alice@example.com",
    Arn: "acs:ram::1234567890123456:assumed-role/KubernetesAdmin/alice@example.com",
    RequestId: admin.body["RequestId"],
  });
  const owner = await call(stage, "/", { headers: signedHeaders(root, { date: DATE }) });
  assert.deepEqual(owner.body, {
    IdentityType: "Account",
    AccountId: "1234567890123456",
    UserId: "1234567890123456",
    PrincipalId: "1234567890123456",
    Arn: "acs:ram::1234567890123456:root",
    RequestId: owner.body["RequestId"],
  });
  const forged = await call(stage, "/", {
    headers: signedHeaders({ ...alice, accessKeySecret: "MadeUpOtherSecret" }, { date: DATE }),
  });
  assert.deepEqual(forged, {
    status: 400,
    body: {
      Code: "SignatureDoesNotMatch",
      Message: "Specified signature is not matched with our calculation.",
      RequestId: forged.body["RequestId"],
      HostId: "sts.aliyuncs.com",
      Recommend: "https://api.aliyun.com/troubleshoot?q=SignatureDoesNotMatch&product=Sts&requestId=" +
        forged.body["RequestId"],
    },
  });
});

Deno.test("the emulator reports each call, without secrets", async () => {
  await using stage = startStage();
  const { accessKeyId } = alice;
  await call(stage, "/", { headers: signedHeaders(alice, { date: DATE }) });
  await call(stage, "/", { headers: signedHeaders({ accessKeyId, accessKeySecret: "x" }, { date: DATE }) });
  await call(stage, "/", {});
  assert.deepEqual(stage.reports, [
    { cloud: "alibaba", action: "GetCallerIdentity", accessKeyId, outcome: "OK" },
    { cloud: "alibaba", action: "GetCallerIdentity", accessKeyId, outcome: "SignatureDoesNotMatch" },
    { cloud: "alibaba", action: undefined, accessKeyId: undefined, outcome: "MissingAction" },
  ]);
  assert.equal(stage.emulator.calls(), 3);
});

const signed = (headers: Record<string, string | undefined> = {}) => signedHeaders(alice, { date: DATE, headers });
const REFUSALS: readonly {
  readonly why: string;
  readonly target?: string;
  readonly init: RequestInit;
  readonly want: readonly [status: number, code: string];
}[] = [
  { why: "no headers", init: {}, want: [400, "MissingAction"] },
  { why: "no version", init: { headers: signed({ "x-acs-version": undefined }) }, want: [400, "MissingVersion"] },
  {
    why: "another version",
    init: { headers: signed({ "x-acs-version": "2015-04-02" }) },
    want: [400, "InvalidVersion"],
  },
  {
    why: "another action",
    init: { headers: signed({ "x-acs-action": "AssumeRoleWithSAML" }) },
    want: [404, "InvalidAction.NotFound"],
  },
  {
    why: "an action in another case",
    init: { headers: signed({ "x-acs-action": "getcalleridentity" }) },
    want: [404, "InvalidAction.NotFound"],
  },
  { why: "another path", target: "/x", init: { headers: signed() }, want: [404, "InvalidAction.NotFound"] },
  { why: "another method", init: { method: "PUT", headers: signed() }, want: [405, "UnsupportedHTTPMethod"] },
  { why: "a broken query", target: "/?a=%gh", init: { headers: signed() }, want: [400, "InvalidParameter"] },
  { why: "a query key twice", target: "/?a=1&a=1", init: { headers: signed() }, want: [400, "InvalidParameter"] },
  { why: "an unsigned query", target: "/?a=1", init: { headers: signed() }, want: [400, "SignatureDoesNotMatch"] },
  {
    why: "a body that was not signed",
    init: { headers: signed(), body: new Uint8Array(65_536) },
    want: [400, "SignatureDoesNotMatch"],
  },
  {
    why: "a body over the cap",
    init: { headers: signed(), body: new Uint8Array(65_537) },
    want: [413, "RequestEntityTooLarge"],
  },
  {
    why: "a body of a megabyte",
    init: { headers: signed(), body: new Uint8Array(1_000_000) },
    want: [413, "RequestEntityTooLarge"],
  },
  {
    why: "an unknown key",
    init: { headers: signedHeaders({ accessKeyId: "LTAI5tMadeUpNobody", accessKeySecret: "x" }, { date: DATE }) },
    want: [404, "InvalidAccessKeyId.NotFound"],
  },
];

for (const { why, target = "/", init, want } of REFUSALS) {
  Deno.test(`the emulator refuses ${why}: ${want.join(" ")}`, async () => {
    await using stage = startStage();
    const { status, body } = await call(stage, target, init);
    assert.deepEqual([status, body["Code"]], want);
  });
}

Deno.test("the emulator judges the target as it came, not as a URL parser would rewrite it", async () => {
  await using stage = startStage();
  for (const target of ["/./", "//", "/x/..", "\\", "http://127.0.0.1/x"]) {
    const answer = await sendRaw(stage, target, signed());
    assert.match(answer, /^HTTP\/1\.1 4\d\d /, target);
  }
  assert.match(await sendRaw(stage, "/", signed()), /^HTTP\/1\.1 200 /);
});

Deno.test("the emulator refuses a header that is sent twice", async () => {
  await using stage = startStage();
  for (const [name, value] of Object.entries(signed())) {
    const answer = await sendRaw(stage, "/", { ...signed(), [name]: `${value}\r\n${name}: ${value}` });
    assert.match(answer, /^HTTP\/1\.1 4\d\d /, name);
  }
});

/** Sends a request that `fetch` would tidy up, and returns the answer as it came. */
async function sendRaw({ emulator }: Stage, target: string, headers: Record<string, string>): Promise<string> {
  const port = Number(emulator.host.split(":")[1]);
  const connection = await Deno.connectTls({ hostname: "127.0.0.1", port, caCerts: [CERTIFICATE.caPem] });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = `POST ${target} HTTP/1.1\r\nhost: ${emulator.host}\r\nconnection: close\r\n${lines}\r\n`;
  await connection.write(new TextEncoder().encode(head));
  return await new Response(connection.readable).text();
}

Deno.test("the emulator can play an outage and recover", async () => {
  let mood: "normal" | "throttle" | "unavailable" = "throttle";
  await using stage = startStage({ behave: () => mood });
  const statusAndCode = async () => {
    const { status, body } = await call(stage, "/", { headers: signed() });
    return [status, body["Code"]];
  };
  assert.deepEqual(await statusAndCode(), [400, "Throttling.User"]);
  mood = "unavailable";
  assert.deepEqual(await statusAndCode(), [503, "ServiceUnavailable"]);
  mood = "normal";
  assert.deepEqual(await statusAndCode(), [200, undefined]);
});

Deno.test("the emulator answers 500 when a listener of its calls throws", async () => {
  await using stage = startStage({
    onCall: () => {
      throw new Error("made-up failure");
    },
  });
  const { status, body } = await call(stage, "/", { headers: signed() });
  assert.deepEqual([status, body["Code"]], [500, "InternalError"]);
});

Deno.test("the emulator listens on IPv4 loopback, on the port it is given, until its signal aborts", async () => {
  const stop = new AbortController();
  const options = { ...CERTIFICATE, principals: [], now: () => new Date(DATE) };
  const first = startStsEmulator(options, stop.signal);
  assert.match(first.host, /^127\.0\.0\.1:\d+$/);
  const port = Number(first.host.split(":")[1]);
  assert.throws(() => startStsEmulator({ ...options, port }), Deno.errors.AddrInUse);
  stop.abort();
  await first.shutdown();
  const second = startStsEmulator({ ...options, port });
  assert.equal(second.host, first.host);
  await second.shutdown();
});
