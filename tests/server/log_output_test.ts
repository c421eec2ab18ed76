import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { SERVER_PERMISSIONS } from "../../scripts/permissions.ts";
import { testNeeding } from "../support/needs.ts";
import { prepareSite, type ServerSite } from "../support/server_process.ts";
import { waitFor } from "../support/wait_for.ts";

const ALICE = `mapUsers:
  - {userARN: "acs:ram::1234567890123456:user/alice", username: alice}`;

/** Reviews of one round; some rounds log more than the pipe and the queue hold. */
const REVIEWS = 2_000;
const AT_ONCE = 16;

/** Starts its arguments with a pipe that nobody reads as standard error, and that says so instead of waiting. */
const UNREAD_PIPE = `
import os, sys
reader, writer = os.pipe()
os.set_blocking(writer, False)
os.set_inheritable(reader, True)
os.dup2(writer, 2)
os.execv(sys.argv[1], sys.argv[1:])
`;
import { askingHeaders } from "../support/kubeconfigs.ts";

interface Kind {
  readonly what: string;
  /** A program and arguments in front of the server's own. */
  readonly before: readonly string[];
  /** What becomes of the test's end of standard error. */
  readonly atOurEnd: (stderr: ReadableStream<Uint8Array>) => Promise<void> | void;
}

const KINDS: readonly Kind[] = [
  { what: "nobody reads", before: [], atOurEnd: () => {} },
  { what: "nobody reads any more, with the pipe closed", before: [], atOurEnd: (stderr) => stderr.cancel() },
  {
    what: "is a full disk",
    before: ["/bin/sh", "-c", 'exec "$0" "$@" 2>/dev/full'],
    atOurEnd: () => {},
  },
  { what: "nobody reads, and that does not wait", before: ["python3", "-c", UNREAD_PIPE], atOurEnd: () => {} },
];

for (const { what, before, atOurEnd } of KINDS) {
  testNeeding(
    before[0] === "python3" ? ["python3"] : [],
    `ram-auth server goes on, and ends when told to, with a log that ${what}`,
    async () => {
      await using site = await prepareSite(ALICE);
      const line = [...before, Deno.execPath(), "run", "--quiet", ...SERVER_PERMISSIONS, "main.ts", "server"];
      const server = new Deno.Command(line[0]!, {
        args: [...line.slice(1), "-c", site.configFile, "-l", "json", "-v", "debug"],
        env: { NO_PROXY: "127.0.0.1" },
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      try {
        await waitFor("the server", () => isUp(site));
        await atOurEnd(server.stderr);
        await waitFor("lines to be lost", async () => {
          await refuseMany(site);
          return /^ram_auth_log_lines_lost_total [1-9]/m.test(await text(site, "/metrics"));
        });
        assert.equal((await site.review(DEMO_PRINCIPALS.alice)).authenticated, true);
        assert.equal(await text(site, "/healthz"), "ok");
      } finally {
        server.kill("SIGTERM");
        const { code } = await server.status;
        if (!server.stderr.locked) await server.stderr.cancel();
        assert.equal(code, 0);
      }
    },
  );
}

/** Tokens that are refused before STS is asked, each with a line in the log. */
async function refuseMany(site: ServerSite): Promise<void> {
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${site.folder}/state/ca.pem`)] });
  const body = JSON.stringify({
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    spec: { token: "k8s-aws-v1.madeup" },
  });
  const headers = await askingHeaders(site.webhookKubeconfig);
  const refuse = async () => {
    for (let review = 0; review < REVIEWS / AT_ONCE; review += 1) {
      const response = await fetch(`${site.url}/authenticate`, {
        client,
        method: "POST",
        headers,
        body,
      });
      assert.equal(response.status, 200);
      await response.body?.cancel();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, refuse));
}

async function text(site: ServerSite, path: string): Promise<string> {
  return (await (await fetch(`${site.healthUrl}${path}`)).text()).trim();
}

async function isUp(site: ServerSite): Promise<boolean> {
  return await text(site, "/healthz").then((answer) => answer === "ok", () => false);
}
