import assert from "node:assert/strict";
import { run } from "../../../lib/cli/run.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { makeLoopbackCertificate } from "../../emulator/loopback_certificate.ts";
import { KUBECONFIGS, SECRET_KEY, SECRET_TOKEN } from "../../support/kubeconfigs.ts";
import { testNeeding } from "../../support/needs.ts";
import { type Kubeconfig, makeHome, type Named } from "./home.ts";

const ID = ["-i", "my-cluster"];
const SERVER = ["--server", "https://192.0.2.7:6443"];
const USER = (...args: string[]) => ({
  name: "my-cluster",
  user: {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "ram-auth",
      args: ["token", "-i", "my-cluster", ...args],
      interactiveMode: "IfAvailable",
      provideClusterInfo: false,
      installHint: "Install ram-auth and put it on the PATH, as its docs/install.md says.",
    },
  },
});

Deno.test("ram-auth kubeconfig makes a kubeconfig for its owner alone, with a cluster and a context", async () => {
  await using home = await makeHome();
  const { caPem } = await makeLoopbackCertificate();
  await Deno.writeTextFile(`${home.path}/ca.crt`, caPem);
  const { code, out, err } = await home.run([...ID, ...SERVER, "--certificate-authority", `${home.path}/ca.crt`]);
  assert.deepEqual({ code, out, err }, {
    code: 0,
    out: `wrote user "my-cluster", context "my-cluster" and cluster "my-cluster" to ${home.kubeconfig}\n` +
      'context "my-cluster" is the current one\ntry: kubectl auth whoami\n',
    err: "",
  });
  assert.deepEqual(await home.plain(), {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{
      name: "my-cluster",
      cluster: { server: SERVER[1], "certificate-authority-data": btoa(caPem) },
    }],
    users: [USER()],
    contexts: [{ name: "my-cluster", context: { cluster: "my-cluster", user: "my-cluster" } }],
    "current-context": "my-cluster",
  });
  assert.equal((await Deno.stat(home.kubeconfig)).mode! & 0o777, 0o600);
  assert.equal((await Deno.stat(`${home.path}/.kube`)).mode! & 0o777, 0o700);
  assert.deepEqual([...Deno.readDirSync(`${home.path}/.kube`)].map(({ name }) => name), ["config"]);
});

Deno.test("ram-auth kubeconfig without a cluster writes the user alone, and says what a context needs", async () => {
  await using home = await makeHome(KUBECONFIGS["of kubectl"]);
  const { code, out, err } = await home.run(ID);
  assert.deepEqual([code, out], [
    0,
    `wrote user "my-cluster" to ${home.kubeconfig}\ntry: kubectl --user=my-cluster auth whoami\n`,
  ]);
  assert.match(err, /^ram-auth: notice: no context is written.*--cluster-name with one of: "kubernetes"\n$/);
  const { contexts, ...rest } = await home.plain();
  assert.deepEqual(contexts.map(({ name }) => name), ["kubernetes-admin@kubernetes"]);
  assert.equal(rest["current-context"], "kubernetes-admin@kubernetes");
});

for (const [what, text] of Object.entries(KUBECONFIGS)) {
  Deno.test(`ram-auth kubeconfig keeps every other line of a kubeconfig ${what}`, async () => {
    await using home = await makeHome(text);
    const before = await home.plain();
    const { code, err } = await home.run([...ID, ...SERVER, "--no-switch"]);
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    const after = await home.plain();
    const written = await home.text();
    assertKeepsLines(text, written);
    assert.deepEqual(after.users, [...before.users ?? [], USER()]);
    assert.deepEqual(after.clusters, [...before.clusters ?? [], {
      name: "my-cluster",
      cluster: { server: SERVER[1] },
    }]);
    assert.deepEqual(after.contexts.at(-1), {
      name: "my-cluster",
      context: { cluster: "my-cluster", user: "my-cluster" },
    });
    assert.deepEqual(after.contexts.slice(0, -1), before.contexts ?? []);
    assert.equal(after["current-context"], before["current-context"] || "my-cluster");

    const again = await home.run([...ID, ...SERVER, "--no-switch"]);
    assert.match(again.out, /^nothing to do: /);
    assert.equal(await home.text(), written);

    const switched = await home.run([...ID, ...SERVER]);
    assert.deepEqual([switched.code, switched.err], [0, ""]);
    assert.match(switched.out, /\ntry: kubectl auth whoami\n$/);
    assert.deepEqual(await home.plain(), { ...after, "current-context": "my-cluster" });
  });

  Deno.test(`ram-auth kubeconfig --dry-run shows no credential of a kubeconfig ${what}, and changes nothing`, async () => {
    await using home = await makeHome(text);
    const { code, out, err } = await home.run([...ID, ...SERVER, "--dry-run"]);
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.match(out, /^--- \S+\n\+\+\+ \S+\n@@ /);
    assert.match(out, /^\+.*my-cluster/m);
    for (const secret of [SECRET_TOKEN, SECRET_KEY]) assert.ok(!out.includes(secret), out);
    assert.equal(await home.text(), text);
    assert.deepEqual([...Deno.readDirSync(`${home.path}/.kube`)].map(({ name }) => name), ["config"]);
  });
}

for (const [what, text] of Object.entries(KUBECONFIGS)) {
  testNeeding(["kubectl"], `kubectl reads every other entry of a kubeconfig ${what} as before, and ours`, async () => {
    await using home = await makeHome(text);
    const before = await seenByKubectl(home.kubeconfig);
    assert.equal((await home.run([...ID, ...SERVER, "--no-switch"])).code, 0);
    const after = await seenByKubectl(home.kubeconfig);
    assert.deepEqual(after, {
      ...before,
      clusters: [...before.clusters ?? [], { name: "my-cluster", cluster: { server: SERVER[1] } }].toSorted(byName),
      users: [...before.users ?? [], { ...USER(), user: { exec: { ...USER().user.exec, env: null } } }].toSorted(
        byName,
      ),
      contexts: [
        ...before.contexts ?? [],
        { name: "my-cluster", context: { cluster: "my-cluster", user: "my-cluster" } },
      ].toSorted(byName),
      "current-context": before["current-context"] || "my-cluster",
    });
  });
}

/** What kubectl makes of a file; it sorts entries by their names. */
async function seenByKubectl(path: string): Promise<Kubeconfig> {
  const args = [`--kubeconfig=${path}`, "config", "view", "--raw", "-o", "json"];
  const { code, stdout, stderr } = await new Deno.Command("kubectl", { args, stdin: "null" }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

function byName(a: Named, b: Named): number {
  return a.name < b.name ? -1 : 1;
}

/** What stood for nothing may go; a line of JSON gets a comma; all else stays, byte for byte and in order. */
function assertKeepsLines(before: string, after: string): void {
  const found = after.split("\n");
  let at = 0;
  for (const line of before.split("\n")) {
    const text = line.replace(/\r$/, "");
    if (/^\W*(?:clusters|users|contexts|current-context)\W+(?:null|\[\]|"")\W*(?:#.*)?$/.test(text)) continue;
    const next = found.findIndex((candidate, i) => i >= at && (candidate === line || isExtended(line, candidate)));
    assert.ok(next >= 0, `gone: ${JSON.stringify(line)}\n${after}`);
    at = next + 1;
  }
}

/** Brackets on one line hold more; a line gets the comma or the line end that parts it from what follows. */
function isExtended(line: string, candidate: string): boolean {
  const bare = line.replace(/\r$/, "");
  if (candidate.replace(/\r$/, "") === bare || candidate.replace(/,?\r?$/, "") === bare) return true;
  if (!/[\]}]/.test(bare) || !candidate.includes("my-cluster")) return false;
  const [start = "", ...rest] = bare.split(/(?=[\]}])/);
  return candidate.startsWith(start) && rest.every((part) => candidate.includes(part.replace(/\s*#.*/, "")));
}

for (
  const [what, args, extra] of [
    ["a cloud", ["--cloud", "aws"], ["--cloud", "aws"]],
    [
      "a role, whose cloud is written down",
      ["--role", "arn:aws:iam::123456789012:role/Admin"],
      ["--cloud", "aws", "-r", "arn:aws:iam::123456789012:role/Admin"],
    ],
    [
      "all that token takes",
      [
        "-r",
        "acs:ram::1234567890123456:role/dev",
        "-e",
        "x",
        "-s",
        "alice",
        "--profile",
        "ops",
        "--region",
        "cn-beijing",
      ],
      ["--cloud", "alibaba", "-r", "acs:ram::1234567890123456:role/dev", "-e", "x", "-s", "alice", "--profile", "ops"]
        .concat(["--region", "cn-beijing"]),
    ],
    [
      "a session that is handed on",
      ["-r", "acs:ram::1234567890123456:role/dev", "--forward-session-name"],
      ["--cloud", "alibaba", "-r", "acs:ram::1234567890123456:role/dev", "--forward-session-name"],
    ],
    ["an STS of its own", ["--sts-endpoint", "sts.example.com:8443"], ["--sts-endpoint", "sts.example.com:8443"]],
    ["a value that looks like a flag", ["--profile=-x"], ["--profile=-x"]],
  ] as const
) {
  Deno.test(`ram-auth kubeconfig writes ${what} into the arguments`, async () => {
    await using home = await makeHome();
    const { code, err } = await home.run([...ID, ...SERVER, ...args]);
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.deepEqual((await home.plain()).users, [USER(...extra)]);
  });
}

Deno.test("ram-auth kubeconfig writes the whole path of a CA bundle, and a link as it is", async () => {
  await using home = await makeHome();
  await Deno.writeTextFile(`${home.path}/roots-2026.pem`, "");
  await Deno.symlink("roots-2026.pem", `${home.path}/roots.pem`);
  await home.run([...ID, ...SERVER, "--sts-ca-file", `${home.path}/roots.pem`]);
  assert.deepEqual((await home.plain()).users, [USER("--sts-ca-file", `${home.path}/roots.pem`)]);
  await home.run([...ID, ...SERVER, "--sts-ca-file", "README.md"]);
  assert.deepEqual((await home.plain()).users, [USER("--sts-ca-file", `${await Deno.realPath(".")}/README.md`)]);
});

for (
  const [what, given, written] of [
    ["in this folder", "none/keys", `${await Deno.realPath(".")}/none/keys`],
    ["by its whole path", "/none/keys", "/none/keys"],
    ["in the home", "~/keys", "~/keys"],
  ] as const
) {
  Deno.test(`ram-auth kubeconfig writes a cache folder ${what} so that kubectl finds it from everywhere`, async () => {
    await using home = await makeHome();
    const { code, err } = await home.run([...ID, ...SERVER, "--cache", "--cache-dir", given]);
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.deepEqual((await home.plain()).users, [USER("--cache-dir", written, "--cache")]);
  });
}

Deno.test("ram-auth kubeconfig changes what it wrote before, and keeps what was added to it", async () => {
  const exec = {
    command: "/opt/bin/ram-auth",
    args: ["token", "-i", "old"],
    env: [{ name: "AWS_PROFILE", value: "ops" }],
  };
  const before = {
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: "https://c.example.com", "insecure-skip-tls-verify": true } }],
    users: [{ name: "my-cluster", user: { exec } }],
    contexts: [{ name: "my-cluster", context: { cluster: "gone", user: "my-cluster", namespace: "team" } }],
    "current-context": "other",
  };
  await using home = await makeHome(JSON.stringify(before, null, 2));
  const { caPem } = await makeLoopbackCertificate();
  await Deno.writeTextFile(`${home.path}/ca.crt`, caPem);
  const args = [
    "--cluster-name",
    "c",
    "--server",
    "https://new.example.com",
    "--certificate-authority",
    `${home.path}/ca.crt`,
  ];
  assert.equal((await home.run([...ID, ...args])).code, 0);
  const { users, clusters, contexts, "current-context": current } = await home.plain();
  assert.deepEqual(users, [{ name: "my-cluster", user: { exec: { ...USER().user.exec, env: exec.env } } }]);
  assert.deepEqual(clusters, [{
    name: "c",
    cluster: {
      server: "https://new.example.com",
      "insecure-skip-tls-verify": false,
      "certificate-authority-data": btoa(caPem),
    },
  }]);
  assert.deepEqual(contexts, [{
    name: "my-cluster",
    context: { cluster: "c", user: "my-cluster", namespace: "team" },
  }]);
  assert.equal(current, "my-cluster");
});

Deno.test("ram-auth kubeconfig gives the entries the names that are asked for", async () => {
  await using home = await makeHome(KUBECONFIGS["of kubectl"]);
  const names = ["--cluster-name", "kubernetes", "--context-name", "it's me", "--user-name", "me"];
  const { code, out } = await home.run([...ID, ...names]);
  assert.equal(code, 0);
  assert.match(
    out,
    /\ncontext "it's me" is the current one now; back: kubectl config use-context kubernetes-admin@kubernetes\ntry: kubectl auth whoami\n$/,
  );
  const kept = await home.run([...ID, ...names.with(3, "it's you").with(5, "you"), "--no-switch"]);
  assert.match(kept.out, /\ntry: kubectl --context='it'\\''s you' auth whoami\n$/);
  const { users, contexts } = await home.plain();
  assert.deepEqual(users.at(-2), { ...USER(), name: "me" });
  assert.deepEqual(contexts.at(-2), { name: "it's me", context: { cluster: "kubernetes", user: "me" } });
});

const TAKEN_CONTEXT = ["--cluster-name", "kubernetes", "--context-name", "kubernetes-admin@kubernetes"];

for (
  const [what, args, code, says] of [
    [
      "another user's name",
      [...ID, "--user-name", "kubernetes-admin"],
      1,
      /other credentials \(client-certificate-data, cl.*--user-name/,
    ],
    ["the name of a user of another plugin", [...ID, "--user-name", "sso"], 1, /other credentials \(auth-provider\)/],
    [
      "another context's name",
      [...ID, ...TAKEN_CONTEXT],
      1,
      /for user "kubernetes-admin"; choose another name by --context-name/,
    ],
    [
      "the name of a user of a program that we do not know",
      [...ID, "--user-name", "odd"],
      1,
      /other credentials \(exec: "\\u001b\[2J"\)/,
    ],
    [
      "a cluster that is not there",
      [...ID, "--cluster-name", "prod"],
      1,
      /no such cluster; there are: "kubernetes"; name one/,
    ],
    ["no cluster id", [], 2, /give --cluster-id/],
    ["a context without a cluster", [...ID, "--context-name", "x"], 2, /a context needs one/],
    ["a current context without a cluster", [...ID, "--switch"], 2, /a context needs one/],
    ["an authority without a server", [...ID, "--certificate-authority", "ca.crt"], 2, /without --server/],
    ["a server in the clear", [...ID, "--server", "http://192.0.2.1"], 2, /write an https URL/],
    ["a server with a password", [...ID, "--server", "https://a:b@192.0.2.1"], 2, /write an https URL/],
    [
      "an authority that is none",
      [...ID, ...SERVER, "--certificate-authority", "deno.json"],
      1,
      /contains no PEM certificate/,
    ],
    ["an authority that is not there", [...ID, ...SERVER, "--certificate-authority", "none.crt"], 1, /does not exist/],
    ["a role of no cloud", [...ID, "-r", "Admin"], 2, /not an ARN of Alibaba Cloud or AWS/],
    [
      "a role of another cloud",
      [...ID, "--cloud", "alibaba", "-r", "arn:aws:iam::123456789012:role/A"],
      2,
      /not a role ARN of that cloud, but of AWS; sign with --cloud aws, /,
    ],
    [
      "a session named twice",
      [...ID, "-r", "arn:aws:iam::123456789012:role/A", "-s", "x", "--forward-session-name"],
      2,
      /both name the session/,
    ],
    ["an id that AWS cannot sign", ["-i", "a  b", "--cloud", "aws"], 2, /visible ASCII/],
    [
      "roots that are not there",
      [...ID, "--sts-ca-file", "none.pem"],
      2,
      /Cannot use the CA bundle "none.pem"/,
    ],
    ["a name without --from", [...ID, "--name", "x"], 2, /--name without --from/],
    ["a server beside --from", ["--from", "eks", "--name", "x", ...SERVER], 2, /--server together with --from/],
    ["a private address of EKS", ["--from", "eks", "--name", "x", "--private-address"], 2, /together with --from eks/],
    ["--from without a name", ["--from", "ack"], 2, /give --name/],
    ["--convert beside an id", [...ID, "--convert"], 2, /--cluster-id together with --convert/],
  ] as const
) {
  Deno.test(`ram-auth kubeconfig refuses ${what}, and leaves the file as it was`, async () => {
    const text = `${KUBECONFIGS["of kubectl"]}- {name: odd, user: {exec: {command: "\\e[2J"}}}\n`;
    await using home = await makeHome(text);
    const ran = await home.run(args);
    assert.deepEqual([ran.code, ran.out], [code, ""]);
    assert.match(ran.err, says);
    assert.equal(await home.text(), text);
    assert.deepEqual([...Deno.readDirSync(`${home.path}/.kube`)].map(({ name }) => name), ["config"]);
  });
}

for (
  const [what, text, says] of [
    ["is not YAML", "a: 1\n\tb: 2\n", /Cannot edit the kubeconfig ".*": it does not parse: 2:1: .*; repair it first/],
    ["is another thing of Kubernetes", "kind: Pod\n", /it is of kind "Pod"; name a kubeconfig/],
    ["is a list", "- a\n", /it is not a map; name a kubeconfig/],
    ["holds two documents", "kind: Config\n---\nkind: Config\n", /does not parse/],
    ["has an alias where the change belongs", "x: &u []\nkind: Config\nusers: *u\n", /cannot change alone|its form/],
  ] as const
) {
  Deno.test(`ram-auth kubeconfig refuses a file that ${what}`, async () => {
    await using home = await makeHome(text);
    const ran = await home.run(ID);
    assert.deepEqual([ran.code, ran.out], [1, ""]);
    assert.match(ran.err, says);
    assert.equal(await home.text(), text);
  });
}

Deno.test("ram-auth kubeconfig writes where kubectl would", async () => {
  await using home = await makeHome();
  const [one, two, three] = ["one", "two", "three"].map((name) => `${home.path}/${name}`) as [string, string, string];
  await Deno.writeTextFile(two, "kind: Config\n");
  const wrote = async (environment: Readonly<Record<string, string>>, ...args: string[]) =>
    / to (\S+)\n/.exec((await home.run([...ID, ...args], environment)).out)?.[1];
  assert.equal(await wrote({ KUBECONFIG: `${one}:${two}:${three}` }), two);
  assert.equal(await wrote({ KUBECONFIG: three }), three);
  assert.equal(await wrote({ KUBECONFIG: `${one}:${home.path}/four` }), `${home.path}/four`);
  assert.equal(await wrote({ KUBECONFIG: two }, "--kubeconfig", `${home.path}/five`), `${home.path}/five`);
  assert.equal(await wrote({}), home.kubeconfig);
  const { code, err } = await home.run(ID, { KUBECONFIG: ":" });
  assert.equal(code, 2);
  assert.match(err, /names none; name one with --kubeconfig/);
  const world = fakeWorld();
  assert.equal(await run(["kubeconfig", ...ID], world), 2);
  assert.match(world.err(), /HOME is not set/);
});

Deno.test("ram-auth kubeconfig --kubeconfig ~/… writes in the home, even where no shell read the ~", async () => {
  await using home = await makeHome();
  const { code, out } = await home.run([...ID, ...SERVER, "--kubeconfig=~/.kube/new"]);
  assert.equal(code, 0);
  assert.ok(out.includes(` to ${home.path}/.kube/new\n`), out);
});

for (
  const [what, args, environment, says] of [
    ["KUBECONFIG, where kubectl takes it for a name", [], { KUBECONFIG: "~/.kube/new" }, /kubectl does not read "~"/],
    ["one of several files", [], { KUBECONFIG: "/none:~/.kube/new" }, /path "~\/.kube\/new" from .* KUBECONFIG/],
    ["another user's home", ["--kubeconfig=~root/new"], {}, /only ~ alone is read as a home/],
  ] as const
) {
  Deno.test(`ram-auth kubeconfig refuses ~ in ${what}, and makes no folder of that name`, async () => {
    await using home = await makeHome();
    const ran = await home.run([...ID, ...SERVER, ...args], environment);
    assert.deepEqual([ran.code, ran.out], [2, ""]);
    assert.match(ran.err, says);
    for (const name of ["~", "~root"]) await assert.rejects(Deno.lstat(name), Deno.errors.NotFound);
    assert.deepEqual([...Deno.readDirSync(home.path)], []);
  });
}

const ACK_ID = "c0123456789abcdef";
const ACK_CA = btoa("-----BEGIN CERTIFICATE-----\nTWFkZSB1cA==\n-----END CERTIFICATE-----\n");

Deno.test("ram-auth kubeconfig --from ack writes the cluster that Container Service names, and no certificate of its user", async () => {
  await using home = await makeHome();
  const config =
    `clusters: [{name: kubernetes, cluster: {server: "https://192.0.2.9:6443", certificate-authority-data: ${ACK_CA}}}]
users: [{name: "2000", user: {client-certificate-data: TWFkZSB1cA==, client-key-data: ${SECRET_KEY}}}]`;
  const asked: string[] = [];
  const network = (url: URL | RequestInfo) => {
    asked.push(String(url));
    return Promise.resolve(Response.json({ config }));
  };
  const keys = { ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tMadeUp", ALIBABA_CLOUD_ACCESS_KEY_SECRET: "MadeUpSecret" };
  const args = ["--from", "ack", "--name", ACK_ID, "--region", "cn-hangzhou", "--private-address"];
  const { code, out, err } = await home.run(args, keys, network);
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.match(out, new RegExp(`^wrote user "${ACK_ID}", context "${ACK_ID}" and cluster "${ACK_ID}" to `));
  assert.equal(
    asked.join(),
    `https://cs.cn-hangzhou.aliyuncs.com/k8s/${ACK_ID}/user_config?PrivateIpAddress=true&TemporaryDurationMinutes=15`,
  );
  const { clusters, users, contexts } = await home.plain();
  assert.deepEqual(clusters, [{
    name: ACK_ID,
    cluster: { server: "https://192.0.2.9:6443", "certificate-authority-data": ACK_CA },
  }]);
  assert.deepEqual(contexts, [{ name: ACK_ID, context: { cluster: ACK_ID, user: ACK_ID } }]);
  const exec = { ...USER().user.exec, args: ["token", "-i", ACK_ID, "--cloud", "alibaba", "--region", "cn-hangzhou"] };
  assert.deepEqual(users, [{ name: ACK_ID, user: { exec } }]);
  assert.ok(!(await home.text()).includes(SECRET_KEY));
});

Deno.test("ram-auth kubeconfig --from binds the token to another id where one is given beside the name", async () => {
  await using home = await makeHome();
  const config = `clusters: [{cluster: {server: "https://192.0.2.9:6443", certificate-authority-data: ${ACK_CA}}}]`;
  const keys = { ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tMadeUp", ALIBABA_CLOUD_ACCESS_KEY_SECRET: "MadeUpSecret" };
  const args = ["--from", "ack", "--name", ACK_ID, ...ID];
  assert.equal((await home.run(args, keys, () => Promise.resolve(Response.json({ config })))).code, 0);
  const { users, clusters } = await home.plain();
  assert.deepEqual(users, [{ ...USER("--cloud", "alibaba"), name: ACK_ID }]);
  assert.equal(clusters[0]!.name, ACK_ID);
});

for (
  const [what, args, environment, says] of [
    ["without credentials", ["--from", "ack", "--name", ACK_ID], {}, /Cannot find credentials for alibaba/],
    [
      "where the service cannot be reached",
      ["--from", "ack", "--name", ACK_ID],
      { ALIBABA_CLOUD_ACCESS_KEY_ID: "LTAI5tMadeUp", ALIBABA_CLOUD_ACCESS_KEY_SECRET: "MadeUpSecret" },
      /no answer from Container Service/,
    ],
  ] as const
) {
  Deno.test(`ram-auth kubeconfig --from ${what} writes nothing`, async () => {
    await using home = await makeHome();
    const { code, out, err } = await home.run(args, environment);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, says);
    await assert.rejects(Deno.stat(home.kubeconfig), Deno.errors.NotFound);
  });
}
