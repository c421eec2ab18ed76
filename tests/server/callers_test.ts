import assert from "node:assert/strict";
import http2 from "node:http2";
import { connect, type TLSSocket } from "node:tls";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { watchCallers } from "../../lib/server/callers.ts";
import { watchState } from "../../lib/server/state_watch.ts";
import { retireWebhookToken, rotateWebhookToken } from "../../lib/state/token_rotation.ts";
import { ANYONE, digestOf, makeWebhookToken, saveAcceptedTokens } from "../../lib/state/webhook_token.ts";
import { createLog } from "../../lib/telemetry/log.ts";
import { realWorld } from "../../lib/world.ts";
import { inFolder } from "../state/stored_files.ts";
import { mintedToken } from "../support/minted_token.ts";
import { testNeeding } from "../support/needs.ts";
import { replaceFile } from "../support/replace_file.ts";
import { type ReviewServer, startReviewServer } from "../support/review_server.ts";
import { waitFor } from "../support/wait_for.ts";
import { askingHeaders, webhookTokenIn } from "../support/kubeconfigs.ts";

const JSON_TYPE = { "content-type": "application/json" };

async function startDemanding() {
  const server = await startReviewServer({ demandsToken: true });
  const token = (await webhookTokenIn(server.webhookKubeconfig))!;
  server.addSecret(token);
  return { server, token };
}

async function reviewText(server: ReviewServer): Promise<string> {
  const token = await mintedToken(DEMO_PRINCIPALS.alice, { clusterId: server.clusterId, now: server.now() });
  return JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } });
}

/** The status of a review that shows what the kubeconfig now holds, or these headers. */
async function ask(server: ReviewServer, headers?: HeadersInit): Promise<number> {
  return (await server.post(await reviewText(server), headers === undefined ? {} : { headers })).status;
}

function openRaw(server: ReviewServer, protocol = "http/1.1"): TLSSocket {
  const port = Number(new URL(server.url).port);
  return connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols: [protocol] });
}

/** Sends bytes over HTTP/1.1 and returns what comes until the server closes, or until a test of it holds. */
async function exchange(socket: TLSSocket, pieces: readonly (string | Uint8Array)[], isEnough = (_: string) => false) {
  let received = "";
  const done = Promise.withResolvers<void>();
  socket.setEncoding("latin1").on("data", (text: string) => {
    received += text;
    if (isEnough(received)) done.resolve();
  });
  socket.on("error", done.reject).on("close", () => done.resolve());
  for (const piece of pieces) socket.write(piece);
  await done.promise;
  socket.removeAllListeners("data");
  return received;
}

Deno.test("a server that demands a token answers who shows it, and nobody else", async () => {
  const { server, token } = await startDemanding();
  await using _ = server;
  const cut = token.slice(0, -1);
  const other = makeWebhookToken().reveal();
  server.addSecret(other);
  for (
    const [what, authorization, status] of [
      ["the token", `Bearer ${token}`, 200],
      ["the scheme in another case", `bEARER ${token}`, 200],
      ["two spaces before it", `Bearer  ${token}`, 200],
      ["white space behind it, which HTTP takes off", `Bearer ${token}  `, 200],
      ["nothing", undefined, 401],
      ["an empty header", "", 401],
      ["the scheme alone", "Bearer", 401],
      ["another token", `Bearer ${other}`, 401],
      ["all of it but the last character", `Bearer ${cut}`, 401],
      ["one character more", `Bearer ${token}A`, 401],
      ["padding behind it", `Bearer ${token}=`, 401],
      ["another case", `Bearer ${token.toUpperCase()}`, 401],
      ["its digest", `Bearer ${digestOf({ reveal: () => token } as never)}`, 401],
      ["no scheme", token, 401],
      ["another scheme", `Basic ${btoa(`apiserver:${token}`)}`, 401],
      ["a tab for the space", `Bearer\t${token}`, 401],
      ["its characters percent-encoded", `Bearer ${token.replaceAll("-", "%2D")}`, 401],
      ["quotes round it", `Bearer "${token}"`, 401],
      ["a parameter", `Bearer token=${token}`, 401],
      ["two of them in one", `Bearer ${token}, Bearer ${token}`, 401],
      ["bytes that are no ASCII", `Bearer ${token}\u00e4`, 401],
      ["10,000 characters", `Bearer ${"A".repeat(10_000)}`, 401],
      ["10,000 spaces before it", `Bearer ${" ".repeat(10_000)}${token}`, 401],
    ] as const
  ) {
    const headers = { ...JSON_TYPE, ...(authorization !== undefined && { authorization }) };
    assert.equal(await ask(server, headers), status, what);
  }
  assert.equal(server.stsCalls(), 4);
});

Deno.test("the refusal says what is missing, and the log what to do", async () => {
  const { server } = await startDemanding();
  await using _ = server;
  const answer = await server.post("{}", { headers: JSON_TYPE });
  assert.deepEqual([answer.status, answer.body.error], [401, "show the webhook token"]);
  const line = server.lineOf(answer);
  assert.deepEqual([line["level"], line["message"], line["reason"]], ["warn", "caller refused", "no_webhook_token"]);
  assert.match(String(line["advice"]), /ram-auth webhook-token rotate.*restart kube-apiserver/);
  assert.match(String(line["client"]), /^127\.0\.0\.1:\d+$/);
  const wrong = await server.post("{}", { headers: { ...JSON_TYPE, authorization: "Bearer made-up" } });
  assert.equal(server.lineOf(wrong)["reason"], "wrong_webhook_token");
  const raw = await fetch(`${server.url}/authenticate`, { client: server.client });
  assert.deepEqual([raw.status, raw.headers.get("www-authenticate")], [401, "Bearer"]);
  await raw.body?.cancel();
  assert.match(await server.metrics(), /^ram_auth_callers_refused_total\{reason="no_webhook_token"\} 2$/m);
  assert.doesNotMatch(await server.metrics(), /^ram_auth_authenticate_latency_seconds_count/m);
  assert.deepEqual(server.audited(), []);
});

testNeeding(["curl"], "several Authorization headers are refused, over HTTP/1.1 and HTTP/2", async () => {
  const { server, token } = await startDemanding();
  await using _ = server;
  for (const [version, protocol] of [["1.1", "--http1.1"], ["2", "--http2"]] as const) {
    for (const [times, status] of [[1, 200], [2, 401], [3, 401]] as const) {
      const shown = Array.from({ length: times }, () => ["-H", `authorization: Bearer ${token}`]).flat();
      const { stdout, stderr } = await new Deno.Command("curl", {
        args: ["-sSk", protocol, "-o", "/dev/null", "-w", "%{http_version} %{http_code}", ...shown]
          .concat([
            "-H",
            "content-type: application/json",
            "-d",
            await reviewText(server),
            `${server.url}/authenticate`,
          ]),
      }).output();
      assert.equal(new TextDecoder().decode(stdout), `${version} ${status}`, new TextDecoder().decode(stderr));
    }
  }
  assert.equal(server.stsCalls(), 2);
});

Deno.test("a session of HTTP/2 lives on after a refusal", async () => {
  const { server, token } = await startDemanding();
  await using _ = server;
  const body = await reviewText(server);
  const session = http2.connect(server.url, { rejectUnauthorized: false });
  try {
    const statusOf = async (authorization: string, sent: string) => {
      const stream = session.request({ ":method": "POST", ":path": "/authenticate", ...JSON_TYPE, authorization });
      const status = new Promise((resolve, reject) => {
        stream.on("response", (head) => resolve(head[":status"]));
        stream.on("error", reject);
      });
      stream.resume().write(sent);
      const got = await status;
      stream.on("error", () => {}).end();
      return got;
    };
    assert.equal(await statusOf("Bearer made-up", body), 401);
    assert.equal(await statusOf("Bearer made-up", "{"), 401);
    assert.equal(await statusOf("Bearer made-up", " ".repeat(200_000)), 401);
    const stream = session.request({
      ":method": "POST",
      ":path": "/authenticate",
      ...JSON_TYPE,
      authorization: `Bearer ${token}`,
    });
    stream.setEncoding("utf8").end(body);
    let text = "";
    for await (const piece of stream) text += piece;
    assert.equal(JSON.parse(text).status.user.username, "alice");
  } finally {
    session.destroy();
  }
  assert.equal(server.stsCalls(), 1);
});

Deno.test("who may not ask is refused before the body comes, and a whole one leaves the connection as it is", async () => {
  const { server, token } = await startDemanding();
  await using _ = server;
  const head = (length: number, more = "") =>
    `POST /authenticate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n${more}content-length: ${length}\r\n\r\n`;
  assert.match(await exchange(openRaw(server), [`${head(60_000)}{`], (text) => text.includes('"error"')), / 401 /);
  assert.match(await server.metrics(), /^ram_auth_request_body_bytes 0$/m);
  const body = await reviewText(server);
  const shown = `authorization: Bearer ${token}\r\n`;
  const socket = openRaw(server);
  assert.match(await exchange(socket, [head(body.length) + body], (text) => text.includes('"error"')), / 401 /);
  assert.match(await exchange(socket, [head(body.length, shown) + body], (text) => text.includes("alice")), / 200 /);
  socket.destroy();
});

Deno.test("whoever sends a large body without the token sees why it is refused", async () => {
  const { server } = await startDemanding();
  await using _ = server;
  const filler = " ".repeat(4_000_000);
  const head = `POST /authenticate HTTP/1.1\r\nhost: a\r\ncontent-length: ${filler.length}\r\n\r\n`;
  const text = await exchange(openRaw(server), [head, filler], (received) => received.includes('"error"'));
  assert.match(text, /^HTTP\/1\.1 401 /);
});

Deno.test("a header that is larger than any is refused by the connection, and the server lives on", async () => {
  const { server, token } = await startDemanding();
  await using _ = server;
  const head = `POST /authenticate HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${"A".repeat(2_000_000)}\r\n\r\n`;
  const text = await exchange(openRaw(server), [head]).catch(() => "");
  assert.doesNotMatch(text, / 200 /);
  assert.equal(await ask(server, { ...JSON_TYPE, authorization: `Bearer ${token}` }), 200);
});

Deno.test("health, metrics and the server's own review need no token", async () => {
  const { server } = await startDemanding();
  await using _ = server;
  for (const path of ["/healthz", "/livez", "/readyz?verbose", "/metrics"]) {
    const response = await fetch(server.url + path, { client: server.client });
    assert.equal(response.status, 200, path);
    await response.body?.cancel();
  }
  for (const mark of ["", "made-up", crypto.randomUUID()]) {
    assert.equal(await ask(server, { ...JSON_TYPE, "ram-auth-self-review": mark }), 401);
  }
});

Deno.test("a rotation is taken up while the server runs: both tokens are accepted until the old one is retired", async () => {
  const { server, token } = await startDemanding();
  await using _ = server;
  const places = { stateDir: server.stateDir, kubeconfigPath: server.webhookKubeconfig };
  const readyz = async () => await (await fetch(`${server.healthUrl}/readyz?verbose`)).text();
  const old = { ...JSON_TYPE, authorization: `Bearer ${token}` };
  assert.equal(await ask(server), 200);
  assert.match(await readyz(), /^\[\+\] webhook token: the one in force: last review 0 s ago$/m);

  await rotateWebhookToken(realWorld(), places);
  server.addSecret((await webhookTokenIn(server.webhookKubeconfig))!);
  await waitFor(
    "both",
    async () => /the old one: last review .*; the one in force: no review yet/.test(await readyz()),
  );
  assert.equal(await ask(server, old), 200);
  assert.equal(await ask(server), 200);
  server.advance(5_000);
  assert.equal(await ask(server), 200);
  assert.match(await readyz(), /the old one: last review 5 s ago; the one in force: last review 0 s ago$/m);

  await retireWebhookToken(realWorld(), places);
  await waitFor("the end of the old one", async () => await ask(server, old) === 401);
  assert.equal(await ask(server), 200);
});

Deno.test("a server whose state demands no token answers everybody, over the whole of a first rotation", async () => {
  await using server = await startReviewServer();
  const kubeconfig = `${server.stateDir}/../old.kubeconfig`;
  await Deno.writeTextFile(
    kubeconfig,
    `clusters: [{name: c, cluster: {server: "https://localhost:1/authenticate"}}]
users:
  - name: apiserver
contexts: [{name: webhook, context: {cluster: c, user: apiserver}}]
current-context: webhook\n`,
  );
  const places = { stateDir: server.stateDir, kubeconfigPath: kubeconfig };
  const readyz = async () => await (await fetch(`${server.healthUrl}/readyz?verbose`)).text();
  assert.match(await readyz(), /^\[\+\] webhook token: none is demanded$/m);
  for (const headers of [{ ...JSON_TYPE }, { ...JSON_TYPE, authorization: "Bearer made-up" }]) {
    assert.equal(await ask(server, headers), 200);
  }
  await rotateWebhookToken(realWorld(), places);
  server.addSecret((await webhookTokenIn(kubeconfig))!);
  await waitFor("the new list", async () => (await readyz()).includes("without one: no review yet; the one in force"));
  for (const headers of [{ ...JSON_TYPE }, { ...JSON_TYPE, authorization: "Bearer made-up" }]) {
    assert.equal(await ask(server, headers), 200);
  }
  assert.equal(await ask(server, await askingHeaders(kubeconfig)), 200);
  await retireWebhookToken(realWorld(), places);
  await waitFor("the end of that", async () => await ask(server, { ...JSON_TYPE }) === 401);
  assert.equal(await ask(server, await askingHeaders(kubeconfig)), 200);
});

for (
  const [what, spoil] of [
    ["is broken", (path: string) => replaceFile(path, "sha256:made-up\n")],
    ["is cut short", (path: string) => replaceFile(path, "sha2")],
    ["lets nobody ask", (path: string) => replaceFile(path, "\n")],
    ["is a folder", (path: string) => Deno.remove(path).then(() => Deno.mkdir(path))],
    ["is removed", (path: string) => Deno.remove(path)],
  ] as const
) {
  Deno.test(`a list that ${what} while the server runs changes nothing, is reported, and the next good one counts`, async () => {
    const { server, token } = await startDemanding();
    await using _ = server;
    const path = `${server.stateDir}/webhook-tokens`;
    const good = await Deno.readTextFile(path);
    const readyz = async () => await (await fetch(`${server.healthUrl}/readyz?verbose`)).text();
    await spoil(path);
    await waitFor("the warning", async () => /^\[!\] webhook token: not reloaded/m.test(await readyz()));
    assert.equal(await ask(server), 200);
    assert.equal(await ask(server, JSON_TYPE), 401);
    const lines = server.log().filter(({ message }) => String(message).startsWith("webhook tokens not reloaded"));
    // What is removed and made again is seen as gone, too, where the look comes between.
    assert.deepEqual(new Set(lines.map(({ level }) => level)), new Set(["error"]));
    await Deno.remove(path, { recursive: true }).catch(() => {});
    await replaceFile(path, good);
    await waitFor("the end of it", async () => /\nok\n$/.test(await readyz()));
    assert.equal(await ask(server, { ...JSON_TYPE, authorization: `Bearer ${token}` }), 200);
  });
}

Deno.test("a server does not start on a list that it cannot use", async () => {
  await inFolder(async (stateDir) => {
    const log = createLog(realWorld(), { format: "json", level: "error" });
    const { signal } = new AbortController();
    const start = () => watchCallers({ world: realWorld(), log, stateDir, signal });
    for (const text of ["sha256:made-up\n", "nobody\n", `sha256:${"a".repeat(64)}`, "", "# nobody\n"]) {
      await Deno.writeTextFile(`${stateDir}/webhook-tokens`, text);
      await assert.rejects(start(), { code: "ERR_STATE" }, text);
    }
  });
});

Deno.test("a state folder is looked at at once, after each change, and no more after the end", async () => {
  await inFolder(async (stateDir) => {
    const ending = new AbortController();
    let looks = 0;
    const check = () => Promise.resolve(void (looks += 1));
    const watching = watchState({ world: realWorld(), stateDir, check, signal: ending.signal });
    await waitFor("the first look", () => looks === 1);
    const accepted = [ANYONE, digestOf(makeWebhookToken())];
    await saveAcceptedTokens(realWorld(), stateDir, { accepted, heir: undefined });
    await waitFor("the second look", () => looks === 2);
    ending.abort();
    await watching;
    assert.equal(looks, 2);
  });
});
