/**
 * Options that say who gets in as whom, and what is written down of it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { ALICE, DAVE, type Stage, startStage } from "./stage.ts";

const { bob, kubernetesAdmin, viewer } = DEMO_PRINCIPALS;
const ACCOUNT = /\d{5,}/.exec(ALICE)![0];
const AWS_ACCOUNT = /\d{12}/.exec(DAVE)![0];
const roleArn = (name: string) => `acs:ram::${ACCOUNT}:role/${name}`;
const ROLES = [{ roleARN: roleArn("KubernetesAdmin"), username: "admin" }];

/** How the log line of the last login names whoever logged in. */
function lastLogin(log: string): string {
  return /"arn":"([^"]+)"/.exec(log.split("\n").findLast((line) => line.includes('"login allowed"')) ?? "")?.[1] ?? "";
}

/** A server with rules of each kind. */
export const PEOPLE: Stage = {
  name: "who gets in",
  start: () =>
    startStage({
      flags: ["-l", "json", "-v", "debug", "--feature-gates", "IAMIdentityMappingCRD=true"],
      keys: ({ folder }) => ({
        mapRoles: [...ROLES, { roleARN: roleArn("Viewers"), username: "viewer" }],
        mapAccounts: [AWS_ACCOUNT],
        mapUsers: [{ userARN: ALICE, username: "alice" }],
        reservedPrefixConfig: [{ backendMode: "File", usernamePrefixReserveList: ["adm"] }],
        scrubbedAccounts: [ACCOUNT],
        maxTokenAge: 100,
        metricsCompat: ["aws_iam_authenticator"],
        audit: { path: `${folder}/audit.log` },
        deny: { accessKeyIds: ["LTAI5tMadeUpDemoBob002"] },
      }),
    }),
  rows: {
    "config": { atStart: async (server) => assert.equal(await server.alice(), "alice") },
    "cluster-id": {
      async atStart({ alice }) {
        assert.equal(await alice({ clusterId: "another" }), "wrong_cluster");
      },
    },
    "feature-gates": {
      // deno-lint-ignore require-await
      async atStart({ log }) {
        assert.match(log(), /notice: Option "feature-gates" .* has no effect here: ram-auth has no feature gates/);
      },
    },
    "map-users": {
      atStart: async ({ alice }) => assert.equal(await alice(), "alice"),
      async changed({ change, until, alice }) {
        await change({ mapUsers: [{ userARN: ALICE, username: "alice-2" }] });
        await until(alice, "alice-2");
      },
    },
    "map-accounts": {
      atStart: async ({ dave }) => assert.equal(await dave(), DAVE),
      async changed({ change, until, dave }) {
        await change({ mapAccounts: ["210987654321"] });
        await until(dave, "not_mapped");
      },
    },
    "map-roles": {
      atStart: async ({ alice }) => assert.equal(await alice({ as: viewer }), "viewer"),
      async changed({ change, until, alice }) {
        await change({ mapRoles: [...ROLES, { roleARN: roleArn("Viewers"), username: "viewer-2" }] });
        await until(() => alice({ as: viewer }), "viewer-2");
      },
    },
    "reserved-prefix-config": {
      atStart: async ({ alice }) => assert.equal(await alice({ as: kubernetesAdmin }), "mapping_refused"),
      async changed({ change, until, alice }) {
        await change({ reservedPrefixConfig: [{ backendMode: "File", usernamePrefixReserveList: ["alice"] }] });
        await until(alice, "mapping_refused");
        await until(() => alice({ as: kubernetesAdmin }), "admin");
        await change({ reservedPrefixConfig: undefined });
        await until(alice, "alice-2");
      },
    },
    "deny": {
      atStart: async ({ alice }) => assert.equal(await alice({ as: bob }), "deny_listed"),
      async changed({ change, until, alice }) {
        await change({ deny: { arns: [ALICE] } });
        await until(alice, "deny_listed");
        await change({ deny: undefined });
        await until(alice, "alice-2");
      },
    },
    "max-token-age": {
      atStart: async ({ alice }) => assert.equal(await alice({ ageMs: 200_000 }), "expired"),
      async changed({ change, until, alice }) {
        await change({ maxTokenAge: 800 });
        await until(() => alice({ ageMs: 200_000 }), "alice-2");
      },
    },
    "scrubbed-accounts": {
      async atStart({ alice, log }) {
        await alice();
        assert.equal(lastLogin(log()), "[scrubbed]");
      },
      async changed({ change, until, alice, log }) {
        const arn = async () => {
          await alice();
          return lastLogin(log());
        };
        await change({ scrubbedAccounts: undefined });
        await until(arn, ALICE);
        await change({ scrubbedAccounts: [ACCOUNT] });
        await until(arn, "[scrubbed]");
      },
    },
    "audit-path": {
      async atStart({ alice, folder, until }) {
        await alice();
        const audited = async () => (await Deno.readTextFile(`${folder}/audit.log`)).includes('"event":"allowed"');
        await until(audited, true);
      },
    },
    "metrics-compat": {
      atStart: async ({ page }) => assert.deepEqual(prefixesOn(await page("/metrics")), ["aws_iam_authenticator"]),
      async changed({ change, until, page }) {
        await change({ metricsCompat: ["ack_ram_authenticator"] });
        await until(async () => prefixesOn(await page("/metrics")).join(), "ack_ram_authenticator");
      },
    },
    "clouds": {
      async atStart({ dave, alice }) {
        assert.equal(await dave(), "not_mapped");
        assert.equal(await alice(), "alice-2");
      },
    },
  },
};

/** The prefixes of other tools under which metrics are shown. */
function prefixesOn(metrics: string): string[] {
  return [...new Set([...metrics.matchAll(/^(\w+_authenticator)_/gm)].map(([, prefix]) => prefix!))];
}
