import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { SERVER_PERMISSIONS } from "../../../scripts/permissions.ts";
import { mintedToken } from "../../support/minted_token.ts";
import { startProcess } from "../../support/process.ts";
import { startReviewServer } from "../../support/review_server.ts";
import { prepareSite, type ServerSite, startServerProcess } from "../../support/server_process.ts";
import { waitFor } from "../../support/wait_for.ts";

const { alice } = DEMO_PRINCIPALS;

const MAPPINGS = `mapUsers:
  - {userARN: "${alice.identity.Arn}", username: alice}`;

const IDLE_CONNECTIONS = 300;

/** A program that starts a server with at most 300 open files. */
async function limitedServer(site: ServerSite): Promise<string> {
  const path = `${site.folder}/limited-server`;
  const deno = [Deno.execPath(), "run", "--quiet", ...SERVER_PERMISSIONS, "main.ts"];
  await Deno.writeTextFile(path, `#!/bin/sh\nulimit -n 300\nexec ${deno.map((word) => `'${word}'`).join(" ")} "$@"\n`, {
    mode: 0o755,
  });
  return path;
}

Deno.test("300 idle connections to a server with 300 descriptors: logins go on, and it is in log and metrics", async () => {
  await using site = await prepareSite(MAPPINGS);
  const binary = await limitedServer(site);
  await using server = await startServerProcess(["-c", site.configFile, "-l", "json"], { ...site, binary });
  const port = Number(new URL(site.url).port);
  const idle: Deno.TcpConn[] = [];
  try {
    for (let count = 0; count < IDLE_CONNECTIONS; count++) {
      idle.push(await Deno.connect({ hostname: "127.0.0.1", port }));
      if (count % 30 === 0) assert.equal((await site.review(alice)).authenticated, true);
    }
    for (let times = 0; times < 5; times++) assert.equal((await site.review(alice)).authenticated, true);
    await waitFor("the event in the log", () => server.stderr().includes('"reason":"evicted"'));
    const metrics = await (await fetch(`${site.healthUrl}/metrics`)).text();
    assert.match(metrics, /^ram_auth_connections_closed_total\{listener="tls",reason="evicted"\} [1-9]/m);
    assert.match(metrics, /^ram_auth_connections_open\{listener="tls"\} \d{1,2}$/m);
  } finally {
    for (const connection of idle) connection.close();
  }
  assert.equal((await server.stop("SIGTERM")).code, 0, server.stderr());
});

Deno.test("where descriptors run out all the same, accepting goes on, and who is idle makes room", async () => {
  const script = new URL("../../support/doors/greedy_door.ts", import.meta.url).pathname;
  const command = `ulimit -n 200; exec "$0" run --quiet ${SERVER_PERMISSIONS.join(" ")} "$1"`;
  await using server = startProcess("/bin/sh", { args: ["-c", command, Deno.execPath(), script] });
  const { url, caPem } = JSON.parse(await waitFor("the door", () => server.stdout().split("\n", 1)[0] || undefined));
  const ask = async (path: string) => {
    using client = Deno.createHttpClient({ caCerts: [caPem] });
    return await (await fetch(`${url}${path}`, { client })).text();
  };
  const idle: Deno.TcpConn[] = [];
  try {
    const { hostname, port } = new URL(url);
    for (let count = 0; count < IDLE_CONNECTIONS; count++) {
      idle.push(await Deno.connect({ hostname, port: Number(port) }));
    }
    await waitFor("an answer, and the failures in the metrics", async () => {
      return Number(await ask("failures").catch(() => "0")) > 0;
    });
    for (let times = 0; times < 5; times++) assert.equal(await ask(""), "answer");
    const log = await ask("log");
    assert.match(log, /"reason":"descriptors","connections":\d+,"why":"Too many open files/);
    assert.match(log, /"reason":"evicted"/);
  } finally {
    for (const connection of idle) connection.close();
  }
  assert.equal((await server.stop("SIGTERM")).code, 0, server.stderr());
});

Deno.test("clients that hang up in the middle of their requests are no internal error", async () => {
  await using server = await startReviewServer();
  const { hostname, port } = new URL(server.url);
  const token = await mintedToken(alice, { ...server, now: server.now() });
  for (const half of ["", "{", `{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRev`]) {
    const tcp = await Deno.connect({ hostname, port: Number(port) });
    using tls = await Deno.startTls(tcp, { hostname: "localhost", caCerts: [server.caPem] });
    const head =
      "POST /authenticate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n";
    await tls.write(new TextEncoder().encode(`${head}${half}`));
    await waitFor("the request", async () => /^ram_auth_request_body_bytes [1-9]/m.test(await server.metrics()));
  }
  await waitFor("all to be seen", () => server.log().filter(({ reason }) => reason === "ERR_BODY_BROKEN").length === 3);
  assert.doesNotMatch(server.logText(), /internal error|"level":"error"/);
  assert.equal((await server.review(token)).body.status?.authenticated, true);
});
