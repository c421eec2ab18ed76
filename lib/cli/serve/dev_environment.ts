/**
 * The whole product on loopback, with no cloud account: the STS emulator, a server that asks it, and a temporary folder
 * with everything that they and kube-apiserver read.
 *
 * @module
 */

import { parseFlags } from "../../config/flags.ts";
import { loadSettings } from "../../config/settings.ts";
import { DEMO_ACCOUNT_ID, DEMO_PRINCIPALS } from "../../emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../emulator/aws/principals.ts";
import { isAwsPrincipal, type Principal } from "../../emulator/principal.ts";
import { DEMO_ROLES } from "../../emulator/roles.ts";
import { startStsEmulator, type StsEmulator } from "../../emulator/sts.ts";
import { writeFileAtomic } from "../../files.ts";
import { startAuditLog } from "../../server/audit.ts";
import { startServer } from "../../server/server.ts";
import { createAuthority, issueServingCertificate } from "../../state/certificate.ts";
import { parseHost } from "../../state/host.ts";
import { initialize } from "../../state/init.ts";
import { generatePrivateKey } from "../../state/private_key.ts";
import { retireWebhookToken, rotateWebhookToken } from "../../state/token_rotation.ts";
import type { LeveledLog } from "../../telemetry/log.ts";
import type { World } from "../../world.ts";
import { serverOptions } from "./server.ts";

/** The cluster for which tokens must be made. */
export const DEV_CLUSTER_ID = "demo-cluster";

/** The one address that everything listens on. */
const LOOPBACK = "127.0.0.1";

/** What runs, and where; `await using` stops it. */
export interface DevEnvironment extends AsyncDisposable {
  /** Holds every file below, and is removed at the end. */
  readonly folder: string;
  /** The server's config file; it watches the mappings in it. */
  readonly configFile: string;
  /** PEM file with the CA of the server. */
  readonly caFile: string;
  /** PEM file with the CA of the emulator. */
  readonly stsCaFile: string;
  readonly webhookKubeconfig: string;
  readonly clusterId: string;
  /** `https://127.0.0.1:<port>` */
  readonly serverUrl: string;
  /** `http://127.0.0.1:<port>` */
  readonly healthUrl: string;
  readonly emulator: StsEmulator;
}

/**
 * Starts the emulator and a server on free ports. From then on, this process asks no proxy for loopback.
 *
 * The environment's `RAM_AUTH_…` variables are passed over: they are meant for the server on this machine, and would
 * lead this one to its state.
 *
 * @throws {RamAuthError} if the server cannot be started; nothing is left behind then
 */
export async function startDevEnvironment(world: World, log: LeveledLog): Promise<DevEnvironment> {
  await using starting = new AsyncDisposableStack();
  passProxyBy(world);
  const folder = await Deno.makeTempDir({ prefix: "ram-auth-dev-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));
  const stsCaFile = `${folder}/sts-ca.pem`;
  const configFile = `${folder}/config.yaml`;
  const webhookKubeconfig = `${folder}/kubeconfig.yaml`;

  const emulator = await startEmulator(world, stsCaFile);
  starting.defer(() => emulator.shutdown());
  const config = configText({ folder, stsHost: emulator.host, stsCaFile });
  await writeFileAtomic(world, configFile, config, { mode: 0o600, what: "the config file" });
  const settings = await loadSettings("server", await parseFlags("server", ["-c", configFile]), {
    ...world,
    env: () => undefined,
  });
  const options = serverOptions(world, settings, {
    log,
    lostLogLines: () => 0,
    auditLog: startAuditLog(world, { path: undefined, log, writeLog: () => {} }),
  });
  const server = await startServer(world, log, options);
  starting.defer(() => server.stop());
  await initialize(world, { ...options.state, port: server.port, kubeconfigPath: webhookKubeconfig });
  // The port is known only now, and with it the kubeconfig; the server comes to demand what is in it.
  const places = { stateDir: folder, kubeconfigPath: webhookKubeconfig };
  await rotateWebhookToken(world, places);
  await retireWebhookToken(world, places);
  await server.reload();

  const running = starting.move();
  return {
    folder,
    configFile,
    caFile: `${folder}/ca.pem`,
    stsCaFile,
    webhookKubeconfig,
    clusterId: DEV_CLUSTER_ID,
    serverUrl: `https://${LOOPBACK}:${server.port}`,
    healthUrl: `http://${LOOPBACK}:${server.healthPort}`,
    emulator,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/**
 * The environment variables by which `ram-auth token` signs as a principal. One without a security token sets it empty,
 * so that none is left from the principal before.
 */
export function credentialVariables(principal: Principal): Readonly<Record<string, string>> {
  const { accessKeyId, accessKeySecret, securityToken = "" } = principal;
  return isAwsPrincipal(principal)
    ? {
      RAM_AUTH_CLOUD: "aws",
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: accessKeySecret,
      AWS_SESSION_TOKEN: securityToken,
    }
    : {
      RAM_AUTH_CLOUD: "alibaba",
      ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
      ALIBABA_CLOUD_SECURITY_TOKEN: securityToken,
    };
}

/** Machines behind a proxy seldom exempt loopback from it, and Deno's HTTP clients take this from the process alone. */
function passProxyBy(world: World): void {
  const exempt = world.env("NO_PROXY") ?? world.env("no_proxy");
  Deno.env.set("NO_PROXY", exempt ? `${exempt},${LOOPBACK}` : LOOPBACK);
}

/** Starts the emulator with a certificate of a CA that is trusted for it alone. */
async function startEmulator(world: World, caFile: string): Promise<StsEmulator> {
  const now = world.now();
  const caKey = { pem: await generatePrivateKey(), path: "the emulator's CA key" };
  const key = { pem: await generatePrivateKey(), path: "the emulator's key" };
  const certificate = await createAuthority(caKey, { name: "ram-auth dev STS CA", now });
  const serving = await issueServingCertificate({ certificate, key: caKey }, {
    key,
    names: [parseHost(LOOPBACK)],
    now,
  });
  await writeFileAtomic(world, caFile, certificate.pem, { mode: 0o644, what: "the certificate of the emulator's CA" });
  return startStsEmulator({
    certPem: serving.pem,
    keyPem: key.pem.reveal(),
    principals: [...Object.values(DEMO_PRINCIPALS), ...Object.values(DEMO_AWS_PRINCIPALS)],
    roles: DEMO_ROLES,
    now: () => world.now(),
  });
}

/**
 * The server's config file, as a person would write it. Who is left out, such as bob and the accounts themselves, is
 * left out on purpose: STS knows them, Kubernetes does not. The webhook kubeconfig is written later, once the port is
 * known.
 */
function configText({ folder, stsHost, stsCaFile }: Readonly<Record<"folder" | "stsHost" | "stsCaFile", string>>) {
  return `clusterID: ${DEV_CLUSTER_ID}
server:
  address: ${LOOPBACK}
  hostname: ${LOOPBACK}
  port: 0
  healthPort: 0
  stateDir: ${JSON.stringify(folder)}
  kubeconfigPregenerated: true
  sts:
    endpoint: ${stsHost}
    caFile: ${JSON.stringify(stsCaFile)}
  stsHosts: ["${stsHost}"]
  mapUsers:
    - userARN: ${DEMO_PRINCIPALS.alice.identity.Arn}
      username: alice
      groups: [developers]
    - userARN: ${DEMO_AWS_PRINCIPALS.dave.identity.Arn}
      username: dave
      groups: [developers]
  mapRoles:
    - roleARN: acs:ram::${DEMO_ACCOUNT_ID}:role/KubernetesAdmin
      username: admin:{{SessionName}}
      groups: [system:masters]
    - roleARN: acs:ram::${DEMO_ACCOUNT_ID}:role/Viewers
      username: viewer:{{SessionName}}
      groups: [viewers]
    - roleARN: arn:aws:iam::${DEMO_AWS_PRINCIPALS.clusterAdmin.identity.Account}:role/ClusterAdmin
      username: admin:{{SessionName}}
      groups: [system:masters]
`;
}
