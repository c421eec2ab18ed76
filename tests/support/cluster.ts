/**
 * A real control plane for tests: etcd and kube-apiserver from `KUBEBUILDER_ASSETS` (the convention of envtest), on
 * loopback, with everything they keep in one temporary folder. Knows nothing of ram-auth: what the API server asks is
 * whatever the webhook kubeconfig names.
 *
 * @module
 */

import { freePort } from "./free_port.ts";
import { type RunningProcess, startProcess } from "./process.ts";
import { waitFor } from "./wait_for.ts";

/** The API server, which may be a process after another. */
type ApiserverProcess = Omit<RunningProcess, "pid">;

/** How the API server is told about the token webhook. */
export interface ClusterOptions {
  /** Path of the webhook kubeconfig; without one, no webhook is asked. The API server reads it once, at its start. */
  readonly webhookKubeconfig?: string;
  /** TokenReview version that the API server speaks; without one, its own default (v1beta1). */
  readonly webhookVersion?: "v1" | "v1beta1";
  /** How long the API server keeps an answer. Default: 1 s. */
  readonly webhookCacheTtlSeconds?: number;
  /** Whether the API server writes an audit log, a line for each request. Default: no. */
  readonly audits?: boolean;
  /** What runs the API server in place of the test itself: a kubelet that reads a manifest, say. */
  readonly runApiserver?: (program: string, args: readonly string[]) => ApiserverProcess | Promise<ApiserverProcess>;
}

/** Where to run kubectl, if not as the cluster's administrator. */
export interface KubectlOptions {
  readonly kubeconfig?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What kubectl said. */
export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running control plane; `await using` stops it and removes its folder. */
export interface Cluster extends AsyncDisposable {
  /** `https://127.0.0.1:<port>` */
  readonly server: string;
  /** PEM file of the roots that vouch for the API server. */
  readonly caFile: string;
  /** A kubeconfig of the group `system:masters`, whose token the API server knows without a webhook. */
  readonly adminKubeconfig: string;
  /** Everything the API server logged so far. */
  apiserverLog(): string;
  /** What it audited so far, where it does. */
  auditLog(): Promise<string>;
  /** Writes a kubeconfig for this cluster with another user entry (`{ token }`, `{ exec }` …), and returns its path. */
  writeKubeconfig(user: Readonly<Record<string, unknown>>): Promise<string>;
  /** Runs the `kubectl` of the `PATH`, by default with {@linkcode Cluster.adminKubeconfig}. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  stop(): Promise<void>;
}

/**
 * Starts a control plane and waits until it is ready.
 *
 * @throws {Error} with the end of its log if a component ends early or does not get ready
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  await using starting = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "cluster-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));

  const etcd = starting.use(startEtcd(folder, freePort()));
  const token = crypto.randomUUID();
  await writeApiserverFiles(folder, token);
  const port = freePort();
  const apiserver = starting.use(await startApiserver(folder, { etcdUrl: etcd.url, port, ...options }));

  const server = `https://127.0.0.1:${port}`;
  const caFile = `${folder}/certs/apiserver.crt`;
  const writeKubeconfig = async (user: Readonly<Record<string, unknown>>): Promise<string> => {
    const path = `${folder}/${crypto.randomUUID()}.kubeconfig.json`;
    await Deno.writeTextFile(path, kubeconfig(server, caFile, user), { mode: 0o600 });
    return path;
  };
  const adminKubeconfig = await writeKubeconfig({ token });
  await waitFor("the API server to be ready", async () => {
    for (const process of [etcd, apiserver]) {
      if (process.hasEnded()) throw new Error(`Cannot start the cluster: ${process.stderr().slice(-4_000)}`);
    }
    return await isReady(server, caFile);
  });

  const running = starting.move();
  const stop = () => running.disposeAsync();
  return {
    server,
    caFile,
    adminKubeconfig,
    apiserverLog: () => apiserver.stderr(),
    auditLog: () => Deno.readTextFile(`${folder}/audit.log`),
    writeKubeconfig,
    kubectl: (args, { kubeconfig = adminKubeconfig, env = {} } = {}) =>
      runKubectl([`--kubeconfig=${kubeconfig}`, `--cache-dir=${folder}/kubectl`, ...args], env),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function assetPath(name: string): string {
  const folder = Deno.env.get("KUBEBUILDER_ASSETS");
  if (!folder) throw new Error(`Cannot find ${name}: KUBEBUILDER_ASSETS is not set; name the folder that holds it`);
  return `${folder}/${name}`;
}

/** etcd with a single member: it elects itself, so short elections only save time. */
function startEtcd(folder: string, port: number): RunningProcess & { readonly url: string } {
  const url = `http://127.0.0.1:${port}`;
  const process = startProcess(assetPath("etcd"), {
    args: [
      `--data-dir=${folder}/etcd`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      "--listen-peer-urls=http://127.0.0.1:0",
      "--heartbeat-interval=10",
      "--election-timeout=100",
      "--unsafe-no-fsync",
    ],
  });
  return { ...process, url };
}

async function writeApiserverFiles(folder: string, adminToken: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/tokens.csv`, `${adminToken},admin,admin,"system:masters"\n`, { mode: 0o600 });
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  await writePem(
    `${folder}/service-accounts.key`,
    "PRIVATE KEY",
    await crypto.subtle.exportKey("pkcs8", keys.privateKey),
  );
  await writePem(`${folder}/service-accounts.pub`, "PUBLIC KEY", await crypto.subtle.exportKey("spki", keys.publicKey));
}

async function writePem(path: string, label: string, der: ArrayBuffer): Promise<void> {
  const text = `-----BEGIN ${label}-----\n${new Uint8Array(der).toBase64()}\n-----END ${label}-----\n`;
  await Deno.writeTextFile(path, text, { mode: 0o600 });
}

async function startApiserver(
  folder: string,
  {
    etcdUrl,
    port,
    webhookKubeconfig,
    webhookVersion,
    webhookCacheTtlSeconds = 1,
    audits = false,
    runApiserver = (program, args) => startProcess(program, { args }),
  }: ClusterOptions & {
    readonly etcdUrl: string;
    readonly port: number;
  },
): Promise<ApiserverProcess> {
  const webhook = webhookKubeconfig === undefined ? [] : [
    `--authentication-token-webhook-config-file=${webhookKubeconfig}`,
    `--authentication-token-webhook-cache-ttl=${webhookCacheTtlSeconds}s`,
    ...(webhookVersion === undefined ? [] : [`--authentication-token-webhook-version=${webhookVersion}`]),
  ];
  const policy = { apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: [{ level: "Metadata" }] };
  if (audits) await Deno.writeTextFile(`${folder}/audit-policy.yaml`, JSON.stringify(policy));
  return await runApiserver(assetPath("kube-apiserver"), [
    `--etcd-servers=${etcdUrl}`,
    "--bind-address=127.0.0.1",
    // Otherwise it looks for the address of a default route, which a namespace without a network lacks.
    "--advertise-address=127.0.0.1",
    "--external-hostname=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${folder}/certs`,
    "--authorization-mode=RBAC",
    `--token-auth-file=${folder}/tokens.csv`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${folder}/service-accounts.pub`,
    `--service-account-signing-key-file=${folder}/service-accounts.key`,
    "--service-cluster-ip-range=10.0.0.0/24",
    "--disable-admission-plugins=ServiceAccount",
    "--endpoint-reconciler-type=none",
    ...webhook,
    ...(audits ? [`--audit-policy-file=${folder}/audit-policy.yaml`, `--audit-log-path=${folder}/audit.log`] : []),
  ]);
}

function kubeconfig(server: string, caFile: string, user: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, "certificate-authority": caFile } }],
    users: [{ name: "test", user }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    "current-context": "test",
  });
}

/** Whether the API server made its certificate, listens and calls itself ready. */
async function isReady(server: string, caFile: string): Promise<boolean> {
  try {
    using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(caFile)] });
    const response = await fetch(`${server}/readyz`, { client });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function runKubectl(args: readonly string[], env: Readonly<Record<string, string>>): Promise<KubectlResult> {
  const { code, stdout, stderr } = await new Deno.Command("kubectl", { args: [...args], env, stdin: "null" }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}
