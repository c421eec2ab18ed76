import assert from "node:assert/strict";
import { SERVER_PERMISSIONS } from "../../scripts/permissions.ts";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { testNeeding } from "../support/needs.ts";
import { waitFor } from "../support/wait_for.ts";

/** As operators leave it: comments, a blank line, an entry that no server can use. */
const MAP_ROLES = `# Nodes: do not touch
- rolearn: arn:aws:iam::111122223333:role/NodeInstanceRole
  username: system:node:{{EC2PrivateDNSName}}
  groups:
    - system:bootstrappers # kubelet
    - system:nodes

# - rolearn: arn:aws:iam::111122223333:role/gone
- rolearn: "arn:aws:iam::111122223333:role/Broken"
  username: ''
  colour: blue
`;

const DEV = "arn:aws:iam::111122223333:role/Dev";
const DEV_LINES = `- rolearn: ${DEV}
  username: dev:{{SessionName}}
  groups:
    - developers
    - viewers
`;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the program with the permissions that ship. */
async function ramAuth(cluster: Cluster, ...args: readonly string[]): Promise<Ran> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...SERVER_PERMISSIONS, "main.ts", ...args, "--kubeconfig", cluster.adminKubeconfig],
    stdin: "null",
  }).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

async function configMap(cluster: Cluster, name: string): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(["-n", "kube-system", "get", "cm", name, "-o", "yaml"]);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** What kubectl prints, but for who wrote last and when. */
function written(yaml: string): string {
  return yaml.replace(/^ {2}resourceVersion: .*\n/m, "");
}

testNeeding(["cluster", "kubectl"], "ram-auth add and remove edit ConfigMaps of a real API server", async (t) => {
  await using cluster = await startCluster();
  await waitFor("kube-system", async () => (await cluster.kubectl(["get", "ns", "kube-system"])).code === 0);
  const dev = ["--rolearn", DEV, "--username", "dev:{{SessionName}}", "--groups", "developers,viewers"];

  const folder = await Deno.makeTempDir({ prefix: "add-" });
  try {
    await Deno.writeTextFile(`${folder}/mapRoles`, MAP_ROLES);
    await Deno.writeTextFile(`${folder}/mapAccounts`, "- '111122223333' # all of it\n");
    const files = ["mapRoles", "mapAccounts"].map((name) => `--from-file=${folder}/${name}`);
    const made = await cluster.kubectl(["-n", "kube-system", "create", "configmap", "aws-auth", ...files]);
    assert.equal(made.code, 0, made.stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const before = await configMap(cluster, "aws-auth");

  await t.step("a dry run prints the change, and changes nothing", async () => {
    const { code, out, err } = await ramAuth(cluster, "add", "role", ...dev, "--dry-run");
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.ok(out.endsWith(DEV_LINES.replaceAll(/^(?=.)/gm, "+")), out);
    assert.equal(await configMap(cluster, "aws-auth"), before);
  });

  await t.step("without a terminal and without --prompt=false nothing is written", async () => {
    const { code, err } = await ramAuth(cluster, "add", "role", ...dev);
    assert.equal(code, 2);
    assert.match(err, /--prompt=false/);
    assert.equal(await configMap(cluster, "aws-auth"), before);
  });

  await t.step("an added role leaves every other byte that kubectl prints", async () => {
    const { code, out, err } = await ramAuth(cluster, "add", "role", ...dev, "--prompt=false");
    assert.deepEqual({ code, out, err }, { code: 0, out: `added role ${DEV} to kube-system/aws-auth\n`, err: "" });
    const after = written(await configMap(cluster, "aws-auth"));
    const inserted = DEV_LINES.replaceAll(/^(?=.)/gm, "    ");
    assert.ok(after.includes(inserted), after);
    assert.equal(after.replace(inserted, ""), written(before));
  });

  await t.step("adding it again is nothing to do; mapping it to another user is refused", async () => {
    const now = await configMap(cluster, "aws-auth");
    const again = await ramAuth(cluster, "add", "role", ...dev, "--prompt=false");
    assert.equal(again.code, 0, again.err);
    assert.match(again.out, /nothing to do/);
    const other = ["--rolearn", DEV.replace("role/", "role/team/"), "--username", "other", "--prompt=false"];
    const taken = await ramAuth(cluster, "add", "role", ...other);
    assert.equal(taken.code, 1);
    assert.match(taken.err, /maps it already, at line 12 of mapRoles/);
    assert.equal(await configMap(cluster, "aws-auth"), now);
  });

  await t.step("a removed role leaves what was there before it came", async () => {
    const { code, err } = await ramAuth(cluster, "remove", "role", "--rolearn", DEV.toLowerCase(), "--prompt=false");
    assert.equal(code, 0, err);
    assert.equal(written(await configMap(cluster, "aws-auth")), written(before));
    const again = await ramAuth(cluster, "remove", "role", "--rolearn", DEV, "--prompt=false");
    assert.equal(again.code, 1, again.err);
  });

  await t.step("users that are added at once all land, in a section that was missing too", async () => {
    const users = ["alice", "bob", "carol"].map((name) => `acs:ram::1234567890123456:user/${name}`);
    const added = await Promise.all(
      users.map((arn) => ramAuth(cluster, "add", "user", "--userarn", arn, "--username", "someone", "--prompt=false")),
    );
    assert.deepEqual(added.map(({ code }) => code), [0, 0, 0], added.map(({ err }) => err).join(""));
    const after = await configMap(cluster, "alibabacloud-auth");
    for (const arn of users) assert.ok(after.includes(`- userarn: ${arn}\n      username: someone\n`), after);
  });

  await t.step("what RBAC refuses is said plainly", async () => {
    const kubeconfig = await cluster.writeKubeconfig({});
    const args = ["add", "role", ...dev, "--prompt=false"];
    const { code, err } = await ramAuth({ ...cluster, adminKubeconfig: kubeconfig }, ...args);
    assert.equal(code, 1);
    assert.match(err, /forbidden.*configmaps/);
  });
});
