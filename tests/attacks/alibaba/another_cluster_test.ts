import { DEMO_PRINCIPALS } from "../../../lib/emulator/alibaba/principals.ts";
import { mintedToken } from "../../support/minted_token.ts";
import { startReviewServer } from "../../support/review_server.ts";
import { encodeToken, tokenJson } from "../../support/tokens.ts";
import { assertDenied } from "../deny.ts";
import { assertAllowed, contextOf, type DenyRow, testDenied } from "./deny.ts";

const { alice } = DEMO_PRINCIPALS;
const OTHER = "cffffffffffffffffffffffffffffffff";

/** A token that is honestly signed for another cluster id, whatever it is. */
function signedFor(what: string, change: (clusterId: string) => string): DenyRow {
  return [what, "wrong_cluster", ({ server }) => {
    const clusterId = change(server.clusterId);
    return encodeToken({ ...tokenJson(alice, { clusterId, now: server.now() }), clusterId: server.clusterId });
  }];
}

testDenied("T-10: a token for another cluster is denied", [
  signedFor("another id", () => OTHER),
  signedFor("the id in upper case", (id) => id.toUpperCase()),
  signedFor("a space before the id", (id) => ` ${id}`),
  signedFor("a space behind the id", (id) => `${id} `),
  signedFor("a line break behind the id", (id) => `${id}\n`),
  signedFor("a zero byte behind the id", (id) => `${id}\0`),
  signedFor("a no-break space behind the id", (id) => `${id}\u00a0`),
  signedFor("a zero-width space in the id", (id) => `${id.slice(0, 5)}\u200b${id.slice(5)}`),
  signedFor("a full-width letter", (id) => id.replace("c", "ｃ")),
  signedFor("the id and more", (id) => `${id}0`),
  signedFor("part of the id", (id) => id.slice(0, -1)),
  signedFor("an empty id", () => ""),
  signedFor("both ids", (id) => `${id},${OTHER}`),
  signedFor("a parameter behind the id", (id) => `${id}&ACKClusterId=${OTHER}`),
]);

Deno.test("T-10: ids that differ only by Unicode normalisation are two clusters", async () => {
  await using server = await startReviewServer({ clusterId: "caf\u00e9" });
  const now = server.now();
  await assertDenied(server, await mintedToken(alice, { clusterId: "cafe\u0301", now }), "wrong_cluster");
  await assertAllowed(server, await mintedToken(alice, { clusterId: "caf\u00e9", now }));
});

Deno.test("T-10: one token is good for its own cluster only", async () => {
  await using ours = await startReviewServer();
  await using theirs = await startReviewServer({ clusterId: OTHER });
  const { minted } = await contextOf(ours);
  await assertAllowed(ours, minted);
  await assertDenied(theirs, minted, "wrong_cluster");
});

const OUTER_IS_NO_PROOF: readonly DenyRow[] = [
  signedFor("the outer id is ours, the signed one is another", () => OTHER),
  ["the outer id is ours, none is signed", "malformed", ({ server, json }) => {
    return encodeToken({
      ...tokenJson(alice, { ...server, now: server.now() }, { query: {} }),
      clusterId: json.clusterId,
    });
  }],
  ["the query is missing", "malformed", ({ json }) => {
    const { query: _, ...rest } = json;
    return encodeToken(rest);
  }],
  ["the signed id stands under the wrong key", "malformed", ({ server }) =>
    encodeToken(
      tokenJson(alice, { ...server, now: server.now() }, { query: { ackClusterId: server.clusterId } }),
    )],
  ["the signed id stands under both keys", "malformed", ({ server }) =>
    encodeToken(
      tokenJson(alice, { ...server, now: server.now() }, {
        query: { ACKClusterId: OTHER, ackClusterId: server.clusterId },
      }),
    )],
  ["the id is a header", "malformed", ({ server, json }) => {
    json.headers["ACKClusterId"] = server.clusterId;
    json.query = {};
    return encodeToken(json);
  }],
];

testDenied("T-16: the outer cluster id proves nothing", OUTER_IS_NO_PROOF);

Deno.test("S-6: the outer cluster id decides nothing, either way", async () => {
  await using server = await startReviewServer();
  const { json } = await contextOf(server);
  await assertAllowed(server, encodeToken({ ...json, clusterId: OTHER }));
  const { clusterId: _, ...without } = json;
  await assertAllowed(server, encodeToken(without));
  const theirs = tokenJson(alice, { clusterId: OTHER, now: server.now() });
  await assertDenied(server, encodeToken({ ...theirs, clusterId: server.clusterId }), "wrong_cluster");
});
