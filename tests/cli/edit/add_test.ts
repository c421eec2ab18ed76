import assert from "node:assert/strict";
import { addition } from "../../../lib/cli/edit/add.ts";
import { type Edit, editConfigMap } from "../../../lib/cli/edit/agreed_edit.ts";
import { removal } from "../../../lib/cli/edit/remove.ts";
import { run } from "../../../lib/cli/run.ts";
import { sayWhenSlow } from "../../../lib/cli/terminal.ts";
import { unifiedDiff } from "../../../lib/cli/unified_diff.ts";
import type { NewEntry } from "../../../lib/mapping/forms/section_edit.ts";
import { fakeWorld, withFile } from "../../config/fake_world.ts";
import { refusal, Store } from "./config_map_store.ts";

const DEV: NewEntry = {
  section: "mapRoles",
  arn: "arn:aws:iam::123456789012:role/Dev",
  username: "dev",
  groups: ["developers"],
};

const OPS = "# ops\n- rolearn: arn:aws:iam::123456789012:role/Ops\n  username: ops\n";
const OPS_AND_DEV = `${OPS}- rolearn: ${DEV.arn}\n  username: dev\n  groups:\n  - developers\n`;

interface Answers {
  readonly answer?: string;
  readonly prompt?: boolean;
  readonly dryRun?: boolean;
}

async function edit(store: Store, change: Promise<Edit>, { answer, prompt = false, dryRun = false }: Answers = {}) {
  const readable = ReadableStream.from([new TextEncoder().encode(answer ?? "")]);
  const world = { ...fakeWorld(), stdin: { readable, isTerminal: answer !== undefined } };
  const code = await editConfigMap(world, await change, { prompt, dryRun, connect: store.connect });
  assert.equal(store.closed, 1);
  return { code, out: world.out(), err: world.err() };
}

Deno.test("ram-auth add role adds to the section of its cloud's ConfigMap, and leaves all else", async () => {
  const store = new Store({ "aws-auth": { mapRoles: OPS, mapUsers: "# none\n", other: "x" } });
  const { code, out, err } = await edit(store, addition("role", DEV));
  assert.deepEqual({ code, out, err }, {
    code: 0,
    out: `added role ${DEV.arn} to kube-system/aws-auth\n`,
    err: "",
  });
  assert.deepEqual(store.data.get("aws-auth"), { mapRoles: OPS_AND_DEV, mapUsers: "# none\n", other: "x" });
});

Deno.test("ram-auth add user makes the ConfigMap where there is none", async () => {
  const store = new Store();
  const arn = "acs:ram::1234567890123456:user/alice";
  await edit(store, addition("user", { section: "mapUsers", arn, username: "alice", groups: [] }));
  const mapUsers = `- userarn: ${arn}\n  username: alice\n`;
  assert.deepEqual([...store.data], [["alibabacloud-auth", { mapUsers }]]);
  assert.deepEqual(store.requests, [
    "GET /api/v1/namespaces/kube-system/configmaps/alibabacloud-auth",
    "POST /api/v1/namespaces/kube-system/configmaps?fieldManager=ram-auth",
  ]);
});

for (
  const [what, existing, code, says] of [
    ["says so and does nothing where the entry is there", OPS_AND_DEV, 0, /^nothing to do: .* line 4 of mapRoles\n$/],
    [
      "refuses an ARN that is mapped to something else, and shows the entry",
      `- rolearn: ${DEV.arn.toUpperCase()}\n  username: "\u202e\\u001b"\n`,
      1,
      /maps it already, at line 1 of mapRoles; change that entry, or remove .*\n {2}- rolearn: ARN:.*\n.*\\u\{202e\}/,
    ],
  ] as const
) {
  Deno.test(`ram-auth add role ${what}`, async () => {
    const store = new Store({ "aws-auth": { mapRoles: existing } });
    const result = await edit(store, addition("role", DEV));
    assert.equal(result.code, code);
    assert.match(code === 0 ? result.out : result.err, says);
    assert.equal(code === 0 ? result.err : result.out, "");
    assert.equal(store.requests.length, 1);
  });
}

Deno.test("ram-auth remove role takes out the entry, and refuses one that is not there", async () => {
  const store = new Store({ "aws-auth": { mapRoles: OPS_AND_DEV } });
  const removed = await edit(store, removal("role", DEV.arn));
  assert.deepEqual(removed, { code: 0, out: `removed role ${DEV.arn} from kube-system/aws-auth\n`, err: "" });
  assert.deepEqual(store.data.get("aws-auth"), { mapRoles: OPS });
  store.closed = 0;
  const again = await edit(store, removal("role", DEV.arn));
  assert.deepEqual([again.code, again.out], [1, ""]);
  assert.match(again.err, /mapRoles of kube-system\/aws-auth has no entry of it/);
});

const DIFF = `--- kube-system/aws-auth data.mapRoles
+++ kube-system/aws-auth data.mapRoles
@@ -1,3 +1,7 @@
 # ops
 - rolearn: arn:aws:iam::123456789012:role/Ops
   username: ops
+- rolearn: arn:aws:iam::123456789012:role/Dev
+  username: dev
+  groups:
+  - developers
`;

for (const answer of ["y\n", "Yes\n", "YES"]) {
  Deno.test(`ram-auth add shows the change, asks, and writes on ${JSON.stringify(answer)}`, async () => {
    const store = new Store({ "aws-auth": { mapRoles: OPS } });
    const { code, err } = await edit(store, addition("role", DEV), { prompt: true, answer });
    assert.deepEqual({ code, err }, { code: 0, err: `${DIFF}Write this to kube-system/aws-auth? [y/N] ` });
    assert.equal(store.data.get("aws-auth")?.mapRoles, OPS_AND_DEV);
  });
}

for (const answer of ["", "\n", "n\n", "yess\n", "no\ny\n"]) {
  Deno.test(`ram-auth add writes nothing on ${JSON.stringify(answer)}`, async () => {
    const store = new Store({ "aws-auth": { mapRoles: OPS } });
    const { code, out, err } = await edit(store, addition("role", DEV), { prompt: true, answer });
    assert.deepEqual({ code, out }, { code: 1, out: "" });
    assert.match(err, /nothing was written\n$/);
    assert.equal(store.requests.length, 1);
  });
}

Deno.test("ram-auth add that must ask where nobody can answer asks the API server nothing either", async () => {
  const store = new Store();
  const { section, cloud, change } = await addition("role", DEV);
  const world = { ...fakeWorld(), stdin: { readable: ReadableStream.from([]), isTerminal: false } };
  await assert.rejects(
    editConfigMap(world, { section, cloud, change }, { prompt: true, dryRun: false, connect: store.connect }),
    { code: "ERR_USAGE" },
  );
  assert.deepEqual(store.requests, []);
});

Deno.test("ram-auth add --dry-run prints the change, without a question, and writes nothing", async () => {
  const store = new Store({ "aws-auth": { mapRoles: OPS } });
  const result = await edit(store, addition("role", DEV), { prompt: true, dryRun: true });
  assert.deepEqual(result, { code: 0, out: DIFF, err: "" });
  assert.equal(store.requests.length, 1);
});

Deno.test("ram-auth add warns of an entry that does not do what it says", async () => {
  const entry = { ...DEV, arn: "arn:aws:iam::123456789012:role/team/Dev", groups: ["system:masters"] };
  const { code, err } = await edit(new Store(), addition("role", entry));
  assert.equal(code, 0);
  assert.match(err, /^ram-auth: warning: .*without its path.*\nram-auth: warning: .*EKSConfigMap may not give.*\n$/);
});

Deno.test("ram-auth add adds to what somebody else wrote meanwhile", async () => {
  const store = new Store({ "aws-auth": { mapRoles: OPS } });
  store.meanwhile = (data) => {
    store.meanwhile = undefined;
    return { ...data, mapRoles: `${data.mapRoles}# added meanwhile\n` };
  };
  assert.equal((await edit(store, addition("role", DEV))).code, 0);
  const mapRoles = OPS_AND_DEV.replace("- rolearn: arn:aws:iam::123456789012:role/Dev", "# added meanwhile\n$&");
  assert.deepEqual(store.data.get("aws-auth"), { mapRoles });
});

Deno.test("ram-auth add asks once, though it must write twice", async () => {
  const store = new Store({ "aws-auth": { mapRoles: OPS } });
  store.meanwhile = (data) => {
    store.meanwhile = undefined;
    return { ...data, other: "x" };
  };
  const { code, err } = await edit(store, addition("role", DEV), { prompt: true, answer: "y\n" });
  assert.deepEqual({ code, questions: err.split("[y/N]").length - 1 }, { code: 0, questions: 1 });
  assert.deepEqual(store.data.get("aws-auth"), { mapRoles: OPS_AND_DEV, other: "x" });
});

for (const existing of [{}, { "aws-auth": {} }]) {
  Deno.test(`ram-auth add gives up where others always write first, ${JSON.stringify(existing)}`, async () => {
    const store = new Store(existing);
    store.meanwhile = (data) => ({ ...data, other: `${data.other}x` });
    await assert.rejects(edit(store, addition("role", DEV)), { code: "ERR_CONFIG_MAP_EDIT" });
    assert.equal(store.requests.length, 10);
    assert.equal(store.data.get("aws-auth")?.mapRoles, undefined);
  });
}

Deno.test("ram-auth add refuses a section that does not parse, with line and column, and writes nothing", async () => {
  const store = new Store({ "aws-auth": { mapRoles: "- rolearn: a\n\tusername: a\n" } });
  await assert.rejects(edit(store, addition("role", DEV)), (error: Error & { code?: string }) => {
    assert.equal(error.code, "ERR_CONFIG_MAP_EDIT");
    assert.match(error.message, /data\.mapRoles of kube-system\/aws-auth: it does not parse: 2:1: /);
    return true;
  });
  assert.equal(store.requests.length, 1);
});

for (
  const [what, answer] of [
    ["an error", () => refusal(500, "InternalError")],
    ["what is no JSON", () => new Response("<html>")],
    ["what is no ConfigMap", () => Response.json({ metadata: {} })],
    ["data that is no text", () => Response.json({ metadata: { resourceVersion: "1" }, data: { mapRoles: 1 } })],
    ["without an end", () => new Response(new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(65_536)) }))],
  ] as const
) {
  Deno.test(`ram-auth add stops at an API server that answers ${what}`, async () => {
    const store = new Store();
    store.instead = answer;
    await assert.rejects(edit(store, addition("role", DEV)), { code: "ERR_KUBE" });
    assert.equal(store.requests.length, 1);
  });
}

for (
  const [what, args, says] of [
    [
      "an ARN of no cloud",
      ["add", "user", "--userarn", "alice", "--username", "a"],
      /it is not an ARN of Alibaba Cloud or AWS/,
    ],
    [
      "an ARN of no cloud, to remove",
      ["remove", "user", "--userarn", "alice"],
      /it is not an ARN of Alibaba Cloud or AWS/,
    ],
    [
      "a role as a user",
      ["add", "user", "--userarn", "arn:aws:iam::123456789012:role/a", "--username", "a"],
      /is the ARN of a role/,
    ],
    [
      "an unknown placeholder and an unknown account",
      ["add", "role", "--rolearn", "arn:aws:iam::*:role/a", "--username", "{{Sesion}}"],
      /12 digits.*; .*no placeholder/,
    ],
    ["no username", ["add", "role", "--rolearn", "arn:aws:iam::123456789012:role/a"], /give --username/],
    ["no ARN", ["remove", "role"], /give --rolearn/],
    ["a username to remove", ["remove", "role", "--username", "a"], /no such flag/],
    [
      "no terminal and no --prompt=false",
      ["add", "role", "--rolearn", "arn:aws:iam::123456789012:role/a", "--username", "a"],
      /not a terminal; give --prompt=false/,
    ],
  ] as const
) {
  Deno.test(`ram-auth add and remove refuse ${what}`, async () => {
    const world = { ...fakeWorld(), stdin: { readable: ReadableStream.from([]), isTerminal: false } };
    assert.equal(await run(args, world), 2);
    assert.match(world.err(), says);
    assert.equal(world.out(), "");
  });
}

Deno.test("ram-auth add uses the kubeconfig that kubectl would", async () => {
  const serving = (port: number) =>
    JSON.stringify({
      clusters: [{ name: "a", cluster: { server: `https://127.0.0.1:${port}` } }],
      users: [{ name: "a", user: { token: "made-up" } }],
      contexts: [1, 2].map((n) => ({ name: `c${n}`, context: { cluster: "a", user: "a" } })),
      "current-context": "c1",
    });
  await withFile(serving(11), async (path) => {
    const home = await Deno.makeTempDir();
    try {
      const asked = async (environment: Record<string, string>, ...more: string[]) => {
        const urls: string[] = [];
        const fetch = (url: URL | RequestInfo) => {
          urls.push(String(url));
          return Promise.reject(new TypeError("no network"));
        };
        const world = { ...fakeWorld({ HOME: home, ...environment }), fetch };
        const args = ["add", "role", "--rolearn", DEV.arn, "--username", "dev", "--prompt=false", ...more];
        assert.notEqual(await run(args, world), 0);
        return urls[0] === undefined ? world.err() : new URL(urls[0]).port;
      };
      assert.match(await asked({}), /no kubeconfig is named/);
      await Deno.mkdir(`${home}/.kube`);
      await Deno.writeTextFile(`${home}/.kube/config`, serving(22));
      assert.equal(await asked({}), "22");
      assert.equal(await asked({ KUBECONFIG: path }), "11");
      assert.equal(await asked({ KUBECONFIG: `${home}/none:${path}:` }), "11");
      assert.match(await asked({ KUBECONFIG: `${home}/.kube/config:${path}` }), /choose one with --kubeconfig/);
      assert.equal(await asked({ KUBECONFIG: path }, "--kubeconfig", `${home}/.kube/config`), "22");
      assert.equal(await asked({ KUBECONFIG: path }, "--master-url", "https://127.0.0.1:33"), "33");
      assert.equal(await asked({ KUBECONFIG: path }, "--kubeconfig-context", "c2"), "11");
      assert.match(await asked({ KUBECONFIG: path }, "--kubeconfig-context", "c3"), /"c3"/);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  });
});

for (
  const [what, before, after, want] of [
    [
      "in the middle",
      "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
      "1\n2\n3\n4\n6\n7\n8\n9\n",
      "@@ -2,7 +2,6 @@\n 2\n 3\n 4\n-5\n 6\n 7\n 8\n",
    ],
    [
      "in two places, far from each other",
      "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
      "2\n3\n4\n5\n6\n7\n8\n9\nx",
      "@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n@@ -7,3 +6,4 @@\n 7\n 8\n 9\n+x\n",
    ],
    ["to nothing", "", "a\n", "@@ -0,0 +1,1 @@\n+a\n"],
    ["to all", "a\r\n", "", "@@ -1,1 +0,0 @@\n-a\n"],
    ["that repeats a line", "a\na\n", "a\na\na\n", "@@ -1,2 +1,3 @@\n a\n a\n+a\n"],
    ["with what a terminal obeys", "", "\u001b[2J\u202e\u00e4\t\n", "@@ -0,0 +1,1 @@\n+\\u{1b}[2J\\u{202e}\u00e4\t\n"],
  ] as const
) {
  Deno.test(`unifiedDiff() shows a change ${what}`, () => {
    assert.equal(unifiedDiff("t", before, after), `--- t\n+++ t\n${want}`);
  });
}

Deno.test("sayWhenSlow() speaks to a person who waits, and to nobody else", async () => {
  for (const isTerminal of [true, false]) {
    const world = fakeWorld({}, { isTerminal });
    const slow = Promise.withResolvers<void>();
    setTimeout(slow.resolve, 20);
    await sayWhenSlow(world, { what: "waiting", patienceMs: 0 }, () => slow.promise);
    await sayWhenSlow(world, { what: "not said", patienceMs: 60_000 }, () => Promise.resolve());
    assert.equal(world.err(), isTerminal ? "ram-auth: waiting ...\n" : "");
  }
});
