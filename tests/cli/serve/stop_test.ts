import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { SERVER_PERMISSIONS } from "../../../scripts/permissions.ts";
import { manyTokens, mintedToken } from "../../support/minted_token.ts";
import { testNeeding } from "../../support/needs.ts";
import { type ChildProcess, startProcess } from "../../support/process.ts";
import { outcomeOf, startReviewLoad } from "../../support/review_load.ts";
import { prepareSite, type ServerSite, startServerProcess } from "../../support/server_process.ts";
import { waitFor } from "../../support/wait_for.ts";
import { askingHeaders } from "../../support/kubeconfigs.ts";

const ALICE = `mapUsers:
  - {userARN: "acs:ram::1234567890123456:user/alice", username: alice}`;

const SERVER = ["run", "--quiet", ...SERVER_PERMISSIONS, "main.ts", "server", "-l", "json", "-c"];

/** Reviews of the load before the signal: enough for every connection to be in full use. */
const BEFORE_SIGNAL = 300;

const TOKENS = 4_000;

/** A listener that takes connections and never answers. */
function startSilence(): { readonly host: string; connections(): number; close(): Promise<void> } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  const taking = (async () => {
    for await (const connection of listener) open.push(connection);
  })();
  return {
    host: `127.0.0.1:${listener.addr.port}`,
    connections: () => open.length,
    async close() {
      listener.close();
      await taking;
      for (const connection of open) connection.close();
    },
  };
}

/** A site whose state folder another process has locked, and a server that waits for the lock. */
async function startBehindLock(site: ServerSite): Promise<{ server: ChildProcess; lock: Deno.FsFile }> {
  await Deno.mkdir(`${site.folder}/state`, { mode: 0o700 });
  const lock = await Deno.open(`${site.folder}/state/.lock`, { createNew: true, write: true, mode: 0o600 });
  await lock.lock(true);
  const server = startProcess(Deno.execPath(), { args: [...SERVER, site.configFile] });
  await waitFor("the start", () => server.stderr().includes("mappings in force"));
  return { server, lock };
}

for (const signals of [["SIGTERM"], ["SIGINT"], ["SIGHUP", "SIGTERM", "SIGTERM"]] as const) {
  Deno.test(`${signals.join(", ")} ends a server that waits for the lock of its state`, async () => {
    await using site = await prepareSite(ALICE);
    const { server, lock } = await startBehindLock(site);
    using _lock = lock;
    await using _server = server;
    for (const signal of signals.slice(0, -1)) server.signal(signal);
    assert.equal((await server.stop(signals.at(-1)!)).code, 0, server.stderr());
    assert.match(server.stderr(), /"stopped while starting"/);
    assert.doesNotMatch(server.stderr(), /"listening"/);
  });
}

Deno.test("SIGHUP while the server starts ends nothing, and is obeyed once it serves", async () => {
  await using site = await prepareSite(ALICE);
  const { server, lock } = await startBehindLock(site);
  await using _server = server;
  server.signal("SIGHUP");
  lock.close();
  await waitFor("the reload", () => server.stderr().split("mappings in force").length > 2);
  assert.equal((await site.review(DEMO_PRINCIPALS.alice)).authenticated, true);
});

Deno.test("SIGTERM ends a server that waits for the lock of its state to renew its certificate", async () => {
  await using site = await prepareSite(ALICE);
  await using server = await site.start();
  const folder = `${site.folder}/state`;
  using lock = await Deno.open(`${folder}/.lock`, { createNew: true, write: true, mode: 0o600 });
  await lock.lock(true);
  using changes = Deno.watchFs(folder);
  await Deno.remove(`${folder}/cert.pem`);
  for await (const { kind, paths } of changes) {
    // It opened the file, could not lock it, and closed it again.
    if (kind === "access" && paths.some((path) => path.endsWith("/.lock"))) break;
  }
  assert.equal((await server.stop("SIGTERM")).code, 0, server.stderr());
});

Deno.test("a server that cannot start ends although nobody reads why", async () => {
  await using site = await prepareSite(ALICE);
  using _taken = Deno.listen({ hostname: "127.0.0.1", port: Number(new URL(site.url).port) });
  const script = 'mkfifo "$0"; exec 3<>"$0"; head -c 65536 /dev/zero >&3; exec "$@" 2>&3';
  await using server = startProcess("sh", {
    args: ["-ec", script, `${site.folder}/pipe`, Deno.execPath(), ...SERVER, site.configFile],
  });
  await waitFor("the end", () => server.hasEnded());
  assert.equal((await server.stop("SIGKILL")).code, 1);
});

Deno.test("SIGTERM ends a server whose mapping source never answers", async () => {
  const silence = startSilence();
  try {
    await using site = await prepareSite(`backendMode: [EKSConfigMap]\nmaster: http://${silence.host}`);
    await using server = startProcess(Deno.execPath(), { args: [...SERVER, site.configFile] });
    await waitFor("the call", () => silence.connections() > 0);
    assert.equal((await server.stop("SIGTERM")).code, 0, server.stderr());
  } finally {
    await silence.close();
  }
});

Deno.test("SIGTERM ends a server whose STS never answers, and the review in flight gets an answer", async () => {
  const silence = startSilence();
  try {
    await using site = await prepareSite(ALICE);
    await using server = await startServerProcess(["-c", site.configFile, `--sts-endpoint=${silence.host}`], site);
    using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${site.folder}/state/ca.pem`)] });
    const token = await mintedToken(DEMO_PRINCIPALS.alice, { ...site, now: new Date() });
    const answer = fetch(`${site.url}/authenticate`, {
      client,
      method: "POST",
      headers: await askingHeaders(site.webhookKubeconfig),
      body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } }),
    });
    await waitFor("the call to STS", () => silence.connections() > 0);
    assert.equal((await server.stop("SIGTERM")).code, 0, server.stderr());
    assert.equal((await answer).status, 504);
    await (await answer).body?.cancel();
  } finally {
    await silence.close();
  }
});

Deno.test("SIGTERM ends a server that is reloading, whatever SIGHUPs come, also while it drains", async () => {
  await using site = await prepareSite(ALICE);
  await using server = await site.start();
  for (let times = 0; times < 200; times++) server.signal("SIGHUP");
  server.signal("SIGTERM");
  const status = server.stop("SIGHUP");
  assert.deepEqual((await status).code, 0, server.stderr());
  const reloads = server.stderr().split("mappings in force").length - 2;
  assert.ok(reloads <= 100, `${reloads} reloads`);
});

Deno.test("SIGTERM ends a server whose client never reads its answers", async () => {
  await using site = await prepareSite(ALICE);
  await using server = await site.start();
  const { hostname, port } = new URL(site.url);
  const caCerts = [await Deno.readTextFile(`${site.folder}/state/ca.pem`)];
  using connection = await Deno.connectTls({ hostname, port: Number(port), caCerts, alpnProtocols: ["http/1.1"] });
  const requests = new TextEncoder().encode("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(2_000));
  // What the server does not take stays unwritten.
  connection.write(requests).catch(() => {});
  await waitFor("the server to be at it", async () => (await site.review(DEMO_PRINCIPALS.alice)).authenticated);
  assert.equal((await server.stop("SIGTERM")).code, 0, server.stderr());
});

testNeeding(["namespaces"], "SIGTERM ends a server that is the first process, as in a container", async () => {
  await using site = await prepareSite(ALICE);
  const args = ["--map-root-user", "--pid", "--fork", "--kill-child", Deno.execPath(), ...SERVER, site.configFile];
  await using outer = startProcess("unshare", { args });
  await waitFor("the server", () => outer.stderr().includes('"listening"'));
  const list = new Deno.Command("cat", { args: [`/proc/${outer.pid}/task/${outer.pid}/children`] });
  Deno.kill(Number(new TextDecoder().decode((await list.output()).stdout)), "SIGTERM");
  await waitFor("the end", () => outer.hasEnded());
  assert.equal((await outer.stop("SIGKILL")).code, 0, outer.stderr());
});

Deno.test("SIGTERM under full load leaves no review without an answer that STS was asked about", async () => {
  await using site = await prepareSite(ALICE, { asksAlways: true });
  await using server = await site.start();
  const tokensFile = `${site.folder}/tokens`;
  await Deno.writeTextFile(
    tokensFile,
    (await manyTokens(DEMO_PRINCIPALS.alice, site.clusterId, TOKENS)).join("\n"),
  );
  await using load = startReviewLoad({
    url: site.url,
    caFile: `${site.folder}/state/ca.pem`,
    kubeconfig: site.webhookKubeconfig,
    tokensFile,
  });
  await waitFor("the load", () => site.stsCalls() >= BEFORE_SIGNAL);
  assert.equal((await server.stop("SIGTERM")).code, 0, server.stderr());
  await waitFor("the end of the load", () => load.hasEnded());
  const { answered, failed } = outcomeOf(load);
  assert.deepEqual(answered, { "200 true": site.stsCalls() }, JSON.stringify(failed));
  assert.ok(site.stsCalls() < TOKENS, "the load was over before the server ended");
});
