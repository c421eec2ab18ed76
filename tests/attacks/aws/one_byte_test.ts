import assert from "node:assert/strict";
import { aws } from "../../../lib/clouds/aws/cloud.ts";
import type { StsCall } from "../../../lib/clouds/cloud.ts";
import { awsToken, decodeUrl, encodeUrl } from "../../support/aws_tokens.ts";
import { readOrRefuse } from "../read_or_refuse.ts";
import { optionsFor, startAwsServer } from "./deny.ts";
import { serverFor, VECTORS } from "./vectors.ts";

/** Through the whole server, one character in 13 is changed; 4 does not divide 13, so each place in a group is met. */
const SAMPLE_STEP = 13;

const PREFIX = "k8s-aws-v1.";

/** Every byte of the URL that only STS can judge: key id, date, life, security token, signature. */
function bytesForSts(url: string): ReadonlySet<number> {
  const places = new Set<number>();
  for (
    const value of [
      /X-Amz-Credential=([^%]+)/d,
      /X-Amz-Date=([^&]+)/d,
      /X-Amz-Expires=([^&]+)/d,
      /X-Amz-Security-Token=([^&]+)/d,
      /X-Amz-Signature=([0-9a-f]{64})/d,
    ]
  ) {
    const [from, to] = value.exec(url)?.indices?.[1] ?? [0, 0];
    for (let at = from; at < to; at++) places.add(at);
  }
  return places;
}

/** Each byte changed to each of these: a bit of it, its case, a digit more. */
const CHANGES = [0x01, 0x02, 0x10, 0x20, 0x80];

const textOf = ({ host, method, target, headers }: StsCall) => JSON.stringify([host, method, target, headers]);

for (const vector of VECTORS) {
  const { name, clusterId, host, region, partition, principal } = vector;

  Deno.test(`a token (${name}) with a changed byte in its URL is refused, or is STS's to judge`, async () => {
    const now = new Date("2026-11-22T12:00:00Z");
    const choice = { stsEndpoint: undefined, region: undefined, network: "public", partition } as const;
    const reader = await aws.createReader(choice, () => Promise.resolve(false));
    const token = awsToken(principal, { clusterId, now, host, region });
    const want = textOf(reader.read(token, { clusterId, now }));
    const url = decodeUrl(token);
    const forSts = bytesForSts(url);
    const bytes = new TextEncoder().encode(url);
    let left = 0;
    for (const [at, byte] of bytes.entries()) {
      for (const change of CHANGES) {
        bytes[at] = byte ^ change;
        const got = readOrRefuse(() => textOf(reader.read(encodeUrl(bytes), { clusterId, now })));
        if (got !== undefined) left += 1;
        if (forSts.has(at)) assert.ok(got !== want, `byte ${at}`);
        else assert.equal(got, undefined, `byte ${at} changed by ${change}: not refused`);
      }
      bytes[at] = byte;
    }
    assert.ok(left >= 64, "no changed signature was left to STS");
  });

  Deno.test(`a token (${name}) with any one character of its text changed logs nobody in`, async () => {
    await using server = await startAwsServer(serverFor(vector));
    const token = awsToken(principal, { ...optionsFor(server), region });
    const forSts = bytesForSts(decodeUrl(token));
    for (let at = 0; at < token.length; at += SAMPLE_STEP) {
      const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
      const before = server.stsCalls();
      const { status, body } = await server.review(changed);
      assert.deepEqual([status, body.status?.authenticated], [200, false], `character ${at}`);
      const touched = Math.floor((at - PREFIX.length) * 3 / 4);
      if (forSts.has(touched) || forSts.has(touched + 1)) continue;
      assert.equal(server.stsCalls(), before, `character ${at}: STS was asked`);
    }
  });
}
