import assert from "node:assert/strict";
import { loadClouds } from "../../../lib/clouds/registry.ts";
import type { CloudId, Identity } from "../../../lib/identity/identity.ts";
import { connect } from "../../../lib/kube/connection.ts";
import { createScrubber } from "../../../lib/mapping/scrub.ts";
import { MappingsNotReady } from "../../../lib/mapping/source.ts";
import { startCustomResources } from "../../../lib/server/sources/custom_resources.ts";
import type { LiveParts, LiveSource } from "../../../lib/server/sources/live_source.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { createMetrics } from "../../../lib/telemetry/metrics.ts";
import { realWorld } from "../../../lib/world.ts";
import { type Cluster, startCluster } from "../../support/cluster.ts";
import { testNeeding } from "../../support/needs.ts";
import { waitFor } from "../../support/wait_for.ts";

const ALIBABA = { apiVersion: "ramauthenticator.k8s.alibabacloud/v1alpha1", kind: "RAMIdentityMapping" };
const AWS = { apiVersion: "iamauthenticator.k8s.aws/v1alpha1", kind: "IAMIdentityMapping" };
const SERVICE_ACCOUNT = "system:serviceaccount:kube-system:ram-auth";

async function parts(signal: AbortSignal, write: (text: string) => void): Promise<LiveParts> {
  const world = { ...realWorld(), stderr: { write, isTerminal: false } };
  const log = createLog(world, { format: "text", level: "info" });
  return {
    world,
    log,
    metrics: createMetrics(),
    clouds: await loadClouds(),
    scrubber: createScrubber(() => []),
    signal,
  };
}

function identity(cloud: CloudId, canonicalArn: string): Identity {
  const accountId = canonicalArn.split(":")[4]!;
  const arn = canonicalArn;
  return { cloud, arn, canonicalArn, accountId, principalId: "3", sessionName: "s", accessKeyId: "MadeUpKey" };
}

/** Applies manifests; what kubectl said where it failed. */
async function apply(cluster: Cluster, ...items: readonly unknown[]): Promise<string> {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    const { code, stderr } = await cluster.kubectl(["apply", "--server-side", "--validate=false", "-f", file]);
    return code === 0 ? "" : stderr;
  } finally {
    await Deno.remove(file);
  }
}

async function kubectl(cluster: Cluster, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(args);
  assert.equal(code, 0, stderr);
  return stdout;
}

const resource = (type: typeof ALIBABA, name: string, spec: unknown) => ({ ...type, metadata: { name }, spec });

testNeeding(["cluster", "kubectl"], "custom resources map from the moment that their kind is installed", async (t) => {
  await using cluster = await startCluster();
  await using stack = new AsyncDisposableStack();
  const stopping = new AbortController();
  let log = "";
  const start = startCustomResources({
    connect: () => connect(realWorld(), { kubeconfig: cluster.adminKubeconfig, master: undefined }),
    reserved: new Map(),
  });
  const live: LiveSource = stack.use(await start(await parts(stopping.signal, (text) => void (log += text))));
  stack.defer(() => stopping.abort());
  const found = (who: Identity) => {
    try {
      const rule = live.source.find(who);
      return rule?.kind === "arn" ? rule.username.source : "nobody";
    } catch (error) {
      if (error instanceof MappingsNotReady) return "not ready";
      throw error;
    }
  };
  const role = identity("alibaba", "acs:ram::1234567890123456:role/Admin");
  const user = identity("aws", "arn:aws:iam::123456789012:user/dave");

  await t.step("a kind that is not installed has no resources, and that is said", async () => {
    await waitFor("both kinds to be looked for", () => live.facts().length === 1);
    assert.deepEqual([found(role), found(user)], ["nobody", "nobody"]);
    assert.match(live.warnings().join("\n"), /ramidentitymappings\S+ are not installed, so there are none/);
    assert.match(log, /WARN +custom resources are not installed/);
  });

  await t.step("once it is installed, its resources are in force, and bad ones are told by name", async () => {
    await kubectl(cluster, "apply", "-f", "manifests/crds");
    await kubectl(cluster, "wait", "--for=condition=Established", "crd", "--all", "--timeout=180s");
    const good = [
      resource(ALIBABA, "admins", { arn: role.arn, username: "admin", groups: ["viewers"] }),
      resource(ALIBABA, "z-behind", { arn: role.arn, username: "late" }),
      resource(ALIBABA, "bad", { arn: role.arn, username: "{{Foo}}" }),
      resource(AWS, "dave", { arn: "arn:aws:iam::123456789012:user/d*", username: "dave" }),
    ];
    await waitFor("the resources to be taken", async () => await apply(cluster, ...good) === "");
    await waitFor("the role to be mapped", () => found(role) === "admin" && found(user) === "dave");
    await waitFor("the bad one to be told", () => log.includes("resource=bad severity=invalid"));
    const behind = () => live.source.problems().map(({ severity, resource }) => `${severity} ${resource}`);
    await waitFor("the later one to be told", () => behind().join() === "invalid bad,warning z-behind");
    assert.match(live.warnings().join("\n"), /1 invalid entry/);
  });

  await t.step("a change and a deletion count without a restart", async () => {
    assert.equal(await apply(cluster, resource(ALIBABA, "admins", { arn: role.arn, username: "other" })), "");
    await waitFor("the change", () => found(role) === "other");
    await kubectl(cluster, "delete", "ramidentitymapping", "admins");
    await waitFor("the deletion", () => found(role) === "late");
    await kubectl(cluster, "delete", "ramidentitymapping", "z-behind", "bad");
    await waitFor("the end", () => found(role) === "nobody" && live.source.problems().length === 0);
  });

  await t.step("kubectl shows ARN, user and readiness", async () => {
    const [header = ""] = (await kubectl(cluster, "get", "iamidentitymappings")).split("\n");
    assert.match(header, /^NAME +ARN +USER +READY +AGE/);
  });

  await t.step("the API server refuses what could never be a rule", async () => {
    const arn = role.arn;
    const aws = "arn:aws:iam::123456789012:role";
    for (
      const [type, spec, says] of [
        [ALIBABA, { username: "a" }, /arn.*Required/],
        [ALIBABA, { arn }, /username.*Required/],
        [ALIBABA, { arn, username: "" }, /at least 1 chars/],
        [ALIBABA, { arn, username: "  " }, /must not be blank/],
        [ALIBABA, { arn, username: "a\nb" }, /must not hold control characters/],
        [ALIBABA, { arn, username: "a".repeat(1025) }, /Too long/],
        [ALIBABA, { arn, username: "a", groups: "b" }, /expected list/],
        [ALIBABA, { arn, username: "a", groups: [""] }, /at least 1 chars/],
        [ALIBABA, { arn: `${arn} `, username: "a" }, /write it as/],
        [ALIBABA, { arn: `${aws}/a`, username: "a" }, /write it as/],
        [ALIBABA, { arn: "acs:ram::*:role/a", username: "a" }, /write it as/],
        [AWS, { arn, username: "a" }, /write it as/],
        [AWS, { arn: "arn:aws:iam::1234:role/a", username: "a" }, /write it as/],
        [AWS, { arn: "arn:aws:iam::123456789012:rolle/a", username: "a" }, /write it as/],
      ] as const
    ) {
      const said = await apply(cluster, resource(type, "refused", spec));
      assert.ok(says.test(said), `${JSON.stringify(spec).slice(0, 200)}: ${said}`);
    }
    for (
      const [type, arn] of [
        [ALIBABA, "ACS:ram::1:root"],
        [ALIBABA, "acs:ram::1:user/a@b.example"],
        [ALIBABA, "acs:ram::1:assumed-role/a/s"],
        [AWS, "arn:aws-cn:iam::123456789012:role/path/to/A*"],
        [AWS, "arn:aws:sts::123456789012:assumed-role/A/s"],
        [AWS, "arn:aws:sts::123456789012:federated-user/bob"],
        [AWS, "arn:aws:iam::123456789012:root"],
      ] as const
    ) {
      assert.equal(await apply(cluster, resource(type, "taken", { arn, username: "{{SessionName}}" })), "", arn);
    }
  });

  await t.step("the status is for whoever may write it, and conditions have a form", async () => {
    const patch = (status: unknown) => [
      ..."patch iamidentitymapping dave --subresource=status --type=merge -p".split(" "),
      JSON.stringify({ status }),
    ];
    const condition = { type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z", reason: "Read" };
    const good = { canonicalARN: "arn", userID: "AIDAEXAMPLE", conditions: [{ ...condition, message: "" }] };
    await kubectl(cluster, ...patch(good));
    assert.match(await kubectl(cluster, "get", "iamidentitymapping", "dave"), /True/);
    const bad = { conditions: [{ ...condition, message: "", status: "Maybe" }] };
    assert.notEqual((await cluster.kubectl(patch(bad))).code, 0);
  });

  await t.step("the service account of rbac.server.yaml may do what the sources need, and no more", async () => {
    await kubectl(cluster, "apply", "-f", "manifests/rbac.server.yaml");
    const maps = "configmaps -n kube-system";
    const can = async (what: string) =>
      (await cluster.kubectl(["auth", "can-i", ...what.split(" "), `--as=${SERVICE_ACCOUNT}`])).stdout.trim();
    await waitFor(
      "the rights to be known",
      async () => await can("list iamidentitymappings.iamauthenticator.k8s.aws") === "yes",
    );
    for (
      const [what, want] of [
        [`get configmaps/aws-auth -n kube-system`, "no"],
        [`watch configmaps/alibabacloud-auth -n kube-system`, "yes"],
        [`list configmaps/aws-auth -n kube-system`, "yes"],
        [`list ${maps}`, "no"],
        [`update configmaps/aws-auth -n kube-system`, "no"],
        [`list configmaps/aws-auth -n default`, "no"],
        [`list configmaps/kubeadm-config -n kube-system`, "no"],
        [`get secrets -n kube-system`, "no"],
        [`watch ramidentitymappings.ramauthenticator.k8s.alibabacloud`, "yes"],
        [`create ramidentitymappings.ramauthenticator.k8s.alibabacloud`, "no"],
        [`patch iamidentitymappings.iamauthenticator.k8s.aws --subresource=status`, "yes"],
        [`patch iamidentitymappings.iamauthenticator.k8s.aws`, "no"],
        [`update iamidentitymappings.iamauthenticator.k8s.aws --subresource=status`, "no"],
      ] as const
    ) {
      assert.equal(await can(what), want, what);
    }
    const by = (path: string) => cluster.kubectl(["get", "--raw", path, `--as=${SERVICE_ACCOUNT}`]);
    const list = "/api/v1/namespaces/kube-system/configmaps";
    assert.equal((await by(`${list}?fieldSelector=metadata.name%3Daws-auth&limit=500`)).code, 0);
    assert.notEqual((await by(`${list}?fieldSelector=metadata.name%3Dother&limit=500`)).code, 0);
    assert.notEqual((await by(list)).code, 0);
  });
});

Deno.test("custom resources whose API server is absent leave the source not ready, and the server starts", async () => {
  const stopping = new AbortController();
  let log = "";
  const start = startCustomResources({
    connect: () => connect(realWorld(), { kubeconfig: undefined, master: "http://127.0.0.1:9" }),
    reserved: new Map(),
  });
  await using live = await start(await parts(stopping.signal, (text) => void (log += text)));
  try {
    const who = identity("aws", "arn:aws:iam::123456789012:user/dave");
    assert.throws(() => live.source.find(who), (e) => e instanceof MappingsNotReady && e.retryable);
    await waitFor("the trouble to be told", () => log.includes("custom resources not watched"));
    assert.deepEqual(live.facts(), []);
    assert.match(live.warnings().join("\n"), /answered with 503/);
  } finally {
    stopping.abort();
  }
});
