import assert from "node:assert/strict";
import {
  credentialVariables,
  type DevEnvironment,
  startDevEnvironment,
} from "../../../lib/cli/serve/dev_environment.ts";
import { run } from "../../../lib/cli/serve/dev.ts";
import { loadSigner } from "../../../lib/clouds/registry.ts";
import { loadSettings } from "../../../lib/config/settings.ts";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import type { CloudId } from "../../../lib/identity/identity.ts";
import { createLog } from "../../../lib/telemetry/log.ts";
import { mintToken } from "../../../lib/token/mint.ts";
import { realWorld, type World } from "../../../lib/world.ts";
import { type FakeWorld, fakeWorld } from "../../config/fake_world.ts";
import { testNeeding } from "../../support/needs.ts";
import { waitFor } from "../../support/wait_for.ts";
import { askingHeaders } from "../../support/kubeconfigs.ts";

/** Everybody whose keys the emulator knows. */
const PEOPLE = [...Object.entries(DEMO_PRINCIPALS), ...Object.entries(DEMO_AWS_PRINCIPALS)];

/** A world whose clock runs, because TLS clients go by the machine's. */
function runningWorld(environment: Readonly<Record<string, string>> = {}): FakeWorld {
  return { ...fakeWorld(environment), now: () => new Date(), fetch: realWorld().fetch };
}

async function start(world: World): Promise<DevEnvironment> {
  return await startDevEnvironment(world, createLog(world, { format: "text", level: "error" }));
}

function placeOf({ emulator, ...environment }: DevEnvironment) {
  return { ...environment, stsHost: emulator.host };
}

/** The user in the server's answer to a token that the variables' keys sign; `undefined` if it is refused. */
async function login(
  environment: Readonly<Record<string, string>>,
  { clusterId, caFile, serverUrl, webhookKubeconfig, stsHost }:
    & Pick<DevEnvironment, "clusterId" | "caFile" | "serverUrl" | "webhookKubeconfig">
    & { readonly stsHost: string },
): Promise<{ readonly username: string; readonly groups: readonly string[] } | undefined> {
  const minting = runningWorld(environment);
  const { token } = await mintToken(minting, await loadSigner(environment.RAM_AUTH_CLOUD as CloudId), {
    clusterId,
    profile: undefined,
    roles: undefined,
    sts: { region: undefined, endpoint: stsHost, caFile: undefined, profile: undefined },
  });
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(caFile)] });
  const response = await fetch(`${serverUrl}/authenticate`, {
    method: "POST",
    headers: await askingHeaders(webhookKubeconfig),
    body: JSON.stringify({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      spec: { token: token.reveal() },
    }),
    client,
  });
  return (await response.json()).status.user;
}

Deno.test("the environment of dev maps roles and users of both clouds, and not everybody", async () => {
  await using environment = await start(runningWorld());
  const seen: Record<string, unknown> = {};
  for (const [name, principal] of PEOPLE) {
    const user = await login(credentialVariables(principal), placeOf(environment));
    seen[name] = user && [user.username, ...user.groups];
  }
  assert.deepEqual(seen, {
    alice: ["alice", "developers"],
    bob: undefined,
    kubernetesAdmin: ["admin:alice-example.com", "system:masters"],
    viewer: ["viewer:carol", "viewers"],
    root: undefined,
    dave: ["dave", "developers"],
    erin: undefined,
    clusterAdmin: ["admin:dave-example.com", "system:masters"],
    federated: undefined,
  });
});

Deno.test("the webhook kubeconfig of dev names the port that the server got", async () => {
  await using environment = await start(runningWorld());
  assert(
    (await Deno.readTextFile(environment.webhookKubeconfig)).includes(`server: ${environment.serverUrl}/authenticate`),
  );
});

Deno.test("the environment of dev passes over what is meant for the server on this machine", async () => {
  await using environment = await start(
    runningWorld({ RAM_AUTH_STATE_DIR: "/nonexistent", RAM_AUTH_CLUSTER_ID: "another", RAM_AUTH_PORT: "1" }),
  );
  const user = await login(credentialVariables(DEMO_PRINCIPALS.alice), placeOf(environment));
  assert.equal(user?.username, "alice");
});

Deno.test("a dev environment that cannot start leaves no folder behind", async () => {
  const touched: string[] = [];
  const world = runningWorld();
  const failing: World = {
    ...world,
    fs: {
      ...world.fs,
      open: (path, options) => {
        touched.push(String(path));
        if (String(path).includes("/config.yaml")) return Promise.reject(new Deno.errors.PermissionDenied("made up"));
        return Deno.open(path, options);
      },
    },
  };
  await assert.rejects(start(failing), { code: "ERR_FILE" });
  const folder = touched[0]!.slice(0, touched[0]!.lastIndexOf("/"));
  assert.match(folder, /ram-auth-dev-/);
  await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
});

Deno.test("dev prints exports that log in, and the signal stops everything and removes the folder", async () => {
  const world = runningWorld();
  const stop = new AbortController();
  const settings = await loadSettings("dev", new Map(), world);
  const ended = run({ settings, world, stopSignal: () => Promise.resolve(stop.signal) });
  try {
    const output = await Promise.race([
      waitFor("the instructions", () => world.out() || undefined),
      ended.then(() => assert.fail("dev ended by itself")),
    ]);
    const exports = [...output.matchAll(/^ {2}# (\w+): .*\n {2}export (.*)$/gm)];
    assert.deepEqual(exports.map(([, name]) => name), PEOPLE.map(([name]) => name));

    const variables = Object.fromEntries(
      [...exports[0]![2]!.matchAll(/(\w+)='([^']*)'/g)].map(([, name, value]) => [name, value]),
    );
    const place = {
      clusterId: /token -i (\S+) --token-only/.exec(output)![1]!,
      caFile: /--cacert '([^']+)'/.exec(output)![1]!,
      serverUrl: /(https:\S+)\/authenticate/.exec(output)![1]!,
      webhookKubeconfig: /webhook-config-file=(\S+)/.exec(output)![1]!,
      stsHost: /--sts-endpoint (\S+)/.exec(output)![1]!,
    };
    assert.equal((await login(variables, place))?.username, "alice");
    assert.doesNotMatch(world.err(), /k8s-a(ck|ws)-v|Secret|Signature/);
    assert.doesNotMatch(world.out() + world.err(), /ram-auth-webhook-/);

    const readyz = /'(http:\S+\/readyz\?verbose)'/.exec(output)![1]!;
    assert.match(await (await fetch(readyz)).text(), /5 rules/);
  } finally {
    stop.abort();
  }
  assert.equal(await ended, 0);
  const folder = / {2}files +(\S+)/.exec(world.out())![1]!;
  await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
  const [, stsPort] = /STS emulator +https:\/\/127\.0\.0\.1:(\d+)/.exec(world.out())!;
  await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port: Number(stsPort) }), Deno.errors.ConnectionRefused);
});

testNeeding(
  ["curl"],
  "what dev prints to ask the server works when it is pasted, and not without the token",
  async () => {
    const world = runningWorld();
    const stop = new AbortController();
    const settings = await loadSettings("dev", new Map(), world);
    const ended = run({ settings, world, stopSignal: () => Promise.resolve(stop.signal) });
    try {
      const output = await waitFor("the instructions", () => world.out() || undefined);
      const line = (pattern: RegExp) => pattern.exec(output)![0].trim();
      const ask = line(/^ {2}printf .*$/m);
      const paste = async (command: string) => {
        const script = [line(/^ {2}ram-auth\(\) .*$/m), line(/^ {2}export RAM_AUTH_CLOUD='aws' .*$/m), command].join(
          "\n",
        );
        const { stdout, stderr } = await new Deno.Command("bash", { args: ["-c", script], stdin: "null" }).output();
        return new TextDecoder().decode(stdout) || assert.fail(new TextDecoder().decode(stderr));
      };
      assert.equal(JSON.parse(await paste(ask)).status.user.username, "dave");
      assert.match(await paste(ask.replace(/-H "authorization[^"]*" /, "")), /^\{"error":"show the webhook token"/);
    } finally {
      stop.abort();
    }
    assert.equal(await ended, 0);
  },
);
