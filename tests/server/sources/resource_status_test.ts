import assert from "node:assert/strict";
import { loadClouds } from "../../../lib/clouds/registry.ts";
import type { Identity } from "../../../lib/identity/identity.ts";
import { connect } from "../../../lib/kube/connection.ts";
import { createScrubber } from "../../../lib/mapping/scrub.ts";
import { startCustomResources } from "../../../lib/server/sources/custom_resources.ts";
import type { LiveSource } from "../../../lib/server/sources/live_source.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { createMetrics } from "../../../lib/telemetry/metrics.ts";
import { realWorld } from "../../../lib/world.ts";
import { type Cluster, startCluster } from "../../support/cluster.ts";
import { testNeeding } from "../../support/needs.ts";
import { waitFor } from "../../support/wait_for.ts";

const RESOURCE = "iamidentitymappings.iamauthenticator.k8s.aws";
const ARN = "arn:aws:iam::123456789012:role/Admin";
const SCRUBBED_ARN = "arn:aws:iam::210987654321:role/Admin";

/** The schema of the peer's own kind: its status has no conditions. */
const PEERS_STATUS = { type: "object", properties: { canonicalARN: { type: "string" }, userID: { type: "string" } } };

interface Stored {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly managedFields: readonly { readonly manager: string; readonly operation: string }[];
  };
  readonly status?: {
    readonly canonicalARN?: string;
    readonly userID?: string;
    readonly conditions?: readonly { readonly status: string; readonly reason: string; readonly message: string }[];
  };
}

/** A source of its own, as one server of several has it. */
interface Instance extends AsyncDisposable {
  readonly live: LiveSource;
  log(): string;
}

async function startInstance(kubeconfig: string): Promise<Instance> {
  const stopping = new AbortController();
  let text = "";
  const write = (line: string) => void (text += line);
  const world = { ...realWorld(), stderr: { write, isTerminal: false } };
  const live = await startCustomResources({
    connect: () => connect(realWorld(), { kubeconfig, master: undefined }),
    reserved: new Map(),
  })({
    world,
    log: createLog(world, { format: "text", level: "info" }),
    metrics: createMetrics(),
    clouds: await loadClouds(),
    scrubber: createScrubber(() => ["210987654321"]),
    signal: stopping.signal,
  });
  return {
    live,
    log: () => text,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await live[Symbol.asyncDispose]();
    },
  };
}

async function kubectl(cluster: Cluster, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(args);
  assert.equal(code, 0, stderr);
  return stdout;
}

async function apply(cluster: Cluster, ...items: readonly unknown[]): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    await kubectl(cluster, "apply", "--server-side", "--force-conflicts", "-f", file);
  } finally {
    await Deno.remove(file);
  }
}

const mapping = (name: string, spec: unknown) => ({
  apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
  kind: "IAMIdentityMapping",
  metadata: { name },
  spec,
});

async function get(cluster: Cluster, name: string): Promise<Stored> {
  return JSON.parse(await kubectl(cluster, "get", RESOURCE, name, "-o", "json", "--show-managed-fields"));
}

/** `True InForce`, or nothing. */
async function readiness(cluster: Cluster, name: string): Promise<string> {
  const [ready] = (await get(cluster, name)).status?.conditions ?? [];
  return ready === undefined ? "" : `${ready.status} ${ready.reason}`;
}

const settled = (cluster: Cluster, name: string, want: string) =>
  waitFor(`${name} to be ${want}`, async () => await readiness(cluster, name) === want);

function who(canonicalArn: string): Identity {
  const accountId = canonicalArn.split(":")[4]!;
  const principalId = `AROAEXAMPLE${accountId.slice(0, 3)}`;
  return {
    cloud: "aws",
    arn: canonicalArn,
    canonicalArn,
    accountId,
    principalId,
    sessionName: "s",
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  };
}

async function installKinds(cluster: Cluster): Promise<void> {
  await kubectl(cluster, "apply", "-f", "manifests/crds");
  await kubectl(cluster, "wait", "--for=condition=Established", "crd", "--all", "--timeout=180s");
}

testNeeding(["cluster", "kubectl"], "custom resources say in their status what became of them", async (t) => {
  await using cluster = await startCluster();
  await installKinds(cluster);
  await kubectl(cluster, "apply", "-f", "manifests/rbac.server.yaml");
  const token = (await kubectl(cluster, "create", "token", "ram-auth", "-n", "kube-system")).trim();
  const kubeconfig = await cluster.writeKubeconfig({ token });
  await apply(
    cluster,
    mapping("admin", { arn: ARN, username: "admin" }),
    mapping("bad", { arn: ARN, username: "{{Foo}}" }),
    mapping("system", { arn: "arn:aws:iam::123456789012:user/a", username: "a", groups: ["system:masters"] }),
    mapping("z-behind", { arn: ARN, username: "late" }),
    mapping("hidden", { arn: SCRUBBED_ARN, username: "hidden" }),
  );
  await using stack = new AsyncDisposableStack();
  const first = stack.use(await startInstance(kubeconfig));
  const second = stack.use(await startInstance(kubeconfig));

  await t.step(
    "in force, invalid, and without effect, each with the reason, by the rights of rbac.server.yaml",
    async () => {
      await settled(cluster, "admin", "True InForce");
      await settled(cluster, "bad", "False Invalid");
      await settled(cluster, "system", "False HasNoEffect");
      await settled(cluster, "z-behind", "False HasNoEffect");
      const { status } = await get(cluster, "admin");
      assert.equal(status?.canonicalARN, ARN.toLowerCase());
      assert.match((await get(cluster, "bad")).status!.conditions![0]!.message, /\{\{Foo\}\}/);
      assert.match((await get(cluster, "z-behind")).status!.conditions![0]!.message, /"admin"/);
      assert.match((await get(cluster, "system")).status!.conditions![0]!.message, /system:/);
      assert.match(await kubectl(cluster, "get", RESOURCE), /admin +\S+ +admin +True/);
    },
  );

  await t.step("it is applied by our own field manager", async () => {
    const managers = (await get(cluster, "admin")).metadata.managedFields
      .filter(({ manager }) => manager === "ram-auth").map(({ operation }) => operation);
    assert.deepEqual(managers, ["Apply"]);
  });

  await t.step("a newcomer takes nothing over, and a deletion puts the next one in force", async () => {
    await kubectl(cluster, "delete", RESOURCE, "admin");
    await settled(cluster, "z-behind", "True InForce");
    await apply(cluster, mapping("admin", { arn: ARN, username: "admin" }));
    await settled(cluster, "admin", "False HasNoEffect");
    await settled(cluster, "z-behind", "True InForce");
    await kubectl(cluster, "delete", RESOURCE, "z-behind");
    await settled(cluster, "admin", "True InForce");
    await apply(cluster, mapping("z-behind", { arn: ARN, username: "late" }));
    await settled(cluster, "z-behind", "False HasNoEffect");
  });

  await t.step(
    "a login tells the id of whom the rule names, but not that of an account to be kept out of sight",
    async () => {
      assert.equal(first.live.source.find(who(ARN))?.resource, "admin");
      assert.equal(first.live.source.find(who(SCRUBBED_ARN))?.resource, "hidden");
      await waitFor("the id", async () => (await get(cluster, "admin")).status?.userID === "AROAEXAMPLE123");
      await settled(cluster, "hidden", "True InForce");
      assert.equal((await get(cluster, "hidden")).status?.userID, undefined);
    },
  );

  await t.step("what somebody else wrote over it is put right, once", async () => {
    const spoilt = { status: { canonicalARN: "arn", conditions: null } };
    const spoil = ["patch", RESOURCE, "bad", "--subresource=status", "--type=merge", "-p", JSON.stringify(spoilt)];
    await kubectl(cluster, ...spoil);
    await settled(cluster, "bad", "False Invalid");
    assert.equal((await get(cluster, "bad")).status?.canonicalARN, "arn");
  });

  await t.step("two servers agree: nothing is written any more once all is said", async () => {
    const versions = async () =>
      JSON.stringify(
        JSON.parse(await kubectl(cluster, "get", RESOURCE, "-o", "json")).items
          .map((
            { metadata: { name, resourceVersion } }: {
              readonly metadata: Stored["metadata"] & { readonly name: string };
            },
          ) => [name, resourceVersion]),
      );
    const before = await versions();
    // Written after all that could still be under way, as each server takes the changes in their order.
    await apply(cluster, mapping("last", { arn: "arn:aws:iam::123456789012:role/Last", username: "last" }));
    await settled(cluster, "last", "True InForce");
    await kubectl(cluster, "delete", RESOURCE, "last");
    await waitFor(
      "both to forget it",
      () => [first, second].every(({ live }) => live.source.rules().every(({ resource }) => resource !== "last")),
    );
    assert.equal(await versions(), before);
    assert.doesNotMatch(first.log() + second.log(), /status not written/);
  });
});

testNeeding(
  ["cluster", "kubectl"],
  "a status that cannot be written is told, and mappings work all the same",
  async (t) => {
    await using cluster = await startCluster();
    await installKinds(cluster);
    await kubectl(cluster, "apply", "-f", "manifests/rbac.server.yaml");
    await apply(cluster, mapping("admin", { arn: ARN, username: "admin" }));

    await t.step("for want of the right", async () => {
      const role = JSON.parse(await kubectl(cluster, "get", "clusterrole", "ram-auth-mappings", "-o", "json"));
      role.rules = role.rules.filter(({ verbs }: { readonly verbs: readonly string[] }) => !verbs.includes("patch"));
      delete role.metadata.managedFields;
      await apply(cluster, role);
      const token = (await kubectl(cluster, "create", "token", "ram-auth", "-n", "kube-system")).trim();
      await using instance = await startInstance(await cluster.writeKubeconfig({ token }));
      await waitFor("the rule", () => instance.live.source.rules().length === 1);
      await waitFor("the trouble", () => instance.live.warnings().some((line) => line.includes("status not written")));
      assert.match(instance.log(), /grant the verb \\"patch\\" on \\"iamidentitymappings\/status\\"/);
      assert.equal(instance.live.source.find(who(ARN))?.resource, "admin");
    });

    await t.step("for a kind that the peer installed, whose status has no conditions", async () => {
      const kind = JSON.parse(await kubectl(cluster, "get", "crd", RESOURCE, "-o", "json"));
      delete kind.metadata.managedFields;
      kind.spec.versions[0].schema.openAPIV3Schema.properties.status = PEERS_STATUS;
      await apply(cluster, kind);
      await using instance = await startInstance(cluster.adminKubeconfig);
      await waitFor("the rule", () => instance.live.source.rules().length === 1);
      await waitFor("the trouble", () => instance.log().includes("status not written"));
      assert.match(instance.live.warnings().join("\n"), /status not written: .*apply ours: ram-auth manifests crds/);
      assert.equal(instance.live.source.find(who(ARN))?.resource, "admin");
    });
  },
);
