/**
 * Alibaba Cloud's peers are not to be had. Their side is the vendor's own JavaScript package, which signs, and tokens
 * that the real client printed.
 *
 * @module
 */

import assert from "node:assert/strict";
import { buildAssumeRole } from "../../lib/clouds/alibaba/assume_role.ts";
import { DEMO_PRINCIPALS } from "../../lib/emulator/alibaba/principals.ts";
import { Secret } from "../../lib/secret.ts";
import { signedHeaders } from "../emulator/alibaba/independent_signer.ts";
import { type Keys, mintedToken } from "../support/minted_token.ts";
import { CLUSTER_ID, startReviewServer } from "../support/review_server.ts";
import { dateText, decodeToken, encodeToken, tokenJson } from "../support/tokens.ts";
import vectors from "../vectors/alibaba_v2_ack-ram-tool.json" with { type: "json" };

const { alice, kubernetesAdmin } = DEMO_PRINCIPALS;
const NOW = new Date("2026-11-22T12:00:00Z");

for (
  const [whose, keys, username] of [
    ["a user's", alice, "alice"],
    ["a role's", kubernetesAdmin, "admin:alice-example.com"],
  ] as const
) {
  Deno.test(`our server takes ${whose} token that the vendor's package signed`, async () => {
    await using server = await startReviewServer();
    const token = encodeToken(tokenJson(keys, { clusterId: CLUSTER_ID, now: server.now() }));
    const { body } = await server.review(token);
    assert.equal(body.status?.user?.username, username);
  });

  Deno.test(`the vendor's package signs ${whose} token byte for byte as we do`, async () => {
    for (const clusterId of [CLUSTER_ID, "prod/eu:one two*~é"]) {
      const { headers } = JSON.parse(decodeToken(await mintedToken(keys, { clusterId, now: NOW })));
      const { authorization } = signedHeaders(keys, { date: dateText(NOW), query: { ACKClusterId: clusterId } });
      assert.equal(headers.Authorization, authorization);
    }
  });

  Deno.test(`the vendor's package signs a role's request with ${whose} keys byte for byte as we do`, async () => {
    const sts = { region: undefined, endpoint: undefined, caFile: undefined, profile: undefined };
    const request = {
      roleArn: "acs:ram::1234567890123456:role/KubernetesAdmin",
      externalId: "partner:1/2+3=4@5",
      session: { kind: "usual" },
      credentials: credentialsOf(keys),
      sts,
    } as const;
    const context = { host: "sts.aliyuncs.com", now: NOW, sessionName: "alice@example.com" };
    const { url, headers } = await buildAssumeRole(request, context);
    const { authorization } = signedHeaders(keys, {
      date: dateText(NOW),
      query: Object.fromEntries(new URL(url).searchParams),
      headers: { "x-acs-action": "AssumeRole" },
    });
    assert.equal(headers["authorization"], authorization);
  });
}

for (const { name, token, clusterId, date, ...keys } of vectors) {
  Deno.test(`our server takes a token that ack-ram-tool printed: ${name}`, async () => {
    const principals = [{ ...keysOf(keys), identity: alice.identity }];
    await using server = await startReviewServer({ clusterId, principals });
    server.advance(new Date(date).getTime() - server.now().getTime());
    const { body } = await server.review(token);
    assert.equal(body.status?.user?.username, "alice", JSON.stringify(body));
  });
}

function keysOf({ accessKeyId, accessKeySecret, securityToken }: Keys): Keys {
  return { accessKeyId, accessKeySecret, ...(securityToken && { securityToken }) };
}

function credentialsOf({ accessKeyId, accessKeySecret, securityToken }: Keys) {
  return {
    accessKeyId,
    accessKeySecret: new Secret(accessKeySecret),
    ...(securityToken !== undefined && { securityToken: new Secret(securityToken) }),
    source: "a test",
  };
}
