import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { initialize } from "../../lib/state/init.ts";
import { realWorld } from "../../lib/world.ts";
import { optionsFor } from "../state/stored_files.ts";
import { startCluster } from "../support/cluster.ts";
import { countLogins } from "../support/login_loop.ts";
import { manyTokens } from "../support/minted_token.ts";
import { testNeeding } from "../support/needs.ts";
import { prepareSite, type ServerSite } from "../support/server_process.ts";
import { waitFor } from "../support/wait_for.ts";

const ROTATIONS = 5;

/** 200 logins a second; `deno task bench rotations` has 500, and fifty rotations. */
const EVERY_MS = 5;

/** As many as can be told apart by their date, and still are valid at the end. */
const TOKENS = 600;

const SUCCESSES = /^ram_auth_authenticate_latency_seconds_count\{result="success"\} (\d+)$/m;

const ALICE = `mapUsers:
  - {userARN: "acs:ram::1234567890123456:user/alice", username: alice}`;

/** Issues another certificate under the same CA, as another process. */
async function rotate(site: ServerSite, nth: number): Promise<void> {
  const options = { ...optionsFor(`${site.folder}/state`), hostname: `rotation-${nth}.example` };
  await initialize(realWorld(), { ...options, port: 1, kubeconfigPath: undefined });
}

testNeeding(["cluster"], "no login is lost while certificates change and the server reloads", async () => {
  await using site = await prepareSite(ALICE, { asksAlways: true });
  await using server = await site.start();
  await using cluster = await startCluster({ webhookKubeconfig: site.webhookKubeconfig, webhookCacheTtlSeconds: 0 });
  const tokens = await manyTokens(DEMO_PRINCIPALS.alice, site.clusterId, TOKENS);
  let next = 0;
  const token = () => Promise.resolve(tokens[next++ % TOKENS]!);
  const logins = countLogins({ cluster, token, everyMs: EVERY_MS });
  const happened = (line: string) => server.stderr().split(line).length - 1;
  try {
    for (let nth = 1; nth <= ROTATIONS; nth += 1) {
      const before = logins.succeeded();
      const reloads = happened("mappings in force");
      await rotate(site, nth);
      await waitFor("the new certificate", () => happened("serving certificate changed") === nth);
      server.signal("SIGHUP");
      await waitFor("the reload", () => happened("mappings in force") > reloads);
      await waitFor("logins to go on", () => logins.succeeded() > before + 100);
    }
  } finally {
    await logins.stop();
  }
  const metrics = await (await fetch(`${site.healthUrl}/metrics`)).text();
  const [, reviews] = SUCCESSES.exec(metrics) ?? [];
  assert.deepEqual(logins.failed(), [], `${logins.succeeded()} came through`);
  // kube-apiserver keeps a user for ten seconds, whatever it is told: a token that comes again is not always asked for.
  const asked = Math.min(logins.succeeded(), TOKENS);
  assert.ok(Number(reviews) >= asked, `the API server asked for ${reviews} of ${asked} tokens`);
  assert.doesNotMatch(server.stderr(), /"level":"error"/);
});
