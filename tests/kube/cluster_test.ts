import assert from "node:assert/strict";
import { connect } from "../../lib/kube/connection.ts";
import { KubeError } from "../../lib/kube/kube_error.ts";
import { listWatch, type ListWatchOptions } from "../../lib/kube/list_watch.ts";
import { realWorld } from "../../lib/world.ts";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { testNeeding } from "../support/needs.ts";
import { waitFor } from "../support/wait_for.ts";
import { Diary } from "./scripted_server.ts";

const PATH = "/api/v1/namespaces/default/configmaps";

/** More than two pages. */
const MANY = 1_100;

/** What a change may take until it is told, on a machine that has nothing else to do. */
const SOON_MS = 1_000;

/** A busy machine has that much time for it in one of so many tries; who only looks now and then, in none. */
const TRIES = 20;

/** Follows the ConfigMaps of a namespace while the body runs; `names()` is what a consumer would hold. */
async function following(
  kubeconfig: string,
  body: (diary: Diary, names: () => ReadonlySet<string>) => Promise<void>,
  options: Partial<ListWatchOptions> = {},
): Promise<void> {
  const world = realWorld();
  const connection = await connect(world, { kubeconfig, master: undefined });
  const ending = new AbortController();
  const diary = new Diary();
  let names = new Set<string>();
  const handlers: typeof diary.handlers = {
    ...diary.handlers,
    onSync(items) {
      names = new Set(items.map(({ metadata }) => metadata.name));
      diary.handlers.onSync(items);
    },
    onChange(type, object) {
      if (type === "DELETED") names.delete(object.metadata.name);
      else names.add(object.metadata.name);
      diary.handlers.onChange(type, object);
    },
  };
  const running = listWatch(connection, { path: PATH }, handlers, { signal: ending.signal, world, ...options });
  try {
    await body(diary, () => names);
  } finally {
    ending.abort();
    await running;
    connection.close();
  }
}

async function kubectl(cluster: Cluster, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await cluster.kubectl(args);
  assert.equal(code, 0, stderr);
}

async function createMany(cluster: Cluster): Promise<void> {
  const connection = await connect(realWorld(), { kubeconfig: cluster.adminKubeconfig, master: undefined });
  const names = Array.from({ length: MANY }, (_, i) => `many-${i}`);
  const worker = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const body = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
      const headers = { "content-type": "application/json" };
      const response = await connection.request(PATH, { method: "POST", headers, body });
      await response.body?.cancel();
      assert.equal(response.status, 201);
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  connection.close();
}

/** Passes bytes on to the API server while it is switched on. */
async function startSwitch(
  cluster: Cluster,
): Promise<AsyncDisposable & { readonly url: string; on(is: boolean): void }> {
  const target = new URL(cluster.server);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const tunnels: Promise<unknown>[] = [];
  let isOn = true;
  const closeAll = () => {
    for (const connection of open) {
      try {
        connection.close();
      } catch {
        // It is closed already.
      }
    }
    open.clear();
  };
  const accepting = (async () => {
    for await (const client of listener) {
      if (!isOn) {
        client.close();
        continue;
      }
      const server = await Deno.connect({ hostname: target.hostname, port: Number(target.port) });
      open.add(client).add(server);
      tunnels.push(
        Promise.allSettled([client.readable.pipeTo(server.writable), server.readable.pipeTo(client.writable)]),
      );
    }
  })();
  await Promise.resolve();
  return {
    url: `https://127.0.0.1:${listener.addr.port}`,
    on(is) {
      isOn = is;
      if (!is) closeAll();
    },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      closeAll();
      await accepting;
      await Promise.all(tunnels);
    },
  };
}

testNeeding(["cluster", "kubectl"], "a real API server is followed through whatever happens to it", async (t) => {
  await using cluster = await startCluster();
  const admin = cluster.adminKubeconfig;

  await t.step("additions, changes and deletions are told within a second", async () => {
    await following(admin, async (diary) => {
      await diary.told("sync");
      const slowest = async (nth: number) => {
        const times: number[] = [];
        for (
          const [want, ...args] of [
            ["ADDED one", "create", "configmap", "one", "--from-literal=a=1"],
            ["MODIFIED one", "patch", "configmap", "one", "-p", '{"data":{"a":"größer"}}'],
            ["DELETED one", "delete", "configmap", "one"],
          ] as const
        ) {
          await kubectl(cluster, ...args);
          const since = performance.now();
          await diary.told(want, nth);
          times.push(performance.now() - since);
        }
        return Math.max(...times);
      };
      for (let nth = 1; await slowest(nth) >= SOON_MS; nth++) assert(nth < TRIES, "changes are told late");
      assert.deepEqual(diary.entries.filter((entry) => entry.startsWith("trouble")), []);
    });
  });

  await t.step("what was deleted while the API server was away is noticed", async () => {
    await using gate = await startSwitch(cluster);
    const token = JSON.parse(await Deno.readTextFile(admin)).users[0].user.token;
    await kubectl(cluster, "create", "configmap", "goes", "--from-literal=a=1");
    await kubectl(cluster, "create", "configmap", "stays", "--from-literal=a=1");
    const kubeconfig = await cluster.writeKubeconfig({ token });
    const text = await Deno.readTextFile(kubeconfig);
    await Deno.writeTextFile(kubeconfig, text.replace(cluster.server, gate.url));
    await following(kubeconfig, async (diary, names) => {
      await waitFor("both to be known", () => names().has("goes") && names().has("stays"));
      gate.on(false);
      await diary.told("trouble");
      await kubectl(cluster, "delete", "configmap", "goes");
      gate.on(true);
      await waitFor("the deletion to be noticed", () => !names().has("goes"));
      assert(names().has("stays"));
      await diary.told("well");
    }, { limits: { minWaitMs: 50, maxWaitMs: 200 } });
  });

  await t.step("more than a page comes in one list", async () => {
    await createMany(cluster);
    await following(admin, async (diary, names) => {
      await diary.told("sync");
      assert.equal([...names()].filter((name) => name.startsWith("many-")).length, MANY);
    });
  });

  await t.step("a right that is missing is said as RBAC would grant it", async () => {
    const { stdout } = await cluster.kubectl(["create", "serviceaccount", "nobody"]);
    assert.match(stdout, /created/);
    const made = await cluster.kubectl(["create", "token", "nobody"]);
    assert.equal(made.code, 0, made.stderr);
    const kubeconfig = await cluster.writeKubeconfig({ token: made.stdout.trim() });
    await following(kubeconfig, async (diary) => {
      assert.match(
        await diary.told("trouble"),
        /User "system:serviceaccount:default:nobody" cannot list.*grant the verb "list" on "configmaps".*"default"/,
      );
    });
    const connection = await connect(realWorld(), { kubeconfig, master: undefined });
    await assert.rejects(connection.request(PATH), (e) => e instanceof KubeError && e.status === 403);
    connection.close();
  });
});

/** A kind whose history begins with itself, so that the API server knows nothing of the time before. */
const THINGS = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "things.example.com" },
  spec: {
    group: "example.com",
    scope: "Cluster",
    names: { kind: "Thing", plural: "things" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

testNeeding(
  ["cluster", "kubectl"],
  "a kind is followed from before it is there, and past a forgotten moment",
  async () => {
    await using cluster = await startCluster();
    const world = realWorld();
    const connection = await connect(world, { kubeconfig: cluster.adminKubeconfig, master: undefined });
    const folder = await Deno.makeTempDir({ prefix: "things-" });
    const diary = new Diary();
    const ending = new AbortController();
    const watches: string[] = [];
    const forgetful: typeof connection = {
      ...connection,
      request(path, init) {
        if (!path.includes("watch=true")) return connection.request(path, init);
        watches.push(path);
        const wasRefused = diary.entries.filter((entry) => entry.startsWith("sync")).length > 1;
        return connection.request(wasRefused ? path : path.replace(/resourceVersion=\d+/, "resourceVersion=1"), init);
      },
    };
    const target = { path: "/apis/example.com/v1/things" };
    // A kind so new may be watched from any moment on, until the API server has a history of it: such a watch ends soon.
    const limits = { minWaitMs: 50, maxWaitMs: 200, watchSeconds: 2 };
    const running = listWatch(forgetful, target, diary.handlers, { signal: ending.signal, world, limits });
    try {
      assert.match(await diary.told("trouble"), /404.*check that the resource is installed/);
      await Deno.writeTextFile(`${folder}/crd.json`, JSON.stringify(THINGS));
      const thing = { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "first" } };
      await Deno.writeTextFile(`${folder}/thing.json`, JSON.stringify(thing));
      await kubectl(cluster, "apply", "-f", `${folder}/crd.json`);
      await diary.told("sync", 2);
      await waitFor("the watch after the second list", () => watches.length > 1);
      await kubectl(cluster, "wait", "--for=condition=Established", "crd/things.example.com");
      await kubectl(cluster, "create", "-f", `${folder}/thing.json`);
      await diary.told("ADDED first");
    } finally {
      ending.abort();
      await running;
      connection.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
);
