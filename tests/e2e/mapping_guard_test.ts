import assert from "node:assert/strict";
import { assertMayImpersonate } from "../../lib/cli/edit/impersonation.ts";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { DEMO_AWS_PRINCIPALS } from "../../lib/emulator/aws/principals.ts";
import { connect } from "../../lib/kube/connection.ts";
import { realWorld } from "../../lib/world.ts";
import { SERVER_PERMISSIONS } from "../../scripts/permissions.ts";
import {
  type Answer,
  create,
  createSender,
  mergePatch,
  remove,
  type Request,
  type Sender,
} from "../support/api_requests.ts";
import { awsToken } from "../support/aws_tokens.ts";
import { type Cluster, startCluster } from "../support/cluster.ts";
import {
  ADMIN_GROUPS,
  ADMIN_USERS,
  CONFIG_MAPS,
  configMap,
  HONEST_EDITS,
  IAM,
  iam,
  PEOPLE,
  type Person,
  RAM,
  ram,
  type Rights,
  type Step,
  type Subject,
  type Way,
  WAYS,
} from "../support/mapping_ways.ts";
import { mintedToken } from "../support/minted_token.ts";
import { testNeeding } from "../support/needs.ts";
import { prepareSite, type ServerSite } from "../support/server_process.ts";
import { waitFor } from "../support/wait_for.ts";

const GUARD = "manifests/mapping-guard.yaml";
const BY_GUARD = /'ram-auth-(mapping|configmap)-guard'.* denied request: /;
const EVERYTHING = { verb: "*", group: "*", resource: "*" };

/** Every name is open to every source, so that what fails fails by the guard. */
const OPEN = ["ACKConfigMap", "EKSConfigMap", "CRD"].map((backendMode) => ({
  backendMode,
  systemNames: "allow",
  adminGroups: "allow",
}));

interface Place {
  readonly cluster: Cluster;
  readonly sender: Sender;
  readonly site: ServerSite;
}

async function kubectl(cluster: Cluster, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(args);
  assert.equal(code, 0, stderr);
  return stdout;
}

async function applyAll(cluster: Cluster, items: readonly unknown[]): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    await kubectl(cluster, "apply", "-f", file);
  } finally {
    await Deno.remove(file);
  }
}

const RBAC = { apiVersion: "rbac.authorization.k8s.io/v1" };

function bind(role: string, kind: "User" | "Group", name: string): unknown {
  return {
    ...RBAC,
    kind: "ClusterRoleBinding",
    metadata: { name: `${role}-${kind}-${name}`.toLowerCase().replaceAll(/[^a-z0-9]/g, ".") },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind, name }],
  };
}

function people(): unknown[] {
  return Object.entries(PEOPLE).flatMap(([name, rights]) => {
    const rules = rights.map(({ on, verbs, ...rest }) => {
      const [, subresource = ""] = /^mappings(.*)$/.exec(on) ?? [];
      const isMapping = on.startsWith("mappings");
      return {
        apiGroups: isMapping ? ["ramauthenticator.k8s.alibabacloud", "iamauthenticator.k8s.aws"] : [""],
        resources: isMapping ? [`ramidentitymappings${subresource}`, `iamidentitymappings${subresource}`] : [on],
        verbs,
        ...("names" in rest && { resourceNames: rest.names }),
      };
    });
    return [{ ...RBAC, kind: "ClusterRole", metadata: { name }, rules }, bind(name, "User", name)];
  });
}

/** How the API server sees somebody. */
function impersonated(person: Person): { readonly user: string; readonly group?: string } | undefined {
  if (person === "admin") return undefined;
  if (person === "garbageCollector") return { user: "system:serviceaccount:kube-system:generic-garbage-collector" };
  return person === "lead" ? { user: person, group: "team-a:leads" } : { user: person };
}

/** Logs in to the API server, and asks what the login may do. Every token is another, as one is remembered for a while. */
function createLogins({ sender, site }: Place): (subject: Subject) => Promise<Rights> {
  let count = 0;
  return async (subject) => {
    count += 1;
    const signing = { clusterId: site.clusterId, now: new Date(Date.now() - (count % 600) * 1_000) };
    const keys = { ...DEMO_PRINCIPALS, carol: DEMO_PRINCIPALS.viewer, sentinel: DEMO_PRINCIPALS.kubernetesAdmin };
    const token = subject === "dave"
      ? awsToken(DEMO_AWS_PRINCIPALS.dave, { ...signing, host: site.stsHost })
      : await mintedToken(keys[subject], signing);
    const { status, body } = await sender.sendWith(
      token,
      create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: EVERYTHING },
      }),
    );
    if (status === 401) return "none";
    assert.equal(status, 201, JSON.stringify(body));
    return body.status.allowed ? "admin" : "some";
  };
}

const MAPPED_IN = [RAM, IAM, CONFIG_MAPS];
const isOurs = (path: string, name: string) => path !== CONFIG_MAPS || /^(alibabacloud|aws)-auth$|^other$/.test(name);

/** The mappings in the API server, without what every write changes. */
async function mappingsOf(sender: Sender): Promise<unknown[]> {
  const lists = await Promise.all(MAPPED_IN.map((path) => sender.send({ method: "GET", path })));
  return lists.flatMap(({ body }, at) =>
    // deno-lint-ignore no-explicit-any
    body.items.filter(({ metadata }: any) => isOurs(MAPPED_IN[at]!, metadata.name)).map((
      // deno-lint-ignore no-explicit-any
      { metadata: { name, ownerReferences, finalizers }, spec, data, binaryData, immutable }: any,
    ) => ({ path: MAPPED_IN[at], name, ownerReferences, finalizers, spec, data, binaryData, immutable }))
  );
}

async function removeMappings(sender: Sender): Promise<void> {
  for (const { path, name } of await mappingsOf(sender) as { path: string; name: string }[]) {
    await sender.send(mergePatch(`${path}/${name}`, { metadata: { finalizers: null } }));
    await sender.send(remove(`${path}/${name}`));
  }
}

async function give(sender: Sender, given: readonly Request[] = []): Promise<void> {
  for (const request of given) {
    const { status, body } = await sender.send(request);
    assert.equal(status, 201, JSON.stringify(body));
  }
}

async function take({ sender }: Place, steps: readonly Step[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const [person, request] of steps) {
    // Kubernetes deletes only what got an owner.
    if (person === "garbageCollector" && answers.some(({ status }) => status === 403)) continue;
    answers.push(await sender.send(request, impersonated(person)));
  }
  return answers;
}

const isRefused = ({ status, body }: Answer) => status === 403 && BY_GUARD.test(body.message);

/** Waits until the server has read whatever was written before: what is written now is in force, in every source. */
async function settle({ sender }: Place, rightsOf: (subject: Subject) => Promise<Rights>): Promise<void> {
  const arn = "acs:ram::1234567890123456:role/KubernetesAdmin";
  await sender.send(create(RAM, ram("sentinel", { arn, username: "sentinel" })));
  await waitFor("a sentinel by a resource", async () => await rightsOf("sentinel") === "some");
  await sender.send(remove(`${RAM}/sentinel`));
  await waitFor("the sentinel to be gone", async () => await rightsOf("sentinel") === "none");
  const data = { mapRoles: `- {rolearn: "${arn}", username: sentinel}` };
  const { status } = await sender.send(mergePatch(`${CONFIG_MAPS}/alibabacloud-auth`, { data }));
  if (status === 404) await sender.send(create(CONFIG_MAPS, configMap("alibabacloud-auth", { data })));
  await waitFor("a sentinel by a ConfigMap", async () => await rightsOf("sentinel") === "some");
}

async function prepare(place: Place, way: Way, rightsOf: (subject: Subject) => Promise<Rights>): Promise<void> {
  const { given, subject = "alice", before = given === undefined ? "none" : "some" } = way;
  await removeMappings(place.sender);
  await waitFor(`${subject} to be nobody`, async () => await rightsOf(subject) === "none");
  await give(place.sender, given);
  await waitFor(`${subject} to be ${before}`, async () => await rightsOf(subject) === before);
}

Deno.test("docs/mapping.md says how many ways there are, and how many of them work without the guard", async () => {
  const count = (without: Way["without"]) => WAYS.filter((way) => way.without === without).length;
  const text = (await Deno.readTextFile("docs/mapping.md")).replaceAll("\n", " ");
  const says =
    `Of ${WAYS.length} ways that the tests try, ${count("login")} make somebody administrator without the guard ` +
    `and ${count("later")} more pay off later`;
  assert.ok(text.includes(says), says);
});

testNeeding(
  ["cluster", "kubectl"],
  "the guard keeps whoever may write mappings from giving more than they have",
  async (t) => {
    await using site = await prepareSite("", { clouds: ["alibaba", "aws"] });
    const signed = await site.start();
    await using cluster = await startCluster({ webhookKubeconfig: site.webhookKubeconfig });
    await signed.stop("SIGTERM");
    await kubectl(cluster, "apply", "-f", "manifests/crds", "-f", "manifests/rbac.server.yaml");
    await kubectl(cluster, "apply", "-f", "manifests/mapping-editor.yaml");
    await kubectl(cluster, "wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
    await applyAll(cluster, [
      ...people(),
      ...ADMIN_GROUPS.map((name) => bind("cluster-admin", "Group", name)),
      ...ADMIN_USERS.map((name) => bind("cluster-admin", "User", name)),
    ]);
    const token = (await kubectl(cluster, "create", "token", "ram-auth", "-n", "kube-system")).trim();
    using sender = await createSender(cluster);
    for (const path of MAPPED_IN) {
      await waitFor(path, async () => (await sender.send({ method: "GET", path })).status === 200);
    }
    await site.writeConfig(`backendMode: [ACKConfigMap, EKSConfigMap, CRD]
kubeconfig: ${await cluster.writeKubeconfig({ token })}
stsHosts: ["${site.stsHost}"]
reservedPrefixConfig: ${JSON.stringify(OPEN)}`);
    await using _server = await site.start();
    const place = { cluster, sender, site };
    const rightsOf = createLogins(place);

    for (const way of WAYS) {
      const { name, steps, subject = "alice", without } = way;
      await t.step(`without the guard, ${name}: ${without}`, async () => {
        await prepare(place, way, rightsOf);
        const answers = await take(place, steps);
        const said = JSON.stringify(answers.map(({ status, body }) => [status, body.message]));
        if (without === "nothing") {
          await settle(place, rightsOf);
          assert.notEqual(await rightsOf(subject), "admin", said);
          return;
        }
        assert.ok(answers.every(({ status }) => status < 300), said);
        if (without === "login") {
          await waitFor(`${subject} to be admin`, async () => await rightsOf(subject) === "admin");
        }
      });
    }

    await removeMappings(sender);
    await kubectl(cluster, "apply", "-f", GUARD);
    for (const path of [RAM, CONFIG_MAPS]) {
      const body = path === RAM ? ram("probe", {}) : configMap("aws-auth", { data: { a: "b" } });
      const person = path === RAM ? "creator" : "configMapReplacer";
      await waitFor(
        "the guard",
        async () => isRefused(await sender.send(create(`${path}?dryRun=All`, body), impersonated(person))),
      );
    }

    for (const way of WAYS) {
      const { name, steps, subject = "alice", without } = way;
      await t.step(`with the guard, ${name}: refused`, async () => {
        await prepare(place, way, rightsOf);
        const [mappings, rights] = [await mappingsOf(sender), await rightsOf(subject)];
        const answers = await take(place, steps);
        if (without !== "nothing") assert.ok(answers.some(isRefused), JSON.stringify(answers));
        if (steps.some(([person]) => person === "admin")) {
          await waitFor(`${subject} not to be admin`, async () => await rightsOf(subject) !== "admin");
          return;
        }
        assert.deepEqual(await mappingsOf(sender), mappings);
        assert.equal(await rightsOf(subject), rights);
      });
    }

    for (const { name, given, steps } of HONEST_EDITS) {
      await t.step(`with the guard, ${name}`, async () => {
        await removeMappings(sender);
        await give(sender, given);
        for (const { status, body } of await take(place, steps)) assert.ok(status < 300, body.message);
      });
    }

    await t.step(
      "with the guard, the server writes the status of mappings, by the rights of rbac.server.yaml",
      async () => {
        await removeMappings(sender);
        await give(sender, [
          create(IAM, iam("path", { arn: "arn:aws:iam::123456789012:role/team/Dev", groups: ["system:masters"] })),
          create(RAM, ram("alice", { arn: "acs:ram::1234567890123456:USER/Alice", groups: ["system:masters"] })),
        ]);
        for (
          const [path, arn] of [[`${IAM}/path`, "arn:aws:iam::123456789012:role/dev"], [`${RAM}/alice`, undefined]]
        ) {
          await waitFor(`the status of ${path}`, async () => {
            const { body } = await sender.send({ method: "GET", path: path! });
            if (body.status === undefined) return false;
            assert.equal(body.status.conditions[0].reason, "InForce");
            assert.equal(body.status.canonicalARN, arn ?? "acs:ram::1234567890123456:user/alice");
            return true;
          });
        }
      },
    );

    await t.step("the guard and ram-auth add are of one mind about every name", async () => {
      const account = "lead-of-a-team";
      await kubectl(cluster, "create", "serviceaccount", account, "-n", "kube-system");
      await kubectl(
        cluster,
        ...`create clusterrolebinding ${account} --clusterrole ram-auth-mapping-editor`.split(" "),
        `--serviceaccount=kube-system:${account}`,
      );
      const token = (await kubectl(cluster, "create", "token", account, "-n", "kube-system")).trim();
      const kubeconfig = await cluster.writeKubeconfig({ token });
      const connection = await connect(realWorld(), { kubeconfig, master: undefined });
      try {
        for (const [username, isAllowed] of NAMES) {
          const { status, body } = await sender.sendWith(
            token,
            create(`${RAM}?dryRun=All`, ram("name", { username, groups: ["ram:viewers"] })),
          );
          assert.equal(status === 201, isAllowed, `${username}: ${body.message}`);
          const asked = assertMayImpersonate(connection, { username, groups: ["ram:viewers"] }, realWorld());
          if (isAllowed) await asked;
          else await assert.rejects(asked, { code: "ERR_IMPERSONATION" }, username);
        }
      } finally {
        connection.close();
      }
    });

    await t.step("ram-auth add says what is missing, and what the guard says", async () => {
      await removeMappings(sender);
      const account = "edits-config-maps";
      await kubectl(cluster, "create", "serviceaccount", account, "-n", "kube-system");
      for (const role of ["ram-auth-mapping-editor", "configMapEditor", "configMapReplacer"]) {
        const name = `${account}-${role}`.toLowerCase();
        const to = `--serviceaccount=kube-system:${account}`;
        await kubectl(cluster, "create", "clusterrolebinding", name, "--clusterrole", role, to);
      }
      const token = (await kubectl(cluster, "create", "token", account, "-n", "kube-system")).trim();
      const kubeconfig = await cluster.writeKubeconfig({ token });
      const add = async (path: string, username: string, ...more: readonly string[]) => {
        const arn = ["--userarn", "acs:ram::1234567890123456:user/alice", "--username", username];
        const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
          args: [
            "run",
            "--quiet",
            ...SERVER_PERMISSIONS,
            "main.ts",
            "add",
            "user",
            ...arn,
            ...more,
            "--kubeconfig",
            path,
          ],
          stdin: "null",
        }).output();
        const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
        return { code, out, err: err! };
      };
      for (const how of ["--prompt=false", "--dry-run"]) {
        const { code, out, err } = await add(kubeconfig, "team-b:alice", "--groups", "ram:viewers,ops:admins", how);
        assert.deepEqual([code, out], [1, ""]);
        assert.match(
          err,
          /user "team-b:alice" \(needs .* group "ops:admins" \(needs groups "ops:admins" or "ops:\*" or/,
        );
        assert.doesNotMatch(err, /ram:viewers/);
      }
      const guarded = await add(kubeconfig, "team-a:alice", "--prompt=false");
      assert.deepEqual([guarded.code, guarded.out], [1, ""]);
      assert.match(guarded.err, /to change its data, you need the verb \"impersonate\" on all users and groups$/m);
      const done = await add(cluster.adminKubeconfig, "anybody", "--groups", "system:masters", "--prompt=false");
      assert.equal(done.code, 0, done.err);
    });

    await t.step(
      "keys in another case are refused where the kind was installed by others, and takes any key",
      async () => {
        await removeMappings(sender);
        const crd = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" +
          "ramidentitymappings.ramauthenticator.k8s.alibabacloud";
        const { status, body } = await sender.send({
          method: "PATCH",
          path: crd,
          contentType: "application/json-patch+json",
          body: [{
            op: "replace",
            path: "/spec/versions/0/schema/openAPIV3Schema",
            value: { type: "object", properties: { spec: ANYTHING, status: ANYTHING } },
          }],
        });
        assert.equal(status, 200, body.message);
        const spec = { arn: "acs:ram::1234567890123456:user/alice", USERNAME: "ops:root", GROUPS: ["ops:admins"] };
        const mine = { ...ram("mine", {}), spec };
        await waitFor("the other schema", async () => {
          const { body } = await sender.send(create(`${RAM}?dryRun=All`, mine));
          return body.spec?.GROUPS !== undefined;
        });
        for (const odd of [spec, { ...spec, username: "team-a:alice" }, { arn: spec.arn, groups: ["ram:viewers"] }]) {
          const answer = await sender.send(create(RAM, { ...mine, spec: odd }), impersonated("lead"));
          assert.ok(isRefused(answer), JSON.stringify(answer));
        }
        for (const groups of [null, "ops:admins", { a: "ops:admins" }, [["ops:admins"]], [{}]]) {
          const odd = { arn: spec.arn, username: "team-a:alice", groups };
          const answer = await sender.send(create(RAM, { ...mine, spec: odd }), impersonated("lead"));
          assert.ok(answer.status >= 400 && BY_GUARD.test(answer.body.message), JSON.stringify(answer));
        }
        assert.equal((await sender.send(create(RAM, mine))).status, 201);
        await waitFor("alice to be admin by such keys", async () => await rightsOf("alice") === "admin");
      },
    );
  },
);

const ANYTHING = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** Usernames, and whether the editor of `manifests/mapping-editor.yaml` may give them. */
const NAMES: readonly (readonly [string, boolean])[] = [
  ["team-a:alice", true],
  ["team-a:a.b-c_d@e+f=g,h", true],
  ["team-a:{{SessionName}}", true],
  ["team-a:x-{{SessionNameRaw}}{{AccountID}}-y", true],
  ["team-a:{{AccessKeyID}}", true],
  ["team-a:{{EC2PrivateDNSName}}", true],
  ["team-a:*", true],
  ["team-a:", false],
  ["Team-A:alice", false],
  ["team-a", false],
  ["team-a:b:alice", false],
  ["team-a:b:{{SessionName}}", false],
  ["team-a:{{SessionName}}:b", false],
  ["team-{{SessionName}}", false],
  ["{{SessionName}}", false],
  ["{{SessionName}}team-a:", false],
  ["alice", false],
  ["*", false],
  ["system:masters", false],
  ["team-a:\u0430lice", false],
  ["team-a:al ice", false],
  ["team-a:a{b", false],
  ["team-a:a}b", false],
  ["team\u2010a:alice", false],
];
