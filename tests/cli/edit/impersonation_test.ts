import assert from "node:assert/strict";
import { addition } from "../../../lib/cli/edit/add.ts";
import { editConfigMap } from "../../../lib/cli/edit/agreed_edit.ts";
import { assertMayImpersonate, type GivenNames } from "../../../lib/cli/edit/impersonation.ts";
import { removal } from "../../../lib/cli/edit/remove.ts";
import { KubeError } from "../../../lib/kube/kube_error.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { refusal, Store } from "./config_map_store.ts";

const ARN = "arn:aws:iam::123456789012:role/Dev";
const MAP_ROLES = `- rolearn: ${ARN}\n  username: dev\n`;

/** Somebody who may impersonate these: `groups viewers`. */
function storeOf(...rights: readonly string[]): Store {
  const store = new Store();
  store.mayImpersonate = (resource, name) => rights.includes(`${resource} ${name}`);
  return store;
}

async function asked(store: Store, names: GivenNames): Promise<void> {
  await assertMayImpersonate(await store.connect(), names, fakeWorld());
}

for (
  const [what, username, groups, rights] of [
    ["itself", "dev", ["viewers"], ["users dev", "groups viewers"]],
    ["itself, with braces that are no placeholder", "a}{:b", [], ["users a}{:b"]],
    ["its pattern", "dev:alice", ["dev:viewers"], ["users dev:*", "groups dev:*"]],
    ["its pattern, filled", "dev:{{SessionName}}", ["dev:x-{{AccountID}}"], ["users dev:*", "groups dev:*"]],
    ["its pattern, of one segment", "a:b:c", [], ["users a:b:*"]],
    ["every name of its kind", "{{SessionName}}", ["any"], ["users *", "groups *"]],
    ["every name of one kind", "dev", ["any", "other"], ["users dev", "groups *"]],
  ] as const
) {
  Deno.test(`ram-auth add gives a name to whoever may impersonate ${what}`, async () => {
    await asked(storeOf(...rights), { username, groups });
    for (const missing of rights) {
      const others = rights.filter((right) => right !== missing);
      await assert.rejects(asked(storeOf(...others), { username, groups }), { code: "ERR_IMPERSONATION" });
    }
  });
}

for (
  const [what, username, groups, rights] of [
    ["another letter case", "Dev", [], ["users dev"]],
    ["the same name of the other kind", "dev", ["viewers"], ["users viewers", "groups dev", "users dev"]],
    ["a pattern of fewer segments", "a:b:c", [], ["users a:*", "users a:b"]],
    ["a pattern that ends within a segment", "dev:x-{{SessionName}}", [], ["users dev:x-*", "users dev:x-"]],
    ["the text of a template", "dev:{{SessionName}}", [], ["users dev:{{SessionName}}", "users dev:"]],
    ["a pattern before more segments", "dev:{{SessionName}}:root", [], ["users dev:*", "users dev:{{SessionName}}:*"]],
    ["a pattern, where the end looks like something else", "dev:\u0430lice", [], ["users dev:*"]],
    ["a pattern, where the end has a space", "dev:a b", [], ["users dev:*"]],
    ["a pattern with braces", "a{:b", [], ["users a{:*"]],
    ["a pattern of no text", "alice", [], ["users :*", "users alice*"]],
  ] as const
) {
  Deno.test(`ram-auth add is not satisfied with ${what}`, async () => {
    await assert.rejects(asked(storeOf(...rights), { username, groups }), { code: "ERR_IMPERSONATION" });
  });
}

Deno.test("ram-auth add asks two questions of whoever may impersonate everybody, for any number of groups", async () => {
  const store = new Store();
  await asked(store, { username: "root", groups: Array.from({ length: 256 }, (_, n) => `group-${n}`) });
  assert.deepEqual(store.reviews, ["users *", "groups *"]);
});

Deno.test("ram-auth add asks at most 16 questions at once, and none twice", async () => {
  const groups = Array.from({ length: 256 }, (_, n) => `dev:group-${n % 128}`);
  const store = storeOf("users dev", "groups dev:*");
  await asked(store, { username: "dev", groups });
  assert.equal(store.mostAtOnce, 16);
  assert.equal(new Set(store.reviews).size, 2 + 1 + 128 + 1);
});

Deno.test("ram-auth add names what is missing, the first five, and what to do", async () => {
  const groups = ["viewers", "system:masters", ...Array.from({ length: 5 }, (_, n) => `g${n}`)];
  await assert.rejects(asked(storeOf("groups viewers"), { username: "\u0430:{{AccountID}}", groups }), {
    message: 'Cannot map anybody to user "\u0430:{{AccountID}}" (needs users "\u0430:*" or "*"), ' +
      'group "system:masters" (needs groups "system:masters" or "system:*" or "*"), ' +
      ["g0", "g1", "g2"].map((name) => `group "${name}" (needs groups "${name}" or "*")`).join(", ") +
      ' and 2 more at "https://192.0.2.1:6443": you may not impersonate them, and so may not give them to others; ask for ' +
      'the verb "impersonate" on these names, or have somebody add the entry who has it',
  });
});

for (const [prompt, dryRun] of [[false, false], [false, true], [true, false]] as const) {
  Deno.test(`ram-auth add refuses before it shows or writes anything: prompt ${prompt}, dry run ${dryRun}`, async () => {
    const store = storeOf("users dev");
    const readable = ReadableStream.from([new TextEncoder().encode("y\n")]);
    const world = { ...fakeWorld(), stdin: { readable, isTerminal: true } };
    const edit = await addition("role", { section: "mapRoles", arn: ARN, username: "dev", groups: ["admins"] });
    await assert.rejects(editConfigMap(world, edit, { prompt, dryRun, connect: store.connect }), {
      code: "ERR_IMPERSONATION",
    });
    assert.deepEqual([world.out(), world.err(), store.data.size, store.closed], ["", "", 0, 1]);
  });
}

Deno.test("ram-auth add that has nothing to do, and ram-auth remove, ask for no right to impersonate", async () => {
  const store = storeOf();
  store.data.set("aws-auth", { mapRoles: MAP_ROLES });
  const options = { prompt: false, dryRun: false, connect: store.connect };
  const entry = { section: "mapRoles", arn: ARN, username: "dev", groups: [] } as const;
  assert.equal(await editConfigMap(fakeWorld(), await addition("role", entry), options), 0);
  assert.equal(await editConfigMap(fakeWorld(), await removal("role", ARN), options), 0);
  assert.deepEqual(store.reviews, []);
});

for (
  const [what, answer] of [
    ["an error", () => refusal(500, "InternalError")],
    ["that it knows no reviews", () => refusal(404, "NotFound")],
    ["what is no JSON", () => new Response("<html>", { status: 201 })],
    ["without a decision", () => Response.json({ status: {} }, { status: 201 })],
    ["a decision that is no boolean", () => Response.json({ status: { allowed: "true" } }, { status: 201 })],
    ["without an end", () => new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(65_536)) }))],
    ["that one may not ask", () => {
      throw new KubeError("it is forbidden", { status: 403 });
    }],
  ] as const
) {
  Deno.test(`ram-auth add writes nothing where the API server answers ${what}`, async () => {
    const store = new Store();
    store.insteadOfReview = answer;
    const edit = await addition("role", { section: "mapRoles", arn: ARN, username: "dev", groups: [] });
    const options = { prompt: false, dryRun: false, connect: store.connect };
    await assert.rejects(editConfigMap(fakeWorld(), edit, options), { code: "ERR_KUBE" });
    assert.deepEqual([store.data.size, store.closed], [0, 1]);
  });
}
