import assert from "node:assert/strict";
import { findServiceManager } from "../../lib/server/systemd.ts";
import { startWatchdog } from "../../lib/server/watchdog.ts";
import { createLog } from "../../lib/telemetry/log.ts";
import { type FakeWorld, fakeWorld } from "../config/fake_world.ts";
import { startNotifySocket } from "../support/stand_ins/notify_socket.ts";
import { prepareSite } from "../support/server_process.ts";
import { waitFor } from "../support/wait_for.ts";

const ALICE = `mapUsers:
  - {userARN: "acs:ram::1234567890123456:user/alice", username: alice}`;

/** Short, so that pings come soon; each still has half of it to be answered in. */
const WATCHDOG = { WATCHDOG_USEC: "1000000" };

/** A service manager that listens, and what a server needs in its environment to find it. */
async function startManager(address?: string) {
  const folder = await Deno.makeTempDir({ prefix: "notify-" });
  const NOTIFY_SOCKET = address ?? `${folder}/manager.sock`;
  const socket = await startNotifySocket(NOTIFY_SOCKET);
  return {
    env: { NOTIFY_SOCKET, RUNTIME_DIRECTORY: folder },
    folder,
    told: () => socket.told(),
    signal: (signal: Deno.Signal) => socket.signal(signal),
    count: (state: string) => socket.told().flat().filter((line) => line === state).length,
    async [Symbol.asyncDispose]() {
      await socket[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function logOf(world: FakeWorld) {
  return createLog(world, { format: "json", level: "info" });
}

Deno.test("ram-auth server tells its service manager when it listens, reloads and stops", async () => {
  await using site = await prepareSite(ALICE);
  await using manager = await startManager();
  const env = { ...manager.env, ...WATCHDOG, WATCHDOG_PID: "1" };
  const starting = site.start(undefined, { env });
  const first = await waitFor("the first state", () => manager.told()[0]);
  assert.deepEqual(first, ["READY=1", `STATUS=Reviewing tokens on port ${new URL(site.url).port}`]);
  (await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(site.url).port) })).close();

  await using server = await starting;
  server.signal("SIGHUP");
  await waitFor("the end of the reload", () => manager.told().length >= 3);
  assert.deepEqual(manager.told().slice(1), [["RELOADING=1"], ["READY=1"]]);
  assert.equal((await server.stop("SIGTERM")).code, 0, server.stderr());
  await waitFor("the last state", () => manager.told().length >= 4);
  assert.deepEqual(manager.told().slice(3), [["STOPPING=1"]]);
  assert.equal(manager.count("WATCHDOG=1"), 0, "that is asked of another process");
  assert.deepEqual([...Deno.readDirSync(manager.folder)].map(({ name }) => name), ["manager.sock"]);
});

Deno.test("ram-auth server does not wait for ever for mappings that cannot be had to say that it is ready", async () => {
  await using site = await prepareSite(`${ALICE}\nbackendMode: [MountedFile, CRD]\nkubeconfig: /nonexistent`);
  await using manager = await startManager();
  await using _server = await site.start(undefined, { env: manager.env });
  const [state] = await waitFor("the first state", () => manager.told()[0]);
  assert.equal(state, "READY=1");
});

Deno.test("ram-auth server that cannot listen never says that it is ready", async () => {
  await using site = await prepareSite(ALICE);
  await using manager = await startManager();
  using _taken = Deno.listen({ hostname: "127.0.0.1", port: Number(new URL(site.url).port) });
  await assert.rejects(site.start(undefined, { env: manager.env }), /another process listens there/);
  assert.deepEqual(manager.told(), []);
});

Deno.test("ram-auth server proves again and again that it lives, whatever proxy the environment names", async () => {
  await using site = await prepareSite(ALICE);
  await using manager = await startManager(`@ram-auth-test-${crypto.randomUUID()}`);
  const env = {
    ...manager.env,
    ...WATCHDOG,
    HTTP_PROXY: "http://127.0.0.1:1",
    http_proxy: "http://127.0.0.1:1",
    NO_PROXY: "",
  };
  await using server = await site.start(undefined, { env });
  await waitFor("three proofs", () => manager.count("WATCHDOG=1") >= 3);
  assert.equal(manager.count("READY=1"), 1);
  assert.doesNotMatch(server.stderr(), /not notified|own review failed/);
});

Deno.test("a service manager that does not read holds nobody up, and finds every state in its order when it does", async () => {
  await using socket = await startManager();
  const world = fakeWorld(socket.env);
  using manager = await findServiceManager(world, logOf(world));
  const { stdout } = await new Deno.Command("cat", { args: ["/proc/sys/net/unix/max_dgram_qlen"] }).output();
  // The queue holds one more than that: the next one waits for room, and others wait behind it.
  const states = Array.from(
    { length: Number(new TextDecoder().decode(stdout)) + 4 },
    (_, at) => `STATUS=${at}` as const,
  );
  socket.signal("SIGSTOP");
  await Promise.all(states.map((state) => manager.tell(state)));
  await manager.tell("READY=1");
  socket.signal("SIGCONT");
  const all = [...states, "READY=1"];
  await waitFor("every state", () => socket.told().length >= all.length);
  assert.deepEqual(socket.told().flat(), all);
  assert.equal(world.err(), "");
});

Deno.test("ram-auth server serves where nobody listens at the socket, and says so once", async () => {
  await using site = await prepareSite(ALICE);
  const env = { NOTIFY_SOCKET: `${site.folder}/nobody.sock`, RUNTIME_DIRECTORY: site.folder };
  await using server = await site.start(undefined, { env });
  server.signal("SIGHUP");
  assert.equal((await server.stop("SIGTERM")).code, 0, server.stderr());
  assert.equal(server.stderr().match(/systemd is not notified/g)?.length, 1, server.stderr());
});

for (
  const [why, env, said] of [
    ["there is no socket", WATCHDOG, /^$/],
    ["the socket is of another kind", { ...WATCHDOG, NOTIFY_SOCKET: "vsock:2:1234" }, /"vsock:2:1234\\" is not a Unix/],
    [
      "its own socket cannot be made",
      { NOTIFY_SOCKET: "/nonexistent", RUNTIME_DIRECTORY: "/nonexistent" },
      /not notified/,
    ],
  ] as const
) {
  Deno.test(`a server tells nobody where ${why}`, async () => {
    const world = fakeWorld(env);
    using manager = await findServiceManager(world, logOf(world));
    assert.equal(manager.watchdogMs, undefined);
    await manager.tell("READY=1");
    assert.match(world.err(), said);
  });
}

Deno.test("the watchdog says nothing good of a server that should be restarted, until it need not be", async () => {
  const told: string[] = [];
  const manager = {
    watchdogMs: 60,
    tell: (...states: readonly string[]) => Promise.resolve(void told.push(...states)),
    [Symbol.dispose]() {},
  };
  let fault: string | undefined = "made up";
  let asked = 0;
  await using _watchdog = startWatchdog(manager, {
    fault() {
      asked += 1;
      return fault;
    },
  });
  await waitFor("three looks", () => asked >= 3);
  assert.equal(told.length, 0);
  fault = undefined;
  await waitFor("the proof", () => told.includes("WATCHDOG=1"));
});
