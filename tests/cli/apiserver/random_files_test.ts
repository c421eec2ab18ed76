/**
 * Files as anybody might write them, made up: whatever their style, a plan adds its lines and keeps every other byte.
 */

import assert from "node:assert/strict";
import { parse } from "yaml";
import type { FileToChange } from "../../../lib/cli/apiserver/change.ts";
import { planChange } from "../../../lib/cli/apiserver/plan.ts";
import { below, pick, type Random, seededRandom } from "../../support/seeded_random.ts";

/** Files of each kind; another seed tries others. */
const FILES = 150;
const SEED = Number(Deno.env.get("RAM_AUTH_TEST_NATIVE_SEED") ?? "20261129");

const KUBECONFIG = "/etc/kubernetes/ram-auth/kubeconfig.yaml";
const FLAG = `authentication-token-webhook-config-file=${KUBECONFIG}`;
const WEBHOOK = { kubeconfig: KUBECONFIG, replace: false };

type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** How one file is written. */
interface Hand {
  readonly random: Random;
  /** Columns that a map goes in. */
  readonly step: number;
  /** Columns that a list goes in. */
  readonly listStep: number;
  readonly quote: string;
  /** Blanks behind a dash. */
  readonly gap: string;
}

const REMARKS = ["# a remark: - it is", "#- x: y", "#", `# - --${FLAG}`, "    # far in", "", "  "];

function lines(value: Value, hand: Hand, indent = 0): string[] {
  const pad = " ".repeat(indent);
  if (Array.isArray(value)) {
    return value.flatMap((item: Value) => {
      const [first, ...rest] = lines(item, hand, indent + 1 + hand.gap.length);
      return [...remarks(hand), `${pad}-${hand.gap}${first!.trimStart()}`, ...rest];
    });
  }
  if (typeof value !== "object" || value === null) return [pad + scalar(value, hand)];
  return Object.entries(value).flatMap(([key, inner], i) => {
    // The first key of an item stands behind its dash.
    const before = i === 0 ? [] : remarks(hand);
    if (typeof inner !== "object" || inner === null) return [...before, `${pad}${key}: ${scalar(inner, hand)}`];
    if (isSmall(inner) && below(4, hand.random) === 0) return [...before, `${pad}${key}: ${JSON.stringify(inner)}`];
    const deeper = indent + (Array.isArray(inner) ? hand.listStep : hand.step);
    return [...before, `${pad}${key}:${below(5, hand.random) === 0 ? " # below" : ""}`, ...lines(inner, hand, deeper)];
  });
}

/** What nobody changes may stand within braces. */
function isSmall(value: Value): boolean {
  return JSON.stringify(value).length < 60 &&
    !/kube-apiserver|"--|mountPath|hostPath|"v=|:ro"/.test(JSON.stringify(value));
}

function remarks({ random }: Hand): string[] {
  return below(6, random) === 0 ? [pick(REMARKS, random)] : [];
}

function scalar(value: string | number | boolean | null, { quote, random }: Hand): string {
  const used = below(8, random) === 0 ? pick(["", '"', "'"], random) : quote;
  const text = typeof value === "string" ? `${used}${value}${used}` : String(value);
  return text + (below(10, random) === 0 ? "  # so" : "");
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items.map((item) => [random(), item] as const).sort(([a], [b]) => a - b).map(([, item]) => item);
}

function shuffledMap(map: Readonly<Record<string, Value>>, random: Random): Value {
  return Object.fromEntries(shuffled(Object.entries(map), random));
}

function handOf(random: Random): Hand {
  const step = pick([2, 2, 4], random);
  return {
    random,
    step,
    listStep: pick([0, 0, step], random),
    quote: pick(["", "", '"', "'"], random),
    gap: pick([" ", " ", "   "], random),
  };
}

/** With marker, ends of lines and end of somebody's choice. */
function text(value: Value, random: Random): string {
  const body = [...(below(3, random) === 0 ? ["---"] : []), ...lines(value, handOf(random))];
  const eol = pick(["\n", "\n", "\r\n"], random);
  return `${pick(["", "# first\n", "\n"], random)}${body.join("\n")}${pick(["\n", "\n", "", "\n\n# last"], random)}`
    .replaceAll("\n", eol);
}

function pod(random: Random): string {
  const flags = shuffled(
    ["--v=2", "--secure-port=6443", "--etcd-servers=https://127.0.0.1:2379", "--profiling"],
    random,
  );
  const names = shuffled(["k8s-certs", "ca-certs", "etc-pki"], random).slice(0, 1 + below(3, random));
  const isInArgs = below(4, random) === 0;
  const apiserver = shuffledMap({
    command: [pick(["kube-apiserver", "/usr/local/bin/kube-apiserver"], random), ...(isInArgs ? [] : flags)],
    ...(isInArgs && { args: flags }),
    image: "registry.k8s.io/kube-apiserver:v1.36.3",
    name: "kube-apiserver",
    env: [{ name: "GOGC", value: "a" }],
    livenessProbe: { httpGet: { host: "172.16.0.2", path: "/livez", port: 6443 } },
    volumeMounts: names.map((name) => shuffledMap({ mountPath: `/etc/${name}`, name, readOnly: true }, random)),
  }, random);
  const other = { name: "kms", command: ["/kms", "--v=2"], volumeMounts: [{ name: "x", mountPath: "/x" }] };
  const value = shuffledMap({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { labels: { component: "kube-apiserver" }, name: "kube-apiserver" },
    spec: shuffledMap({
      containers: shuffled([apiserver, ...(below(3, random) === 0 ? [other] : [])], random),
      hostNetwork: true,
      volumes: names.map((name) => shuffledMap({ hostPath: { path: `/etc/${name}`, type: "X" }, name }, random)),
    }, random),
    status: {},
  }, random);
  return text(value, random);
}

function config(random: Random): string {
  const has = () => below(2, random) === 0;
  return text(
    shuffledMap({
      "token": "made-up",
      "tls-san": ["a", "b"],
      ...(has() && { [pick(["kube-apiserver-arg", "kube-apiserver-arg+"], random)]: ["v=2", "profiling=false"] }),
      ...(has() && { "kube-apiserver-extra-mount": ["/x:/y:ro"] }),
      ...(has() && { "kubelet-arg": ["v=2"] }),
    }, random),
    random,
  );
}

/** The lines that were added; `undefined` where more than that differs. */
function addedLines(after: string, before: string): readonly string[] | undefined {
  const added: string[] = [];
  const rest = before.split("\n");
  for (const line of after.split("\n")) {
    if (line === rest[0]) rest.shift();
    else added.push(line);
  }
  return rest.length === 0 ? added : undefined;
}

function assertOnlyLinesAdded(file: FileToChange, seed: string): void {
  const { after, isConfigured } = planChange(file, WEBHOOK);
  assert.equal(isConfigured, false, seed);
  const added = addedLines(after, file.before!);
  assert.ok(added !== undefined, `${seed}: lines of before are lost:\n${file.before}\n=>\n${after}`);
  assert.ok(added.every((line) => /ram-auth|^"?kube-apiserver-/.test(line)), `${seed}: ${added.join("\n")}`);
  assert.equal(
    after.replaceAll("\r\n", "").includes("\n"),
    !file.before!.includes("\r\n") && after.includes("\n"),
    seed,
  );
  assert.equal(planChange({ ...file, before: after }, WEBHOOK).isConfigured, true, seed);
}

Deno.test("a manifest in any usual style keeps every byte but the lines that are added", () => {
  for (let i = 0; i < FILES; i += 1) {
    const seed = `${SEED + i}`;
    const before = pod(seededRandom(SEED + i));
    assertOnlyLinesAdded({ kind: "kubeadm", path: "/etc/kubernetes/manifests/kube-apiserver.yaml", before }, seed);
    const { spec } = parse(planChange({ kind: "kubeadm", path: "/m.yaml", before }, WEBHOOK).after);
    const { command, volumeMounts } = spec.containers.find(({ name }: { name: string }) => name === "kube-apiserver");
    assert.equal(command[1], `--${FLAG}`, seed);
    assert.deepEqual([volumeMounts[0].name, spec.volumes[0].name], ["ram-auth", "ram-auth"], seed);
  }
});

Deno.test("a config of K3s and RKE2 in any usual style keeps every byte but the lines that are added", () => {
  for (let i = 0; i < FILES; i += 1) {
    const before = config(seededRandom(SEED + i));
    for (const kind of ["k3s", "rke2"] as const) {
      assertOnlyLinesAdded({ kind, path: `/etc/rancher/${kind}/config.yaml`, before }, `${kind} ${SEED + i}`);
    }
  }
});
