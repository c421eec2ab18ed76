import assert from "node:assert/strict";
import { readPlain } from "../../../lib/yaml/merge.ts";
import { makeHome } from "./home.ts";

const SERVER = ["--server", "https://192.0.2.1:6443"];

/** A kubeconfig with a cluster and a user that calls aws. */
function ofCluster(name: string, more = ""): string {
  return `apiVersion: v1
kind: Config
clusters:
- {name: ${name}, cluster: {server: "https://${name}"}}
users:
- name: ${name}
  user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws, args: [eks, get-token, --cluster-name, ${name}]}}
${more}`;
}

/** A home in which `KUBECONFIG` names these files. */
async function withFiles(
  texts: Readonly<Record<string, string>>,
  body: (
    act: (...args: string[]) => Promise<{ code: number; out: string; err: string }>,
    text: (name: string) => string,
  ) => Promise<void>,
): Promise<void> {
  await using home = await makeHome();
  for (const [name, text] of Object.entries(texts)) await Deno.writeTextFile(`${home.path}/${name}`, text);
  const KUBECONFIG = Object.keys(texts).map((name) => `${home.path}/${name}`).join(":");
  await body(async (...args) => {
    const { code, out, err } = await home.run(args, { KUBECONFIG: `${home.path}/none:${KUBECONFIG}` });
    return { code, out: out.replaceAll(`${home.path}/`, ""), err: err.replaceAll(`${home.path}/`, "") };
  }, (name) => Deno.readTextFileSync(`${home.path}/${name}`));
}

Deno.test("ram-auth kubeconfig --convert converts the users of every file of KUBECONFIG", () =>
  withFiles({ a: ofCluster("a"), b: ofCluster("b") }, async (act, text) => {
    const { code, out, err } = await act("--convert");
    assert.deepEqual({ code, out, err }, {
      code: 0,
      out: ["a", "b"].map((name) => `user "${name}" calls ram-auth now, not "aws"\nwrote ${name}\n`).join(""),
      err: "",
    });
    for (const name of ["a", "b"]) {
      assert.equal(text(name), ofCluster(name).replace("command: aws", 'command: "ram-auth"'));
    }
  }));

Deno.test("ram-auth kubeconfig finds a cluster in any file, and writes what is new into the first that is there", () =>
  withFiles({ a: ofCluster("a"), b: ofCluster("b", "current-context: old\n") }, async (act, text) => {
    const { code, out, err } = await act("-i", "c9", "--cluster-name", "b");
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.equal(
      out,
      'wrote user "c9" and context "c9" to a\n' +
        'context "c9" is the current one now; back: kubectl config use-context old\ntry: kubectl auth whoami\n',
    );
    assert.equal(text("b"), ofCluster("b", "current-context: old\n"));
    const { contexts, "current-context": current } = readPlain(text("a")) as Record<string, unknown>;
    assert.deepEqual([contexts, current], [[{ name: "c9", context: { cluster: "b", user: "c9" } }], "c9"]);
  }));

Deno.test("ram-auth kubeconfig changes each entry in the file that it is in", () => {
  const [context, user] = ["contexts:\n- {name: b, context: {cluster: b, user: b, namespace: team}}\n", "- name: b"];
  return withFiles({ a: ofCluster("a"), b: ofCluster("b", context) }, async (act, text) => {
    const { code, out } = await act("-i", "b", "--cluster-name", "b", "--no-switch");
    assert.equal(code, 0);
    assert.equal(
      out,
      'wrote the current context to a\nwrote user "b", context "b" and cluster "b" to b\n' +
        'context "b" is the current one\ntry: kubectl auth whoami\n',
    );
    assert.ok(!text("a").includes(user));
    const { users, contexts } = readPlain(text("b")) as {
      users: { user: { exec: { args: unknown } } }[];
      contexts: unknown;
    };
    assert.deepEqual(users.map(({ user }) => user.exec.args), [["token", "-i", "b"]]);
    assert.deepEqual(contexts, [{ name: "b", context: { cluster: "b", user: "b", namespace: "team" } }]);
  });
});

Deno.test("ram-auth kubeconfig does not change the first of two entries for what the second is", () =>
  withFiles(
    { a: "kind: Config\nusers:\n- {name: u, user: {token: made-up}}\n", b: ofCluster("b") },
    async (act, text) => {
      const before = [text("a"), text("b")];
      const { code, err } = await act("-i", "c9", "--cluster-name", "b", "--user-name", "u");
      assert.equal(code, 1);
      assert.match(err, /Cannot write user "u": the kubeconfig has one with other credentials \(token\)/);
      assert.deepEqual([text("a"), text("b")], before);
    },
  ));

Deno.test("ram-auth kubeconfig --dry-run shows the change of each file, and makes none", () =>
  withFiles({ a: ofCluster("a"), b: ofCluster("b") }, async (act, text) => {
    const { code, out } = await act("--convert", "--dry-run");
    assert.equal(code, 0);
    assert.deepEqual(out.match(/^--- .*$/gm), ["--- a", "--- b"]);
    assert.deepEqual([text("a"), text("b")], [ofCluster("a"), ofCluster("b")]);
  }));

const ROLE = (name: string) => `arn:aws:iam::123456789012:role/${name}`;

Deno.test("ram-auth kubeconfig keeps the role of each of two contexts of one cluster", async () => {
  await using home = await makeHome();
  const add = (context: string, role: string, ...more: string[]) => {
    const names = ["--cluster-name", "c1", "--context-name", context];
    return home.run(["--cloud", "aws", "-i", "c1", ...SERVER, ...names, "-r", ROLE(role), ...more]);
  };
  assert.equal((await add("test-dev", "k8sDev")).code, 0);
  assert.equal((await add("test-admin", "k8sAdmin")).code, 0);
  const roles = async () => {
    const { contexts, users } = await home.plain() as unknown as {
      contexts: { name: string; context: { user: string } }[];
      users: { name: string; user: { exec: { args: string[] } } }[];
    };
    return contexts.map(({ name, context }) =>
      `${name} ${users.find(({ name }) => name === context.user)!.user.exec.args.at(-1)}`
    );
  };
  assert.deepEqual(await roles(), [`test-dev ${ROLE("k8sDev")}`, `test-admin ${ROLE("k8sAdmin")}`]);

  const shared = await add("other", "k8sOther", "--user-name", "test-dev");
  assert.equal(shared.code, 1);
  assert.match(
    shared.err,
    /Cannot write user "test-dev": context "test-dev" would log in as somebody else; choose another name by --user-name/,
  );
  assert.equal((await add("same", "k8sDev", "--user-name", "test-dev")).code, 0);
  const tied = await add("test-dev", "k8sNew");
  assert.equal(tied.code, 1);
  assert.match(tied.err, /Cannot write user "test-dev": context "same" would log in as somebody else/);
  assert.equal((await add("test-dev", "k8sNew", "--user-name", "new")).code, 0);
  assert.deepEqual(await roles(), [
    `test-dev ${ROLE("k8sNew")}`,
    `test-admin ${ROLE("k8sAdmin")}`,
    `same ${ROLE("k8sDev")}`,
  ]);
});
