import assert from "node:assert/strict";
import { create } from "../support/api_requests.ts";
import { ALICE, RAM, ram } from "../support/mapping_ways/objects.ts";
import { startTrial } from "../support/mapping_ways/trial.ts";
import type { Rights, Subject } from "../support/mapping_ways/way.ts";
import { testNeeding } from "../support/needs.ts";
import { waitFor } from "../support/wait_for.ts";

const MODES = "backendMode: [MountedFile, CRD]";
const NOBODY = `${MODES}\nmapUsers: []`;
const SENTINEL = "acs:ram::1234567890123456:role/KubernetesAdmin";

testNeeding(
  ["cluster", "kubectl"],
  "who may write resources alone makes nobody more than the operator meant",
  async (t) => {
    await using trial = await startTrial(NOBODY);
    const { configure, give, kubectl, readyz, removeMappings, rightsOf } = trial;
    const become = (subject: Subject, rights: Rights) =>
      waitFor(`${subject} to be ${rights}`, async () => await rightsOf(subject) === rights);
    /** The server sees resources in the order in which they were made: once it has seen this one, it has seen all. */
    const haveSeen = async () => {
      await give([create(RAM, ram("sentinel", { arn: SENTINEL, username: "sentinel" }))]);
      await become("sentinel", "some");
    };
    const startOver = async (sections: string) => {
      await removeMappings();
      await configure(sections);
      await become("alice", "none");
      await become("sentinel", "none");
    };
    for (const group of ["kubeadm:cluster-admins", "admins"]) {
      await kubectl("create", "clusterrolebinding", group, "--clusterrole=cluster-admin", `--group=${group}`);
    }

    await t.step("a list of reserved prefixes opens nothing: system:masters stays closed to resources", async () => {
      await configure(`${NOBODY}\nreservedPrefixConfig: [{backendMode: CRD, usernamePrefixReserveList: ["system:"]}]`);
      await give([create(RAM, ram("m1", { arn: ALICE, username: "alice", groups: ["system:masters"] }))]);
      await haveSeen();
      assert.equal(await rightsOf("alice"), "none");
    });

    await t.step(
      "kubeadm's admin group is closed to resources, until the running server is told otherwise",
      async () => {
        await startOver(NOBODY);
        await give([create(RAM, ram("m1", { arn: ALICE, username: "alice", groups: ["kubeadm:cluster-admins"] }))]);
        await haveSeen();
        assert.equal(await rightsOf("alice"), "none");
        await configure(`${NOBODY}\nreservedPrefixConfig: [{backendMode: CRD, adminGroups: allow}]`);
        await become("alice", "admin");
        await configure(NOBODY);
        await become("alice", "none");
      },
    );

    await t.step("a slip in the config file hands nobody to a resource", async () => {
      await startOver(NOBODY);
      await configure(`${MODES}\nmapUsers: [{userARN: "${ALICE}", username: alice, groups: [viewers]}]`);
      await become("alice", "some");
      await give([create(RAM, ram("m1", { arn: ALICE, username: "alice", groups: ["admins"] }))]);
      await haveSeen();
      assert.equal(await rightsOf("alice"), "some");
      await configure(`${MODES}\nmapUsers: [{userARN: "${ALICE}", username: alice, groups: viewers}]`);
      await waitFor("the slip to be said", async () => /MountedFile: 1 invalid entry/.test(await readyz()));
      assert.equal(await rightsOf("alice"), "some");
    });

    await t.step("a newcomer takes over nobody, whatever it is called", async () => {
      await startOver(NOBODY);
      await give([create(RAM, ram("m1", { arn: ALICE, username: "alice", groups: ["viewers"] }))]);
      await become("alice", "some");
      // The API server keeps the second in which an object was made, and nothing finer.
      const made = Date.parse(
        await kubectl("get", "ramidentitymappings", "m1", "-o", "jsonpath={.metadata.creationTimestamp}"),
      );
      await waitFor("the next second", () => Date.now() >= made + 1_000);
      await give([create(RAM, ram("a0", { arn: ALICE, username: "alice", groups: ["admins"] }))]);
      await haveSeen();
      assert.equal(await rightsOf("alice"), "some");
      await waitFor("a0 to be told what is in its way", async () =>
        /"a0".*"m1"|"m1".*"a0"/s.test(await readyz()) ||
        /m1/.test(await kubectl("get", "ramidentitymappings", "a0", "-o", "jsonpath={.status.conditions[*].message}")));
    });
  },
);
