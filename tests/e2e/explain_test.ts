import assert from "node:assert/strict";
import { run } from "../../lib/cli/run.ts";
import { SERVER_PERMISSIONS } from "../../scripts/permissions.ts";
import { fakeWorld } from "../config/fake_world.ts";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { freePort } from "../support/free_port.ts";
import { testNeeding } from "../support/needs.ts";
import { waitFor } from "../support/wait_for.ts";

const AWS = "arn:aws:iam::111122223333";
const RAM = "acs:ram::1234567890123456";

/** Sections of one ConfigMap with entries on the same lines, in force and invalid. */
const AWS_AUTH = {
  mapRoles: `# nodes: none
- rolearn: ${AWS}:role/Dev
  username: dev:{{SessionName}}
  groups: [developers]
- {rolearn: ${AWS}:role/Broken, username: ""}
`,
  mapUsers: `# people
- userarn: ${AWS}:user/dave
  username: dave
  groups: [viewers]
- {userarn: ${AWS}:user/fred, username: ""}
`,
  mapAccounts: "['444455556666']\n",
};

const RESOURCES = [
  ["iamauthenticator.k8s.aws", "IAMIdentityMapping", "erin", `${AWS}:user/erin`, "erin"],
  ["iamauthenticator.k8s.aws", "IAMIdentityMapping", "admins", `${AWS}:role/Admin`, "resource-admin"],
  ["ramauthenticator.k8s.alibabacloud", "RAMIdentityMapping", "alice", `${RAM}:user/alice`, "alice"],
  ["ramauthenticator.k8s.alibabacloud", "RAMIdentityMapping", "bad", `${RAM}:user/carl`, "{{Nonsense}}"],
  ["ramauthenticator.k8s.alibabacloud", "RAMIdentityMapping", "worse", `${RAM}:user/zoe`, "{{SessionNam}}"],
];

const EKS = "configmap/kube-system/aws-auth";
const ACK = "configmap/kube-system/alibabacloud-auth";
const RAM_KIND = "ramidentitymappings.ramauthenticator.k8s.alibabacloud";
const IAM_KIND = "iamidentitymappings.iamauthenticator.k8s.aws";
const KEPT =
  "a server that has read it before goes by what it held then, one that never has answers 503 to whomever no " +
  "source before it maps";

interface Ran {
  readonly code: number;
  readonly out: string;
  /** The first line of the output. */
  readonly first: string;
  readonly err: string;
}

function ran(code: number, out: string, err: string): Ran {
  return { code, out, first: out.split("\n", 1)[0]!, err };
}

/** Runs the command in this process, with an environment of its own. */
async function ramAuth(...args: readonly string[]): Promise<Ran> {
  const world = { ...fakeWorld(), fetch: globalThis.fetch };
  const code = await run(args, world);
  return ran(code, world.out(), world.err());
}

/** Runs the program with the permissions that ship. */
async function ramAuthProcess(...args: readonly string[]): Promise<Ran> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...SERVER_PERMISSIONS, "main.ts", ...args],
    stdin: "null",
  }).output();
  return ran(code, new TextDecoder().decode(stdout), new TextDecoder().decode(stderr));
}

async function kubectl(cluster: Cluster, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(args);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** A kubeconfig for a service account that RBAC lets do nothing of itself. */
async function kubeconfigOf(cluster: Cluster, account: string, namespace = "default"): Promise<string> {
  const token = await kubectl(cluster, "create", "token", account, "-n", namespace);
  return await cluster.writeKubeconfig({ token: token.trim() });
}

/** The files of a test, and what is applied to its cluster. */
class Site implements AsyncDisposable {
  private constructor(readonly cluster: Cluster, readonly folder: string) {}

  static async make(cluster: Cluster): Promise<Site> {
    return new Site(cluster, await Deno.makeTempDir({ prefix: "explain-" }));
  }

  async write(name: string, content: unknown): Promise<string> {
    const path = `${this.folder}/${name}`;
    await Deno.writeTextFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  }

  /** A config file with two rules of its own. */
  config(kubeconfig: string, modes: string, more = ""): Promise<string> {
    return this.write(
      "config.yaml",
      `clusterID: c
clouds: [alibaba, aws]
server:
  mapRoles:
    - {rolearn: "${AWS}:role/Admin", username: "admin"}
    - {rolearn: "${AWS}:role/Dev", username: "developer"}
  backendMode: [${modes}]
  kubeconfig: ${kubeconfig}
${more}`,
    );
  }

  async applyConfigMap(name: string, data: Readonly<Record<string, string>>): Promise<string> {
    const manifest = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "kube-system" }, data };
    const path = await this.write(`${name}.json`, manifest);
    await kubectl(this.cluster, "apply", "--server-side", "--force-conflicts", "-f", path);
    return path;
  }

  async applyResources(): Promise<void> {
    await kubectl(this.cluster, "apply", "-f", "manifests/crds");
    await kubectl(this.cluster, "wait", "--for=condition=Established", "crd", "--all", "--timeout=180s");
    const items = RESOURCES.map(([group, kind, name, arn, username]) => ({
      apiVersion: `${group}/v1alpha1`,
      kind,
      metadata: { name },
      spec: { arn, username, groups: ["team"] },
    }));
    const path = await this.write("resources.json", { apiVersion: "v1", kind: "List", items });
    const take = async () => (await this.cluster.kubectl(["apply", "--validate=false", "-f", path])).code === 0;
    await waitFor("the resources to be taken", take);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

testNeeding(["cluster", "kubectl"], "explain and mappings list read the sources of an API server", async (t) => {
  await using cluster = await startCluster();
  await waitFor("kube-system", async () => (await cluster.kubectl(["get", "ns", "kube-system"])).code === 0);
  await using site = await Site.make(cluster);
  const admin = cluster.adminKubeconfig;
  const all = "EKSConfigMap, CRD, ACKConfigMap, MountedFile";

  await t.step("what is not there holds no rules, and that is told", async () => {
    const { code, first, err } = await ramAuth("explain", `${AWS}:user/dave`, "-c", await site.config(admin, all));
    assert.deepEqual([code, first], [1, "refused: not mapped: no rule of 2 names it or comes near"]);
    assert.deepEqual(err.split("\n"), [
      `ram-auth: notice: ${EKS} does not exist, so it maps nobody`,
      `ram-auth: notice: ${RAM_KIND} are not installed, so there are none`,
      `ram-auth: notice: ${IAM_KIND} are not installed, so there are none`,
      `ram-auth: notice: ${ACK} does not exist, so it maps nobody`,
      "",
    ]);
  });

  await site.applyResources();
  await site.applyConfigMap("aws-auth", AWS_AUTH);
  await site.applyConfigMap("alibabacloud-auth", { mapUsers: `- {userarn: "${RAM}:user/bob", username: bob}\n` });

  await t.step("the rights of a server suffice, with the permissions that ship", async () => {
    await kubectl(cluster, "apply", "-f", "manifests/rbac.server.yaml");
    const file = await site.config(await kubeconfigOf(cluster, "ram-auth", "kube-system"), all);
    const { code, out, err } = await ramAuthProcess("mappings", "list", "-c", file);
    assert.deepEqual([code, err], [0, ""]);
    assert.deepEqual(out.replaceAll(file, "f").split("\n").map((line) => line.split(/ {2,}/)), [
      ["SOURCE", "LINE", "ARN", "USERNAME", "GROUPS"],
      ["EKSConfigMap", `${EKS}:2`, `${AWS}:role/Dev`, "dev:{{SessionName}}", "developers"],
      ["EKSConfigMap", `${EKS}:2`, `${AWS}:user/dave`, "dave", "viewers"],
      ["EKSConfigMap", `${EKS}:1`, "account 444455556666", "<its ARN>", "-"],
      ["CRD", "ramidentitymapping/alice", `${RAM}:user/alice`, "alice", "team"],
      ["CRD", "iamidentitymapping/admins", `${AWS}:role/Admin`, "resource-admin", "team"],
      ["CRD", "iamidentitymapping/erin", `${AWS}:user/erin`, "erin", "team"],
      ["ACKConfigMap", `${ACK}:1`, `${RAM}:user/bob`, "bob", "-"],
      ["MountedFile", "f:5", `${AWS}:role/Admin`, "admin", "-"],
      ["MountedFile", "f:6", `${AWS}:role/Dev`, "developer", "-"],
      [
        `invalid: ${EKS}:5:62 (EKSConfigMap): Cannot use entry 2 of mapRoles: Cannot use the name "": it is empty; ` +
        "write a name that people can read",
      ],
      [
        `invalid: ${EKS}:5:60 (EKSConfigMap): Cannot use entry 2 of mapUsers: Cannot use the name "": it is empty; ` +
        "write a name that people can read",
      ],
      [
        'invalid: ramidentitymapping/bad (CRD): Cannot use this resource: Cannot use the name "{{Nonsense}}": no ' +
        'placeholder is called "Nonsense"; known are AccountID, SessionName, SessionNameRaw, AccessKeyID, ' +
        "EC2PrivateDNSName",
      ],
      [
        'invalid: ramidentitymapping/worse (CRD): Cannot use this resource: Cannot use the name "{{SessionNam}}": no ' +
        'placeholder is called "SessionNam"; did you mean "{{SessionName}}"?',
      ],
      [""],
    ]);
  });

  for (
    const [who, first] of [
      [
        `${AWS}:role/Dev`,
        'allowed as "dev:<session name>" in "developers" by the rule at line 2 (EKSConfigMap); line 6 (MountedFile) ' +
        "matches too, but is shadowed by line 2 (EKSConfigMap)",
      ],
      [`${AWS}:user/dave`, 'allowed as "dave" in "viewers" by the rule at line 2 (EKSConfigMap)'],
      [
        "arn:aws:iam::444455556666:user/gail",
        'allowed as "arn:aws:iam::444455556666:user/gail" by mapAccounts at line 1 (EKSConfigMap)',
      ],
      [`${RAM}:user/alice`, 'allowed as "alice" in "team" by the rule at resource "alice" (CRD)'],
      [
        `${AWS}:role/Admin`,
        'allowed as "resource-admin" in "team" by the rule at resource "admins" (CRD); line 5 (MountedFile) matches ' +
        'too, but is shadowed by resource "admins" (CRD)',
      ],
      [`${RAM}:user/bob`, 'allowed as "bob" by the rule at line 1 (ACKConfigMap)'],
      [
        `${AWS}:role/Broken`,
        "refused: line 5 (EKSConfigMap) names it, but is invalid: Cannot use entry 2 of mapRoles: Cannot use the name " +
        '"": it is empty; write a name that people can read',
      ],
      [
        `${AWS}:user/fred`,
        "refused: line 5 (EKSConfigMap) names it, but is invalid: Cannot use entry 2 of mapUsers: Cannot use the name " +
        '"": it is empty; write a name that people can read',
      ],
      [
        `${RAM}:user/carl`,
        'refused: resource "bad" (CRD) names it, but is invalid: Cannot use this resource: Cannot use the name ' +
        '"{{Nonsense}}": no placeholder is called "Nonsense"; known are AccountID, SessionName, SessionNameRaw, ' +
        "AccessKeyID, EC2PrivateDNSName",
      ],
      ["arn:aws:iam::999999999999:user/nobody", "refused: not mapped: no rule of 9 names it or comes near"],
    ] as const
  ) {
    await t.step(`explain says of ${who}: ${first.slice(0, 60)}`, async () => {
      const ran = await ramAuth("explain", who, "-c", await site.config(admin, all));
      assert.deepEqual([ran.first, ran.err], [first, ""]);
      assert.equal(ran.code, first.startsWith("allowed") ? 0 : 1);
    });
  }

  await t.step("the rules of explain have the places of the cluster, in JSON too", async () => {
    const file = await site.config(admin, all);
    const { out } = await ramAuth("explain", `${AWS}:user/erin`, "-c", file);
    const lines = out.split("\n");
    const line = `  iamidentitymapping/erin (CRD) ${AWS}:user/erin: matches, gives "erin" in "team"`;
    assert.ok(lines.includes(line), out);
    assert.ok(lines.some((line) => line.startsWith(`  ${EKS}:2:3 (EKSConfigMap) ${AWS}:user/dave: `)), out);
    const json = JSON.parse((await ramAuth("explain", `${AWS}:user/erin`, "-c", file, "-o", "json")).out);
    const tried: Record<string, unknown>[] = json.tried;
    assert.deepEqual(
      tried.map(({ source, path, line, resource }) => [source, path, line, resource]).slice(2, 5),
      [
        ["EKSConfigMap", EKS, 1, undefined],
        ["CRD", "ramidentitymapping/alice", undefined, "alice"],
        ["CRD", "iamidentitymapping/admins", undefined, "admins"],
      ],
    );
    assert.deepEqual([json.result, json.unread], ["allowed", []]);
  });

  await t.step("a file of backend modes decides the order while it is there", async () => {
    const modeFile = `${site.folder}/modes.json`;
    const file = await site.config(admin, "CRD, MountedFile", `  dynamicBackendModePath: ${modeFile}\n`);
    const who = `${AWS}:role/Admin`;
    assert.match((await ramAuth("explain", who, "-c", file)).first, /^allowed as "resource-admin" /);
    await site.write("modes.json", { backendMode: "MountedFile CRD" });
    assert.match((await ramAuth("explain", who, "-c", file)).first, /^allowed as "admin" by the rule at line 5/);
    await site.write("modes.json", { backendMode: "CRD Nowhere" });
    const { code, out, err } = await ramAuth("explain", who, "-c", file);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /modes\.json.*"Nowhere" is not a mapping source.*; a server keeps the sources that it has/s);
  });

  await t.step("a manifest is looked at in the place of the cluster's own", async () => {
    const nobody = `https://127.0.0.1:${freePort()}`;
    const manifest = await site.write("manifest.json", {
      kind: "ConfigMap",
      metadata: { name: "aws-auth" },
      data: { mapUsers: `- {userarn: "${AWS}:user/dave", username: david}\n` },
    });
    const args = ["explain", `${AWS}:user/dave`, "-f", manifest];
    const offline = await ramAuth(...args, "-c", await site.config(admin, "EKSConfigMap"), "--master", nobody);
    assert.deepEqual([offline.first, offline.err], ['allowed as "david" by the rule at line 1 (EKSConfigMap)', ""]);
    const both = await ramAuth("mappings", "list", "-f", manifest, "-c", await site.config(admin, "CRD, EKSConfigMap"));
    const names = both.out.split("\n").flatMap((line) => line.split(/ {2,}/)[3] ?? []);
    assert.deepEqual(names, ["USERNAME", "alice", "resource-admin", "erin", "david"]);
  });

  await t.step("no config file is needed where flags name sources, kubeconfig and context", async () => {
    const kubeconfig = JSON.parse(await Deno.readTextFile(admin));
    const elsewhere = { name: "elsewhere", context: { cluster: "nowhere", user: "test" } };
    const path = await site.write("two.kubeconfig", {
      ...kubeconfig,
      contexts: [elsewhere, ...kubeconfig.contexts],
      "current-context": "elsewhere",
    });
    const args = ["mappings", "list", "--backend-mode", "EKSConfigMap,CRD", "--kubeconfig", path];
    const { code, out, err } = await ramAuth(...args, "--kubeconfig-context", "test");
    assert.deepEqual([code, err], [0, ""]);
    assert.deepEqual(out.split("\n").flatMap((line) => line.split(/ {2,}/)[1] ?? []), [
      ...["LINE", `${EKS}:2`, `${EKS}:2`, `${EKS}:1`, "iamidentitymapping/admins", "iamidentitymapping/erin"],
    ]);
    assert.match((await ramAuth(...args)).err, /the context "elsewhere" or its cluster is not there; choose one of: /);
  });

  await t.step("what a right is missing for is not known, and neither is what comes after it", async () => {
    await kubectl(cluster, "create", "serviceaccount", "nobody");
    const right = ["--verb=list", `--resource=${IAM_KIND}`];
    await kubectl(cluster, "create", "clusterrole", "one-kind", ...right);
    const binding = ["--clusterrole=one-kind", "--serviceaccount=default:nobody"];
    await kubectl(cluster, "create", "clusterrolebinding", "one-kind", ...binding);
    const nobody = await kubeconfigOf(cluster, "nobody");
    const file = await site.config(nobody, "CRD, MountedFile, EKSConfigMap");
    const read = async () => (await ramAuth("explain", `${AWS}:user/erin`, "-c", file)).first.startsWith("allowed");
    await waitFor("the right to be given", read);

    // Resources of another cloud are not asked for it, so that they do not matter.
    const own = await ramAuth("explain", `${AWS}:user/erin`, "-c", file);
    assert.deepEqual([own.code, own.first], [0, 'allowed as "erin" in "team" by the rule at resource "erin" (CRD)']);
    const [kind = "", configMap = "", ...rest] = own.err.split("\n");
    assert.deepEqual(rest, [""]);
    assert.match(kind, /^ram-auth: ramident\S+ \(CRD\) could not be read: Cannot list .*: it is forbidden: .*"list"/);
    assert.match(
      configMap,
      /^ram-auth: configmap\/kube-system\/aws-auth \(EKSConfigMap\) could not be read: .* forbidden/,
    );
    for (const line of [kind, configMap]) assert.ok(line.endsWith(`; ${KEPT}`), line);

    const other = await ramAuth("explain", `${RAM}:user/alice`, "-c", file);
    assert.deepEqual([other.code, other.first], [1, `unknown: ${RAM_KIND} (CRD) could not be read; ${KEPT}`]);
    const later = await site.config(nobody, "EKSConfigMap, MountedFile");
    const undecided = await ramAuth("explain", `${AWS}:role/Admin`, "-c", later);
    assert.deepEqual([undecided.code, undecided.first], [
      1,
      `unknown: ${EKS} (EKSConfigMap) could not be read; ${KEPT}; by what could be read: allowed as "admin" by the rule ` +
      "at line 5 (MountedFile)",
    ]);
    const earlier = await site.config(nobody, "MountedFile, EKSConfigMap");
    const decided = await ramAuth("explain", `${AWS}:role/Admin`, "-c", earlier);
    assert.deepEqual([decided.code, decided.first], [0, 'allowed as "admin" by the rule at line 5 (MountedFile)']);
    assert.ok(decided.err.includes(`${EKS} (EKSConfigMap) could not be read`), decided.err);
  });

  await t.step("where no API server answers, nothing is said to be unmapped", async () => {
    const nobody = `https://127.0.0.1:${freePort()}`;
    const args = ["-c", await site.config(admin, all), "--master", nobody];
    const { code, out, first, err } = await ramAuth("explain", `${AWS}:user/dave`, ...args);
    assert.deepEqual([code, first], [1, `unknown: ${EKS} (EKSConfigMap) could not be read; ${KEPT}`]);
    assert.ok(!out.includes("not mapped"), out);
    const alone = await ramAuth("explain", `${AWS}:user/dave`, ...args, "--backend-mode", "EKSConfigMap");
    assert.ok(alone.out.endsWith("\n\nno rules could be read\n"), alone.out);
    assert.equal(err.split(`at "${nobody}": the connection is refused`).length, 5, err);
    const json = JSON.parse((await ramAuth("explain", `${AWS}:user/dave`, ...args, "-o", "json")).out);
    assert.deepEqual([json.result, json.unread.length, json.unread[0].path], ["unknown", 4, EKS]);
    const list = await ramAuth("mappings", "list", ...args, "-o", "json");
    const { mappings, unread } = JSON.parse(list.out);
    assert.deepEqual([list.code, mappings.length], [1, 2]);
    assert.deepEqual(unread.map(({ file }: { file: string }) => file), [EKS, RAM_KIND, IAM_KIND, ACK]);
    assert.equal((await ramAuth("mappings", "list", ...args)).code, 1);
  });

  await t.step("a section that cannot be read leaves open what a server has in force", async () => {
    await site.applyConfigMap("aws-auth", { ...AWS_AUTH, mapRoles: "- rolearn: [\n" });
    const file = await site.config(admin, "EKSConfigMap, MountedFile");
    const whole =
      "a server that has read it whole before goes by what it held then, one that never has, by what can be " +
      "read of it";
    const dev = await ramAuth("explain", `${AWS}:user/erin`, "-c", file);
    assert.deepEqual([dev.code, dev.first], [
      1,
      `unknown: ${EKS} (EKSConfigMap) could not be read whole; ${whole}`,
    ]);
    assert.match(dev.err, /could not be read whole: Cannot use mapRoles: .* \(line 2, column 1\); a server /);
    const dave = await ramAuth("explain", `${AWS}:user/dave`, "-c", file);
    assert.deepEqual([dave.code, dave.first.split("; by what could be read: ")[1]], [
      1,
      'allowed as "dave" in "viewers" by the rule at line 2 (EKSConfigMap)',
    ]);
    assert.equal((await ramAuth("mappings", "list", "-c", file)).code, 1);
  });
});
