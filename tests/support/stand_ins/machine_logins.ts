/**
 * Logins to a machine's server all the while that something happens to it: an API server and an STS in the machine's
 * network, and a process that logs in at a steady rate and counts.
 *
 * @module
 */

import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { startStsEmulator } from "../../../lib/emulator/sts.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { startCluster } from "../cluster.ts";
import { countLogins } from "../login_loop.ts";
import type { Machine } from "../machine.ts";
import { manyTokens } from "../minted_token.ts";
import { startProcess } from "../process.ts";
import { waitFor } from "../wait_for.ts";

/** What became of the logins so far. */
export interface LoginCount {
  readonly succeeded: number;
  readonly failed: number;
  /** Why the last that failed did. */
  readonly lastFailure?: string | undefined;
}

/** Logins that go on. */
export interface MachineLogins extends AsyncDisposable {
  readonly count: () => LoginCount;
}

/** The port of STS in the machine's network, which is its own. */
export const STS_PORT = 8443;

/** 50 logins a second. */
const EVERY_MS = 20;

/** The API server keeps what it was answered for a second. */
const TOKENS = 600;

/** How often the process says how far it is. */
const SAID_EVERY_MS = 50;

/** What the process says first. Then it says how far it is. */
interface Ready {
  /** The certificate of STS's CA, which the server has yet to trust. */
  readonly stsCaPem: string;
  /** A kubeconfig of the cluster's administrator, for the machine's network. */
  readonly adminKubeconfig: string;
}

/** Starts them as `alice`, by a webhook kubeconfig of the machine, and waits until the API server is ready. */
export async function startMachineLogins(
  machine: Machine,
  { folder, kubeconfig, clusterId }: {
    /** A folder out here. */
    readonly folder: string;
    /** The text. */
    readonly kubeconfig: string;
    readonly clusterId: string;
  },
): Promise<MachineLogins & Ready> {
  const path = `${folder}/webhook.kubeconfig`;
  await Deno.writeTextFile(path, kubeconfig, { mode: 0o600 });
  const inNetwork = ["--target", machine.firstPid, "--net", Deno.execPath(), "run", "--quiet", "--no-prompt"];
  const permissions = ["--allow-env", "--allow-read", "--allow-write", "--allow-run", "--allow-net"];
  const logins = startProcess("nsenter", {
    args: [...inNetwork, ...permissions, import.meta.filename!, path, clusterId],
  });
  const lines = () => logins.stdout().split("\n").slice(0, -1).filter((line) => line !== "");
  try {
    const ready = await waitFor("logins to begin", () => {
      if (logins.hasEnded()) throw new Error(`Cannot log in to the machine: ${logins.stderr()}`);
      const [first] = lines();
      return first === undefined ? undefined : JSON.parse(first) as Ready;
    });
    return {
      ...ready,
      count: () => JSON.parse(lines().at(-1)!),
      [Symbol.asyncDispose]: async () => void await logins.stop("SIGTERM"),
    };
  } catch (failure) {
    await logins.stop("SIGTERM");
    throw failure;
  }
}

/** The kubeconfig without the path of its CA, which leads nowhere in the machine. */
async function embedded(kubeconfig: string, caFile: string): Promise<string> {
  const data = (await Deno.readFile(caFile)).toBase64();
  const text = await Deno.readTextFile(kubeconfig);
  return text.replace(`"certificate-authority":"${caFile}"`, `"certificate-authority-data":"${data}"`);
}

if (import.meta.main) {
  const stopped = Promise.withResolvers<void>();
  // Whatever it started must not outlive it.
  Deno.addSignalListener("SIGTERM", stopped.resolve);
  const [webhookKubeconfig, clusterId] = Deno.args;
  const say = (what: Ready | LoginCount) =>
    Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(what)}\n`));
  const pair = await makeLoopbackCertificate();
  const sts = startStsEmulator({
    ...pair,
    principals: Object.values(DEMO_PRINCIPALS),
    port: STS_PORT,
    now: () => new Date(),
  });
  {
    await using cluster = await startCluster({ webhookKubeconfig: webhookKubeconfig! });
    const tokens = await manyTokens(DEMO_PRINCIPALS.alice, clusterId!, TOKENS);
    let next = 0;
    const token = () => Promise.resolve(tokens[next++ % TOKENS]!);
    const logins = countLogins({ cluster, token, everyMs: EVERY_MS });
    const count = (): LoginCount => ({
      succeeded: logins.succeeded(),
      failed: logins.failed().length,
      lastFailure: logins.failed().at(-1)?.why,
    });
    say({ stsCaPem: pair.caPem, adminKubeconfig: await embedded(cluster.adminKubeconfig, cluster.caFile) });
    say(count());
    const timer = setInterval(() => say(count()), SAID_EVERY_MS);
    await stopped.promise;
    clearInterval(timer);
    await logins.stop();
  }
  await sts.shutdown();
  Deno.removeSignalListener("SIGTERM", stopped.resolve);
}
