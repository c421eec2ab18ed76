/**
 * Ways to more rights by custom resources.
 *
 * @module
 */

import { apply, create, jsonPatch, mergePatch, put, remove } from "../api_requests.ts";
import {
  ACCOUNT,
  ADMINS,
  ALICE,
  DAVE,
  everybodyAdmin,
  IAM,
  iam,
  many,
  RAM,
  ram,
  type Spec,
  viewer,
  VIEWERS,
} from "./objects.ts";
import type { Way } from "./way.ts";

const creates = (spec: Spec): Way["steps"] => [["creator", create(RAM, ram("mine", spec))]];

/** The ways. */
export const RESOURCE_WAYS: readonly Way[] = [
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
    name: "create: as the editor of one team, the group of administrators alone",
    steps: [["lead", create(RAM, ram("mine", { groups: ADMINS }))]],
    without: "login",
  },
  {
    name: "create: as the editor of one team, a user of another",
    steps: [["lead", create(RAM, ram("mine", { username: "ops:root" }))]],
    without: "login",
  },
  {
    name: "create: as somebody who may act as every user, a group",
    steps: [["allUsers", create(RAM, ram("mine", { groups: ADMINS }))]],
    without: "login",
  },
  {
    name: "create: as somebody who may act under every group, a user",
    steps: [["allGroups", create(RAM, ram("mine", { username: "ops:root" }))]],
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
    name: "update: the username of an administrator, to one of one's own team",
    given: [create(RAM, ram("alice", { username: "ops:root" }))],
    before: "admin",
    steps: [["lead", mergePatch(`${RAM}/alice`, { spec: { username: "team-a:alice" } })]],
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
