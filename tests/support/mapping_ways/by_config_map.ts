/**
 * Ways to more rights by the ConfigMaps.
 *
 * @module
 */

import { apply, create, jsonPatch, mergePatch, put, remove, strategicPatch } from "../api_requests.ts";
import { ACCOUNT, ACK, ADMINS, CONFIG_MAPS, configMap, DAVE, EKS, mapUsers, RAM, ram, viewers } from "./objects.ts";
import type { Way } from "./way.ts";

/** The ways. */
export const CONFIG_MAP_WAYS: readonly Way[] = [
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
    given: [create(CONFIG_MAPS, configMap("alibabacloud-auth", { data: {} }))],
    before: "none",
    steps: [["configMapEditor", mergePatch(ACK, { binaryData: { mapUsers: btoa(mapUsers("ops:admins")) } })]],
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
    name: "ConfigMap: made by somebody who may act as every user",
    steps: [
      [
        "allUsers",
        create(CONFIG_MAPS, configMap("alibabacloud-auth", { data: { mapUsers: mapUsers("ops:admins") } })),
      ],
    ],
    without: "login",
  },
  {
    name: "ConfigMap: made by somebody who may act under every group",
    steps: [
      [
        "allGroups",
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
