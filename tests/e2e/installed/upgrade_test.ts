import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { type Cluster, startCluster } from "../../support/cluster.ts";
import { freePort } from "../../support/free_port.ts";
import { countLogins, type FailedLogin } from "../../support/login_loop.ts";
import { manyTokens } from "../../support/minted_token.ts";
import { testNeeding } from "../../support/needs.ts";
import { prepareSite, type ServerSite, startServerProcess } from "../../support/server_process.ts";
import { installTestBinary } from "../../support/test_binary.ts";
import { waitFor } from "../../support/wait_for.ts";

const RESTARTS = 10;

/** 200 logins a second. */
const EVERY_MS = 5;

/** Logins between two restarts. */
const PAUSE_LOGINS = 100;

/** The API server keeps what it was answered for a second. */
const TOKENS = 600;

const ALICE = `mapUsers:
  - {userARN: "acs:ram::1234567890123456:user/alice", username: alice}`;

interface Outcome {
  readonly succeeded: number;
  readonly lost: readonly FailedLogin[];
}

/** Logs in all the while that `restart` is called ten times. */
async function loginsDuring(
  restart: (nth: number) => Promise<void>,
  cluster: Cluster,
  site: ServerSite,
): Promise<Outcome> {
  const tokens = await manyTokens(DEMO_PRINCIPALS.alice, site.clusterId, TOKENS);
  let next = 0;
  const token = () => Promise.resolve(tokens[next++ % TOKENS]!);
  const logins = countLogins({ cluster, token, everyMs: EVERY_MS });
  try {
    for (let nth = 0; nth <= RESTARTS; nth += 1) {
      if (nth > 0) await restart(nth);
      const before = logins.succeeded();
      await waitFor("logins to go on", () => logins.succeeded() >= before + PAUSE_LOGINS);
    }
  } finally {
    await logins.stop();
  }
  return { succeeded: logins.succeeded(), lost: logins.failed() };
}

const inWords = ({ succeeded, lost }: Outcome) => `${lost.length} of ${succeeded + lost.length} logins lost`;

testNeeding(["cluster"], "a server is replaced and restarted ten times under 200 logins a second", async (t) => {
  await using site = await prepareSite(ALICE, { asksAlways: true });
  await using stack = new AsyncDisposableStack();
  let server = stack.use(await site.start(await installTestBinary(site.folder)));
  await using cluster = await startCluster({ webhookKubeconfig: site.webhookKubeconfig });
  const gaps: { readonly fromMs: number; readonly untilMs: number }[] = [];
  const outcome = await loginsDuring(
    async () => {
      const binary = await installTestBinary(site.folder);
      const fromMs = Date.now();
      await server.stop("SIGTERM");
      server = stack.use(await site.start(binary));
      gaps.push({ fromMs, untilMs: Date.now() });
    },
    cluster,
    site,
  );
  await t.step(`${inWords(outcome)}, each of them while no server listened`, () => {
    for (const { startedAtMs, endedAtMs, why } of outcome.lost) {
      const isInGap = gaps.some(({ fromMs, untilMs }) => startedAtMs <= untilMs && endedAtMs >= fromMs);
      assert.ok(isInGap, `a login was lost although a server listened: ${why}`);
    }
  });
});

testNeeding(
  ["cluster"],
  "one of two servers on one port is replaced and restarted ten times under 200 logins a second",
  async (t) => {
    await using site = await prepareSite(`sharePort: true\n${ALICE}`, { asksAlways: true });
    await using stack = new AsyncDisposableStack();
    const start = async (healthPort: number) =>
      stack.use(
        await startServerProcess(["-c", site.configFile, "-l", "json", `--health-port=${healthPort}`], {
          healthUrl: `http://127.0.0.1:${healthPort}`,
        }),
      );
    const healthPorts = [freePort(), freePort()] as const;
    const servers = [await start(healthPorts[0]), await start(healthPorts[1])];
    await using cluster = await startCluster({ webhookKubeconfig: site.webhookKubeconfig });
    const outcome = await loginsDuring(
      async (nth) => {
        const which = nth % 2;
        await servers[which]!.stop("SIGTERM");
        servers[which] = await start(healthPorts[which]!);
      },
      cluster,
      site,
    );
    await t.step(inWords(outcome), () => assert.deepEqual(outcome.lost, []));
  },
);
