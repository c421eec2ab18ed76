/**
 * Every client of AWS against both servers. Runs where the names of STS lead to the emulator: see `namespace.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { prepareSite, type ReviewStatus, withoutCredentialId } from "../../support/server_process.ts";
import { awsCli, type Client, type ClientRun, peerToken, ramAuthAsAws, ramAuthToken } from "./clients.ts";
import { startPeerServer } from "./peer_server.ts";
import { STS_NAMES } from "./sts_names.ts";

const MAPPINGS = `
mapUsers:
  - {userARN: "arn:aws:iam::123456789012:user/dave", username: dave, groups: [developers, "key:{{AccessKeyID}}"]}
  - {userARN: "arn:aws:iam::123456789012:user/ops/erin", username: "erin:{{AccountID}}"}
mapRoles:
  - {roleARN: "arn:aws:iam::123456789012:role/ClusterAdmin", username: "admin:{{SessionName}}", groups: ["system:masters"]}
  - {roleARN: "arn:aws:iam::123456789012:role/Partner", username: "partner:{{SessionNameRaw}}", groups: [partners]}
mapAccounts: ["123456789012"]
`;

const ADMIN = "arn:aws:iam::123456789012:role/ClusterAdmin";
const PARTNER = ["-r", "arn:aws:iam::123456789012:role/Partner", "-e", "MadeUpExternalId", "-s", "session@one"];
const FIPS = { AWS_USE_FIPS_ENDPOINT: "true" };
const DUAL_STACK = { AWS_USE_DUALSTACK_ENDPOINT: "true" };
const { dave, erin, clusterAdmin, federated, root } = DEMO_AWS_PRINCIPALS;

/** How a client is run, and the name that both servers give to whoever has its token. */
type Row = readonly [
  what: string,
  run: Pick<ClientRun, "keys" | "args" | "env">,
  username: string | RegExp,
];

const CLIENTS: readonly (readonly [name: string, client: Client, rows: readonly Row[]])[] = [
  ["aws eks get-token", awsCli, [
    ["a user", { keys: dave }, "dave"],
    ["a region", { keys: dave, args: ["--region", "us-west-2"] }, "dave"],
    ["temporary keys", { keys: clusterAdmin }, "admin:dave-example.com"],
    ["a role", { keys: dave, args: ["--region", "us-west-2", "--role-arn", ADMIN] }, "admin:EKSGetTokenAuth"],
  ]],
  ["aws-iam-authenticator token", peerToken, [
    ["a user", { keys: dave }, "dave"],
    ["a user under a path, a region", { keys: erin, args: ["--region", "us-west-2"] }, "erin:123456789012"],
    ["temporary keys", { keys: clusterAdmin }, "admin:dave-example.com"],
    ["a role", { keys: dave, args: ["-r", ADMIN] }, /^admin:aws-go-sdk-\d+$/],
    ["a role by external id and session name", { keys: dave, args: PARTNER }, "partner:session@one"],
    [
      "a role by the caller's session name",
      { keys: clusterAdmin, args: ["-r", ADMIN, "--forward-session-name"] },
      "admin:dave-example.com",
    ],
  ]],
  ["ram-auth token", ramAuthToken, [
    ["a user", { keys: dave }, "dave"],
    ["a user under a path", { keys: erin }, "erin:123456789012"],
    ["temporary keys", { keys: clusterAdmin }, "admin:dave-example.com"],
    ["a federated user", { keys: federated }, "arn:aws:sts::123456789012:federated-user/frank"],
    ["the root of an account", { keys: root }, "arn:aws:iam::123456789012:root"],
    ["a region", { keys: dave, args: ["--region", "us-west-2"] }, "dave"],
    ["the environment's region", { keys: dave, env: { AWS_REGION: "eu-central-1" } }, "dave"],
    ["a FIPS host", { keys: dave, env: { AWS_REGION: "us-east-2", ...FIPS } }, "dave"],
    ["a dual-stack host", { keys: dave, env: { AWS_REGION: "ap-northeast-1", ...DUAL_STACK } }, "dave"],
    [
      "a dual-stack host with FIPS",
      { keys: clusterAdmin, env: { AWS_REGION: "us-west-1", ...FIPS, ...DUAL_STACK } },
      "admin:dave-example.com",
    ],
    ["a role", { keys: dave, args: ["-r", ADMIN] }, /^admin:ram-auth-\d+$/],
    ["a role by external id and session name", { keys: dave, args: PARTNER }, "partner:session@one"],
    [
      "a role by the caller's session name",
      { keys: clusterAdmin, args: ["-r", ADMIN, "--forward-session-name"] },
      "admin:dave-example.com",
    ],
  ]],
  ["ram-auth eks get-token", ramAuthAsAws, [
    ["a user", { keys: dave }, "dave"],
    ["a role", { keys: dave, args: ["--role-arn", ADMIN] }, "admin:EKSGetTokenAuth"],
  ]],
];

Deno.test("both servers take each client's tokens, for the same user", async (t) => {
  await using site = await prepareSite(MAPPINGS, { clouds: ["aws"], stsNames: STS_NAMES, stsPort: 443 });
  const { clusterId, stsCaFile } = site;
  await using _server = await site.start();
  await using peer = await startPeerServer({ clusterId, stsCaFile, mappings: MAPPINGS });
  const reviews = (token: string) => Promise.all([site.review(token), peer.review(token)]);

  for (const [name, client, rows] of CLIENTS) {
    for (const [what, run, username] of rows) {
      await t.step(`${name}: ${what}`, async () => {
        const [ours, theirs] = await reviews(await client({ clusterId, stsCaFile, ...run }));
        assert.equal(ours.authenticated, true, JSON.stringify(ours));
        if (username instanceof RegExp) assert.match(ours.user!.username, username);
        else assert.equal(ours.user!.username, username);
        assert.deepEqual(
          { ...ours, user: { ...ours.user!, extra: withoutCredentialId(ours.user!.extra) } },
          withGroups(theirs),
        );
      });
    }
    for (
      const [what, run] of [
        ["another cluster", { clusterId: "another", keys: dave }],
        ["a wrong secret", { clusterId, keys: { ...dave, accessKeySecret: "MadeUpWrongSecret" } }],
      ] as const
    ) {
      await t.step(`${name}: refused with ${what}`, async () => {
        const answers = await reviews(await client({ stsCaFile, ...run }));
        for (const { authenticated, user } of answers) {
          assert.equal(authenticated, false);
          assert.equal(user?.username, undefined);
        }
      });
    }
  }
});

Deno.test("both servers take each client's tokens for a cluster id with spaces, and for no other", async (t) => {
  const clusterId = "my dev cluster";
  await using site = await prepareSite(MAPPINGS, { clouds: ["aws"], stsNames: STS_NAMES, stsPort: 443, clusterId });
  const { stsCaFile } = site;
  await using _server = await site.start();
  await using peer = await startPeerServer({ clusterId, stsCaFile, mappings: MAPPINGS });
  for (const [name, client] of CLIENTS) {
    for (const [signedFor, username] of [[clusterId, "dave"], ["my devcluster", undefined]] as const) {
      await t.step(`${name}: a token for "${signedFor}"`, async () => {
        const token = await client({ clusterId: signedFor, stsCaFile, keys: dave });
        for (const { authenticated, user } of await Promise.all([site.review(token), peer.review(token)])) {
          assert.deepEqual([authenticated, user?.username], [username !== undefined, username]);
        }
      });
    }
  }
});

/** The peer writes no empty list; to kube-apiserver both are the same. */
function withGroups({ user, ...status }: ReviewStatus): ReviewStatus {
  return user === undefined ? status : { ...status, user: { ...user, groups: user.groups ?? [] } };
}
