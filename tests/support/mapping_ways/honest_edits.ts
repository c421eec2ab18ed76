/**
 * Edits of mappings that must go on working with `manifests/mapping-guard.yaml`.
 *
 * @module
 */

import { apply, create, jsonPatch, mergePatch, put, remove } from "../api_requests.ts";
import { ACK, ADMINS, CONFIG_MAPS, configMap, EKS, IAM, iam, many, RAM, ram, VIEWERS, viewers } from "./objects.ts";
import type { HonestEdit } from "./way.ts";

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
