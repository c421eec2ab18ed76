import assert from "node:assert/strict";
import { alibaba } from "../../../lib/clouds/alibaba/cloud.ts";
import { TokenError } from "../../../lib/clouds/cloud.ts";
import vectors from "../../vectors/alibaba_v2_ack-ram-tool.json" with { type: "json" };

const [vector] = vectors;
const reader = await alibaba.createReader(
  { stsEndpoint: "sts.example.com:8443", region: undefined, network: "public" },
  () => Promise.reject(new Error("nothing is to be probed")),
);

Deno.test("the reader of Alibaba Cloud rebuilds a real client's call for its own host", () => {
  const context = { clusterId: vector!.clusterId, now: new Date(vector!.date) };
  const { host, region, method, target } = reader.read(vector!.token, context);
  assert.deepEqual([host, region, method], ["sts.example.com:8443", "custom", "POST"]);
  assert(target.startsWith("/?ACKClusterId="));
});

for (
  const [reason, token, clusterId, now] of [
    ["wrong_cluster", vector!.token, "another", vector!.date],
    ["expired", vector!.token, vector!.clusterId, "2030-01-01T00:00:00Z"],
    ["not_yet_valid", vector!.token, vector!.clusterId, "2020-01-01T00:00:00Z"],
    ["malformed", `${vector!.token} `, vector!.clusterId, vector!.date],
  ] as const
) {
  Deno.test(`the reader of Alibaba Cloud refuses a token as ${reason}`, () => {
    assert.throws(
      () => reader.read(token, { clusterId, now: new Date(now) }),
      (e) => e instanceof TokenError && e.reason === reason,
    );
  });
}
