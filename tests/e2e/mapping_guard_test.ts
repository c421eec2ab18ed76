import assert from "node:assert/strict";
import { assertMayImpersonate } from "../../lib/cli/edit/impersonation.ts";
import { connect } from "../../lib/kube/connection.ts";
import { realWorld } from "../../lib/world.ts";
import { SERVER_PERMISSIONS } from "../../scripts/permissions.ts";
import { type Answer, create, jsonPatch } from "../support/api_requests.ts";
import { testNeeding } from "../support/needs.ts";
import { waitFor } from "../support/wait_for.ts";
import { CONFIG_MAP_WAYS } from "../support/mapping_ways/by_config_map.ts";
import { RESOURCE_WAYS } from "../support/mapping_ways/by_resource.ts";
import { HONEST_EDITS } from "../support/mapping_ways/honest_edits.ts";
import { ALICE, CONFIG_MAPS, configMap, IAM, iam, RAM, ram } from "../support/mapping_ways/objects.ts";
import { impersonated } from "../support/mapping_ways/people.ts";
import { startTrial, type Trial } from "../support/mapping_ways/trial.ts";
import type { Way } from "../support/mapping_ways/way.ts";

const WAYS: readonly Way[] = [...RESOURCE_WAYS, ...CONFIG_MAP_WAYS];
const BY_GUARD = /'ram-auth-(mapping|configmap)-guard'.* denied request: /;
const ANYTHING = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** Usernames, and whether the editor of `manifests/mapping-editor.yaml` may give them, and `templateTexts` beside it. */
const NAMES = [
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
  ["b:{{SessionName}}", false],
  ["alice", false],
  ["*", false],
  ["system:masters", false],
  ["team-a:\u0430lice", false],
  ["team-a:al ice", false],
  ["team-a:a{b", false],
  ["team-a:a}b", false],
  ["team\u2010a:alice", false],
] as const;

const isRefused = ({ status, body }: Answer) => status === 403 && BY_GUARD.test(body.message);

async function installGuard({ kubectl, removeMappings, sender }: Trial): Promise<void> {
  await removeMappings();
  await kubectl("apply", "-f", "manifests/mapping-guard.yaml");
  for (
    const [person, path, object] of [
      ["creator", RAM, ram("probe", {})],
      ["configMapReplacer", CONFIG_MAPS, configMap("aws-auth", { data: { a: "b" } })],
    ] as const
  ) {
    const probe = create(`${path}?dryRun=All`, object);
    await waitFor("the guard", async () => isRefused(await sender.send(probe, impersonated(person))));
  }
}

/** A way without the guard. */
async function goFreely(trial: Trial, way: Way): Promise<void> {
  const { steps, subject = "alice", without } = way;
  await trial.prepare(way);
  const answers = await trial.take(steps);
  const said = JSON.stringify(answers);
  if (without === "nothing") {
    await trial.settle();
    assert.notEqual(await trial.rightsOf(subject), "admin", said);
    return;
  }
  assert.ok(answers.every(({ status }) => status < 300), said);
  if (without === "later") return;
  await waitFor(`${subject} to be admin`, async () => await trial.rightsOf(subject) === "admin");
}

/** A way with the guard: it is refused, and changes nothing. */
async function goGuarded(trial: Trial, way: Way): Promise<void> {
  const { steps, subject = "alice", without } = way;
  await trial.prepare(way);
  const before = await trial.mappings();
  const rights = await trial.rightsOf(subject);
  const answers = await trial.take(steps);
  if (without !== "nothing") assert.ok(answers.some(isRefused), JSON.stringify(answers));
  if (steps.some(([person]) => person === "admin")) {
    await waitFor(`${subject} not to be admin`, async () => await trial.rightsOf(subject) !== "admin");
    return;
  }
  assert.deepEqual(await trial.mappings(), before);
  assert.equal(await trial.rightsOf(subject), rights);
}

/** The server's own writes, by the rights of `rbac.server.yaml`. */
async function seeStatus({ sender, removeMappings, give }: Trial): Promise<void> {
  await removeMappings();
  const groups = ["system:masters"];
  await give([
    create(IAM, iam("path", { arn: "arn:aws:iam::123456789012:role/team/Dev", groups })),
    create(RAM, ram("alice", { arn: ALICE.replace("user/alice", "USER/Alice"), groups })),
  ]);
  for (const [path, arn] of [[`${IAM}/path`, "arn:aws:iam::123456789012:role/dev"], [`${RAM}/alice`, ALICE]] as const) {
    const status = await waitFor(`the status of ${path}`, async () => {
      const { body } = await sender.send({ method: "GET", path });
      return body.status as { canonicalARN: string; conditions: { reason: string }[] } | undefined;
    });
    assert.deepEqual([status.canonicalARN, status.conditions[0]?.reason], [arn, "InForce"]);
  }
}

/** Policy and command judge a name by code of their own. */
async function compareNames({ cluster, sender, accountWith }: Trial): Promise<void> {
  const token = await accountWith("ram-auth-mapping-editor", "templateTexts");
  const kubeconfig = await cluster.writeKubeconfig({ token });
  const connection = await connect(realWorld(), { kubeconfig, master: undefined });
  const groups = ["ram:viewers"];
  try {
    for (const [username, isAllowed] of NAMES) {
      const made = create(`${RAM}?dryRun=All`, ram("name", { username, groups }));
      const { status, body } = await sender.sendWith(token, made);
      assert.equal(status === 201, isAllowed, `${username}: ${body.message}`);
      const asked = assertMayImpersonate(connection, { username, groups }, realWorld());
      if (isAllowed) await asked;
      else await assert.rejects(asked, { code: "ERR_IMPERSONATION" }, username);
    }
  } finally {
    connection.close();
  }
}

/** `ram-auth add user` of a kubeconfig, with the permissions that ship. */
async function addAlice(kubeconfig: string, username: string, ...more: readonly string[]) {
  const flags = ["--userarn", ALICE, "--username", username, "--kubeconfig", kubeconfig, ...more];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...SERVER_PERMISSIONS, "main.ts", "add", "user", ...flags],
    stdin: "null",
  }).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

async function runAdd({ cluster, accountWith, removeMappings }: Trial): Promise<void> {
  await removeMappings();
  const token = await accountWith("ram-auth-mapping-editor", "configMapEditor", "configMapReplacer");
  const kubeconfig = await cluster.writeKubeconfig({ token });
  for (const how of ["--prompt=false", "--dry-run"]) {
    const { code, out, err } = await addAlice(kubeconfig, "team-b:alice", "--groups=ram:viewers,ops:admins", how);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /user "team-b:alice" \(needs .* group "ops:admins" \(needs groups "ops:admins" or "ops:\*" or/);
    assert.doesNotMatch(err, /ram:viewers/);
  }
  const guarded = await addAlice(kubeconfig, "team-a:alice", "--prompt=false");
  assert.deepEqual([guarded.code, guarded.out], [1, ""]);
  assert.match(guarded.err, /to change its data, you need the verb "impersonate" on all users and groups$/m);
  const done = await addAlice(cluster.adminKubeconfig, "anybody", "--groups=system:masters", "--prompt=false");
  assert.equal(done.code, 0, done.err);
}

/** A kind that other programs installed, whose schema takes everything. The server is not asked: it watches the old one. */
async function loosenSchema({ sender, removeMappings }: Trial): Promise<void> {
  await removeMappings();
  const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const { status, body } = await sender.send(
    jsonPatch(`${crds}/ramidentitymappings.ramauthenticator.k8s.alibabacloud`, [{
      op: "replace",
      path: "/spec/versions/0/schema/openAPIV3Schema",
      value: { type: "object", properties: { spec: ANYTHING, status: ANYTHING } },
    }]),
  );
  assert.equal(status, 200, body.message);
  const mine = (spec: object) => ({ ...ram("mine", {}), spec });
  const keys = { arn: ALICE, USERNAME: "ops:root", GROUPS: ["ops:admins"] };
  await waitFor("the other schema", async () => {
    const { body } = await sender.send(create(`${RAM}?dryRun=All`, mine(keys)));
    return body.spec?.GROUPS !== undefined;
  });
  const sendAsLead = (spec: object) => sender.send(create(RAM, mine(spec)), impersonated("lead"));
  for (const spec of [keys, { ...keys, username: "team-a:alice" }, { arn: ALICE, groups: ["ram:viewers"] }]) {
    const answer = await sendAsLead(spec);
    assert.ok(isRefused(answer), JSON.stringify(answer));
  }
  // The policy fails on what is no list of texts, and what it fails on is refused.
  for (const groups of [null, "ops:admins", { a: "ops:admins" }, [["ops:admins"]], [{}]]) {
    const { status, body } = await sendAsLead({ arn: ALICE, username: "team-a:alice", groups });
    assert.ok(status >= 400 && BY_GUARD.test(body.message), JSON.stringify(body));
  }
  assert.equal((await sender.send(create(RAM, mine(keys)))).status, 201);
}

Deno.test("docs/mapping.md says how many ways there are, and how many of them work without the guard", async () => {
  const count = (without: Way["without"]) => WAYS.filter((way) => way.without === without).length;
  const text = (await Deno.readTextFile("docs/mapping.md")).replaceAll("\n", " ");
  const says = `Of ${WAYS.length} ways that the tests try, ${count("login")} make somebody administrator without the ` +
    `guard and ${count("later")} more pay off later`;
  assert.ok(text.includes(says), says);
});

testNeeding(["cluster", "kubectl"], "whoever may write mappings gives nobody more than they have", async (t) => {
  await using trial = await startTrial();
  for (const way of WAYS) {
    await t.step(`without the guard, ${way.name}: ${way.without}`, () => goFreely(trial, way));
  }
  await installGuard(trial);
  for (const way of WAYS) await t.step(`with the guard, ${way.name}: refused`, () => goGuarded(trial, way));
  for (const { name, given = [], steps } of HONEST_EDITS) {
    await t.step(`with the guard, ${name}`, async () => {
      await trial.removeMappings();
      await trial.give(given);
      for (const { status, body } of await trial.take(steps)) assert.ok(status < 300, body.message);
    });
  }
  await t.step("with the guard, the server writes the status of mappings", () => seeStatus(trial));
  await t.step("the guard and ram-auth add are of one mind about every name", () => compareNames(trial));
  await t.step("ram-auth add says what is missing, and what the guard says", () => runAdd(trial));
  await t.step("the guard holds for a kind whose schema takes any key", () => loosenSchema(trial));
});
