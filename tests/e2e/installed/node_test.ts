import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { countLogins, type FailedLogin } from "../../support/login_loop.ts";
import { type Keys, mintedToken } from "../../support/minted_token.ts";
import { testNeeding } from "../../support/needs.ts";
import { type KubeadmNode, startNode } from "../../support/node/node.ts";
import { makeImage } from "../../support/node/own_image.ts";
import { keepOutput } from "../../support/outputs/keep_output.ts";
import { sectionOf, shellCommands } from "../../support/project/shell_commands.ts";
import { prepareSite } from "../../support/server_process.ts";
import { waitFor } from "../../support/wait_for.ts";

/** How often the API server is killed. With the seven times of other steps, it starts ten times, at 4 s of a core each. */
const KILLS = 3;

/** A login every 200 ms. */
const EVERY_MS = 200;

/** Logins after a change, before what it cost is counted. */
const PAUSE_LOGINS = 5;

/**
 * Ages of the tokens that are used in turn: however long it runs, none comes again within the two minutes for which the
 * API server keeps an answer, and none is near its end.
 */
const TOKEN_AGES_MS = [0, 130_000, 260_000, 390_000, 520_000];

const { kubernetesAdmin, alice, bob } = DEMO_PRINCIPALS;

/** On the node: what the kubelet starts the API server from, what changes it, and a webhook kubeconfig that ends it. */
const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const CONFIGURE = "ram-auth apiserver configure";
const UNDO = "ram-auth apiserver undo";
const BROKEN = "/etc/kubernetes/ram-auth/broken.yaml";
const UNIT_LOG = "/var/log/ram-auth.log";
const POD_LOGS = "/var/log/pods/*ram-auth*/*/*.log";

const MAPPING_OF_ALICE = `apiVersion: ramauthenticator.k8s.alibabacloud/v1alpha1
kind: RAMIdentityMapping
metadata: {name: alice}
spec: {arn: "acs:ram::1234567890123456:user/alice", username: alice, groups: [viewers]}
`;

/** What became of logins during something. */
interface Outcome {
  readonly succeeded: number;
  /** The API server answered that it does not know the person. */
  readonly refused: readonly FailedLogin[];
  /** The API server did not answer, or was not ready. */
  readonly unanswered: readonly FailedLogin[];
  readonly seconds: number;
}

const inWords = ({ succeeded, refused, unanswered, seconds }: Outcome) =>
  `${seconds} s, ${succeeded} logins, ${refused.length} refused, ${unanswered.length} unanswered`;

/** The commands for root in the comment at the head of a manifest. */
function commandsOfHead(manifest: string, image: string): string[] {
  const lines = [...manifest.slice(0, manifest.indexOf("\napiVersion:")).matchAll(/^# {3}(.*)$/gm)];
  const commands = lines.map(([, line]) => line).join("\n").replaceAll(/\\\n\s*/g, "").split("\n");
  return commands.filter((line) => /^(?:install|ram-auth|kubectl|umask|mv) /.test(line))
    .map((line) => line.replace("<image>", image));
}

/** The environment in which the exec plugin finds somebody's keys. */
function keysOf({ accessKeyId, accessKeySecret, securityToken }: Keys): Readonly<Record<string, string>> {
  return {
    ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
    ...(securityToken !== undefined && { ALIBABA_CLOUD_SECURITY_TOKEN: securityToken }),
  };
}

/** Logs bob in all the while, and says what became of it during parts of that. */
function watchLogins(node: KubeadmNode) {
  let count = 0;
  const token = () => {
    const ageMs = TOKEN_AGES_MS[count++ % TOKEN_AGES_MS.length]!;
    return mintedToken(bob, { clusterId: "demo", now: new Date(Date.now() - ageMs) });
  };
  const logins = countLogins({ cluster: node, token, everyMs: EVERY_MS });
  return {
    [Symbol.asyncDispose]: () => logins.stop(),
    /** What became of logins while something was done, and until they go on after it. */
    async during(act: () => Promise<unknown>): Promise<Outcome> {
      const [from, failures, startedAtMs] = [logins.succeeded(), logins.failed().length, Date.now()];
      await act();
      const before = logins.succeeded();
      await waitFor("logins to go on", () => logins.succeeded() > before + PAUSE_LOGINS);
      const failed = logins.failed().slice(failures);
      const isRefusal = ({ why }: FailedLogin) => /"code":\s*401/.test(why);
      return {
        succeeded: logins.succeeded() - from,
        refused: failed.filter(isRefusal),
        unanswered: failed.filter((failure) => !isRefusal(failure)),
        seconds: Math.round((Date.now() - startedAtMs) / 1_000),
      };
    },
  };
}

testNeeding(
  ["binary", "buildah", "kubeadmNode"],
  "a kubeadm node, from the first administrator to daily use",
  async (t) => {
    // It emulates STS; its folder of a server is not used.
    await using site = await prepareSite("", { clusterId: "demo" });
    await using stack = new AsyncDisposableStack();
    const binary = Deno.env.get("RAM_AUTH_TEST_BINARY")!;
    const archive = `${site.folder}/image.tar`;
    const [starting, image] = await Promise.allSettled([
      startNode({ binds: { "/program": binary }, reaches: [Number(site.stsHost.split(":")[1])] }),
      makeImage(binary, archive),
    ]);
    if (starting.status === "rejected") throw starting.reason;
    const node = stack.use(starting.value);
    if (image.status === "rejected") throw image.reason;

    /** One step; after one that failed, the rest would only wait in vain. */
    const step = async (name: string, act: () => unknown) => {
      const passed = await t.step(name, () => node.explain(async () => void await act()));
      if (!passed) throw new Error(`The story ends where a step failed: ${name}`);
    };
    const run = (...command: readonly string[]) =>
      node.run("env", "KUBECONFIG=/etc/kubernetes/admin.conf", "HOME=/root", ...command);
    const succeed = async (...command: readonly string[]) => {
      const { code, output } = await run(...command);
      assert.equal(code, 0, `${command.join(" ")}: ${output}`);
      return output;
    };
    const inFolder = (command: string) => succeed("sh", "-euc", `mkdir -p /root/work && cd /root/work && ${command}`);
    const kubectlAs = (who: Keys, ...args: readonly string[]) =>
      node.kubectl(args, { kubeconfig: "/root/user.yaml", env: keysOf(who) });
    const manifest = () => node.sh(`cat ${MANIFEST}`);
    const healthy = () =>
      waitFor("the API server to be healthy", async () => (await run("kubectl", "get", "--raw", "/readyz")).code === 0);
    const original = await manifest();

    await step("init --install prints the commands that start the server and have the API server ask it", async () => {
      await node.writeFile(
        "/etc/systemd/system/ram-auth.service.d/log.conf",
        `[Service]\nStandardError=append:${UNIT_LOG}\n`,
      );
      const admin = "acs:ram::1234567890123456:role/KubernetesAdmin";
      const output = await succeed("/program", "init", "-i", "demo", "--install", "--admin-arn", admin);
      await node.writeFile("/var/lib/ram-auth/sts-ca.pem", await Deno.readTextFile(site.stsCaFile));
      await node.writeFile(
        "/etc/ram-auth/config.yaml",
        `${await node.sh("cat /etc/ram-auth/config.yaml")}
  mapUsers:
    - {userARN: "acs:ram::1234567890123456:user/bob", username: bob}
  sts: {endpoint: "${site.stsHost}", caFile: /var/lib/ram-auth/sts-ca.pem, keyRate: 100}
`,
      );
      const [, printed = ""] = /in this order:\n((?: {2}.*\n)+)/.exec(output) ?? [];
      const commands = printed.trim().split(/\n {2}/);
      assert.deepEqual([commands.length, commands.at(-1)], [5, CONFIGURE], output);
      for (const command of commands) await inFolder(command === CONFIGURE ? `${command} --timeout 300` : command);
    });

    await step("the first administrator logs in by kubectl and its exec plugin", async () => {
      await succeed(
        ...["ram-auth", "kubeconfig", "-i", "demo", "--kubeconfig", "/root/user.yaml", "--cluster-name", "demo"],
        ...["--server", "https://192.0.2.1:6443", "--certificate-authority", "/etc/kubernetes/pki/ca.crt"],
      );
      const whoami = await kubectlAs(kubernetesAdmin, "auth", "whoami");
      assert.match(whoami.output, /ram-auth:admin:alice-example\.com/, whoami.output);
      await waitFor(
        "the binding to count",
        async () => /^cp +Ready +control-plane /m.test((await kubectlAs(kubernetesAdmin, "get", "nodes")).output),
      );
      assert.match((await kubectlAs(alice, "get", "nodes")).output, /must be logged in/);
    });

    await using logins = watchLogins(node);
    const during = async (what: string, act: () => Promise<unknown>, judge: (outcome: Outcome) => unknown) => {
      const outcome = await node.explain(() => logins.during(act));
      await step(`${what}: ${inWords(outcome)}`, () => judge(outcome));
    };
    const noneLost = ({ refused, unanswered }: Outcome) => assert.deepEqual([...refused, ...unanswered], []);
    const noneRefused = ({ refused }: Outcome) => assert.deepEqual(refused, []);
    /** The kubelet does not start the pod before the API server; one that came too late refuses nobody any more. */
    const noneRefusedSinceItListens = async ({ refused }: Outcome) => {
      const lines = await node.sh(`grep -h '"message":"listening"' ${POD_LOGS}`);
      const times = [...lines.matchAll(/"time":"([^"]*)"/g)].map(([, time]) => Date.parse(time!));
      const sinceMs = Math.max(...times);
      assert.deepEqual(refused.filter(({ startedAtMs }) => startedAtMs > sinceMs), []);
    };

    await during(
      "the node boots, with the unit, which is there before the API server",
      () => node.reboot("ram-auth"),
      noneRefused,
    );

    const text = await Deno.readTextFile("manifests/daemonset.yaml");
    const withSources = (command: string) =>
      command.replace(/(?<=ram-auth manifests .*)daemonset/, "daemonset --backend-mode MountedFile,CRD");
    await during("the DaemonSet takes over from the unit", async () => {
      await node.loadImage(archive);
      const config = await node.sh("cat /etc/ram-auth/config.yaml");
      const more = "  sharePort: true\n";
      await node.writeFile("/root/work/config.yaml", config + more);
      await inFolder("ram-auth manifests crds mapping-guard | kubectl apply --server-side -f -");
      // What it could not watch while the API server was away, it tries again after up to a minute; so it starts anew.
      await succeed("sh", "-euc", "kill $(pidof kube-scheduler)");
      const commands = commandsOfHead(text, "ram-auth:0.1.0").map(withSources);
      for (const command of commands.slice(0, -1)) await inFolder(command);
      await succeed("systemctl", "disable", "--now", "ram-auth");
      await inFolder(commands.at(-1)!);
      await succeed("kubectl", "-n", "kube-system", "rollout", "status", "daemonset", "ram-auth");
    }, ({ unanswered }) => assert.deepEqual(unanswered, []));

    await step("a mapping made by kubectl lets somebody in", async () => {
      const { code, output } = await node.kubectl(["apply", "-f", "-"], { stdin: MAPPING_OF_ALICE });
      assert.equal(code, 0, output);
      await waitFor("alice to be known", async () => /alice/.test((await kubectlAs(alice, "auth", "whoami")).output));
      await waitFor("kubectl to show what became of it", async () => {
        const { output } = await node.kubectl(["get", "ramidentitymappings", "--no-headers"]);
        return /^alice +acs:ram::1234567890123456:user\/alice +alice +True /.test(output);
      });
    });

    await during("docs/operations.md: the DaemonSet is upgraded", async () => {
      await succeed(
        ..."ctr -n k8s.io images tag docker.io/library/ram-auth:0.1.0".split(" "),
        "registry.example.com/ram-auth:0.2.0",
      );
      const page = await Deno.readTextFile("docs/operations.md");
      for (const command of shellCommands(sectionOf(page, "Upgrade in the cluster"))) {
        await inFolder(withSources(command));
      }
      await waitFor("the old pod to be gone", async () => {
        const pods =
          "get pods -n kube-system -l app.kubernetes.io/name=ram-auth -o jsonpath={.items[*].spec.containers[0].image}";
        return (await node.kubectl(pods.split(" "))).output === "registry.example.com/ram-auth:0.2.0";
      });
    }, noneLost);

    await during("the kubelet is restarted", async () => {
      await succeed("systemctl", "restart", "kubelet");
      await waitFor("the kubelet", async () => (await node.run("bash", "-c", "</dev/tcp/127.0.0.1/10248")).code === 0);
    }, noneLost);

    for (let nth = 1; nth <= KILLS; nth += 1) {
      await during(
        `the API server is killed, for the ${nth}. time`,
        () => succeed("sh", "-euc", "kill -KILL $(pidof kube-apiserver)"),
        noneRefused,
      );
    }

    await during(
      "the node boots, with the DaemonSet, which the kubelet knows from the API server",
      () => node.reboot(),
      noneRefusedSinceItListens,
    );

    await during("a static pod takes over from the DaemonSet", async () => {
      await succeed("kubectl", "-n", "kube-system", "delete", "daemonset", "ram-auth");
      await node.writeFile("/root/work/config.yaml", await node.sh("cat /etc/ram-auth/config.yaml"));
      for (const command of commandsOfHead(await Deno.readTextFile("manifests/static-pod.yaml"), "ram-auth:0.1.0")) {
        await inFolder(command);
      }
    }, ({ unanswered }) => assert.deepEqual(unanswered, []));

    await during(
      "the node boots, with the static pod, which starts together with the API server",
      () => node.reboot(),
      noneRefusedSinceItListens,
    );

    const configured = await manifest();
    await during("a change that breaks the API server is rolled back", async () => {
      await healthy();
      await node.writeFile(BROKEN, "{}\n", { mode: "600" });
      const { code, output } = await run(
        ...["sh", "-euc", `cd /root/work && ${CONFIGURE} --kubeconfig ${BROKEN} --replace --timeout 20`],
      );
      assert.equal(code, 1, output);
      assert.match(output, /^Rolled back: /m);
      assert.equal(await manifest(), configured);
    }, noneRefused);

    await step("undo gives the manifest of kubeadm byte for byte, and the webhook is no longer asked", async () => {
      await healthy();
      await inFolder(`${UNDO} --timeout 300`);
      assert.equal(await manifest(), original);
      assert.match((await kubectlAs(bob, "auth", "whoami")).output, /must be logged in/);
    });

    keepOutput(await node.sh(`cat ${UNIT_LOG} ${POD_LOGS}`));
  },
);
