/**
 * `ram-auth whoami`: as whom a login would sign, and what becomes of that in a cluster.
 *
 * @module
 */

import { cloudName, loadCloud } from "../../clouds/registry.ts";
import type { Credentials } from "../../clouds/signer.ts";
import type { Settings } from "../../config/settings.ts";
import { UsageError } from "../../errors.ts";
import { acceptsConnection, readCaBundle } from "../../http.ts";
import type { CloudId, Identity } from "../../identity/identity.ts";
import { connectTo } from "../../kube/connection.ts";
import { KubeError } from "../../kube/kube_error.ts";
import { loadAccess } from "../../kube/kubeconfig.ts";
import { askWhoIAm, type KubernetesUser } from "../../kube/self_subject.ts";
import { jsonLines, printable, quoted } from "../../quote.ts";
import { createHttpsClient } from "../../review/https/client.ts";
import { createStsClient } from "../../review/sts_client.ts";
import type { Secret } from "../../secret.ts";
import { mintToken } from "../../token/mint.ts";
import type { World } from "../../world.ts";
import type { Invocation } from "../command.ts";
import { kubeconfigPath } from "../kubeconfig/paths.ts";
import { asLogin } from "../login/token.ts";
import { sayWhenSlow } from "../terminal.ts";
import { factLines } from "../table.ts";

/** The cluster for which a token is signed that only STS gets to see. */
const NO_CLUSTER = "ram-auth-whoami";

/** What was found out. */
interface Answer {
  readonly credentials: Credentials;
  readonly identity: Identity;
  readonly kubernetes: (KubernetesUser & { readonly server: string }) | undefined;
}

/** Signs as `ram-auth token` would, asks STS who that is, and where a cluster is named, the cluster. */
export async function run({ settings, world, stopSignal }: Invocation): Promise<number> {
  const wantsCluster = settings.get("kubeconfig-context") !== undefined ||
    settings.setBy("admin-kubeconfig") === "flag";
  if (wantsCluster && settings.get("cluster-id") === undefined) {
    throw new UsageError("Cannot ask the cluster without its id: a token is bound to it; give --cluster-id");
  }
  const signal = await stopSignal();
  await asLogin(settings, world, settings.get("cluster-id") ?? NO_CLUSTER, async (signer, options) => {
    const { clusterId } = options;
    const { token, credentials } = await mintToken(world, signer, options);
    const identity = await sayWhenSlow(
      world,
      { what: "asking STS who that is" },
      () => identify(world, settings, { cloud: signer.id, clusterId, token }),
    );
    const kubernetes = wantsCluster
      ? await askCluster(world, settings, { token, arn: identity.arn, signal })
      : undefined;
    const answer = { credentials, identity, kubernetes };
    world.stdout.write(settings.get("output") === "json" ? asJson(answer) : asText(world, answer));
  });
  return 0;
}

/** @throws {StsDenied} {StsFault} if STS refuses the keys, or cannot be asked */
async function identify(
  world: World,
  settings: Settings,
  { cloud: id, clusterId, token }: { readonly cloud: CloudId; readonly clusterId: string; readonly token: Secret },
): Promise<Identity> {
  const cloud = await loadCloud(id);
  const stsEndpoint = settings.get("sts-endpoint");
  const reader = await cloud.createReader({
    stsEndpoint,
    region: settings.get("region"),
    network: "public",
    partition: settings.get("partition"),
    stsHosts: stsEndpoint === undefined ? [] : [stsEndpoint],
    stsHostsOnly: false,
  }, acceptsConnection);
  using https = createHttpsClient(world, { caCerts: await readCaBundle(world, settings.get("sts-ca-file")) });
  return await createStsClient(world, https).ask(reader.read(token.reveal(), { clusterId, now: world.now() }));
}

/** The token goes to the server of the kubeconfig's context; whoever the kubeconfig says calls is left out. */
async function askCluster(
  world: World,
  settings: Settings,
  { token, arn, signal }: { readonly token: Secret; readonly arn: string; readonly signal: AbortSignal },
): Promise<KubernetesUser & { readonly server: string }> {
  const access = await loadAccess(world, {
    kubeconfig: await kubeconfigPath(settings, world),
    context: settings.get("kubeconfig-context"),
    master: undefined,
  });
  const connection = connectTo(world, { ...access, clientCertificate: undefined, token: { kind: "fixed", token } });
  try {
    return { ...await askWhoIAm(connection, { world, signal }), server: connection.server };
  } catch (cause) {
    if (!(cause instanceof KubeError && cause.status === 401)) throw cause;
    throw new KubeError(
      `Cannot log in to "${connection.server}" as ${arn}: it answered 401; check --cluster-id, and the log of ram-auth ` +
        "there, which says why",
      { cause, status: 401 },
    );
  } finally {
    connection.close();
  }
}

function asJson({ credentials: { source, accessKeyId, expiresAt }, identity, kubernetes }: Answer): string {
  return jsonLines({ credentials: { source, accessKeyId, expiresAt: expiresAt?.toISOString() }, identity, kubernetes });
}

function asText(world: World, { credentials, identity, kubernetes }: Answer): string {
  const { source, accessKeyId, expiresAt } = credentials;
  const lines = [
    "credentials",
    ...factLines({
      source,
      "key id": accessKeyId,
      expires: expiresAt === undefined
        ? "not known"
        : `${expiresAt.toISOString()} (${minutesUntil(world, expiresAt)} min left)`,
    }),
    "identity",
    ...factLines({
      cloud: cloudName(identity.cloud),
      arn: identity.arn,
      "mapped by": identity.canonicalArn === identity.arn ? undefined : identity.canonicalArn,
      account: identity.accountId,
      "principal id": identity.principalId,
      session: identity.sessionName,
    }),
    ...(kubernetes === undefined ? [] : [
      "kubernetes user",
      ...factLines({
        server: kubernetes.server,
        username: quoted(kubernetes.username),
        groups: kubernetes.groups.map(quoted).join(", "),
        uid: kubernetes.uid,
      }),
    ]),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

function minutesUntil({ now }: World, end: Date): number {
  return Math.floor((end.getTime() - now().getTime()) / 60_000);
}
