import assert from "node:assert/strict";
import {
  canonicalQuery,
  canonicalRequest,
  sign,
  signedHeaderNames,
  stringToSign,
} from "../../../lib/clouds/alibaba/acs3.ts";
import { signedHeaders } from "../../../lib/clouds/alibaba/token.ts";
import { Secret } from "../../../lib/secret.ts";
import { EMPTY_BODY_SHA256, signedHeaders as independentlySigned } from "../../emulator/alibaba/independent_signer.ts";
import vectors from "../../vectors/alibaba_v2_ack-ram-tool.json" with { type: "json" };

/** Written out by hand, and hashed with another language's library. */
const STEPS: Readonly<Record<string, { query: string; securityToken: string; sha256: string }>> = {
  "long-lived key": {
    query: "ACKClusterId=c0123456789abcdef0123456789abcdef",
    securityToken: "",
    sha256: "2d71784036ccd2acce3eb53e0f3d575f7275f7f36731ea46a105c6020fcf014d",
  },
  "STS credentials": {
    query: "ACKClusterId=c1",
    securityToken: "x-acs-security-token:CAISmadeUp/security+token==.with~tail\n",
    sha256: "0f56668da1859db5178f5ae904d7d35519e51c7631ce81215bb7ec6f447adf7c",
  },
  "cluster id with signs": {
    query: "ACKClusterId=prod%2Feu%3Aone%20two%2A~%C3%A9",
    securityToken: "",
    sha256: "a7cfd18cba3befbbeaec80311fe01cf6ab85d32898eb6752295c3dba10013de7",
  },
};

for (const vector of vectors) {
  Deno.test(`the signature of ack-ram-tool comes out at every step: ${vector.name}`, async () => {
    const { query, securityToken, sha256 } = STEPS[vector.name]!;
    const headers = signedHeaders({ date: vector.date, securityToken: vector.securityToken || undefined });
    const request = { method: "POST", query: { ACKClusterId: vector.clusterId }, headers } as const;
    const names = `x-acs-action;x-acs-content-sha256;x-acs-date;${
      securityToken && "x-acs-security-token;"
    }x-acs-version`;

    assert.equal(
      canonicalRequest(request),
      `POST\n/\n${query}\n` +
        `x-acs-action:GetCallerIdentity\nx-acs-content-sha256:${EMPTY_BODY_SHA256}\nx-acs-date:${vector.date}\n` +
        `${securityToken}x-acs-version:2015-04-01\n\n${names}\n${EMPTY_BODY_SHA256}`,
    );
    assert.equal(await stringToSign(request), `ACS3-HMAC-SHA256\n${sha256}`);
    assert.equal(await sign(request, new Secret(vector.accessKeySecret)), vector.signature);
  });
}

for (
  const [what, clusterId, securityToken] of [
    ["a plain cluster id", "c1", undefined],
    ["an id with every sign that encoders disagree about", "a b+c&d=e/f?g%h!'()*~;:@,$", undefined],
    ["an id of another script", "集群-🚀", undefined],
    ["temporary credentials", "c1", "CAISmadeUp/with+signs=="],
  ] as const
) {
  Deno.test(`the vendor's own package signs the same for ${what}`, async () => {
    const date = "2026-11-22T12:00:00Z";
    const signer = {
      accessKeyId: "LTAI5tMadeUpKey",
      accessKeySecret: "MadeUpSecret",
      ...(securityToken && { securityToken }),
    };
    const query = { ACKClusterId: clusterId };
    const theirs = independentlySigned(signer, { date, query })["authorization"]!;
    const headers = signedHeaders({ date, securityToken });
    const ours = await sign({ method: "POST", query, headers }, new Secret(signer.accessKeySecret));
    assert.equal(
      theirs.replaceAll(" ", ""),
      `ACS3-HMAC-SHA256Credential=${signer.accessKeyId},SignedHeaders=${signedHeaderNames(headers)},Signature=${ours}`,
    );
  });
}

for (
  const [what, query, want] of [
    ["nothing", {}, ""],
    ["names in order of their characters", { b: "2", a: "1", B: "3" }, "B=3&a=1&b=2"],
    ["what encodeURIComponent() leaves as it is", { a: "!'()*" }, "a=%21%27%28%29%2A"],
    ["a space, never as a plus sign", { a: "1 2+3" }, "a=1%202%2B3"],
    ["an encoded name", { "a b": "~" }, "a%20b=~"],
  ] as const
) {
  Deno.test(`canonicalQuery() writes ${what}`, () => assert.equal(canonicalQuery(query), want));
}

Deno.test("signedHeaderNames() sorts by name", () => {
  assert.equal(signedHeaderNames({ "x-acs-version": "", "x-acs-action": "" }), "x-acs-action;x-acs-version");
});
