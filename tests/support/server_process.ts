/**
 * `ram-auth server` as a process of its own, as operators run it: with the permissions that ship, a config file, a fixed
 * port, and an emulated STS behind it.
 *
 * @module
 */

import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../lib/emulator/aws/principals.ts";
import type { Principal } from "../../lib/emulator/principal.ts";
import { DEMO_ROLES } from "../../lib/emulator/roles.ts";
import { startStsEmulator } from "../../lib/emulator/sts.ts";
import { CREDENTIAL_ID_KEY } from "../../lib/review/credential_id.ts";
import type { CloudId } from "../../lib/identity/identity.ts";
import { SERVER_PERMISSIONS } from "../../scripts/permissions.ts";
import { makeLoopbackCertificate } from "../emulator/loopback_certificate.ts";
import { freePort } from "./free_port.ts";
import { type Keys, mintedToken } from "./minted_token.ts";
import { keepOutput } from "./outputs/keep_output.ts";
import { type ChildProcess, type ProcessOptions, type RunningProcess, startProcess } from "./process.ts";
import { replaceFile } from "./replace_file.ts";
import { waitFor } from "./wait_for.ts";
import { askingHeaders } from "./kubeconfigs.ts";

const FROM_SOURCE = ["run", "--quiet", ...SERVER_PERMISSIONS, "main.ts"];

/** How to prepare a site; everything has a default. */
export interface SiteOptions {
  /** The key `clouds` of the config file. Default: the file has none. */
  readonly clouds?: readonly CloudId[];
  /** Names that the certificate of STS is for, beside 127.0.0.1. */
  readonly stsNames?: readonly string[];
  /** Default: any free port. */
  readonly stsPort?: number;
  /** Who exists in the emulated clouds beside the demo's people. Default: nobody. */
  readonly principals?: readonly Principal[];
  /** Whether the server asks STS at each review, however often. Default: no more often than it usually does. */
  readonly asksAlways?: boolean;
  /** Default: an id of its own. */
  readonly clusterId?: string;
}

/** The members of an answer's `status`. */
export interface ReviewStatus {
  readonly authenticated: boolean;
  readonly user?: {
    readonly username: string;
    readonly uid: string;
    readonly groups?: readonly string[];
    readonly extra: Readonly<Record<string, readonly string[]>>;
  };
}

/** Everything round a server that outlives any one process of it. */
export interface ServerSite extends AsyncDisposable {
  readonly folder: string;
  readonly clusterId: string;
  readonly configFile: string;
  readonly webhookKubeconfig: string;
  readonly url: string;
  readonly healthUrl: string;
  /** `127.0.0.1:<port>` of STS, which emulates both clouds with the demo's people and roles. */
  readonly stsHost: string;
  /** How many requests STS got. */
  stsCalls(): number;
  /** PEM file of the root that vouches for STS. */
  readonly stsCaFile: string;
  /** Writes the config file whole, with these mappings under `server:`. */
  writeConfig(mappings: string): Promise<void>;
  /** Starts a process and waits until it is ready: the sources, unless a compiled binary is named. */
  start(
    binary?: string,
    options?: Pick<ProcessOptions, "cwd" | "clearEnv" | "env">,
    flags?: readonly string[],
  ): Promise<ChildProcess>;
  /** Reviews a token, or one that these keys of Alibaba Cloud sign now. */
  review(token: string | Keys): Promise<ReviewStatus>;
}

/** A user's extra without the credential id, which differs for each token, and which no other tool gives. */
export function withoutCredentialId(
  { [CREDENTIAL_ID_KEY]: _, ...extra }: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, readonly string[]>> {
  return extra;
}

/** Makes a folder, an STS and a config file. */
export async function prepareSite(
  mappings: string,
  { clouds, stsNames, stsPort = 0, principals: others = [], asksAlways = false, clusterId = "c-of-the-test" }:
    SiteOptions = {},
): Promise<ServerSite> {
  await using preparing = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "server-site-" });
  preparing.defer(async () => {
    // Audit logs, rotated ones, too.
    for await (const { name } of Deno.readDir(folder)) {
      if (/\.log(?:\.|$)/.test(name)) keepOutput(await Deno.readFile(`${folder}/${name}`));
    }
    await Deno.remove(folder, { recursive: true });
  });
  const pair = await makeLoopbackCertificate(stsNames);
  const stsCaFile = `${folder}/sts-ca.pem`;
  await Deno.writeTextFile(stsCaFile, pair.caPem);
  const principals = [...Object.values(DEMO_PRINCIPALS), ...Object.values(DEMO_AWS_PRINCIPALS), ...others];
  const sts = startStsEmulator({ ...pair, principals, roles: DEMO_ROLES, port: stsPort, now: () => new Date() });
  preparing.defer(() => sts.shutdown());
  const [port, healthPort] = [freePort(), freePort()];
  const configFile = `${folder}/config.yaml`;
  const webhookKubeconfig = `${folder}/webhook.kubeconfig`;
  const url = `https://127.0.0.1:${port}`;
  const healthUrl = `http://127.0.0.1:${healthPort}`;

  const writeConfig = async (sections: string) => {
    await replaceFile(
      configFile,
      `clusterID: ${clusterId}
${clouds === undefined ? "" : `clouds: [${clouds.join(", ")}]`}
server:
  port: ${port}
  healthPort: ${healthPort}
  stateDir: ${folder}/state
  generateKubeconfig: ${webhookKubeconfig}
  sts: {endpoint: "${sts.host}", caFile: ${stsCaFile}${asksAlways ? ", rate: 1000000, keyRate: 1000000" : ""}}
${asksAlways ? "  cache: {ttl: 0}\n" : ""}${sections.replace(/^/gm, "  ")}
`,
    );
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
    stsHost: sts.host,
    stsCalls: () => sts.calls(),
    stsCaFile,
    writeConfig,
    start: (binary, options, flags = []) =>
      startServerProcess(["-c", configFile, "-l", "json", ...flags], {
        healthUrl,
        ...(binary && { binary }),
        ...options,
      }),
    review: async (token) =>
      await postReview(
        typeof token === "string" ? token : await mintedToken(token, { clusterId, now: new Date() }),
        { url, caFile: `${folder}/state/ca.pem`, kubeconfig: webhookKubeconfig },
      ),
    [Symbol.asyncDispose]: () => preparedStack.disposeAsync(),
  };
}

/** Starts `ram-auth server` with these flags, and waits until it is ready: the sources, unless a binary is named. */
export async function startServerProcess(
  flags: readonly string[],
  { healthUrl, binary, env, ...options }: Omit<ProcessOptions, "args"> & {
    readonly healthUrl: string;
    readonly binary?: string;
  },
): Promise<ChildProcess> {
  const process = startProcess(binary ?? Deno.execPath(), {
    ...options,
    args: [...(binary === undefined ? FROM_SOURCE : []), "server", ...flags],
    env: { NO_PROXY: "127.0.0.1", ...env },
  });
  try {
    await untilReady(process, healthUrl);
  } catch (failure) {
    await process.stop("SIGKILL");
    throw failure;
  }
  return process;
}

/** Waits until a server is ready. @throws {Error} with what it wrote, if it ends before */
export async function untilReady(process: RunningProcess, healthUrl: string): Promise<void> {
  await waitFor("the server to be ready", async () => {
    if (process.hasEnded()) throw new Error(`Cannot start the server: ${process.stderr()}`);
    return await isReady(healthUrl);
  });
}

/**
 * Where a server of the webhook is, what vouches for it (a PEM file of roots, or a client that has them), and the webhook
 * kubeconfig whose token it is shown; without one, none.
 */
export type ReviewTarget =
  & { readonly url: string; readonly kubeconfig?: string | undefined }
  & ({ readonly caFile: string } | { readonly client: Deno.HttpClient });

/** Posts a TokenReview over TLS to any server of the webhook, and returns the `status` of the answer; the peers leave out `false`. */
export async function postReview(token: string, { url, kubeconfig, ...trust }: ReviewTarget): Promise<ReviewStatus> {
  if ("caFile" in trust) {
    using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(trust.caFile)] });
    return await postReview(token, { url, client, kubeconfig });
  }
  const response = await fetch(`${url}/authenticate`, {
    client: trust.client,
    method: "POST",
    headers: await askingHeaders(kubeconfig),
    body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } }),
  });
  const { status } = await response.json();
  // The user is for the API server alone.
  keepOutput(status.error ?? "");
  return { ...status, authenticated: status.authenticated ?? false };
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
