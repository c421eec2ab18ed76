/**
 * `ram-auth server` as a process of its own, as operators run it: with the permissions that ship, a config file, a fixed
 * port, and an emulated STS behind it.
 *
 * @module
 */

import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { startStsEmulator } from "../../lib/emulator/sts.ts";
import { SERVER_PERMISSIONS } from "../../scripts/permissions.ts";
import { makeLoopbackCertificate } from "../emulator/loopback_certificate.ts";
import { freePort } from "./free_port.ts";
import { type Keys, mintedToken } from "./minted_token.ts";
import { type ProcessOptions, type RunningProcess, startProcess } from "./process.ts";
import { waitFor } from "./wait_for.ts";

const FROM_SOURCE = ["run", "--quiet", ...SERVER_PERMISSIONS, "main.ts"];

/** Everything round a server that outlives any one process of it. */
export interface ServerSite extends AsyncDisposable {
  readonly folder: string;
  readonly clusterId: string;
  readonly configFile: string;
  readonly webhookKubeconfig: string;
  readonly url: string;
  readonly healthUrl: string;
  /** Writes the config file whole, with these mappings under `server:`. */
  writeConfig(mappings: string): Promise<void>;
  /** Starts a process and waits until it is ready: the sources, unless a compiled binary is named. */
  start(binary?: string, options?: Pick<ProcessOptions, "cwd" | "clearEnv" | "env">): Promise<RunningProcess>;
  /** Reviews a token that these keys sign now, over TLS, and returns the `status` of the answer. */
  review(keys: Keys): Promise<{ readonly authenticated: boolean; readonly user?: { readonly username: string } }>;
}

/** Makes a folder, an STS and a config file. */
export async function prepareSite(mappings: string): Promise<ServerSite> {
  await using preparing = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "server-site-" });
  preparing.defer(() => Deno.remove(folder, { recursive: true }));
  const pair = await makeLoopbackCertificate();
  await Deno.writeTextFile(`${folder}/sts-ca.pem`, pair.caPem);
  const sts = startStsEmulator({ ...pair, principals: Object.values(DEMO_PRINCIPALS), now: () => new Date() });
  preparing.defer(() => sts.shutdown());
  const [port, healthPort] = [freePort(), freePort()];
  const clusterId = "c-of-the-test";
  const configFile = `${folder}/config.yaml`;
  const webhookKubeconfig = `${folder}/webhook.kubeconfig`;
  const url = `https://127.0.0.1:${port}`;
  const healthUrl = `http://127.0.0.1:${healthPort}`;

  const writeConfig = async (sections: string) => {
    await Deno.writeTextFile(
      `${configFile}.new`,
      `clusterID: ${clusterId}
server:
  port: ${port}
  healthPort: ${healthPort}
  stateDir: ${folder}/state
  generateKubeconfig: ${webhookKubeconfig}
  sts: {endpoint: "${sts.host}", caFile: ${folder}/sts-ca.pem}
${sections.replace(/^/gm, "  ")}
`,
    );
    await Deno.rename(`${configFile}.new`, configFile);
  };
  await writeConfig(mappings);
  const preparedStack = preparing.move();
  return {
    folder,
    clusterId,
    configFile,
    webhookKubeconfig,
    url,
    healthUrl,
    writeConfig,
    async start(binary, { env, ...options } = {}) {
      const process = startProcess(binary ?? Deno.execPath(), {
        ...options,
        args: [...(binary === undefined ? FROM_SOURCE : []), "server", "-c", configFile, "-l", "json"],
        env: { NO_PROXY: "127.0.0.1", ...env },
      });
      try {
        await waitFor("the server to be ready", async () => {
          if (process.hasEnded()) throw new Error(`Cannot start the server: ${process.stderr()}`);
          return await isReady(healthUrl);
        });
      } catch (failure) {
        await process.stop("SIGKILL");
        throw failure;
      }
      return process;
    },
    async review(keys) {
      using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(`${folder}/state/ca.pem`)] });
      const token = await mintedToken(keys, { clusterId, now: new Date() });
      const response = await fetch(`${url}/authenticate`, {
        client,
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } }),
      });
      return (await response.json()).status;
    },
    [Symbol.asyncDispose]: () => preparedStack.disposeAsync(),
  };
}

async function isReady(healthUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${healthUrl}/readyz`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
