import assert from "node:assert/strict";
import { loadClouds } from "../../../lib/clouds/registry.ts";
import { parseReservedPrefixes } from "../../../lib/mapping/reserved_prefixes.ts";
import { CREDENTIAL_ID_KEY } from "../../../lib/review/credential_id.ts";
import { boundUser, ownMarksOf } from "../../../lib/server/delegation/bounds.ts";
import { DelegateRefused } from "../../../lib/server/delegation/fault.ts";
import { parseYaml } from "../../../lib/yaml/read.ts";

const own = ownMarksOf(await loadClouds());
const GRACE = { username: "grace", uid: "7", groups: ["devs"], extra: { "example.com/team": ["blue", ""] } };
const CREDENTIAL = "TOKENSHA256=00";

function bound(user: Partial<typeof GRACE> | Record<string, unknown>, reserved = "[]") {
  return boundUser({ ...GRACE, ...user } as typeof GRACE, {
    reserved: parseReservedPrefixes(parseYaml(reserved)),
    own,
    credentialId: CREDENTIAL,
  });
}

Deno.test("a user is given as the delegate named him, with our id of the credential in the place of any other", () => {
  const want = { ...GRACE, extra: { ...GRACE.extra, [CREDENTIAL_ID_KEY]: [CREDENTIAL] } };
  assert.deepEqual(bound({}), want);
  assert.deepEqual(bound({ extra: { ...GRACE.extra, [CREDENTIAL_ID_KEY]: ["JTI=of-another"] } }), want);
  assert.deepEqual(bound({ uid: "", groups: ["System:masters", "Domain Users", "a:b"] }).uid, "");
});

const REFUSED: ReadonlyArray<readonly [what: string, user: Record<string, unknown>, says: RegExp]> = [
  ["no name", { username: "" }, /username "" is empty/],
  ["a name that is too long", { username: "x".repeat(1_025) }, /longer than 1024 characters/],
  ["a name with a control character", { username: "gra\u0000ce" }, /cannot be seen/],
  ["a name that is written backwards", { username: "\u202egrace" }, /cannot be seen/],
  ["a group without a name", { groups: ["devs", ""] }, /group "" is empty/],
  ["a group with a line feed", { groups: ["a\nb"] }, /cannot be seen/],
  [
    "a user of the system",
    { username: "system:admin" },
    /username "system:admin" .* "systemNames: allow" for Delegate/,
  ],
  ["a node", { username: "system:node:a", groups: ["system:nodes"] }, /"systemNames: allow"/],
  ["a service account", { username: "system:serviceaccount:kube-system:x" }, /"systemNames: allow"/],
  ["system:masters", { groups: ["devs", "system:masters"] }, /group "system:masters" .* "systemNames: allow"/],
  ["system:authenticated", { groups: ["system:authenticated"] }, /"systemNames: allow"/],
  ["kubeadm's admins", { groups: ["kubeadm:cluster-admins"] }, /"kubeadm:", which is reserved; .*"adminGroups: allow"/],
  ["our own admins", { groups: ["ram-auth:admins"] }, /"adminGroups: allow" for Delegate/],
  ["a uid of one cloud", { uid: "aws-iam-authenticator:123456789012:AIDA" }, /only ram-auth gives/],
  ["a uid of the other", { uid: "ack-ram-authenticator:1:2" }, /only ram-auth gives/],
  ["a uid with a control character", { uid: "7\u0007" }, /uid has a character/],
  [
    "an ARN",
    { extra: { arn: ["arn:aws:iam::123456789012:user/dave"] } },
    /extra "arn" is one that only ram-auth gives/,
  ],
  ["a key in upper case", { extra: { canonicalArn: ["x"] } }, /extra "canonicalArn" is not in lower case/],
  ["a key with a space", { extra: { "a b": ["x"] } }, /not in lower case/],
  ["an empty key", { extra: { "": ["x"] } }, /not in lower case/],
  ["a key that is too long", { extra: { ["k".repeat(318)]: ["x"] } }, /too long/],
  ["a key with another alphabet", { extra: { "ключ": ["x"] } }, /not in lower case/],
  ["a key of Kubernetes", { extra: { "authentication.kubernetes.io/node-name": ["n"] } }, /"systemNames: allow"/],
  ["a key of its other domain", { extra: { "k8s.io/x": ["n"] } }, /one of Kubernetes' own/],
  ["a value with a control character", { extra: { k: ["a\u001bb"] } }, /extra "k" has a value/],
];

for (const [what, user, says] of REFUSED) {
  Deno.test(`a delegate may not give ${what}`, () => {
    assert.throws(() => bound(user), (failure) => failure instanceof DelegateRefused && says.test(failure.message));
  });
}

Deno.test("what is reserved from a mapping source is reserved from the delegate, and from it alone by an entry of its own", () => {
  const config = `
- {backendMode: CRD, usernamePrefixReserveList: ["aws:"], groupPrefixReserveList: ["team-"]}
- {backendMode: Delegate, usernamePrefixReserveList: ["grace"], systemNames: allow, adminGroups: allow}`;
  const refusedBy = (user: Record<string, unknown>): string | undefined => {
    try {
      bound(user, config);
      return undefined;
    } catch (failure) {
      if (!(failure instanceof DelegateRefused)) throw failure;
      return /starts with "([^"]*)", which is reserved; change it at the delegate$/.exec(failure.message)?.[1];
    }
  };
  assert.equal(refusedBy({ username: "aws:x" }), "aws:");
  assert.equal(refusedBy({ username: "heidi", groups: ["team-a"] }), "team-");
  assert.equal(refusedBy({}), "grace");
  assert.equal(refusedBy({ username: "heidi", groups: ["aws:x"] }), undefined);
});

Deno.test("systemNames: allow and adminGroups: allow open what they are for, and nothing else", () => {
  const systemNames = "[{backendMode: Delegate, systemNames: allow}]";
  const adminGroups = "[{backendMode: Delegate, adminGroups: allow}]";
  const system = { groups: ["system:masters"], extra: { "authentication.kubernetes.io/node-name": ["n"] } };
  const admin = { groups: ["kubeadm:cluster-admins"] };
  assert.deepEqual(bound(system, systemNames).groups, system.groups);
  assert.deepEqual(bound(admin, adminGroups).groups, admin.groups);
  assert.throws(() => bound(admin, systemNames), DelegateRefused);
  assert.throws(() => bound(system, adminGroups), DelegateRefused);
  assert.throws(() => bound({ extra: { arn: ["x"] } }, systemNames), DelegateRefused);
  assert.throws(() => bound(system, "[{backendMode: CRD, systemNames: allow}]"), DelegateRefused);
});
