import assert from "node:assert/strict";
import { connect } from "node:tls";
import { DEMO_ACCOUNT_ID, DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { type Keys, mintedToken } from "../support/minted_token.ts";
import { CREDENTIAL_ID_KEY, credentialIdOf } from "../../lib/review/credential_id.ts";
import { type ReviewServer, startReviewServer } from "../support/review_server.ts";

const { alice, bob, kubernetesAdmin } = DEMO_PRINCIPALS;
const VERSIONS = ["authentication.k8s.io/v1", "authentication.k8s.io/v1beta1"] as const;
const JSON_TYPE = { "content-type": "application/json" };

function tokenFor(server: ReviewServer, keys: Keys = alice): Promise<string> {
  return mintedToken(keys, { clusterId: server.clusterId, now: server.now() });
}

function reviewText(token: unknown, apiVersion: string = VERSIONS[0]): string {
  return JSON.stringify({ apiVersion, kind: "TokenReview", spec: { token, audiences: ["https://any.example"] } });
}

const ARN = `acs:ram::${DEMO_ACCOUNT_ID}`;
const USERS = [
  ["a user", alice, {
    username: "alice",
    groups: ["developers"],
    uid: `ack-ram-authenticator:${DEMO_ACCOUNT_ID}:200000000000000001`,
    extra: { arn: [`${ARN}:user/alice`], canonicalArn: [`${ARN}:user/alice`], sessionName: [""] },
  }],
  ["an assumed role", kubernetesAdmin, {
    username: "admin:alice-example.com",
    groups: ["system:masters"],
    uid: `ack-ram-authenticator:${DEMO_ACCOUNT_ID}:300000000000000001`,
    extra: {
      arn: [`${ARN}:assumed-role/KubernetesAdmin/alice@example.com`],
      canonicalArn: [`${ARN}:role/KubernetesAdmin`],
      sessionName: ["alice@example.com"],
    },
  }],
] as const;

for (const apiVersion of VERSIONS) {
  for (const [whom, keys, user] of USERS) {
    Deno.test(`a TokenReview of ${apiVersion} is answered in that version, with all that the peer says of ${whom}`, async () => {
      await using server = await startReviewServer();
      const token = await tokenFor(server, keys);
      const { status, body } = await server.post(reviewText(token, apiVersion));
      assert.equal(status, 200);
      const extra = { ...user.extra, [CREDENTIAL_ID_KEY]: [credentialIdOf(token)] };
      const answered = { authenticated: true, user: { ...user, extra } };
      assert.deepEqual(body, { apiVersion, kind: "TokenReview", status: answered });
    });
  }

  Deno.test(`a token of nobody we know is refused in ${apiVersion} without an error, so that it is remembered`, async () => {
    await using server = await startReviewServer();
    const answer = await server.post(reviewText("eyJhbGciOiJub25lIn0.e30.", apiVersion));
    assert.deepEqual(answer.body, { apiVersion, kind: "TokenReview", status: { authenticated: false } });
    assert.equal(answer.status, 200);
    assert.equal(server.stsCalls(), 0);
    assert.equal(server.lineOf(answer)["level"], "debug");
  });
}

for (
  const [what, reason, make, error, stsCalls] of [
    ["malformed", "malformed", () => "k8s-ack-v2.@@@", /^token is malformed$/, 0],
    [
      "for another cluster",
      "wrong_cluster",
      ({ now }) => mintedToken(alice, { clusterId: "another", now: now() }),
      /^token is for another cluster$/,
      0,
    ],
    [
      "expired",
      "expired",
      ({ clusterId, now }) => mintedToken(alice, { clusterId, now: new Date(now().getTime() - 901_000) }),
      /^token is expired$/,
      0,
    ],
    [
      "refused by STS",
      "sts_denied",
      (server) => tokenFor(server, { ...alice, accessKeySecret: "MadeUpWrongSecret" }),
      /^STS refused the token: SignatureDoesNotMatch, STS request id [0-9A-F-]{36}$/,
      1,
    ],
    [
      "of an identity without a mapping",
      "not_mapped",
      (server) => tokenFor(server, bob),
      /^the identity is not mapped to a Kubernetes user$/,
      1,
    ],
  ] as ReadonlyArray<
    readonly [string, string, (server: ReviewServer) => string | Promise<string>, RegExp, number]
  >
) {
  Deno.test(`a token that is ${what} is refused with an error that names the request and nothing of the token`, async () => {
    await using server = await startReviewServer();
    const answer = await server.review(await make(server));
    const { status, body, requestId } = answer;
    assert.match(requestId, /^[0-9a-f-]{36}$/);
    assert.deepEqual({ ...body, status: { ...body.status, error: "" } }, {
      apiVersion: VERSIONS[0],
      kind: "TokenReview",
      status: { authenticated: false, error: "" },
    });
    assert.equal(status, 200);
    const [, text, named] = /^(.*) \(request (.*)\)$/.exec(body.status?.error ?? "") ?? [];
    assert.match(text ?? "", error);
    assert.equal(named, requestId);
    const line = server.lineOf(answer);
    assert.deepEqual({ level: line["level"], reason: line["reason"] }, { level: "warn", reason });
    assert.equal(server.stsCalls(), stsCalls);
  });
}

Deno.test("an identity is let in as soon as it is mapped", async () => {
  await using server = await startReviewServer();
  assert.equal((await server.review(await tokenFor(server, bob))).body.status?.authenticated, false);
  await server.replaceMappings(`mapUsers: [{userARN: "${bob.identity.Arn}", username: bob}]`);
  assert.equal((await server.review(await tokenFor(server, bob))).body.status?.authenticated, true);
});

const NOT_UTF8 = new Uint8Array([...new TextEncoder().encode('{"kind":"'), 0xff, 0x22, 0x7d]);

Deno.test("what is no TokenReview is answered with a JSON error, and STS is not asked", async (t) => {
  await using server = await startReviewServer();
  const v1 = { apiVersion: VERSIONS[0], kind: "TokenReview" };
  const text = (value: unknown) => JSON.stringify(value);
  const rows: ReadonlyArray<readonly [what: string, status: number, body: BodyInit, init?: RequestInit]> = [
    ["nothing", 400, ""],
    ["no JSON", 400, "{"],
    ["JSON with something behind", 400, `${reviewText("x")}}`],
    ["JSON that is not UTF-8", 400, NOT_UTF8],
    ["null", 400, "null"],
    ["a list", 400, "[]"],
    ["a list of a review", 400, `[${reviewText("x")}]`],
    ["a text", 400, '"TokenReview"'],
    ["a number", 400, "7"],
    ["another kind", 400, text({ ...v1, kind: "SubjectAccessReview", spec: { token: "x" } })],
    ["no kind", 400, text({ apiVersion: v1.apiVersion, spec: { token: "x" } })],
    ["another version", 400, text({ ...v1, apiVersion: "authentication.k8s.io/v1alpha1", spec: { token: "x" } })],
    ["a list of a version", 400, text({ ...v1, apiVersion: [v1.apiVersion], spec: { token: "x" } })],
    ["no spec", 400, text(v1)],
    ["null for a spec", 400, text({ ...v1, spec: null })],
    ["a list for a spec", 400, text({ ...v1, spec: ["x"] })],
    ["no token", 400, text({ ...v1, spec: {} })],
    ["null for a token", 400, reviewText(null)],
    ["a number for a token", 400, reviewText(7)],
    ["a list for a token", 400, reviewText(["k8s-ack-v2.e30="])],
    ["another media type", 415, reviewText("x"), { headers: { "content-type": "text/plain" } }],
    ["a media type that only starts so", 415, reviewText("x"), { headers: { "content-type": "application/jsonp" } }],
    ["another method", 405, reviewText("x"), { method: "PUT" }],
    ["a body of 64 KiB and one byte", 413, " ".repeat(65_537)],
    ["a body of 1 MiB and one byte", 413, " ".repeat(1_048_577)],
  ];
  for (const [what, status, body, init] of rows) {
    await t.step(`${status} for ${what}`, async () => {
      const answer = await server.post(body, init);
      assert.equal(answer.status, status);
      assert.deepEqual(Object.keys(answer.body), ["error", "requestId"]);
      assert.equal((answer.body as { requestId?: string }).requestId, answer.requestId);
    });
  }
  await t.step("a review of exactly 64 KiB is answered", async () => {
    assert.equal((await server.post(reviewText("x").padEnd(65_536))).status, 200);
  });
  assert.equal(server.stsCalls(), 0);
  assert.match(await server.metrics(), /_count\{result="malformed_request"\} 25\n/);
});

for (const method of ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
  Deno.test(`${method} /authenticate is answered with 405 and the method to use`, async () => {
    await using server = await startReviewServer();
    const response = await fetch(`${server.url}/authenticate`, { method, client: server.client });
    assert.equal((await response.json()).error, "use POST");
    assert.deepEqual([response.status, response.headers.get("allow")], [405, "POST"]);
  });
}

for (const path of ["/", "/authenticate/", "//authenticate", "/Authenticate", "/authenticate%00", "/nowhere"]) {
  Deno.test(`POST ${path} is answered with 404`, async () => {
    await using server = await startReviewServer();
    const init = { method: "POST", headers: JSON_TYPE, body: reviewText("x"), client: server.client };
    const response = await fetch(`${server.url}${path}`, init);
    assert.equal((await response.json()).error, "no such path");
    assert.equal(response.status, 404);
  });
}

for (const type of ["application/json; charset=utf-8", "Application/JSON", "application/json ;x=y"]) {
  Deno.test(`a review of the media type ${type} is answered`, async () => {
    await using server = await startReviewServer();
    assert.equal((await server.post(reviewText("x"), { headers: { "content-type": type } })).status, 200);
  });
}

for (
  const [what, behave] of [
    ["an STS that is down", "unavailable"],
    ["an STS that throttles", "throttle"],
  ] as const
) {
  const status = behave === "throttle" ? 429 : 504;
  Deno.test(`${what} is no denial: ${status}, and the log and the metrics say so`, async () => {
    await using server = await startReviewServer({ behave: () => behave });
    const answer = await server.review(await tokenFor(server));
    assert.equal(answer.status, status);
    assert.deepEqual(Object.keys(answer.body), ["error", "requestId"]);
    assert.equal(server.stsCalls(), 1);
    assert.equal(server.lineOf(answer)["reason"], status === 429 ? "ERR_STS_THROTTLED" : "ERR_STS_FAULT");
    const result = status === 429 ? "sts_throttling" : "sts_error";
    assert.match(await server.metrics(), new RegExp(`_count\\{result="${result}"\\} 1\n`));
  });
}

Deno.test("an STS that answers HTTP 500 is no denial, even if it speaks of the caller: 504", async () => {
  const refusal = JSON.stringify({ Code: "InvalidAccessKeyId.NotFound", RequestId: "01234567-89AB-CDEF" });
  await using server = await startReviewServer({
    sts: () => new Response(refusal, { status: 500, headers: JSON_TYPE }),
  });
  const answer = await server.review(await tokenFor(server));
  assert.deepEqual([answer.status, answer.body.error], [504, "STS cannot be asked"]);
});

Deno.test("STS is not asked again for a second after it asked for fewer calls", async () => {
  let behaviour: "throttle" | "normal" = "throttle";
  await using server = await startReviewServer({ behave: () => behaviour });
  const ask = async () => (await server.review(await tokenFor(server))).status;
  assert.deepEqual([await ask(), server.stsCalls()], [429, 1]);
  behaviour = "normal";
  server.advance(999);
  assert.deepEqual([await ask(), server.stsCalls()], [429, 1]);
  server.advance(1);
  assert.deepEqual([await ask(), server.stsCalls()], [200, 2]);
});

Deno.test("a request that is refused for its form is read to its end, so that its connection serves the next one", async () => {
  await using server = await startReviewServer();
  const filler = " ".repeat(600_000);
  const statuses = await statusesOnOneConnection(Number(new URL(server.url).port), [
    rawRequest("POST /authenticate", "text/plain", filler),
    rawRequest("PUT /authenticate", "application/json", filler),
    rawRequest("POST /nowhere", "application/json", filler),
    rawRequest("POST /authenticate", "application/json", filler),
    rawRequest("POST /authenticate", "application/json", "{}"),
    rawRequest("POST /authenticate", "application/json", reviewText("x"), "connection: close\r\n"),
  ]);
  assert.deepEqual(statuses, [415, 405, 404, 413, 400, 200]);
});

function rawRequest(line: string, type: string, body: string, more = ""): string {
  return `${line} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n${more}\r\n${body}`;
}

/** Sends the requests one behind the other without waiting, and reads until the server closes. */
async function statusesOnOneConnection(port: number, requests: readonly string[]): Promise<number[]> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
  let received = "";
  const closed = new Promise<void>((resolve, reject) => {
    socket.on("error", reject).on("close", () => resolve());
  });
  socket.setEncoding("utf8").on("data", (text: string) => void (received += text));
  for (const request of requests) socket.write(request);
  await closed;
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

Deno.test("nothing of an identity in a scrubbed account is written to log, audit, extra, error or metrics", async () => {
  const mappings = `mapUsers:
  - {userARN: "${ARN}:user/alice", username: "u-{{AccountID}}", groups: ["g-{{AccountID}}", "{{AccessKeyID}}"]}
mapRoles:
  - {roleARN: "${ARN}:role/KubernetesAdmin", username: "r-{{SessionName}}", groups: ["s-{{SessionNameRaw}}"]}`;
  await using server = await startReviewServer({ scrubbedAccounts: [DEMO_ACCOUNT_ID], mappings });
  const errors: string[] = [];
  for (const [keys, allowed] of [[alice, true], [kubernetesAdmin, true], [bob, false]] as const) {
    const token = await tokenFor(server, keys);
    const { body } = await server.review(token);
    assert.equal(body.status?.authenticated, allowed);
    const extra = { [CREDENTIAL_ID_KEY]: [credentialIdOf(token)] };
    assert.deepEqual(body.status?.user?.extra, allowed ? extra : undefined);
    errors.push(body.status?.error ?? "");
  }
  const shown = server.log().filter(({ requestId }) => requestId !== undefined).map((line) => JSON.stringify(line));
  assert.equal(shown.length, 3);
  const audited = server.audited().map((record) => JSON.stringify(record));
  assert.equal(audited.length, 3);
  for (const text of [...shown, ...audited, ...errors, await server.metrics()]) {
    assert.doesNotMatch(
      text,
      /1234567890123456|[23]0000000000000000[12]|alice|KubernetesAdmin|LTAI5t|STS\.N|user\/bob/,
    );
  }
});

Deno.test("the audit log has each decision once, with what ties it to the other logs, and nothing of strangers' tokens", async () => {
  await using server = await startReviewServer();
  const tokens = [await tokenFor(server, alice), await tokenFor(server, bob)];
  const answers = [];
  for (const token of [...tokens, "eyJhbGciOiJub25lIn0.e30."]) answers.push(await server.review(token));
  assert.deepEqual(
    server.audited().map(({ event, reason, requestId, credentialId, cloud, user }) =>
      [event, reason, requestId, credentialId, cloud, user?.username] as const
    ),
    [
      ["allowed", "allowed", answers[0]!.requestId, credentialIdOf(tokens[0]!), "alibaba", "alice"],
      ["refused", "not_mapped", answers[1]!.requestId, credentialIdOf(tokens[1]!), "alibaba", undefined],
    ],
  );
  assert.equal(server.audited()[1]!.identity?.canonicalArn, `${ARN}:user/bob`);
});
