import assert from "node:assert/strict";
import { loadClouds } from "../../../lib/clouds/registry.ts";
import type { Identity } from "../../../lib/identity/identity.ts";
import { connect, type KubeConnection } from "../../../lib/kube/connection.ts";
import type { BackendMode } from "../../../lib/mapping/backend_mode.ts";
import { createChain } from "../../../lib/mapping/chain.ts";
import type { MappedUser } from "../../../lib/mapping/outcome.ts";
import type { ReservedPrefixes } from "../../../lib/mapping/reserved_prefixes.ts";
import { parseRules } from "../../../lib/mapping/rules.ts";
import { createScrubber } from "../../../lib/mapping/scrub.ts";
import { startConfigMap } from "../../../lib/server/sources/config_map.ts";
import { startCustomResources } from "../../../lib/server/sources/custom_resources.ts";
import { startDynamicFile } from "../../../lib/server/sources/dynamic_file.ts";
import type { LiveParts, LiveSource, StartSource } from "../../../lib/server/sources/live_source.ts";
import { startMountedFile } from "../../../lib/server/sources/mounted_file.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { createMetrics } from "../../../lib/telemetry/metrics.ts";
import { realWorld } from "../../../lib/world.ts";
import { parseYaml } from "../../../lib/yaml/read.ts";
import { type Cluster, startCluster } from "../../support/cluster.ts";
import { testNeeding } from "../../support/needs.ts";
import { replaceFile } from "../../support/replace_file.ts";
import { waitFor } from "../../support/wait_for.ts";

/** One mapping of a user, in whatever form the source has. */
interface Entry {
  readonly arn: string;
  readonly username: string;
  readonly groups?: readonly string[];
}

/** A source under test, and how its mappings are written. */
interface Subject {
  readonly name: BackendMode;
  readonly start: StartSource;
  /** An ARN of a user of the account that the source is about. */
  arn(name: string): string;
  /** Makes these the mappings, all of them; the last may be broken. */
  write(entries: readonly Entry[]): Promise<void>;
  /** Makes it unreadable as a whole; absent where every entry is read alone. */
  ruin?(): Promise<void>;
}

/** What a subject is made of: the entries of the API server or a folder of its own. */
type MakeSubject = (place: { folder: string; reserved: ReservedPrefixes; kube: Kube | undefined }) => Subject;

interface Kube {
  readonly cluster: Cluster;
  connect(): Promise<KubeConnection>;
}

const ALIBABA = (name: string) => `acs:ram::1234567890123456:user/${name}`;
const AWS = (name: string) => `arn:aws:iam::123456789012:user/${name}`;

const inFlow = (entries: readonly Entry[]) =>
  entries.map(({ arn, ...rest }) => JSON.stringify({ userarn: arn, ...rest })).join(", ");

type Subjects = readonly (readonly [what: string, make: MakeSubject])[];

const FILES: Subjects = [
  ["MountedFile", ({ folder, reserved }) => {
    const path = `${folder}/config.yaml`;
    return {
      name: "MountedFile",
      arn: AWS,
      start: async (parts) => {
        const read = async () => {
          const root = parseYaml(await Deno.readTextFile(path));
          const mapUsers = root.kind === "map" ? root.entries[0]?.value : undefined;
          const sections = { mapRoles: undefined, mapUsers, mapAccounts: undefined };
          return { parsed: parseRules(sections, { clouds: parts.clouds }), reserved };
        };
        return await startMountedFile({ path, read })(parts);
      },
      write: (entries) => replaceFile(path, `mapUsers: [${inFlow(entries)}]`),
      ruin: () => replaceFile(path, "mapUsers: ["),
    };
  }],
  ["DynamicFile in JSON", ({ folder, reserved }) => {
    const path = `${folder}/mappings.json`;
    return {
      name: "DynamicFile",
      arn: AWS,
      start: startDynamicFile({ path, userIdStrict: false, reserved }),
      write: (entries) =>
        replaceFile(path, `{"LastUpdatedDateTime": "1", "Version": "1", "mapUsers": [${inFlow(entries)}]}`),
      ruin: () => replaceFile(path, "{"),
    };
  }],
  ["DynamicFile in YAML", ({ folder, reserved }) => {
    const path = `${folder}/mappings.yaml`;
    return {
      name: "DynamicFile",
      arn: ALIBABA,
      start: startDynamicFile({ path, userIdStrict: false, reserved }),
      write: (entries) => replaceFile(path, `mapUsers: [${inFlow(entries)}]\n`),
      ruin: () => replaceFile(path, "mapUsers: [\n"),
    };
  }],
];

const IN_A_CLUSTER: Subjects = [
  ...([["ACKConfigMap", "alibabacloud-auth", ALIBABA], ["EKSConfigMap", "aws-auth", AWS]] as const).map(
    ([mode, name, arn]): Subjects[number] => [mode, ({ kube, reserved }) => {
      const { cluster, connect } = kube!;
      const write = (mapUsers: string) =>
        apply(cluster, [{
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name, namespace: "kube-system" },
          data: { mapUsers },
        }]);
      return {
        name: mode,
        arn,
        start: startConfigMap(mode, { connect, reserved }),
        write: (entries) => write(`[${inFlow(entries)}]`),
        ruin: () => write("["),
      };
    }],
  ),
  ...([
    ["ramauthenticator.k8s.alibabacloud", "RAMIdentityMapping", "ramidentitymappings", ALIBABA],
    ["iamauthenticator.k8s.aws", "IAMIdentityMapping", "iamidentitymappings", AWS],
  ] as const).map(
    ([group, kind, plural, arn]): Subjects[number] => [`CRD ${kind}`, ({
      kube,
      reserved,
    }) => {
      const { cluster, connect } = kube!;
      return {
        name: "CRD",
        arn,
        start: startCustomResources({ connect, reserved }),
        async write(entries) {
          const { code, stderr } = await cluster.kubectl(["delete", plural, "--all"]);
          assert.equal(code, 0, stderr);
          if (entries.length === 0) return;
          await apply(
            cluster,
            entries.map(({ arn, username, groups = [] }, index) => ({
              apiVersion: `${group}/v1alpha1`,
              kind,
              metadata: { name: `mapping-${index}` },
              spec: { arn, username, groups },
            })),
          );
        },
      };
    }],
  ),
];

/** How sources with a policy of their own are told to give system names. */
const ALL_MAY: ReservedPrefixes = new Map(
  (["DynamicFile", "ACKConfigMap", "EKSConfigMap", "CRD"] as const).map((mode) => [
    mode,
    { usernamePrefixes: [], groupPrefixes: [], allowsSystemNames: true, allowsAdminGroups: false },
  ]),
);

for (const [what, make] of FILES) {
  Deno.test(`${what} does what every source must`, (t) => conforms(t, make));
  Deno.test(`S-8: ${what} gives system names to nobody by itself`, () => reservesSystemNames(make));
}

testNeeding(["cluster", "kubectl"], "sources in a real API server do what every source must", async (t) => {
  await using stack = new AsyncDisposableStack();
  const kube = await startKube(stack);
  for (const [what, make] of IN_A_CLUSTER) {
    await t.step(what, (t) => conforms(t, make, kube));
    await t.step(`S-8: ${what} gives system names to nobody by itself`, () => reservesSystemNames(make, kube));
  }
});

/** Takes a source through everything that may become of its mappings, and leaves none. */
async function conforms(t: Deno.TestContext, make: MakeSubject, kube?: Kube): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "conformance-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const subject = make({ folder, reserved: ALL_MAY, kube });
  stack.defer(() => subject.write([]));
  const { arn } = subject;
  await subject.write([{ arn: arn("first"), username: "first" }]);

  const stop = new AbortController();
  const parts = await liveParts(stop.signal);
  const live = stack.use(await subject.start(parts));
  stack.defer(() => stop.abort());
  const chain = createChain(() => [live.source]);
  const map = (name: string) => chain.map(identityOf(arn(name)));
  const sees = (want: string, probe: () => Promise<MappedUser | undefined>, username: string | undefined) =>
    waitFor(want, async () => (await probe().catch(() => ({ username: "?" })))?.username === username);

  await t.step("what is there at the start counts", async () => {
    await sees("the first mapping", () => map("first"), "first");
    assert.equal(live.source.name, subject.name);
    assert.equal(await map("nobody"), undefined);
    assert.equal(live.source.rules().length, 1);
    await waitFor("the last warning to go", () => live.warnings().length === 0);
    assert.match(live.facts().join("\n"), new RegExp(`mapping ${subject.name}: 1 rule`));
  });

  await t.step("a change counts without a restart, with groups and placeholders", async () => {
    await subject.write([{
      arn: arn("first"),
      username: "changed-{{AccountID}}",
      groups: ["a", "b-{{SessionName}}"],
    }]);
    const accountId = identityOf(arn("first")).accountId;
    await sees("the change", () => map("first"), `changed-${accountId}`);
    assert.deepEqual((await map("first"))?.groups, ["a", "b-"]);
  });

  await t.step("a mapping that is taken away is gone", async () => {
    await subject.write([{ arn: arn("second"), username: "second" }]);
    await sees("the second mapping", () => map("second"), "second");
    await sees("the first mapping to go", () => map("first"), undefined);
  });

  await t.step("the first of two that match decides, and case does not matter", async () => {
    await subject.write([
      { arn: arn("Both"), username: "one" },
      { arn: arn("b*"), username: "two" },
    ]);
    await sees("the first rule", () => map("BOTH"), "one");
    await sees("the second rule", () => map("better"), "two");
    assert.equal(await map("rabbit"), undefined, "a wildcard is anchored");
  });

  await t.step("a bad entry is invalid, and told; the others work", async () => {
    await subject.write([
      { arn: arn("good"), username: "good" },
      { arn: "not-an-arn:x", username: "bad" },
    ].slice(0, subject.name === "CRD" ? 1 : 2));
    await sees("the good entry", () => map("good"), "good");
    if (subject.name === "CRD") return; // the API server's own validation refuses the other
    const invalid = live.source.problems().filter(({ severity }) => severity === "invalid");
    assert.equal(invalid.length, 1);
    assert.match(live.warnings().join("\n"), /1 invalid entr(y|ies)/);
  });

  await t.step("system names are given where the operator allows them", async () => {
    await subject.write([{ arn: arn("admin"), username: "admin", groups: ["system:masters"] }]);
    await sees("the admin", () => map("admin"), "admin");
    assert.deepEqual((await map("admin"))?.groups, ["system:masters"]);
  });

  if (subject.ruin !== undefined) {
    await t.step("what cannot be read leaves in force what was, and is told until it is mended", async () => {
      await subject.ruin!();
      await waitFor("a warning", () => live.warnings().length > 0);
      assert.equal((await map("admin"))?.username, "admin");
      await subject.write([{ arn: arn("mended"), username: "mended" }]);
      await sees("the mended mapping", () => map("mended"), "mended");
      await waitFor("the warning to go", () => live.warnings().length === 0);
    });
  }

  await t.step("it ends when it is told to", async () => {
    stop.abort();
    await live[Symbol.asyncDispose]();
  });
}

async function reservesSystemNames(make: MakeSubject, kube?: Kube): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "conformance-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const subject = make({ folder, reserved: new Map(), kube });
  stack.defer(() => subject.write([]));
  await subject.write([{ arn: subject.arn("admin"), username: "admin", groups: ["system:masters"] }]);
  const stop = new AbortController();
  const live: LiveSource = stack.use(await subject.start(await liveParts(stop.signal)));
  stack.defer(() => stop.abort());
  await waitFor("the source to be read", () => live.source.rules().length === 1);
  const mapped = createChain(() => [live.source]).map(identityOf(subject.arn("admin")));
  if (subject.name === "MountedFile") assert.deepEqual((await mapped)?.groups, ["system:masters"]);
  else await assert.rejects(mapped, { code: "ERR_MAPPING_REFUSED" });
}

async function startKube(stack: AsyncDisposableStack): Promise<Kube> {
  const cluster = stack.use(await startCluster());
  const { code, stderr } = await cluster.kubectl(["apply", "-f", "manifests/crds"]);
  assert.equal(code, 0, stderr);
  const established = ["wait", "--for=condition=Established", "crd", "--all", "--timeout=180s"];
  assert.equal((await cluster.kubectl(established)).code, 0);
  const kubeconfig = cluster.adminKubeconfig;
  return { cluster, connect: () => connect(realWorld(), { kubeconfig, master: undefined }) };
}

async function liveParts(signal: AbortSignal): Promise<LiveParts> {
  const quiet = { isTerminal: false, write: () => {} };
  const world = { ...realWorld(), stdout: quiet, stderr: quiet };
  return {
    world,
    log: createLog(world, { format: "json", level: "error" }),
    metrics: createMetrics(),
    scrubber: createScrubber(() => []),
    clouds: await loadClouds(),
    signal,
  };
}

function identityOf(arn: string): Identity {
  const cloud = arn.startsWith("acs:") ? "alibaba" : "aws";
  const accountId = /:(\d+):/.exec(arn)![1]!;
  return { cloud, arn, canonicalArn: arn, accountId, principalId: "1", sessionName: "", accessKeyId: "MadeUpKey" };
}

async function apply(cluster: Cluster, items: readonly unknown[]): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    const { code, stderr } = await cluster.kubectl(["apply", "-f", file]);
    assert.equal(code, 0, stderr);
  } finally {
    await Deno.remove(file);
  }
}
