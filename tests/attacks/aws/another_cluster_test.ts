import assert from "node:assert/strict";
import { UsageError } from "../../../lib/errors.ts";
import { DEMO_AWS_PRINCIPALS } from "../../../lib/emulator/aws/principals.ts";
import { awsPairs, awsToken, awsUrl, encodeUrl } from "../../support/aws_tokens.ts";
import { CLUSTER_ID } from "../../support/review_server.ts";
import { assertAllowed, assertStsRefuses, optionsFor, signed, startAwsServer, testDenied } from "./deny.ts";

const { dave } = DEMO_AWS_PRINCIPALS;
const OTHER = "cffffffffffffffffffffffffffffffff";

/** Cluster ids that tokens are signed for, made of ours. */
const VARIANTS: ReadonlyArray<readonly [string, (id: string) => string]> = [
  ["another id", () => OTHER],
  ["the id in upper case", (id) => id.toUpperCase()],
  ["the id with one letter in upper case", (id) => `C${id.slice(1)}`],
  ["a space before the id", (id) => ` ${id}`],
  ["a space behind the id", (id) => `${id} `],
  ["a space in the id", (id) => `${id.slice(0, 5)} ${id.slice(5)}`],
  ["a tab behind the id", (id) => `${id}\t`],
  ["a no-break space behind the id", (id) => `${id}\u00a0`],
  ["the id and more", (id) => `${id}0`],
  ["part of the id", (id) => id.slice(0, -1)],
  ["both ids", (id) => `${id},${OTHER}`],
  ["both ids, ours last", (id) => `${OTHER}, ${id}`],
  ["the id encoded", (id) => id.replace("c", "%63")],
  ["an empty id", () => ""],
];

Deno.test("T-10: a token that is honestly signed for another cluster is refused by STS", async (t) => {
  await using server = await startAwsServer();
  const options = optionsFor(server);
  for (const [what, change] of VARIANTS) {
    await t.step(what, async () => {
      await assertStsRefuses(server, awsToken(dave, { ...options, clusterId: change(server.clusterId) }));
    });
  }
  await assertAllowed(server, awsToken(dave, options));
});

Deno.test("T-10: one token is good for its own cluster only", async () => {
  await using ours = await startAwsServer();
  await using theirs = await startAwsServer({ clusterId: OTHER });
  const now = ours.now();
  const token = (server: typeof ours, clusterId: string) => awsToken(dave, { clusterId, now, host: server.stsHost });
  theirs.advance(now.getTime() - theirs.now().getTime());
  await assertAllowed(ours, token(ours, ours.clusterId));
  await assertStsRefuses(theirs, token(theirs, ours.clusterId));
  await assertAllowed(theirs, token(theirs, theirs.clusterId));
  await assertStsRefuses(ours, token(ours, theirs.clusterId));
});

Deno.test("T-10: STS is sent our cluster id and nothing that the token could choose", async () => {
  const requests: { method: string; url: string; headers: Record<string, string> }[] = [];
  await using server = await startAwsServer({
    sts({ method, url, headers }) {
      requests.push({ method, url, headers: Object.fromEntries(headers) });
      const error = { Type: "Sender", Code: "SignatureDoesNotMatch", Message: "Made up" };
      return Response.json({ Error: error, RequestId: "MadeUp" }, { status: 403 });
    },
  });
  const options = { ...optionsFor(server), clusterId: OTHER };
  const pairs = awsPairs(dave, options);
  await assertStsRefuses(server, encodeUrl(awsUrl(options.host, pairs.toReversed())));
  assert.equal(requests.length, 1);
  const { method, url, headers } = requests[0]!;
  assert.deepEqual([method, url], ["GET", awsUrl(options.host, pairs)]);
  assert.deepEqual([headers["host"], headers["x-k8s-aws-id"]], [options.host, CLUSTER_ID]);
  assert.equal(headers["accept"], "application/json");
  assert.match(headers["user-agent"] ?? "", /^ram-auth\//);
  const known = ["accept", "accept-encoding", "accept-language", "host", "user-agent", "x-k8s-aws-id"];
  assert.deepEqual(Object.keys(headers).filter((name) => !known.includes(name)), []);
});

testDenied("T-10: a token cannot say which cluster it is for", [
  signed("the id as a parameter", { query: { "x-k8s-aws-id": CLUSTER_ID } }),
  signed("the id as a parameter, and not in the header", {
    headers: { "x-k8s-aws-id": undefined },
    query: { "x-k8s-aws-id": CLUSTER_ID },
  }),
  signed("the id as a parameter in other case", { query: { "X-K8s-Aws-Id": CLUSTER_ID } }),
  signed("another id as a parameter", { query: { "x-k8s-aws-id": OTHER } }),
]);

for (
  const clusterId of [
    ...["", " ", "prod ", " prod", "pr  od", "prod\t", "prod\n", "prod\r\nx: y", "prod\0"],
    ...["caf\u00e9", "prod\u00a0", "\ufeffprod"],
  ]
) {
  Deno.test(`T-10: no server starts for the cluster ${JSON.stringify(clusterId)}, which a header would change`, async () => {
    await assert.rejects(startAwsServer({ clusterId }), UsageError);
  });
}
