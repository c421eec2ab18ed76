import assert from "node:assert/strict";
import { atOnce } from "../../../lib/steps.ts";
import { aws } from "../../../lib/clouds/aws/cloud.ts";
import type { Identity } from "../../../lib/identity/identity.ts";
import type { KubeObject } from "../../../lib/kube/object.ts";
import { createNamePolicy } from "../../../lib/mapping/name_policy.ts";
import { KnownResources } from "../../../lib/server/sources/known_resources.ts";

const ROLE = "arn:aws:iam::123456789012:role/Admin";
const NOW = new Date("2026-11-21T12:00:00Z");

function known(...objects: readonly KubeObject[]): KnownResources {
  const resources = new KnownResources({
    cloud: aws,
    policy: () => createNamePolicy("CRD", new Map()),
    now: () => NOW,
  });
  atOnce(resources.replacingAll(objects.map((object) => resources.readListed(object))));
  return resources;
}

function object(
  name: string,
  { arn = ROLE, generation = 1, created = 1 }: {
    readonly arn?: string;
    /** `null` for none. */
    readonly generation?: number | null;
    readonly created?: number;
  } = {},
): KubeObject {
  return {
    apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
    kind: "IAMIdentityMapping",
    metadata: {
      name,
      uid: name,
      resourceVersion: "1",
      creationTimestamp: `2026-11-0${created}T00:00:00Z`,
      ...(generation !== null && { generation }),
    },
    spec: { arn, username: name },
  } as KubeObject;
}

const who: Identity = {
  cloud: "aws",
  arn: ROLE,
  canonicalArn: ROLE,
  accountId: "123456789012",
  principalId: "AROAMADEUP",
  sessionName: "s",
  accessKeyId: "ASIAMADEUP",
};

const ready = (resources: KnownResources, at: KubeObject) => resources.newStatus(at)?.conditions[0].reason;

Deno.test("replaceAll() names those whose status may be outdated: all that have none, and whom another one bars", () => {
  const [first, second] = [object("a"), object("b", { created: 2 })];
  const resources = known();
  const status = (at: KubeObject) => ({ ...at, status: known(at).newStatus(at) }) as KubeObject;
  const listed = [status(first), status(second)].map((at) => resources.readListed(at));
  assert.deepEqual(listed.map(({ isOutdated }) => isOutdated), [false, false]);
  assert.deepEqual(atOnce(resources.replacingAll(listed)), ["b"]);
  assert.deepEqual(atOnce(resources.replacingAll([first, second].map((at) => resources.readListed(at)))), ["a", "b"]);
});

Deno.test("saysTheSame() goes by the generation, and believes nothing without one", () => {
  const resources = known(object("a", { generation: 2 }), object("b", { generation: null }));
  assert.ok(resources.saysTheSame(object("a", { generation: 2 })));
  assert.ok(!resources.saysTheSame(object("a", { generation: 3 })));
  assert.ok(!resources.saysTheSame(object("b", { generation: null })));
  assert.ok(!resources.saysTheSame(object("c")));
  resources.forget("a");
  assert.ok(!resources.saysTheSame(object("a", { generation: 2 })));
});

Deno.test("put() and forget() name the others whose standing changes with it", () => {
  const [older, younger] = [object("older"), object("younger", { created: 2 })];
  const resources = known(younger);
  assert.equal(ready(resources, younger), "InForce");
  assert.deepEqual(resources.put(older, resources.read(older)), ["younger"]);
  assert.equal(ready(resources, younger), "HasNoEffect");
  assert.deepEqual(resources.forget("older"), ["younger"]);
  assert.equal(ready(resources, younger), "InForce");
});

Deno.test("a login is news once for each id, and only where the rule names one principal", () => {
  const [at, glob] = [object("a"), object("g", { arn: "arn:aws:iam::123456789012:role/*" })];
  const resources = known(at, glob);
  const rule = (name: string) => resources.rules.rules().find(({ resource }) => resource === name)!;
  assert.equal(resources.noteLogin(rule("a"), who), "a");
  assert.equal(resources.noteLogin(rule("a"), who), undefined);
  assert.equal(resources.newStatus(at)?.userID, "AROAMADEUP");
  assert.equal(resources.noteLogin(rule("a"), { ...who, principalId: "AROAOTHER" }), "a");
  assert.equal(resources.noteLogin(rule("g"), who), undefined);
  resources.forget("a");
  resources.put(at, resources.read(at));
  assert.equal(resources.newStatus(at)?.userID, undefined);
});

Deno.test("replaceAll() forgets who logged in by a resource that is gone, and nobody else", () => {
  const [kept, gone] = [object("kept"), object("gone", { arn: "arn:aws:iam::123456789012:role/Other" })];
  const resources = known(kept, gone);
  for (const rule of resources.rules.rules()) resources.noteLogin(rule, who);
  atOnce(resources.replacingAll([resources.readListed(kept)]));
  resources.put(gone, resources.read(gone));
  assert.deepEqual([resources.newStatus(kept)?.userID, resources.newStatus(gone)?.userID], ["AROAMADEUP", undefined]);
});

Deno.test("an object that was put says the same until its generation is another one", () => {
  const resources = known(object("a"));
  const changed = object("a", { generation: 2 });
  assert.equal(resources.saysTheSame(changed), false);
  resources.put(changed, resources.read(changed));
  assert.equal(resources.saysTheSame(changed), true);
});
