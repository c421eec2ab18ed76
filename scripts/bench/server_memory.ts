/**
 * The resident memory of a server, as it has just become ready and after many reviews of a few people's tokens, with an
 * emulated STS in this process.
 *
 * @module
 */

import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { mintedToken } from "../../tests/support/minted_token.ts";
import { prepareSite } from "../../tests/support/server_process.ts";
import { askingHeaders } from "../../tests/support/kubeconfigs.ts";

/** Reviews in all. */
const REVIEWS = 10_000;

/** Reviews in flight. */
const IN_FLIGHT = 16;

/** Reviews with tokens of one minting. */
const BATCH = 500;

const MAPPINGS = `mapAccounts: ["1234567890123456"]`;

/** What was measured, resident, in MB of 10⁶ bytes. */
export interface ServerMemory {
  readonly idle: number;
  readonly worked: number;
  readonly reviews: number;
}

/**
 * Starts a binary as a server and has it review tokens, over connections that stay open as those of kube-apiserver do.
 *
 * @throws {Error} where a review is not answered with a user
 */
export async function serverMemory(binary: string): Promise<ServerMemory> {
  await using site = await prepareSite(MAPPINGS);
  await using server = await site.start(binary);
  const idle = residentMegabytes(server.pid);
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${site.folder}/state/ca.pem`)] });
  const headers = await askingHeaders(site.webhookKubeconfig);
  const review = async (token: string) => {
    const response = await fetch(`${site.url}/authenticate`, {
      client,
      method: "POST",
      headers,
      body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } }),
    });
    const { status } = await response.json();
    if (status.authenticated !== true) throw new Error(`Cannot measure: ${JSON.stringify(status)}`);
  };
  for (let done = 0; done < REVIEWS; done += BATCH) {
    const tokens = await Promise.all(
      Object.values(DEMO_PRINCIPALS).map((keys) => mintedToken(keys, { clusterId: site.clusterId, now: new Date() })),
    );
    let left = BATCH;
    await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
      while (left-- > 0) await review(tokens[left % tokens.length]!);
    }));
  }
  return { idle, worked: residentMegabytes(server.pid), reviews: REVIEWS };
}

/** Deno reads no other process's files under /proc without every permission. */
function residentMegabytes(pid: number): number {
  const { stdout } = new Deno.Command("ps", { args: ["-o", "rss=", "-p", String(pid)] }).outputSync();
  return Math.round(Number(new TextDecoder().decode(stdout)) * 1_024 / 1_000_000);
}
