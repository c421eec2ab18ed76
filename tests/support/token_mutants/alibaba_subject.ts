/**
 * Alibaba Cloud under trial by mutants.
 *
 * @module
 */

import { sign, signedHeaderNames } from "../../../lib/clouds/alibaba/acs3.ts";
import { alibaba } from "../../../lib/clouds/alibaba/cloud.ts";
import { signedHeaders } from "../../../lib/clouds/alibaba/token.ts";
import { checkSignature } from "../../../lib/emulator/alibaba/check_signature.ts";
import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { Secret } from "../../../lib/secret.ts";
import { mintedToken } from "../minted_token.ts";
import { ALIBABA_ANATOMY } from "./alibaba_anatomy.ts";
import type { Subject } from "./subject.ts";

const HOST = "sts.example";
const CLUSTER_ID = "prod/eu:one two*~é";
const SIGNED_AT = new Date("2026-11-22T12:00:00Z");
const NOW = new Date("2026-11-22T12:00:30Z");

/** Tokens of all demo principals. */
export async function alibabaSubject(): Promise<Subject> {
  const endpoint = { stsEndpoint: HOST, region: undefined, network: "public" } as const;
  const principals = Object.values(DEMO_PRINCIPALS);
  const tokensFor = async (clusterId: string, now: Date) =>
    await Promise.all(principals.map((keys) => mintedToken(keys, { clusterId, now })));
  return {
    anatomy: ALIBABA_ANATOMY,
    reader: await alibaba.createReader(endpoint, () => Promise.resolve(false)),
    context: { clusterId: CLUSTER_ID, now: NOW },
    valid: await tokensFor(CLUSTER_ID, SIGNED_AT),
    strangers: [
      ...await tokensFor("c-other", SIGNED_AT),
      ...await tokensFor(CLUSTER_ID, new Date("2026-11-21T12:00:00Z")),
      await alicesToken({ query: {} }),
      await alicesToken({ query: { ACKClusterId: CLUSTER_ID, Action: "AssumeRole" } }),
      await alicesToken({ action: "AssumeRole" }),
    ],
    mayAsk: (host) => host === HOST,
    stsTakes: (request) => checkSignature(request, { principals, now: NOW }).kind === "accepted",
  };
}

/** Alice's token for another request than clients sign. */
async function alicesToken(
  { query = { ACKClusterId: CLUSTER_ID }, action = "GetCallerIdentity" }: {
    readonly query?: Readonly<Record<string, string>>;
    readonly action?: string;
  },
): Promise<string> {
  const { accessKeyId, accessKeySecret } = DEMO_PRINCIPALS.alice;
  const date = SIGNED_AT.toISOString().replace(".000Z", "Z");
  const headers = { ...signedHeaders({ date, securityToken: undefined }), "x-acs-action": action };
  const signature = await sign({ method: "POST", query, headers }, new Secret(accessKeySecret));
  const names = signedHeaderNames(headers);
  const Authorization = `ACS3-HMAC-SHA256 Credential=${accessKeyId},SignedHeaders=${names},Signature=${signature}`;
  const json = JSON.stringify({ clusterId: CLUSTER_ID, query, headers: { Authorization, ...headers } });
  return ALIBABA_ANATOMY.prefix + new TextEncoder().encode(json).toBase64();
}
