import assert from "node:assert/strict";
import vectors from "../../vectors/alibaba_v2_ack-ram-tool.json" with { type: "json" };
import { alibaba } from "../../../lib/clouds/alibaba/cloud.ts";
import type { StsCall } from "../../../lib/clouds/cloud.ts";
import { type AlibabaPrincipal, DEMO_ACCOUNT_ID } from "../../../lib/emulator/alibaba/principals.ts";
import type { Keys } from "../../support/minted_token.ts";
import { startReviewServer } from "../../support/review_server.ts";
import { dateText, decodeToken, encodeToken, type TokenJson, tokenJson } from "../../support/tokens.ts";
import { readOrRefuse } from "../read_or_refuse.ts";
import { assertAllowed } from "./deny.ts";

/** Through the whole server, one character in 13 is changed; 4 does not divide 13, so each place in a group is met. */
const SAMPLE_STEP = 13;

/** A token that the real client made, with its keys. */
interface Vector {
  readonly name: string;
  readonly token: string;
  readonly clusterId: string;
  readonly date: string;
  readonly keys: Keys;
}

const VECTORS: readonly Vector[] = vectors.map((vector) => ({
  name: vector.name,
  token: vector.token,
  clusterId: vector.clusterId,
  date: vector.date,
  keys: {
    accessKeyId: vector.accessKeyId,
    accessKeySecret: vector.accessKeySecret,
    ...(vector.securityToken !== "" && { securityToken: vector.securityToken }),
  },
}));

const MAPPINGS = `
mapUsers:
  - userARN: acs:ram::${DEMO_ACCOUNT_ID}:user/vector
    username: vector
    groups: [viewers]
`;

function principalOf({ keys }: Vector): AlibabaPrincipal {
  const Arn = `acs:ram::${DEMO_ACCOUNT_ID}:user/vector`;
  const [UserId, PrincipalId] = ["200000000000000009", "200000000000000009"];
  return { ...keys, identity: { IdentityType: "RAMUser", AccountId: DEMO_ACCOUNT_ID, UserId, PrincipalId, Arn } };
}

/** The client's own JSON text with date and signature of now: every other byte is as the client wrote it. */
function resigned({ token, clusterId, date, keys }: Vector, now: Date): string {
  const { headers } = tokenJson(keys, { clusterId, now });
  const old = JSON.parse(decodeToken(token)) as TokenJson;
  return encodeToken(
    decodeToken(token).replace(date, dateText(now))
      .replace(String(old.headers["Authorization"]), String(headers["Authorization"])),
  );
}

/** Every byte of the JSON that only STS can judge, by what it belongs to: key id, signature, date, security token. */
function bytesForSts(json: string): ReadonlySet<number> {
  const places = new Set<number>();
  for (
    const value of [
      /Credential=([^,]+)/d,
      /Signature=([0-9a-f]{64})/d,
      /"x-acs-date":"([^"]+)"/d,
      /"x-acs-security-token":"([^"]+)"/d,
    ]
  ) {
    const [from, to] = value.exec(json)?.indices?.[1] ?? [0, 0];
    for (let at = from; at < to; at++) places.add(byteAt(json, at));
  }
  return places;
}

/** Bytes of the JSON that mean nothing: the outer cluster id and the user agent. */
function bytesForNobody(json: string): ReadonlySet<number> {
  const places = new Set<number>();
  for (const value of [/^\{"clusterId":"([^"]*)"/d, /"user-agent":"([^"]*)"/d]) {
    const [from, to] = value.exec(json)?.indices?.[1] ?? [0, 0];
    for (let at = byteAt(json, from); at < byteAt(json, to); at++) places.add(at);
  }
  return places;
}

function byteAt(text: string, index: number): number {
  return new TextEncoder().encode(text.slice(0, index)).length;
}

/** Each byte changed to each of these: a bit of it, its case, a digit more. */
const CHANGES = [0x01, 0x02, 0x10, 0x20, 0x80];

const textOf = ({ target, headers }: StsCall) => JSON.stringify([target, headers]);

for (const vector of VECTORS) {
  Deno.test(`a token of the real client (${vector.name}), signed anew by the vendor's package, is allowed`, async () => {
    const principals = [principalOf(vector)];
    await using server = await startReviewServer({ clusterId: vector.clusterId, principals, mappings: MAPPINGS });
    await assertAllowed(server, resigned(vector, server.now()), "vector");
    assert.equal(server.stsCalls(), 1);
  });

  Deno.test(`the same (${vector.name}) with a changed byte in its JSON is refused, or is STS's to judge`, async () => {
    const now = new Date("2026-11-22T12:00:00Z");
    const endpoint = { stsEndpoint: "sts.example", region: undefined, network: "public" } as const;
    const reader = await alibaba.createReader(endpoint, () => Promise.resolve(false));
    const context = { clusterId: vector.clusterId, now };
    const token = resigned(vector, now);
    const want = textOf(reader.read(token, context));
    const json = decodeToken(token);
    const [forSts, forNobody] = [bytesForSts(json), bytesForNobody(json)];
    const bytes = new TextEncoder().encode(json);
    for (const [at, byte] of bytes.entries()) {
      for (const change of CHANGES) {
        bytes[at] = byte ^ change;
        const got = readOrRefuse(() => textOf(reader.read(encodeToken(bytes), context)));
        if (forNobody.has(at)) assert.ok(got === undefined || got === want, `byte ${at}`);
        else if (forSts.has(at)) assert.ok(got !== want, `byte ${at}`);
        else assert.equal(got, undefined, `byte ${at} changed by ${change}: not refused`);
      }
      bytes[at] = byte;
    }
  });

  Deno.test(`the same (${vector.name}) with any one byte of its text changed means nothing else to STS`, async () => {
    const principals = [principalOf(vector)];
    await using server = await startReviewServer({ clusterId: vector.clusterId, principals, mappings: MAPPINGS });
    const token = resigned(vector, server.now());
    const json = decodeToken(token);
    const [forSts, forNobody] = [bytesForSts(json), bytesForNobody(json)];
    for (let at = 0; at < token.length; at += SAMPLE_STEP) {
      const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
      const before = server.stsCalls();
      const { body } = await server.review(changed);
      const touched = Math.floor((at - "k8s-ack-v2.".length) * 3 / 4);
      const mean = (places: ReadonlySet<number>) => places.has(touched) || places.has(touched + 1);
      if (!mean(forNobody)) assert.equal(body.status?.authenticated, false, `character ${at}`);
      if (!mean(forSts) && !mean(forNobody)) assert.equal(server.stsCalls(), before, `character ${at}: STS was asked`);
    }
  });
}
