import assert from "node:assert/strict";
import { listWatch, type ListWatchOptions } from "../../lib/kube/list_watch.ts";
import type { ListWatchLimits } from "../../lib/kube/target.ts";
import { realWorld } from "../../lib/world.ts";
import {
  connectPlainly,
  Diary,
  event,
  list,
  objectNamed,
  pieces,
  refusal,
  type ScriptedServer,
  startScriptedServer,
  type Step,
} from "./scripted_server.ts";
import { waitFor } from "../support/wait_for.ts";

const PATH = "/api/v1/namespaces/kube-system/configmaps";

/** Small enough for a test, and not so small that a busy machine is late. */
const LIMITS: Partial<ListWatchLimits> = { minWaitMs: 2, maxWaitMs: 20, refusedWaitMs: 20 };

const open = pieces([], "stay");

/** Follows a scripted server while the body runs. */
async function following(
  steps: readonly Step[],
  body: (parts: { diary: Diary; server: ScriptedServer }) => Promise<void>,
  options: Partial<ListWatchOptions> = {},
): Promise<void> {
  await using server = startScriptedServer(steps);
  const world = realWorld();
  const connection = connectPlainly(world, server);
  const diary = new Diary();
  const ending = new AbortController();
  const running = listWatch(connection, { path: PATH, fieldSelector: "metadata.name=aws-auth" }, diary.handlers, {
    signal: ending.signal,
    world,
    ...options,
    limits: { ...LIMITS, ...options.limits },
  });
  try {
    await body({ diary, server });
  } finally {
    ending.abort();
    await running;
    connection.close();
  }
}

const added = (name: string, version: string) => event("ADDED", objectNamed(name, version));

Deno.test("a collection is listed page by page, and watched from its moment on, with bookmarks", async () => {
  const steps = [list(["a"], "7", "token/1"), list(["b"], "7", "token/2"), list(["c"], "7"), open];
  await following(steps, async ({ diary, server }) => {
    await diary.told("sync a,b,c");
    await diary.told("sync", 1);
    await waitFor("the requests", () => server.asked.length >= 4);
    const asked = server.asked.map(({ query }) => Object.fromEntries(query));
    const selector = { fieldSelector: "metadata.name=aws-auth" };
    assert.deepEqual(asked, [
      { ...selector, limit: "500" },
      { ...selector, limit: "500", continue: "token/1" },
      { ...selector, limit: "500", continue: "token/2" },
      { ...selector, watch: "true", allowWatchBookmarks: "true", timeoutSeconds: "330", resourceVersion: "7" },
    ]);
    assert.deepEqual(diary.entries, ["sync a,b,c"]);
  }, { random: () => 1 });
});

Deno.test("changes are told in order, however their bytes arrive", async () => {
  const bytes = new TextEncoder().encode(
    added("größe-🔑", "8") + event("MODIFIED", objectNamed("größe-🔑", "9")) + event("DELETED", objectNamed("b", "10")),
  );
  for (const size of [1, 7, bytes.length]) {
    const parts = Array.from(
      { length: Math.ceil(bytes.length / size) },
      (_, i) => bytes.subarray(i * size, (i + 1) * size),
    );
    await following([list([], "7"), pieces(parts, "stay")], async ({ diary }) => {
      await diary.told("DELETED b");
      assert.deepEqual(diary.entries, ["sync ", "ADDED größe-🔑", "MODIFIED größe-🔑", "DELETED b"]);
    });
  }
});

for (
  const [what, first, from] of [
    ["was cut after an event", pieces([added("a", "8")], "cut"), "8"],
    ["was cut in the middle of a line", pieces([added("a", "8"), added("b", "9").slice(0, 20)], "cut"), "8"],
    ["ended in the middle of a line", pieces([added("a", "8"), added("b", "9").slice(0, 20)], "end"), "8"],
    ["ended as it should", pieces([added("a", "8")], "end"), "8"],
    ["brought only bookmarks", pieces([event("BOOKMARK", { metadata: { resourceVersion: "12" } })], "end"), "12"],
    ["answers 500", refusal(500, "etcd is away"), "7"],
    ["answers 429", refusal(429, "too many"), "7"],
    ["is cut before its first byte", pieces([], "cut"), "7"],
  ] as const
) {
  Deno.test(`after a watch that ${what}, the next goes on from there, without a list`, async () => {
    await following([list([], "7"), first, pieces([added("last", "20")], "stay")], async ({ diary, server }) => {
      await diary.told("ADDED last");
      assert.deepEqual(server.asked.map(({ isWatch }) => isWatch), [false, true, true]);
      assert.equal(server.asked[2]!.query.get("resourceVersion"), from);
      assert.doesNotMatch(diary.entries.join(), /MODIFIED/, "a bookmark is no change");
      assert.equal(diary.entries.filter((entry) => entry.startsWith("sync")).length, 1);
    });
  });
}

for (
  const [what, first] of [
    ["answers 410", refusal(410, "too old resource version")],
    ["brings a 410", pieces([event("ERROR", { kind: "Status", code: 410, message: "too old" })], "stay")],
    ["brings another error", pieces([event("ERROR", { kind: "Status", code: 500, message: "lost" })], "stay")],
    ["brings what is not JSON", pieces(["<html>\n"], "stay")],
    ["brings what is no event", pieces(["[]\n"], "stay")],
    ["brings an event of an unknown type", pieces([event("MOVED", objectNamed("a", "8"))], "stay")],
    ["brings an object without a name", pieces([event("ADDED", { metadata: {} })], "stay")],
    ["brings bytes that are not UTF-8", pieces([new Uint8Array([0x22, 0xff, 0x22, 0x0a])], "stay")],
    ["brings a line without an end", pieces(["x".repeat(3_000), "x".repeat(3_000)], "stay")],
    ["brings a line that is too long", pieces([added("x".repeat(5_000), "8")], "stay")],
    ["is redirected", () => new Response(null, { status: 302, headers: { location: "/elsewhere" } })],
    ["answers 404", refusal(404, "the server could not find the requested resource")],
  ] as const satisfies readonly (readonly [string, Step])[]
) {
  Deno.test(`after a watch that ${what}, everything is listed again, so that what was deleted is noticed`, async () => {
    await following([list(["a", "b"], "7"), first, list(["b"], "9"), open], async ({ diary, server }) => {
      await diary.told("sync b");
      assert.deepEqual(server.asked.slice(0, 3).map(({ isWatch }) => isWatch), [false, true, false]);
    }, { limits: { maxLineBytes: 4_096 } });
  });
}

Deno.test("after many watches that brought nothing, everything is listed again, whatever the reason was", async () => {
  const broken = refusal(504, "too large resource version");
  const steps = [list(["a"], "7"), broken, broken, broken, broken, broken, list(["b"], "3"), open];
  await following(steps, async ({ diary }) => void await diary.told("sync b"));
});

Deno.test("a watch that falls silent is given up, and the next goes on", async () => {
  const steps = [list([], "7"), pieces([added("a", "8")], "stay"), pieces([added("b", "9")], "stay"), open];
  await following(steps, async ({ diary, server }) => {
    await diary.told("ADDED b");
    assert.equal(server.asked[2]!.query.get("resourceVersion"), "8");
  }, { limits: { watchSeconds: 1, silenceMs: -900 } });
});

for (
  const [what, stalled] of [["a list", [open]], ["a watch", [
    list(["a"], "7"),
    () => new Promise<Response>(() => {}),
  ]]] as const
) {
  Deno.test(`${what} that is never answered is given up`, async () => {
    const stalling = Promise.withResolvers<Response>();
    const steps: Step[] = [
      ...stalled.slice(0, -1),
      what === "a list" ? open : () => stalling.promise,
      list(["z"], "8"),
      open,
    ];
    await following(steps, async ({ diary, server }) => {
      await waitFor("the requests", () => server.asked.length > stalled.length);
      stalling.resolve(new Response());
      if (what === "a list") await diary.told("sync z");
    }, { limits: { answerMs: 50 } });
  });
}

Deno.test("a server that is not there at the start is asked until it is; the reason is told once, and each try counts", async () => {
  const steps = [refusal(500, "starting"), refusal(500, "starting"), refusal(503, "almost"), list(["a"], "7"), open];
  await following(steps, async ({ diary }) => {
    await diary.told("well");
    assert.deepEqual(diary.entries.map((entry) => entry.replace(/^(trouble).*: /, "$1 ")), [
      "trouble starting",
      "trouble almost",
      "sync a",
      "well",
    ]);
    assert.equal(diary.failures, 3);
  });
});

Deno.test("an address where nothing listens is said to refuse the connection", async () => {
  const server = startScriptedServer([open]);
  const world = realWorld();
  const connection = connectPlainly(world, server);
  await server[Symbol.asyncDispose]();
  const diary = new Diary();
  const ending = new AbortController();
  const running = listWatch(connection, { path: PATH }, diary.handlers, {
    signal: ending.signal,
    world,
    limits: LIMITS,
  });
  assert.match(await diary.told("trouble"), /127\.0\.0\.1:\d+".*: the connection is refused/);
  ending.abort();
  await running;
  connection.close();
  assert.equal(diary.entries.length, 1);
});

Deno.test("a missing right is said with verb, resource and namespace, and asked for at a slow pace once something was read", async () => {
  const waits: number[] = [];
  const forbidden = refusal(403, 'configmaps is forbidden: User "u" cannot list');
  const steps = [list([], "6"), refusal(410, "too old"), forbidden, list(["a"], "7"), open];
  await following(steps, async ({ diary, server }) => {
    const why = await diary.told("trouble");
    const since = performance.now();
    assert.match(why, /forbidden.*User "u".*grant the verb "list" on "configmaps".*namespace "kube-system"/);
    await diary.told("sync a");
    waits.push(performance.now() - since);
    assert.equal(server.asked.length >= 2, true);
  }, { limits: { minWaitMs: 1, refusedWaitMs: 400, firstRefusedWaitMs: 1 }, random: () => 1 });
  assert(waits[0]! > 200, `${waits}`);
});

Deno.test("a right that comes with the cluster is seen soon: while nothing was read, asking goes on at a quick pace", async () => {
  const forbidden = Array.from({ length: 4 }, () => refusal(403, "not yet"));
  const limits = { minWaitMs: 1, maxWaitMs: 4_000_000, refusedWaitMs: 4_000_000, firstRefusedWaitMs: 5 };
  await following([...forbidden, list(["a"], "7"), open], async ({ diary }) => void await diary.told("sync a"), {
    limits,
  });
  const ending = { ...limits, firstMs: 0 };
  await following([...forbidden, open], async ({ diary, server }) => {
    await diary.told("trouble");
    assert.equal(server.asked.length, 1, "once the first minutes are over, the pace is slow");
  }, { limits: ending });
});

Deno.test("a server that asks to be left alone is left alone for that long", async () => {
  await following([refusal(429, "busy", { "retry-after": "1" }), list(["a"], "7"), open], async ({ diary }) => {
    await diary.told("trouble");
    const since = performance.now();
    await diary.told("sync a");
    assert(performance.now() - since > 700);
  });
});

Deno.test("a single interruption is mended without a word; one that stays is told", async () => {
  const steps = [list([], "7"), pieces([added("a", "8")], "cut"), pieces([], "cut"), open];
  await following(steps, async ({ diary }) => {
    await diary.told("well");
    assert.deepEqual(diary.entries.map((entry) => entry.split(" ")[0]), ["sync", "ADDED", "trouble", "well"]);
    assert.equal(diary.failures, 1);
  });
});

Deno.test("watches that end in the middle of a line are told to be cut short", async () => {
  await following([list([], "7"), pieces([added("a", "8").slice(0, 20)], "end")], async ({ diary }) => {
    assert.match(await diary.told("trouble"), /an event was cut short/);
  });
});

Deno.test("a server that ends each watch at once is not asked without a pause", async () => {
  const waits: number[] = [];
  await following([list([], "7"), pieces([], "end")], async ({ diary }) => {
    assert.match(await diary.told("trouble"), /ends every watch at once/);
    waits.push(0);
  });
  assert.equal(waits.length, 1);
});

for (
  const [what, step] of [
    ["garbage", () => new Response("<html>")],
    ["an object that is no list", () => Response.json({ kind: "Status" })],
    ["an item without a name", () => Response.json({ metadata: { resourceVersion: "7" }, items: [{}] })],
    ["a list that is cut", pieces(['{"items":['], "cut")],
    ["a list that ends early", pieces(['{"items":['], "end")],
    ["410 to the token of the next page", refusal(410, "the continue token is too old")],
  ] as const satisfies readonly (readonly [string, Step])[]
) {
  Deno.test(`${what} in the place of a list leaves what was, and the list is asked for again`, async () => {
    await following([list(["a"], "7", "more"), step, list(["b"], "9"), open], async ({ diary, server }) => {
      await diary.told("sync b");
      assert.equal(server.asked[2]!.query.get("continue"), null);
      assert.equal(diary.entries.some((entry) => entry.startsWith("sync a")), false);
    });
  });
}

Deno.test("of objects that are too large for one page fewer are asked for, and only one that is too large alone is a failure", async () => {
  const tooLarge: Step = () =>
    new Response(JSON.stringify({ metadata: { resourceVersion: "7" }, items: [] }).padEnd(20_000));
  const steps = [
    list(["a"], "7", "more"),
    tooLarge,
    tooLarge,
    list(["b"], "7", "most"),
    tooLarge,
    list(["c"], "9"),
    open,
  ];
  await following(steps, async ({ diary, server }) => {
    await diary.told("sync c");
    const pages = server.asked.slice(0, 6).map(({ query }) => `${query.get("continue")} ${query.get("limit")}`);
    assert.deepEqual(pages, ["null 5", "more 5", "more 2", "more 1", "most 1", "null 5"]);
    assert.equal(diary.entries.some((entry) => entry.startsWith("sync a")), false);
  }, { limits: { maxPageBytes: 10_000, pageSize: 5 } });
});

for (const when of ["list", "watch", "wait"] as const) {
  Deno.test(`it ends at once when it is aborted during a ${when}, and nothing is left behind`, async () => {
    const steps = { list: [open], watch: [list([], "7"), open], wait: [refusal(403, "no")] }[when];
    await following(steps, async ({ diary, server }) => {
      if (when === "wait") await diary.told("trouble");
      const enough = when === "watch" ? 2 : 1;
      await waitFor("the requests", () => server.asked.length >= enough);
    }, { limits: { refusedWaitMs: 60_000 } });
  });
}

Deno.test("what a handler throws ends it all", async () => {
  await using server = startScriptedServer([list([], "7"), pieces([added("a", "8")], "stay")]);
  const connection = connectPlainly(realWorld(), server);
  const failure = new RangeError("a mistake of ours");
  const handlers = { ...new Diary().handlers, onChange: () => assert.fail(failure) };
  const options = { signal: new AbortController().signal, world: realWorld() };
  await assert.rejects(listWatch(connection, { path: PATH }, handlers, options), (e) => e === failure);
  connection.close();
});

Deno.test("it ends when a handler aborts it in the middle of a watch", async () => {
  await using server = startScriptedServer([list([], "7"), pieces([added("a", "8") + added("b", "9")], "stay")]);
  const connection = connectPlainly(realWorld(), server);
  const ending = new AbortController();
  const diary = new Diary();
  const handlers = { ...diary.handlers, onChange: () => (diary.entries.push("change"), ending.abort()) };
  await listWatch(connection, { path: PATH }, handlers, { signal: ending.signal, world: realWorld() });
  connection.close();
  assert.deepEqual(diary.entries, ["sync ", "change"]);
});
