/**
 * `deno task demo`: a login of each cloud and four refusals by the real code on loopback and, where there is a real
 * kube-apiserver, a `kubectl auth whoami`. It exits with 1 if anything comes out otherwise than it says.
 *
 * @module
 */

import {
  credentialVariables,
  DEV_CLUSTER_ID,
  type DevEnvironment,
  startDevEnvironment,
} from "../lib/cli/serve/dev_environment.ts";
import { loadSigner } from "../lib/clouds/registry.ts";
import { DEMO_PRINCIPALS } from "../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../lib/emulator/aws/principals.ts";
import { isAwsPrincipal, type Principal } from "../lib/emulator/principal.ts";
import { messageOf } from "../lib/errors.ts";
import { CREDENTIAL_ID_KEY } from "../lib/review/credential_id.ts";
import { createLog } from "../lib/telemetry/log.ts";
import { mintToken } from "../lib/token/mint.ts";
import { realWorld, type World } from "../lib/world.ts";
import { startCluster } from "../tests/support/cluster.ts";
import { whyMissing } from "../tests/support/needs.ts";
import { askingHeaders } from "../tests/support/kubeconfigs.ts";
import { TOKEN_PERMISSIONS } from "./permissions.ts";

/** How long ago the expired token is signed: STS takes a signature for 15 minutes. */
const LONG_AGO_MS = 20 * 60_000;

const API_VERSION = "authentication.k8s.io/v1";

/** A user as Kubernetes is told of it. */
interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

const world = realWorld();
const isColoured = world.stdout.isTerminal && !world.env("NO_COLOR");
try {
  await tellStory();
} catch (thrown) {
  world.stderr.write(`demo: ${messageOf(thrown)}\n`);
  Deno.exitCode = 1;
}

async function tellStory(): Promise<void> {
  const log = createLog(world, { format: "text", level: "error" });
  await using environment = await startDevEnvironment(world, log);
  say(`An STS emulator and a ram-auth server run on loopback, for the cluster ${environment.clusterId}.`);
  await showLogin(environment);
  await showRefusals(environment);
  await showCluster(environment);
  say(`\nEverything came out as expected. To try it by hand: npx -y deno@${Deno.version.deno} task dev`);
}

async function showLogin(environment: DevEnvironment): Promise<void> {
  const logins: readonly (readonly [what: string, principal: Principal])[] = [
    ["A login: the role KubernetesAdmin, assumed by alice@example.com", DEMO_PRINCIPALS.kubernetesAdmin],
    ["The same server, the other cloud: a role of AWS, assumed by dave@example.com", DEMO_AWS_PRINCIPALS.clusterAdmin],
  ];
  for (const [what, principal] of logins) {
    heading(what);
    const { status } = await review(environment, await mint(environment, principal));
    expect(status.authenticated === true, `the server refused the login: ${status.error}`);
    showUser(status.user);
    expect(status.user.groups.includes("system:masters"), "the login is not in the group system:masters");
  }
}

async function showRefusals(environment: DevEnvironment): Promise<void> {
  heading("Four refusals, each with the server's reason");
  const { alice, bob } = DEMO_PRINCIPALS;
  const refused: readonly (readonly [what: string, token: string, reason: RegExp])[] = [
    ["a token with a changed signature", forge(await mint(environment, alice)), /SignatureDoesNotMatch/],
    ["a token for another cluster", await mint(environment, alice, { clusterId: "another-cluster" }), /cluster/],
    ["a token that was signed 20 minutes ago", await mint(environment, alice, { agoMs: LONG_AGO_MS }), /expired/],
    ["a user without a mapping: bob", await mint(environment, bob), /not mapped/],
  ];
  for (const [what, token, reason] of refused) {
    const { status } = await review(environment, token);
    expect(status.authenticated !== true, `the server let in ${what}`);
    expect(reason.test(status.error ?? ""), `the server refused ${what} for another reason: ${status.error}`);
    say(`  ${colour(31, "refused")}  ${what}`);
    say(`           ${status.error}`);
  }
}

async function showCluster(environment: DevEnvironment): Promise<void> {
  heading("kubectl against a real kube-apiserver");
  const missing = whyMissing(["cluster", "kubectl"]) ?? await missingPart(["etcd", "kube-apiserver"]);
  if (missing !== undefined) {
    say(
      `  skipped: ${missing}; let KUBEBUILDER_ASSETS name a folder with etcd and kube-apiserver (setup-envtest makes ` +
        "one), and put kubectl on the PATH",
    );
    return;
  }
  say("  etcd and kube-apiserver start, which takes some seconds ...");
  await using cluster = await startCluster({ webhookKubeconfig: environment.webhookKubeconfig, webhookVersion: "v1" });
  const kubeconfig = await cluster.writeKubeconfig({ exec: execPlugin(environment, DEMO_PRINCIPALS.kubernetesAdmin) });
  const whoami = await cluster.kubectl(["auth", "whoami", "-o", "json"], { kubeconfig });
  expect(whoami.code === 0, `kubectl auth whoami failed: ${whoami.stderr}`);
  const user: User = JSON.parse(whoami.stdout).status.userInfo;
  say("  kubectl auth whoami");
  showUser(user);
  expect(user.groups?.includes("system:masters") === true, "kubectl is not in the group system:masters");
}

/** Which of the programs KUBEBUILDER_ASSETS does not lead to. */
async function missingPart(programs: readonly string[]): Promise<string | undefined> {
  const folder = Deno.env.get("KUBEBUILDER_ASSETS");
  for (const program of programs) {
    const isThere = await Deno.stat(`${folder}/${program}`).then(({ isFile }) => isFile, () => false);
    if (!isThere) return `KUBEBUILDER_ASSETS is "${folder}", and there is no ${program} in it`;
  }
  return undefined;
}

function execPlugin({ clusterId }: DevEnvironment, principal: Principal): Readonly<Record<string, unknown>> {
  const main = decodeURIComponent(new URL("../main.ts", import.meta.url).pathname);
  return {
    apiVersion: "client.authentication.k8s.io/v1",
    command: Deno.execPath(),
    args: ["run", ...TOKEN_PERMISSIONS, main, "token", "-i", clusterId],
    env: Object.entries(credentialVariables(principal)).map(([name, value]) => ({ name, value })),
    interactiveMode: "Never",
  };
}

/** Mints as `ram-auth token` does, with the principal's keys as the whole environment. */
async function mint(
  { emulator, stsCaFile }: DevEnvironment,
  principal: Principal,
  { clusterId = DEV_CLUSTER_ID, agoMs = 0 }: { readonly clusterId?: string; readonly agoMs?: number } = {},
): Promise<string> {
  const variables = credentialVariables(principal);
  const minting: World = {
    ...world,
    env: (name) => variables[name],
    now: () => new Date(world.now().getTime() - agoMs),
  };
  const { token } = await mintToken(minting, await loadSigner(isAwsPrincipal(principal) ? "aws" : "alibaba"), {
    clusterId,
    profile: undefined,
    roles: undefined,
    sts: { region: undefined, endpoint: emulator.host, caFile: stsCaFile, profile: undefined },
  });
  return token.reveal();
}

/** Changes the last digit of a token's signature. */
function forge(token: string): string {
  const [, prefix, base64] = /^(k8s-ack-v2\.)(.*)$/.exec(token)!;
  const json = new TextDecoder().decode(Uint8Array.fromBase64(base64!));
  const forged = json.replace(/(Signature=[0-9a-f]{63})(.)/, (_, start, last) => start + (last === "0" ? "1" : "0"));
  return prefix + new TextEncoder().encode(forged).toBase64();
}

/** Asks as kube-apiserver does: over TLS, trusting nobody but the server's own CA. */
async function review(environment: DevEnvironment, token: string): Promise<{
  readonly status:
    | { readonly authenticated: true; readonly user: Required<User>; readonly error?: undefined }
    | { readonly authenticated?: false; readonly error?: string };
}> {
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(environment.caFile)] });
  const response = await fetch(`${environment.serverUrl}/authenticate`, {
    method: "POST",
    headers: await askingHeaders(environment.webhookKubeconfig),
    body: JSON.stringify({ apiVersion: API_VERSION, kind: "TokenReview", spec: { token } }),
    client,
  });
  return await response.json();
}

function showUser({ username, uid = "", groups = [], extra = {} }: User): void {
  const rows = [
    ["username", username],
    ["uid", uid],
    ["groups", groups.join(", ")],
    ...Object.entries(extra).filter(([key]) => key !== CREDENTIAL_ID_KEY).map((
      [key, values],
    ) => [`extra.${key}`, values.join(", ")]),
  ] as const;
  const width = Math.max(...rows.map(([name]) => name!.length));
  say(`  ${colour(32, "allowed")}`);
  for (const [name, value] of rows) say(`    ${name!.padEnd(width)}  ${value}`);
}

function heading(text: string): void {
  say(`\n${colour(1, text)}`);
}

function colour(code: number, text: string): string {
  return isColoured ? `\x1b[${code}m${text}\x1b[0m` : text;
}

function say(line: string): void {
  world.stdout.write(`${line}\n`);
}

function expect(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}
