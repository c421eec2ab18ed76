/**
 * Options of the node: where the server listens, what it makes there, and how it writes its log.
 *
 * @module
 */

import assert from "node:assert/strict";
import { freePort } from "../../support/free_port.ts";
import { startServerProcess } from "../../support/server_process.ts";
import { startProcess } from "../../support/process.ts";
import { SERVER_PERMISSIONS } from "../../../scripts/permissions.ts";
import { shownNames, type Stage, startStage } from "./stage.ts";

async function endOf(args: readonly string[]) {
  await using process = startProcess(Deno.execPath(), {
    args: ["run", "--quiet", ...SERVER_PERMISSIONS, "main.ts", "server", ...args],
  });
  const { code } = await process.stop("SIGCONT");
  return { code, out: process.stdout(), err: process.stderr() };
}

/** A server with names and addresses of its own, two of which share a port. */
export const NODE: Stage = {
  name: "the node, by default on the address of the certificate",
  start: () =>
    startStage({
      flags: ["-l", "json", "-v", "debug"],
      clouds: ["alibaba"],
      keys: () => ({ hostname: "node-7.example", sharePort: true }),
    }),
  rows: {
    "help": {
      async atStart() {
        const { code, out } = await endOf(["--help"]);
        assert.equal(code, 0);
        assert.match(out, /--health-port/);
      },
    },
    "hostname": {
      async atStart({ port, folder }) {
        assert.match(await shownNames("127.0.0.1", port), /DNS:node-7\.example/);
        assert.match(await Deno.readTextFile(`${folder}/webhook.kubeconfig`), /https:\/\/node-7\.example:/);
      },
    },
    "generate-kubeconfig": {
      async atStart({ port, folder }) {
        assert.match(await Deno.readTextFile(`${folder}/webhook.kubeconfig`), new RegExp(`:${port}/authenticate`));
      },
    },
    "state-dir": {
      async atStart({ folder }) {
        assert.match(await Deno.readTextFile(`${folder}/state/ca.pem`), /BEGIN CERTIFICATE/);
      },
    },
    "port": { atStart: async ({ alice }) => assert.equal(await alice(), "alice") },
    "health-port": { atStart: async ({ page }) => assert.equal(await page("/healthz"), "ok\n") },
    "share-port": {
      async atStart({ flags, alice }) {
        const refused = await endOf([...flags, "--health-port", "0", "--share-port=false"]);
        assert.equal(refused.code, 1);
        assert.match(refused.err, /another process listens there/);
        const healthPort = freePort();
        const healthUrl = `http://127.0.0.1:${healthPort}`;
        await using _second = await startServerProcess([...flags, "--health-port", `${healthPort}`], { healthUrl });
        assert.equal(await alice(), "alice");
      },
    },
    "log-format": {
      atStart: async ({ log }) =>
        assert.equal(JSON.parse((await Promise.resolve(log())).split("\n")[0]!).level, "info"),
    },
    "clouds": { atStart: async ({ dave }) => assert.equal(await dave(), "not_ours") },
  },
};

/** One that listens elsewhere than its certificate says, and whose kubeconfig is there already. */
export const BOUND: Stage = {
  name: "the node, bound to another address",
  start: () =>
    startStage({
      flags: ["--bind", "127.0.0.2"],
      keys: () => ({ address: "127.0.0.3", kubeconfigPregenerated: true, logVerbosity: "error" }),
    }),
  rows: {
    "bind": {
      async atStart({ port }) {
        assert.match(await shownNames("127.0.0.2", port), /localhost/);
        await assert.rejects(shownNames("127.0.0.1", port), { code: "ECONNREFUSED" });
      },
    },
    "address": { atStart: async ({ port }) => assert.match(await shownNames("127.0.0.2", port), /127\.0\.0\.3/) },
    "kubeconfig-pregenerated": {
      async atStart({ folder }) {
        await assert.rejects(Deno.stat(`${folder}/webhook.kubeconfig`), Deno.errors.NotFound);
      },
    },
    "log-verbosity": {
      async atStart({ log }) {
        await Promise.resolve();
        assert.doesNotMatch(log(), /INFO|WARN/);
      },
      async changed({ change, until, log, process }) {
        await change({ logVerbosity: "info" });
        await until(() => {
          process.signal("SIGHUP");
          return log().includes("INFO  mappings in force");
        }, true);
      },
    },
  },
};
