/**
 * Ways to more rights that are open to somebody who may write mappings and nothing else, and honest edits of the same
 * people; as data, for a test that goes them on a real API server with and without `manifests/mapping-guard.yaml`.
 *
 * @module
 */

import type { Request } from "./api_requests.ts";
import { apply, create, jsonPatch, mergePatch, put, remove, strategicPatch } from "./api_requests.ts";

/** Users of the cluster and what RBAC lets them do, beside the editor of `manifests/mapping-editor.yaml`, who is "lead". */
export const PEOPLE = {
  creator: [{ on: "mappings", verbs: ["create"] }],
  writer: [{ on: "mappings", verbs: ["create", "patch"] }],
  editor: [{ on: "mappings", verbs: ["get", "update", "patch"] }],
  statusWriter: [{ on: "mappings/status", verbs: ["get", "update", "patch"] }],
  deleter: [{ on: "mappings", verbs: ["create", "delete", "deletecollection"] }],
  configMapEditor: [{ on: "configmaps", verbs: ["get", "update", "patch"] }],
  configMapReplacer: [{ on: "configmaps", verbs: ["create", "patch", "delete", "deletecollection"] }],
  /** Leads team "wide", with a right to ever so many groups of it. */
  wide: [
    { on: "mappings", verbs: ["create", "get", "update", "patch"] },
    { on: "users", verbs: ["impersonate"], names: ["wide:*"] },
    { on: "groups", verbs: ["impersonate"], names: ["wide:*"] },
  ],
  /** May act under every group, but not as every user. */
  allGroups: [
    { on: "mappings", verbs: ["create", "get", "update", "patch"] },
    { on: "users", verbs: ["impersonate"], names: ["wide:*"] },
    { on: "groups", verbs: ["impersonate"] },
  ],
  /** "lead" who may delete as well. */
  deletingLead: [
    { on: "mappings", verbs: ["create", "get", "update", "patch", "delete"] },
    { on: "users", verbs: ["impersonate"], names: ["team-a:*"] },
    { on: "groups", verbs: ["impersonate"], names: ["ram:viewers"] },
  ],
} as const;

/** Who sends a request: one of the people, the cluster's administrator, or the garbage collector of Kubernetes. */
export type Person = keyof typeof PEOPLE | "lead" | "admin" | "garbageCollector";

/** Who logs in, of the demo's principals. `carol` is a session of the role `Viewers`, whose name she chose; the sentinel is nobody's subject. */
export type Subject = "alice" | "carol" | "dave" | "sentinel";

/** A request, and who sends it. */
export type Step = readonly [Person, Request];

/** A way that somebody tries. */
export interface Way {
  readonly name: string;
  /** What the administrator made before. */
  readonly given?: readonly Request[];
  readonly steps: readonly Step[];
  /** Default: alice. */
  readonly subject?: Subject;
  /** What the subject may do before: default "some" where something was given, else "none". */
  readonly before?: Rights;
  /**
   * What it brings without the guard: `login`, the subject is administrator; `later`, the API server takes it, and it pays
   * off elsewhere: in aws-iam-authenticator or ack-ram-authenticator, once the server is started anew, or by keeping
   * others from their rights or from taking rights away; `nothing`, it fails anyway.
   */
  readonly without: "login" | "later" | "nothing";
}

/** What a login may do: it is refused, it is somebody, it may do everything. */
export type Rights = "none" | "some" | "admin";

/** Users and groups that are bound to `cluster-admin`, as clusters have them; the last is what a mapped account gives. */
export const ADMIN_GROUPS = ["ops:admins", "ops:carol", "kubeadm:cluster-admins"] as const;
export const ADMIN_USERS = ["ops:root", "carol", "acs:ram::1234567890123456:user/alice"] as const;

/** Where the mappings are. */
export const RAM = "/apis/ramauthenticator.k8s.alibabacloud/v1alpha1/ramidentitymappings";
export const IAM = "/apis/iamauthenticator.k8s.aws/v1alpha1/iamidentitymappings";
export const CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps";
const ACK = `${CONFIG_MAPS}/alibabacloud-auth`;
const EKS = `${CONFIG_MAPS}/aws-auth`;

const ACCOUNT = "1234567890123456";
const ALICE = `acs:ram::${ACCOUNT}:user/alice`;
const VIEWERS = `acs:ram::${ACCOUNT}:role/Viewers`;
const DAVE = "arn:aws:iam::123456789012:user/dave";

interface Spec {
  readonly arn?: string;
  readonly username?: string;
  readonly groups?: readonly string[];
}

/** A custom resource that maps alice of Alibaba Cloud, unless it says otherwise. */
export function ram(name: string, { arn = ALICE, username = "team-a:alice", groups }: Spec, metadata = {}): object {
  return {
    apiVersion: "ramauthenticator.k8s.alibabacloud/v1alpha1",
    kind: "RAMIdentityMapping",
    metadata: { name, ...metadata },
    spec: { arn, username, ...(groups && { groups }) },
  };
}

/** A custom resource that maps dave of AWS, unless it says otherwise. */
export function iam(name: string, { arn = DAVE, username = "team-a:dave", groups }: Spec): object {
  return {
    apiVersion: "iamauthenticator.k8s.aws/v1alpha1",
    kind: "IAMIdentityMapping",
    metadata: { name },
    spec: { arn, username, ...(groups && { groups }) },
  };
}

/** A ConfigMap of mappings. */
export function configMap(name: string, rest: object, metadata = {}): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "kube-system", ...metadata }, ...rest };
}

const ADMINS = ["ops:admins"];
const mapUsers = (group: string) => `- userarn: ${ALICE}\n  username: team-a:alice\n  groups: ["${group}"]\n`;
const viewer = create(RAM, ram("alice", { groups: ["ram:viewers"] }));
const viewers = create(CONFIG_MAPS, configMap("alibabacloud-auth", { data: { mapUsers: mapUsers("ram:viewers") } }));
const everybodyAdmin = create(RAM, ram("everybody", { arn: `acs:ram::${ACCOUNT}:user/*`, groups: ADMINS }));
const creates = (spec: Spec): Way["steps"] => [["creator", create(RAM, ram("mine", spec))]];
const many = (count: number, ...more: readonly string[]) => [
  ...Array.from({ length: count }, (_, n) => `wide:${n}`),
  ...more,
];

/** By custom resources. */
const RESOURCE_WAYS: readonly Way[] = [
  { name: "create: the group system:masters", steps: creates({ groups: ["system:masters"] }), without: "login" },
  {
    name: "create: the group system:masters, of AWS",
    steps: [["creator", create(IAM, iam("mine", { groups: ["system:masters"] }))]],
    subject: "dave",
    without: "login",
  },
  { name: "create: a group that is bound", steps: creates({ groups: ADMINS }), without: "login" },
  {
    name: "create: the group of kubeadm's administrators",
    steps: creates({ groups: ["kubeadm:cluster-admins"] }),
    without: "login",
  },
  { name: "create: the username of an administrator", steps: creates({ username: "ops:root" }), without: "login" },
  { name: "create: a group in another case", steps: creates({ groups: ["System:Masters"] }), without: "nothing" },
  { name: "create: a group that looks alike", steps: creates({ groups: ["\u0455ystem:masters"] }), without: "nothing" },
  {
    name: "create: a group with an invisible character",
    steps: creates({ groups: ["system:masters\u200b"] }),
    without: "nothing",
  },
  { name: "create: a group with a space", steps: creates({ groups: [" system:masters"] }), without: "nothing" },
  {
    name: "create: a bare placeholder as the username",
    steps: creates({ arn: VIEWERS, username: "{{SessionName}}" }),
    subject: "carol",
    without: "login",
  },
  {
    name: "create: a placeholder at the end of a group",
    steps: creates({ arn: VIEWERS, groups: ["ops:{{SessionNameRaw}}"] }),
    subject: "carol",
    without: "login",
  },
  {
    name: "create: system: completed by a placeholder",
    steps: creates({ arn: VIEWERS, groups: ["system:{{SessionName}}"] }),
    subject: "carol",
    without: "nothing",
  },
  {
    name: "create: a wildcard for everybody",
    steps: creates({ arn: `acs:ram::${ACCOUNT}:user/*`, groups: ADMINS }),
    without: "login",
  },
  {
    name: "create: a group behind 255 others",
    steps: creates({ groups: many(255, "ops:admins") }),
    without: "login",
  },
  {
    name: "create: a group behind ten that one may give",
    steps: [["wide", create(RAM, ram("mine", { username: "wide:a", groups: many(10, "ops:admins") }))]],
    without: "login",
  },
  {
    name: "create: the last of ten groups",
    steps: [["wide", create(RAM, ram("mine", { username: "wide:a", groups: many(9, "ops:admins") }))]],
    without: "login",
  },
  {
    name: "create: a name made by the API server",
    steps: [["creator", create(RAM, ram("", { groups: ADMINS }, { name: undefined, generateName: "mine-" }))]],
    without: "login",
  },
  {
    name: "create: by server-side apply",
    steps: [["writer", apply(`${RAM}/mine`, ram("mine", { groups: ADMINS }))]],
    without: "login",
  },
  {
    name: "create: with a status that names somebody else's ARN",
    steps: [["creator", create(RAM, { ...ram("mine", { groups: ADMINS }), status: { canonicalARN: ALICE } })]],
    without: "login",
  },
  {
    name: "create: in another version",
    steps: [["creator", create(RAM.replace("v1alpha1", "v1"), ram("mine", { groups: ADMINS }))]],
    without: "nothing",
  },
  {
    name: "create: keys in another case",
    steps: [["creator", create(RAM, { ...ram("mine", {}), spec: { ARN: ALICE, USERNAME: "a", GROUPS: ADMINS } })]],
    without: "nothing",
  },
  {
    name: "create: as the editor of one team",
    steps: [["lead", create(RAM, ram("mine", { groups: ["ram:viewers", "ops:admins"] }))]],
    without: "login",
  },
  {
    name: "create: as the editor of one team, a user of another",
    steps: [["lead", create(RAM, ram("mine", { username: "ops:root" }))]],
    without: "login",
  },
  {
    name: "update: by merge patch",
    given: [viewer],
    steps: [["editor", mergePatch(`${RAM}/alice`, { spec: { groups: ADMINS } })]],
    without: "login",
  },
  {
    name: "update: by JSON patch",
    given: [viewer],
    steps: [["editor", jsonPatch(`${RAM}/alice`, [{ op: "add", path: "/spec/groups/-", value: "ops:admins" }])]],
    without: "login",
  },
  {
    name: "update: by PUT",
    given: [viewer],
    steps: [["editor", put(`${RAM}/alice`, { spec: { arn: ALICE, username: "team-a:alice", groups: ADMINS } })]],
    without: "login",
  },
  {
    name: "update: by server-side apply",
    given: [viewer],
    steps: [["writer", apply(`${RAM}/alice`, ram("alice", { groups: ADMINS }))]],
    without: "login",
  },
  {
    name: "update: the username alone",
    given: [viewer],
    steps: [["editor", mergePatch(`${RAM}/alice`, { spec: { username: "ops:root" } })]],
    without: "login",
  },
  {
    name: "update: the groups, together with a label",
    given: [viewer],
    steps: [["lead", mergePatch(`${RAM}/alice`, { metadata: { labels: { a: "b" } }, spec: { groups: ADMINS } })]],
    without: "login",
  },
  {
    name: "update: an administrator's mapping to one's own ARN",
    given: [create(RAM, ram("admin", { arn: `acs:ram::${ACCOUNT}:user/bob`, groups: ADMINS }))],
    before: "none",
    steps: [["editor", mergePatch(`${RAM}/admin`, { spec: { arn: ALICE } })]],
    without: "login",
  },
  {
    name: "update: one's own mapping to another ARN, so that a wildcard counts",
    given: [viewer, everybodyAdmin],
    steps: [["lead", mergePatch(`${RAM}/alice`, { spec: { arn: `acs:ram::${ACCOUNT}:user/nobody` } })]],
    without: "login",
  },
  {
    name: "update: one's own mapping to an invalid one, so that a wildcard counts",
    given: [viewer, everybodyAdmin],
    steps: [["lead", mergePatch(`${RAM}/alice`, { spec: { username: "team-a:{{Nonsense}}" } })]],
    without: "later",
  },
  {
    name: "update: one's own mapping to an invalid one, by a character that no name may hold",
    given: [viewer, everybodyAdmin],
    steps: [["lead", mergePatch(`${RAM}/alice`, { spec: { username: "team-a:alice\u200b" } })]],
    without: "later",
  },
  {
    name: "update: an owner that is not there, so that Kubernetes deletes the mapping",
    given: [viewer, everybodyAdmin],
    steps: [
      [
        "lead",
        mergePatch(`${RAM}/alice`, {
          metadata: { ownerReferences: [{ apiVersion: "v1", kind: "Node", name: "gone", uid: "gone" }] },
        }),
      ],
      ["garbageCollector", remove(`${RAM}/alice`)],
    ],
    without: "login",
  },
  {
    name: "update: a finalizer, so that a mapping outlives its deletion",
    given: [create(RAM, ram("alice", { groups: ADMINS }))],
    before: "admin",
    steps: [
      ["editor", mergePatch(`${RAM}/alice`, { metadata: { finalizers: ["example.com/mine"] } })],
      ["admin", remove(`${RAM}/alice`)],
    ],
    without: "login",
  },
  {
    name: "update: the last of ten groups, with the username",
    given: [create(RAM, ram("alice", { username: "wide:a", groups: many(9) }))],
    steps: [
      ["wide", mergePatch(`${RAM}/alice`, { spec: { username: "wide:b", groups: many(9, "ops:admins") } })],
    ],
    without: "login",
  },
  {
    name: "update: the groups of an administrator, to those of one's own team",
    given: [create(RAM, ram("alice", { groups: ADMINS }))],
    before: "admin",
    steps: [["lead", mergePatch(`${RAM}/alice`, { spec: { groups: ["ram:viewers"] } })]],
    without: "later",
  },
  {
    name: "update: names in the status subresource",
    given: [viewer],
    steps: [["statusWriter", mergePatch(`${RAM}/alice/status`, { spec: { groups: ADMINS } })]],
    without: "nothing",
  },
  {
    name: "update: the status, to one's own ARN",
    given: [create(RAM, ram("admin", { arn: `acs:ram::${ACCOUNT}:user/bob`, groups: ADMINS }))],
    before: "none",
    steps: [["statusWriter", mergePatch(`${RAM}/admin/status`, { status: { canonicalARN: ALICE } })]],
    without: "later",
  },
  {
    name: "update: the status, from a user with a path to one without",
    given: [create(IAM, iam("admin", { arn: "arn:aws:iam::123456789012:user/ops/dave", groups: ADMINS }))],
    before: "none",
    subject: "dave",
    steps: [["statusWriter", mergePatch(`${IAM}/admin/status`, { status: { canonicalARN: DAVE } })]],
    without: "later",
  },
  {
    name: "delete: the mapping in front of a wildcard",
    given: [viewer, everybodyAdmin],
    steps: [["deleter", remove(`${RAM}/alice`)]],
    without: "login",
  },
  {
    name: "delete: one's own mapping in front of a wildcard",
    given: [viewer, everybodyAdmin],
    steps: [["deletingLead", remove(`${RAM}/alice`)]],
    without: "login",
  },
  {
    name: "delete: all mappings of a label",
    given: [create(RAM, ram("alice", { groups: ["ram:viewers"] }, { labels: { a: "b" } })), everybodyAdmin],
    steps: [["deleter", remove(`${RAM}?labelSelector=a%3Db`)]],
    without: "login",
  },
  {
    name: "delete and create",
    given: [viewer],
    steps: [
      ["deleter", remove(`${RAM}/alice`)],
      ["deleter", create(RAM, ram("alice", { groups: ADMINS }))],
    ],
    without: "login",
  },
];

/** By the ConfigMaps. */
const CONFIG_MAP_WAYS: readonly Way[] = [
  {
    name: "ConfigMap: by PUT",
    given: [viewers],
    steps: [["configMapEditor", put(ACK, { data: { mapUsers: mapUsers("system:masters") } })]],
    without: "login",
  },
  {
    name: "ConfigMap: by merge patch",
    given: [viewers],
    steps: [["configMapEditor", mergePatch(ACK, { data: { mapUsers: mapUsers("ops:admins") } })]],
    without: "login",
  },
  {
    name: "ConfigMap: by strategic merge patch",
    given: [viewers],
    steps: [["configMapEditor", strategicPatch(ACK, { data: { mapUsers: mapUsers("ops:admins") } })]],
    without: "login",
  },
  {
    name: "ConfigMap: by JSON patch",
    given: [viewers],
    steps: [
      ["configMapEditor", jsonPatch(ACK, [{ op: "replace", path: "/data/mapUsers", value: mapUsers("ops:admins") }])],
    ],
    without: "login",
  },
  {
    name: "ConfigMap: by server-side apply",
    given: [viewers],
    steps: [
      ["configMapEditor", apply(ACK, configMap("alibabacloud-auth", { data: { mapUsers: mapUsers("ops:admins") } }))],
    ],
    without: "login",
  },
  {
    name: "ConfigMap: of AWS",
    given: [create(CONFIG_MAPS, configMap("aws-auth", { data: {} }))],
    before: "none",
    subject: "dave",
    steps: [
      [
        "configMapEditor",
        mergePatch(EKS, { data: { mapUsers: `[{userarn: "${DAVE}", username: dave, groups: ["system:masters"]}]` } }),
      ],
    ],
    without: "login",
  },
  {
    name: "ConfigMap: an account, whose users are called by their ARN",
    given: [create(CONFIG_MAPS, configMap("alibabacloud-auth", { data: {} }))],
    before: "none",
    steps: [["configMapEditor", mergePatch(ACK, { data: { mapAccounts: `["${ACCOUNT}"]` } })]],
    without: "login",
  },
  {
    name: "ConfigMap: in binaryData",
    given: [viewers],
    steps: [
      [
        "configMapEditor",
        mergePatch(ACK, { data: { mapUsers: null }, binaryData: { mapUsers: btoa(mapUsers("ops:admins")) } }),
      ],
    ],
    without: "nothing",
  },
  {
    name: "ConfigMap: a key in another case",
    given: [viewers],
    steps: [["configMapEditor", mergePatch(ACK, { data: { mapusers: mapUsers("ops:admins") } })]],
    without: "nothing",
  },
  {
    name: "ConfigMap: taken away, so that a mapping below it counts",
    given: [viewers, create(RAM, ram("alice", { groups: ADMINS }))],
    steps: [["configMapEditor", mergePatch(ACK, { data: null })]],
    without: "login",
  },
  {
    name: "ConfigMap: made where there was none",
    steps: [
      [
        "configMapReplacer",
        create(CONFIG_MAPS, configMap("alibabacloud-auth", { data: { mapUsers: mapUsers("ops:admins") } })),
      ],
    ],
    without: "login",
  },
  {
    name: "ConfigMap: made by server-side apply",
    steps: [
      ["configMapReplacer", apply(ACK, configMap("alibabacloud-auth", { data: { mapUsers: mapUsers("ops:admins") } }))],
    ],
    without: "login",
  },
  {
    name: "ConfigMap: with a name made by the API server",
    steps: [
      [
        "configMapReplacer",
        create(
          CONFIG_MAPS,
          configMap("", { data: { mapUsers: mapUsers("ops:admins") } }, {
            name: undefined,
            generateName: "alibabacloud-",
          }),
        ),
      ],
    ],
    without: "nothing",
  },
  {
    name: "ConfigMap: deleted and made anew",
    given: [viewers],
    steps: [
      ["configMapReplacer", remove(ACK)],
      [
        "configMapReplacer",
        create(CONFIG_MAPS, configMap("alibabacloud-auth", { data: { mapUsers: mapUsers("ops:admins") } })),
      ],
    ],
    without: "login",
  },
  {
    name: "ConfigMap: deleted, so that a mapping below it counts",
    given: [viewers, create(RAM, ram("alice", { groups: ADMINS }))],
    steps: [["configMapReplacer", remove(ACK)]],
    without: "login",
  },
  {
    name: "ConfigMap: deleted with all of a label",
    given: [
      create(
        CONFIG_MAPS,
        configMap("alibabacloud-auth", { data: { mapUsers: mapUsers("ram:viewers") } }, { labels: { a: "b" } }),
      ),
      create(RAM, ram("alice", { groups: ADMINS })),
    ],
    steps: [["configMapReplacer", remove(`${CONFIG_MAPS}?labelSelector=a%3Db`)]],
    without: "login",
  },
  {
    name: "ConfigMap: made immutable, so that nobody takes rights away",
    given: [viewers],
    steps: [["configMapEditor", mergePatch(ACK, { immutable: true })]],
    without: "later",
  },
  {
    name: "ConfigMap: an owner that is not there, so that Kubernetes deletes it",
    given: [viewers, create(RAM, ram("alice", { groups: ADMINS }))],
    steps: [
      [
        "configMapEditor",
        mergePatch(ACK, {
          metadata: { ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "gone", uid: "gone" }] },
        }),
      ],
      ["garbageCollector", remove(ACK)],
    ],
    without: "login",
  },
  {
    name: "ConfigMap: a finalizer, so that it outlives its deletion",
    given: [create(CONFIG_MAPS, configMap("alibabacloud-auth", { data: { mapUsers: mapUsers("ops:admins") } }))],
    before: "admin",
    steps: [
      ["configMapEditor", mergePatch(ACK, { metadata: { finalizers: ["example.com/mine"] } })],
      ["admin", remove(ACK)],
    ],
    without: "login",
  },
];

/** All ways. */
export const WAYS: readonly Way[] = [...RESOURCE_WAYS, ...CONFIG_MAP_WAYS];

/** An edit that must go on working with the guard. */
export interface HonestEdit {
  readonly name: string;
  readonly given?: readonly Request[];
  readonly steps: readonly Step[];
}

const LONG = "x".repeat(1_000);
const five = (start: number) => Array.from({ length: 5 }, (_, n) => `wide:${start + n}-${LONG}`);
const masters = create(RAM, ram("masters", { groups: ["system:masters"] }));
const owned = {
  finalizers: ["example.com/theirs"],
  ownerReferences: [{ apiVersion: "v1", kind: "Node", name: "gone", uid: "gone" }],
};

/** Edits that give nobody more than their author has. */
export const HONEST_EDITS: readonly HonestEdit[] = [
  {
    name: "the administrator creates, changes and deletes any mapping",
    steps: [
      ["admin", create(RAM, ram("mine", { username: "{{SessionName}}", groups: many(255, "system:masters") }, owned))],
      ["admin", mergePatch(`${RAM}/mine`, { spec: { arn: VIEWERS, groups: [] }, metadata: { finalizers: null } })],
      ["admin", remove(`${RAM}/mine`)],
    ],
  },
  {
    name: "the administrator creates, changes and deletes a ConfigMap",
    steps: [
      ["admin", create(CONFIG_MAPS, configMap("aws-auth", { data: { mapUsers: "[]" } }, owned))],
      ["admin", mergePatch(EKS, { data: { mapUsers: null }, immutable: true, metadata: { finalizers: null } })],
      ["admin", remove(EKS)],
    ],
  },
  {
    name: "the editor of a team maps a user, then takes the groups away",
    steps: [
      ["lead", create(RAM, ram("mine", { groups: ["ram:viewers", "team-a:developers"] }))],
      ["lead", mergePatch(`${RAM}/mine`, { spec: { groups: ["ram:viewers"], username: "team-a:bob" } })],
      ["lead", mergePatch(`${RAM}/mine`, { spec: { groups: [] } })],
    ],
  },
  {
    name: "the editor of a team maps sessions of a role, of AWS",
    steps: [["lead", create(IAM, iam("mine", { username: "team-a:x-{{SessionName}}.{{AccountID}}" }))]],
  },
  {
    name: "the editor of a team applies a mapping, twice",
    steps: [
      ["lead", apply(`${RAM}/mine`, ram("mine", { groups: ["ram:viewers"] }))],
      ["lead", apply(`${RAM}/mine`, ram("mine", { groups: ["team-a:developers"] }))],
    ],
  },
  {
    name: "ten groups of 1,000 characters by their pattern, then other ones",
    steps: [
      ["wide", create(RAM, ram("mine", { username: `wide:${LONG}`, groups: [...five(0), ...five(5)] }))],
      ["wide", mergePatch(`${RAM}/mine`, { spec: { username: `wide:y${LONG}`, groups: five(0) } })],
      ["wide", mergePatch(`${RAM}/mine`, { spec: { username: `wide:${LONG}`, groups: five(5) } })],
    ],
  },
  {
    name: "256 groups of 1,000 characters by whoever may act under all groups",
    steps: [
      ["allGroups", create(RAM, ram("mine", { username: "wide:a", groups: many(255).map((name) => name + LONG) }))],
      ["allGroups", mergePatch(`${RAM}/mine`, { spec: { username: "wide:b", groups: many(256) } })],
    ],
  },
  {
    name: "somebody with no right to any name labels and annotates an administrator's mapping",
    given: [masters],
    steps: [
      ["editor", mergePatch(`${RAM}/masters`, { metadata: { labels: { a: "b" }, annotations: { c: "d" } } })],
      ["editor", jsonPatch(`${RAM}/masters`, [{ op: "remove", path: "/metadata/labels/a" }])],
    ],
  },
  {
    name: "a storage migration writes a mapping back as it is",
    given: [masters, viewers],
    steps: [["editor", put(`${RAM}/masters`, {})], ["configMapEditor", put(ACK, {})]],
  },
  {
    name: "a controller takes away its finalizer from what the administrator deletes",
    given: [create(RAM, ram("mine", { groups: ADMINS }, { finalizers: ["example.com/theirs"] }))],
    steps: [
      ["admin", remove(`${RAM}/mine`)],
      ["editor", mergePatch(`${RAM}/mine`, { metadata: { finalizers: null } })],
    ],
  },
  {
    name: "Kubernetes deletes what the administrator gave an owner, when that is gone",
    given: [
      create(RAM, ram("mine", { groups: ADMINS }, { ownerReferences: owned.ownerReferences })),
      create(CONFIG_MAPS, configMap("alibabacloud-auth", {}, { ownerReferences: owned.ownerReferences })),
    ],
    steps: [["garbageCollector", remove(`${RAM}/mine`)], ["garbageCollector", remove(ACK)]],
  },
  {
    name: "the status that a program writes, of a role with a path, in its own letter case",
    given: [create(IAM, iam("mine", { arn: "arn:aws:iam::123456789012:role/team/Dev", groups: ADMINS }))],
    steps: [
      "arn:aws:iam::123456789012:role/dev",
      "arn:aws:iam::123456789012:role/team/Dev",
      "",
    ].map((canonicalARN) => [
      "statusWriter",
      mergePatch(`${IAM}/mine/status`, { status: { canonicalARN, userID: "AROAMADEUPDEV0000001" } }),
    ]),
  },
  {
    name: "somebody labels and annotates a ConfigMap",
    given: [viewers],
    steps: [["configMapEditor", mergePatch(ACK, { metadata: { labels: { a: "b" }, annotations: { c: "d" } } })]],
  },
  {
    name: "somebody makes and deletes an empty ConfigMap of the name elsewhere, and others beside it",
    steps: [
      [
        "configMapReplacer",
        create(CONFIG_MAPS.replace("kube-system", "default"), {
          ...configMap("aws-auth", { data: { mapUsers: "[]" } }, { namespace: "default" }),
        }),
      ],
      ["configMapReplacer", remove(`${CONFIG_MAPS.replace("kube-system", "default")}/aws-auth`)],
      [
        "configMapReplacer",
        create(CONFIG_MAPS, configMap("other", { data: { mapUsers: "[]" } }, { labels: { a: "b" } })),
      ],
      ["configMapReplacer", remove(`${CONFIG_MAPS}?labelSelector=a%3Db`)],
    ],
  },
];
