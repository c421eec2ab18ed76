import assert from "node:assert/strict";
import type { Identity } from "../../../lib/identity/identity.ts";
import { startCustomResources } from "../../../lib/server/sources/custom_resources.ts";
import { type Asked, event, inOrder, listOf, pieces, refusal, type Step } from "../../kube/scripted_server.ts";
import { waitFor } from "../../support/wait_for.ts";
import { GONE, onScript, OPEN, type ScriptedOptions } from "./scripted_source.ts";

const SOURCE: ScriptedOptions = { start: startCustomResources, cloudIds: ["aws"] };
const COLLECTION = "/apis/iamauthenticator.k8s.aws/v1alpha1/iamidentitymappings";
const ARN = "arn:aws:iam::123456789012:role/";

function session(role: string, principalId = "AROAEXAMPLE1"): Identity {
  const canonicalArn = `${ARN}${role}`;
  return {
    cloud: "aws",
    arn: canonicalArn,
    canonicalArn,
    accountId: "123456789012",
    principalId,
    sessionName: "s",
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  };
}

const ADMIN = session("Admin");
const VIEWER = session("Viewer");

interface Told {
  readonly role?: string;
  readonly username?: string;
  readonly generation?: number;
  readonly at?: string;
  readonly groups?: readonly string[];
  readonly status?: unknown;
}

/** A resource called as its user, for the role Admin unless something else is said. */
function resource(
  name: string,
  resourceVersion: string,
  { role = "Admin", username = name, generation = 1, at = "2026-11-20T10:00:00Z", groups = [], status }: Told = {},
): unknown {
  return {
    apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
    kind: "IAMIdentityMapping",
    metadata: { name, uid: `uid-of-${name}`, resourceVersion, generation, creationTimestamp: at },
    spec: { arn: `${ARN}${role}`, username, groups },
    ...(status !== undefined && { status }),
  };
}

const watched = (...lines: readonly string[]) => pieces(lines, "stay");
const viewer = (version: string) => resource("viewer", version, { role: "Viewer" });

/** Answers lists and watches by a script, and requests for one object by what these are. */
function withObjects(steps: readonly Step[], objects: Readonly<Record<string, unknown>> = {}): Step[] {
  const ofCollection = inOrder(steps);
  return [(asked) => {
    if (asked.path === COLLECTION) return ofCollection(asked);
    const [name = ""] = asked.path.slice(COLLECTION.length + 1).split("/");
    if (asked.method === "PATCH") return Response.json(objects[name] ?? {});
    return Object.hasOwn(objects, name) ? Response.json(objects[name]) : refusal(404, "not found")(asked);
  }];
}

const isList = ({ path, isWatch }: Asked) => path === COLLECTION && !isWatch;

/** What was written into the status of a resource, last. */
function statusOf(asked: readonly Asked[], name: string) {
  const written = asked.filter(({ method, path }) => method === "PATCH" && path === `${COLLECTION}/${name}/status`);
  const last = written.at(-1);
  return last && JSON.parse(last.body).status as {
    readonly userID?: string;
    readonly canonicalARN?: string;
    readonly conditions: readonly { readonly status: string; readonly reason: string; readonly message: string }[];
  };
}

Deno.test("resources on several pages are all in force, and followed from the last page on", async () => {
  const steps = [
    listOf([resource("admin", "5")], "7", "next"),
    listOf([viewer("6")], "7"),
    watched(event("ADDED", resource("late", "8", { role: "Late" }))),
  ];
  await onScript(withObjects(steps), SOURCE, async ({ maps, map, server, live }) => {
    await maps(session("Late"), "late");
    assert.deepEqual([await map(ADMIN), await map(VIEWER)], ["admin", "viewer"]);
    const [, second, watch] = server.asked.filter(({ path }) => path === COLLECTION);
    assert.equal(second?.query.get("continue"), "next");
    assert.equal(watch?.query.get("resourceVersion"), "7");
    assert.deepEqual(live.facts(), ["mapping CRD: 3 rules"]);
  });
});

for (
  const [what, steps] of [
    ["is deleted", [watched(event("DELETED", resource("admin", "8")))]],
    ["was deleted while the watch was away", [GONE, listOf([viewer("6")], "9"), OPEN]],
    ["was deleted while the watch was away, by an event of it", [
      watched(event("ERROR", { kind: "Status", code: 410, message: "too old" })),
      listOf([viewer("6")], "9"),
      OPEN,
    ]],
    ["is for another role by now", [
      watched(event("MODIFIED", resource("admin", "8", { role: "Other", generation: 2 }))),
    ]],
    ["was made for another role while the watch was away", [
      GONE,
      listOf([resource("admin", "8", { role: "Other", generation: 2 }), viewer("6")], "9"),
      OPEN,
    ]],
    ["was deleted and made anew for another role with the same generation", [
      watched(event("DELETED", resource("admin", "8")), event("ADDED", resource("admin", "9", { role: "Other" }))),
    ]],
    ["was made anew for another role with the same generation while an event was lost", [
      watched(event("ADDED", resource("admin", "9", { role: "Other" }))),
    ]],
  ] as ReadonlyArray<readonly [string, readonly Step[]]>
) {
  Deno.test(`a resource that ${what} lets nobody in any more`, async () => {
    const script = withObjects([listOf([resource("admin", "5"), viewer("6")], "7"), ...steps]);
    await onScript(script, SOURCE, async ({ maps, map }) => {
      await maps(ADMIN, "nobody");
      assert.equal(await map(VIEWER), "viewer");
    });
  });
}

for (
  const [what, change, want] of [
    ["what a resource says counts", { username: "boss", generation: 2 }, "boss"],
    ["its status alone, by its generation, is no change", { username: "boss" }, "admin"],
  ] as const
) {
  Deno.test(`a change of ${what}`, async () => {
    const steps = [
      listOf([resource("admin", "5")], "7"),
      watched(event("MODIFIED", resource("admin", "8", change)), event("ADDED", viewer("9"))),
    ];
    await onScript(withObjects(steps), SOURCE, async ({ maps, map }) => {
      await maps(VIEWER, "viewer");
      assert.equal(await map(ADMIN), want);
    });
  });
}

Deno.test("a resource without a generation counts with each change", async () => {
  const bare = (version: string, username: string) => {
    const { metadata, ...rest } = resource("admin", version, { username }) as { metadata: Record<string, unknown> };
    return { ...rest, metadata: { ...metadata, generation: undefined } };
  };
  const steps = [listOf([bare("5", "admin")], "7"), watched(event("MODIFIED", bare("8", "boss")))];
  await onScript(withObjects(steps), SOURCE, async ({ maps }) => await maps(ADMIN, "boss"));
});

Deno.test("the older of two resources decides, whatever comes later by a watch, until it is deleted", async () => {
  const steps = [
    listOf([resource("m1", "5")], "7"),
    watched(
      event("ADDED", resource("a0", "8", { at: "2026-11-20T10:00:01Z" })),
      event("ADDED", resource("viewer", "9", { role: "Viewer" })),
    ),
  ];
  await onScript(withObjects(steps), SOURCE, async ({ maps, map, log }) => {
    await maps(VIEWER, "viewer");
    assert.equal(await map(ADMIN), "m1");
    assert.match(log(), /resource=a0 severity=warning/);
  });
  const deleted = [
    ...steps.slice(0, 1),
    watched(
      event("ADDED", resource("a0", "8", { at: "2026-11-20T10:00:01Z" })),
      event("DELETED", resource("m1", "9")),
    ),
  ];
  await onScript(withObjects(deleted), SOURCE, async ({ maps }) => await maps(ADMIN, "a0"));
});

Deno.test("a resource that becomes invalid keeps its last good rule, over a new list too, and is told", async () => {
  const bad = (version: string) => resource("admin", version, { username: "{{Foo}}", generation: 2 });
  const steps = [
    listOf([resource("admin", "5")], "7"),
    watched(event("MODIFIED", bad("8")), event("ERROR", { kind: "Status", code: 410, message: "too old" })),
    listOf([bad("8"), viewer("9")], "9"),
    OPEN,
  ];
  await onScript(withObjects(steps), SOURCE, async ({ maps, map, live, log }) => {
    await maps(VIEWER, "viewer");
    assert.equal(await map(ADMIN), "admin");
    assert.match(log(), /resource=admin severity=invalid/);
    assert.equal(live.source.problems().filter(({ severity }) => severity === "invalid").length, 1);
  });
});

for (
  const [what, step, says] of [
    ["are forbidden", refusal(403, "no"), /forbidden: no; grant the verb "list" on "iamidentitymappings"/],
    ["are refused", refusal(500, "ill"), /answers 500: ill/],
    ["come as half a list", pieces(['{"items":['], "end"), /not JSON/],
  ] as const
) {
  Deno.test(`resources that ${what} at the start map nobody in and deny nobody, and that is told and counted`, async () => {
    await onScript(withObjects([step]), SOURCE, async ({ live, map, log, metrics }) => {
      await waitFor("the trouble", () => log().includes("custom resources not watched"));
      assert.equal(await map(ADMIN), "ERR_MAPPINGS_NOT_READY");
      assert.match(live.warnings().join(), says);
      assert.match(live.warnings().join(), /answered with 503/);
      assert.deepEqual(live.facts(), []);
      assert.match(await metrics(), /ram_auth_crd_watch_failures_total [1-9]/);
    });
  });
}

Deno.test("a kind that is not installed has no resources, which is no failure; once it is, they count", async () => {
  const steps = [
    refusal(404, "no such kind"),
    refusal(404, "no such kind"),
    listOf([resource("admin", "5")], "7"),
    OPEN,
  ];
  await onScript(withObjects(steps.slice(0, 1)), SOURCE, async ({ maps, live, log, metrics, server }) => {
    await maps(ADMIN, "nobody");
    await waitFor("another try", () => server.asked.filter(isList).length >= 2);
    assert.match(live.warnings().join(), /iamidentitymappings\S* are not installed, so there are none/);
    assert.equal(log().match(/custom resources are not installed/g)?.length, 1);
    assert.doesNotMatch(log(), /not watched/);
    assert.match(await metrics(), /ram_auth_crd_watch_failures_total 0/);
  });
  await onScript(withObjects(steps), SOURCE, async ({ maps, live }) => {
    await maps(ADMIN, "admin");
    assert.deepEqual(live.warnings(), []);
  });
});

/** What an API server answers for a kind that it does not know, and what else may answer in its place. */
const NO_SUCH_PATH: Step = () => new Response("404 page not found\n", { status: 404 });
const DEFAULT_BACKEND: Step = () => new Response("<h1>Not Found</h1>", { status: 404 });

for (
  const [what, step, isGoneInTheEnd] of [
    ["a Status", refusal(404, "no such kind"), true],
    ["the words for a path that is not known", NO_SUCH_PATH, true],
    ["the page of a load balancer", DEFAULT_BACKEND, false],
  ] as const
) {
  Deno.test(`resources of a kind that was read stay in force when it is not found, by ${what}, until that has lasted`, async () => {
    let nowMs = 1_000_000;
    const steps = [listOf([resource("admin", "5")], "7"), GONE, step];
    const options = { ...SOURCE, elapsedMs: () => nowMs };
    await onScript(withObjects(steps), options, async ({ maps, map, server, live, metrics, log }) => {
      await maps(ADMIN, "admin");
      const lists = () => server.asked.filter(isList).length;
      const asked = lists();
      await waitFor("three more lists", () => lists() >= asked + 3);
      assert.equal(await map(ADMIN), "admin");
      assert.match(live.warnings().join(), /answers 404.*what was read before stays in force/);
      assert.match(await metrics(), /ram_auth_crd_watch_failures_total [1-9]/);
      nowMs += 59_000;
      const before = lists();
      await waitFor("another list", () => lists() >= before + 2);
      assert.equal(await map(ADMIN), "admin");
      nowMs += 1_000;
      if (isGoneInTheEnd) {
        await maps(ADMIN, "nobody");
        assert.match(log(), /custom resources are not installed/);
      } else {
        const late = lists();
        await waitFor("another list", () => lists() >= late + 2);
        assert.equal(await map(ADMIN), "admin");
      }
    });
  });
}

Deno.test("a kind that is found again in between has not been absent for long", async () => {
  let nowMs = 1_000_000;
  const gone = refusal(404, "no such kind");
  const there = listOf([resource("admin", "5")], "7");
  const steps = [there, GONE, gone, there, GONE, gone];
  const options = { ...SOURCE, elapsedMs: () => nowMs };
  await onScript(withObjects(steps), options, async ({ maps, map, server }) => {
    await maps(ADMIN, "admin");
    const lists = () => server.asked.filter(isList).length;
    await waitFor("the first absence", () => lists() >= 2);
    nowMs += 59_000;
    await waitFor("the second absence", () => lists() >= 5);
    nowMs += 59_000;
    await waitFor("one more list", () => lists() >= 7);
    assert.equal(await map(ADMIN), "admin");
  });
});

Deno.test("where something in the API server's place says that the kind is not found, nobody is denied at the start", async () => {
  await onScript(withObjects([DEFAULT_BACKEND]), SOURCE, async ({ live, map, server }) => {
    await waitFor("two lists", () => server.asked.filter(isList).length >= 2);
    assert.equal(await map(ADMIN), "ERR_MAPPINGS_NOT_READY");
    assert.match(live.warnings().join(), /answers 404.*answered with 503/);
  });
});

Deno.test("an identity is looked for among the resources of its own cloud, once those are read", async () => {
  const reading = Promise.withResolvers<Response>();
  const alibaba = inOrder([() => reading.promise, OPEN]);
  const aws = inOrder([listOf([resource("admin", "5")], "7"), OPEN]);
  const steps: Step[] = [(asked) => asked.path.includes("k8s.aws") ? aws(asked) : alibaba(asked)];
  const both = { ...SOURCE, cloudIds: ["alibaba", "aws"] } as const;
  await onScript(steps, both, async ({ maps, map, live }) => {
    await maps(ADMIN, "admin");
    const arn = "acs:ram::1234567890123456:role/Admin";
    const other: Identity = { ...ADMIN, cloud: "alibaba", arn, canonicalArn: arn, accountId: "1234567890123456" };
    assert.equal(await map(other), "ERR_MAPPINGS_NOT_READY");
    assert.deepEqual(live.facts(), []);
    reading.resolve(Response.json({ metadata: { resourceVersion: "7" }, items: [] }));
    await maps(other, "nobody");
    assert.deepEqual(live.facts(), ["mapping CRD: 1 rules"]);
  });
});

Deno.test("S-8: what is reserved for resources is refused, and what they are allowed is given", async () => {
  const nothing = { usernamePrefixes: [], groupPrefixes: [], allowsSystemNames: false, allowsAdminGroups: false };
  const masters = resource("admin", "5", { groups: ["system:masters"] });
  for (
    const [reservation, want] of [
      [nothing, "ERR_MAPPING_REFUSED"],
      [{ ...nothing, allowsSystemNames: true }, "admin"],
      [{ ...nothing, allowsSystemNames: true, usernamePrefixes: ["adm"] }, "ERR_MAPPING_REFUSED"],
    ] as const
  ) {
    const options = { ...SOURCE, reserved: new Map([["CRD", reservation]] as const) };
    await onScript(withObjects([listOf([masters], "7"), OPEN]), options, async ({ maps }) => await maps(ADMIN, want));
  }
});

Deno.test("the status says what became of each resource: in force, invalid, behind another, or without effect", async () => {
  const objects = {
    admin: resource("admin", "5"),
    bad: resource("bad", "5", { role: "Bad", username: "{{Foo}}" }),
    late: resource("late", "5", { at: "2026-11-20T10:00:01Z" }),
    system: resource("system", "5", { role: "System", groups: ["system:masters"] }),
  };
  await onScript(withObjects([listOf(Object.values(objects), "7"), OPEN], objects), SOURCE, async ({ server }) => {
    const said = (name: string) => {
      const [ready] = statusOf(server.asked, name)?.conditions ?? [];
      return ready && `${ready.status} ${ready.reason}`;
    };
    for (
      const [name, want] of [
        ["admin", "True InForce"],
        ["bad", "False Invalid"],
        ["late", "False HasNoEffect"],
        ["system", "False HasNoEffect"],
      ] as const
    ) await waitFor(`the status of ${name} to be "${want}"`, () => said(name) === want);
    assert.equal(statusOf(server.asked, "admin")?.canonicalARN, `${ARN}Admin`.toLowerCase());
    const [patch] = server.asked.filter(({ method }) => method === "PATCH");
    assert.equal(patch?.query.get("fieldManager"), "ram-auth");
    assert.match(JSON.parse(patch!.body).metadata.uid, /^uid-of-/);
  });
});

Deno.test("a status that is right is not written, nor one of a resource that is gone", async () => {
  const status = {
    canonicalARN: `${ARN}Admin`.toLowerCase(),
    conditions: [{
      type: "Ready",
      status: "True",
      observedGeneration: 1,
      lastTransitionTime: "2026-11-20T10:00:00Z",
      reason: "InForce",
      message: "",
    }],
  };
  const objects = { admin: resource("admin", "5", { status }), viewer: viewer("6") };
  const listed = [...Object.values(objects), resource("gone", "5", { role: "Gone" })];
  await onScript(withObjects([listOf(listed, "7"), OPEN], objects), SOURCE, async ({ server }) => {
    await waitFor("the other status", () => statusOf(server.asked, "viewer"));
    await waitFor("the look at what is gone", () => server.asked.some(({ path }) => path === `${COLLECTION}/gone`));
    assert.equal(server.asked.some(({ path }) => path.startsWith(`${COLLECTION}/admin`)), false);
    assert.equal(statusOf(server.asked, "gone"), undefined);
  });
});

Deno.test("a login writes the id of whom the rule names, and none by a glob", async () => {
  const objects = {
    admin: resource("admin", "5"),
    any: resource("any", "5", { role: "V*", at: "2026-11-21T10:00:00Z" }),
  };
  await onScript(
    withObjects([listOf(Object.values(objects), "7"), OPEN], objects),
    SOURCE,
    async ({ maps, server }) => {
      await maps(VIEWER, "any");
      await maps(ADMIN, "admin");
      await waitFor("the id", () => statusOf(server.asked, "admin")?.userID === "AROAEXAMPLE1");
      await waitFor("the other status", () => statusOf(server.asked, "any"));
      assert.equal(statusOf(server.asked, "any")?.userID, undefined);
    },
  );
});

Deno.test("the resource that comes into force when another is deleted has its status written anew", async () => {
  const late = resource("late", "5", { at: "2026-11-20T10:00:01Z" });
  const deletion = Promise.withResolvers<void>();
  const steps: Step[] = [
    listOf([resource("admin", "5"), late], "7"),
    async (asked) => {
      await deletion.promise;
      return await watched(event("DELETED", resource("admin", "8")))(asked);
    },
  ];
  await onScript(withObjects(steps, { late }), SOURCE, async ({ server }) => {
    const said = () => statusOf(server.asked, "late")?.conditions[0]?.reason;
    await waitFor("the obstacle to be written", () => said() === "HasNoEffect");
    deletion.resolve();
    await waitFor("its end to be written", () => said() === "InForce");
  });
});
