/**
 * Planned manifests as Kubernetes reads them: kubectl has the reader of the kubelet, which is another one than ours.
 */

import assert from "node:assert/strict";
import { ShapeError } from "../../../lib/cli/apiserver/change.ts";
import { mentionsWebhook } from "../../../lib/cli/apiserver/flags.ts";
import { planChange } from "../../../lib/cli/apiserver/plan.ts";
import { testNeeding } from "../../support/needs.ts";
import { below, pick, type Random, seededRandom } from "../../support/seeded_random.ts";
import { before, OTHER, PODS, PODS_OF_A_PARSER, UNREADABLE_PODS } from "../../support/control_plane_node/cases.ts";

const KUBECONFIG = "/etc/kubernetes/ram-auth/kubeconfig.yaml";
const WEBHOOK = { kubeconfig: KUBECONFIG, replace: false };

/** Damaged manifests that are tried; another seed tries others. */
const DAMAGED = 600;
const SEED = Number(Deno.env.get("RAM_AUTH_TEST_NATIVE_SEED") ?? "20261129");

interface Pod {
  readonly spec: {
    readonly containers: { command?: string[]; args?: string[]; volumeMounts?: unknown[] }[];
    readonly volumes: unknown[];
  };
}

/** What Kubernetes makes of manifests, each of which it must accept. */
async function read(manifests: readonly string[]): Promise<readonly Pod[]> {
  const folder = await Deno.makeTempDir();
  try {
    const path = (i: number) => `${folder}/${`${i}`.padStart(5, "0")}.yaml`;
    await Promise.all(manifests.map((text, i) => Deno.writeTextFile(path(i), text)));
    const { stdout, stderr } = await new Deno.Command("kubectl", {
      args: ["label", "--local", "--filename", folder, "--output", "json", "x=y"],
      stdin: "null",
    }).output();
    const pods = new TextDecoder().decode(stdout).split(/(?<=^\})\n(?=\{)/m).map((text): Pod => JSON.parse(text));
    assert.equal(pods.length, manifests.length, new TextDecoder().decode(stderr));
    return pods;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testNeeding(
  ["kubectl"],
  "Kubernetes reads a planned manifest as the one before with flag, mount and volume",
  async () => {
    const texts = [...PODS, ...PODS_OF_A_PARSER];
    const olds = await read(texts.map(([, text]) => text));
    const news = await read(
      texts.map(([, text]) => planChange({ kind: "kubeadm", path: "/m.yaml", before: text }, WEBHOOK).after),
    );
    for (const [i, [name]] of texts.entries()) {
      const pod = news[i]!;
      const container = pod.spec.containers.find(({ command }) => command?.[0]?.endsWith("kube-apiserver"))!;
      assert.deepEqual(
        container.command!.splice(1, 1),
        [`--authentication-token-webhook-config-file=${KUBECONFIG}`],
        name,
      );
      assert.deepEqual(container.volumeMounts!.splice(0, 1), [
        { mountPath: "/etc/kubernetes/ram-auth", name: "ram-auth", readOnly: true },
      ]);
      assert.deepEqual(pod.spec.volumes.splice(0, 1), [
        { hostPath: { path: "/etc/kubernetes/ram-auth", type: "Directory" }, name: "ram-auth" },
      ]);
      assert.deepEqual(pod, olds[i], name);
    }
  },
);

testNeeding(["kubectl"], "Kubernetes reads a flag behind characters that part no lines for us", async () => {
  const texts = UNREADABLE_PODS.flatMap(([name, text]) => name.startsWith("a character for line") ? [text] : []);
  assert.equal(texts.length, 2);
  for (const { spec: { containers: [container] } } of await read(texts)) {
    assert.ok(container!.command!.some(mentionsWebhook));
  }
});

const SCRAPS = [
  " ",
  "-",
  "\n",
  "\t",
  '"',
  "'",
  "#",
  ":",
  "&a ",
  "*a",
  "!!str ",
  "|",
  ">-",
  "[",
  "]",
  "{",
  "}",
  ",",
  "$(X)",
]
  .concat([
    "\r",
    "\u0085",
    "\u2028",
    "=",
    "\\",
    "\n    - ",
    "\n      ",
    "args:\n    ",
    "- ",
    "? ",
    "---\n",
    "%",
    "\ufeff",
    " #",
  ]);

/** Some scraps put in, or characters taken out, near the flag. */
function damaged(text: string, random: Random): string {
  let result = text;
  for (let i = 1 + below(3, random); i > 0; i -= 1) {
    const near = result.indexOf("webhook");
    const at = Math.max(0, near - 60 + below(140, random));
    const gone = below(3, random) === 0 ? below(4, random) : 0;
    result = result.slice(0, at) + (gone > 0 ? "" : pick(SCRAPS, random)) + result.slice(at + gone);
  }
  return result;
}

testNeeding(["kubectl"], "no damage near the flag of another webhook has it passed over", async () => {
  const original = before("    - --secure-port", `    - --${OTHER}`);
  const passed: string[] = [];
  for (let i = 0; i < DAMAGED; i += 1) {
    const text = damaged(original, seededRandom(SEED + i));
    try {
      planChange({ kind: "kubeadm", path: "/m.yaml", before: text }, WEBHOOK);
      passed.push(text);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
    }
  }
  assert.ok(passed.length > DAMAGED / 10, `${passed.length} of them are read`);
  for (const [i, { spec: { containers } }] of (await read(passed)).entries()) {
    const words = containers.flatMap(({ command = [], args = [] }) => [...command, ...args]);
    assert.deepEqual(words.filter(mentionsWebhook), [], passed[i]!);
  }
});
