import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { testNeeding } from "../support/needs.ts";
import { prepareSite } from "../support/server_process.ts";
import { waitFor } from "../support/wait_for.ts";

const MANIFEST = "manifests/rbac.server.yaml";
const SERVER = "system:serviceaccount:kube-system:ram-auth";

const ALIBABA = { group: "ramauthenticator.k8s.alibabacloud", kind: "RAMIdentityMapping" };
const AWS = { group: "iamauthenticator.k8s.aws", kind: "IAMIdentityMapping" };

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** What an audit log says of a request, as far as we read it. */
interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly requestURI: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The rights of the manifest: `<verb> <group>/<resource> <namespace>/<name>`, "*" where any is meant. */
async function granted(): Promise<ReadonlySet<string>> {
  const documents = parseAllDocuments(await Deno.readTextFile(MANIFEST)).map((document) => document.toJS());
  const roles: readonly {
    readonly kind: string;
    readonly metadata: { readonly namespace?: string };
    readonly rules: readonly Rule[];
  }[] = documents.filter(({ kind }) => kind === "Role" || kind === "ClusterRole");
  return new Set(
    roles.flatMap(({ metadata: { namespace = "*" }, rules }) =>
      rules.flatMap(({ apiGroups, resources, resourceNames = ["*"], verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            resourceNames.flatMap((name) => verbs.map((verb) => `${verb} ${group}/${resource} ${namespace}/${name}`))
          )
        )
      )
    ),
  );
}

/** The right of the manifest by which a request was allowed; of no other form than {@linkcode granted} gives. */
function rightOf({ verb, requestURI, objectRef }: AuditEvent, rights: ReadonlySet<string>): string {
  if (objectRef === undefined) return `${verb} ${requestURI}`;
  const { apiGroup = "", resource, subresource, namespace = "*", name = "*" } = objectRef;
  const what = `${verb} ${apiGroup}/${resource}${subresource === undefined ? "" : `/${subresource}`}`;
  const forAny = `${what} ${namespace}/*`;
  return rights.has(forAny) ? forAny : `${what} ${namespace}/${name}`;
}

/** The whole requests of the server so far. */
async function requestsOf(cluster: Cluster): Promise<readonly AuditEvent[]> {
  const lines = (await cluster.auditLog()).split("\n").slice(0, -1);
  const events: readonly AuditEvent[] = lines.map((line) => JSON.parse(line));
  return events.filter(({ stage, user }) => user.username === SERVER && stage !== "RequestReceived");
}

testNeeding(["cluster", "kubectl"], "a server uses each right of rbac.server.yaml, and no other", async (t) => {
  await using cluster = await startCluster({ audits: true });
  const kubectl = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await cluster.kubectl(args);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  await waitFor("kube-system", async () => (await cluster.kubectl(["get", "ns", "kube-system"])).code === 0);
  await kubectl("apply", "-f", "manifests/crds", "-f", MANIFEST);
  await kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=180s");
  await using site = await prepareSite("mapUsers: []");
  const apply = async (...items: readonly unknown[]) => {
    const file = `${site.folder}/items.json`;
    await Deno.writeTextFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    await kubectl("apply", "--server-side", "--force-conflicts", "-f", file);
  };
  const configMap = (name: string, arn: string) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "kube-system" },
    data: { mapUsers: `- {userarn: "${arn}", username: ${name}}\n` },
  });
  const resource = ({ group, kind }: typeof AWS, name: string, arn: string) => ({
    apiVersion: `${group}/v1alpha1`,
    kind,
    metadata: { name },
    spec: { arn, username: name },
  });
  const isReady = async (name: string, { group, kind }: typeof AWS) =>
    (await kubectl("get", `${kind}s.${group}`.toLowerCase(), name, "-o", "jsonpath={.status.conditions[0].status}")) ===
      "True";
  await apply(
    configMap("aws-auth", "arn:aws:iam::123456789012:user/a"),
    configMap("alibabacloud-auth", "acs:ram::1234567890123456:user/a"),
    resource(AWS, "first", "arn:aws:iam::123456789012:user/b"),
    resource(ALIBABA, "first", "acs:ram::1234567890123456:user/b"),
  );
  const token = (await kubectl("create", "token", "ram-auth", "-n", "kube-system")).trim();
  const kubeconfig = await cluster.writeKubeconfig({ token });
  const flags = ["--backend-mode=ACKConfigMap,EKSConfigMap,CRD", `--kubeconfig=${kubeconfig}`];

  for (const start of ["a first start", "a restart"]) {
    await t.step(`${start}: lists, watches, writes of status, a reload and deletions`, async () => {
      await using server = await site.start(undefined, {}, flags);
      for (const cloud of [AWS, ALIBABA]) await waitFor("the status", () => isReady("first", cloud));
      await apply(
        resource(AWS, "second", "arn:aws:iam::123456789012:user/c"),
        resource(ALIBABA, "second", "acs:ram::1234567890123456:user/c"),
        configMap("aws-auth", "arn:aws:iam::123456789012:user/d"),
        configMap("alibabacloud-auth", "acs:ram::1234567890123456:user/d"),
      );
      for (const cloud of [AWS, ALIBABA]) await waitFor("the status", () => isReady("second", cloud));
      server.signal("SIGHUP");
      for (const { group, kind } of [AWS, ALIBABA]) {
        await kubectl("delete", `${kind}s.${group}`.toLowerCase(), "second");
      }
      await kubectl("delete", "configmap", "-n", "kube-system", "aws-auth");
      await apply(configMap("aws-auth", "arn:aws:iam::123456789012:user/a"));
      assert.equal((await server.stop("SIGTERM")).code, 0, server.stderr());
    });
  }

  const [requests, rights] = [await requestsOf(cluster), await granted()];
  await t.step("the API server refused none of its requests", () => {
    assert.ok(requests.length > 10, `${requests.length} requests`);
    const refused = requests.filter(({ annotations, responseStatus }) =>
      annotations?.["authorization.k8s.io/decision"] !== "allow" || [401, 403].includes(responseStatus?.code ?? 0)
    );
    assert.deepEqual(refused, []);
  });
  await t.step("every right was used, and every request needed one of them", () => {
    const used = new Set(requests.map((request) => rightOf(request, rights)));
    assert.deepEqual([...used].sort(), [...rights].sort());
  });
});
