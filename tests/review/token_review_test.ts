import assert from "node:assert/strict";
import {
  formatAuthenticated,
  formatUnauthenticated,
  parseTokenReview,
  TokenReviewError,
} from "../../lib/review/token_review.ts";

const V1 = "authentication.k8s.io/v1";
const V1BETA1 = "authentication.k8s.io/v1beta1";
const TOKEN = "k8s-ack-v2.MadeUpToken";

function bodyOf(review: unknown): Uint8Array {
  return new TextEncoder().encode(typeof review === "string" ? review : JSON.stringify(review));
}

for (const apiVersion of [V1, V1BETA1]) {
  Deno.test(`parseTokenReview() reads ${apiVersion} as API servers write it`, () => {
    const review = {
      kind: "TokenReview",
      apiVersion,
      metadata: { creationTimestamp: null },
      spec: { token: TOKEN, audiences: ["https://kubernetes.default.svc"] },
      status: { user: {} },
    };
    assert.deepEqual(parseTokenReview(bodyOf(review)), {
      apiVersion,
      token: TOKEN,
      audiences: ["https://kubernetes.default.svc"],
    });
  });
}

Deno.test("parseTokenReview() leaves an empty token to whoever judges it", () => {
  assert.equal(parseTokenReview(bodyOf({ kind: "TokenReview", apiVersion: V1, spec: { token: "" } })).token, "");
});

for (
  const [why, body] of [
    ["nothing", bodyOf("")],
    ["half of one", bodyOf(`{"kind":"TokenReview","spec":{"token":"${TOKEN}"`)],
    ["the bare token", bodyOf(TOKEN)],
    ["bytes that are not UTF-8", new Uint8Array([0x7b, 0xff, 0x7d])],
    ["null", bodyOf("null")],
    ["a number", bodyOf("1")],
    ["a list", bodyOf([])],
    ["no kind", bodyOf({ apiVersion: V1, spec: { token: TOKEN } })],
    ["another kind", bodyOf({ kind: "SubjectAccessReview", apiVersion: V1, spec: { token: TOKEN } })],
    ["no version", bodyOf({ kind: "TokenReview", spec: { token: TOKEN } })],
    ["a version that is not known", bodyOf({ kind: "TokenReview", apiVersion: `${V1}alpha1`, spec: { token: TOKEN } })],
    ["a version in a list", bodyOf({ kind: "TokenReview", apiVersion: [V1], spec: { token: TOKEN } })],
    ["no spec", bodyOf({ kind: "TokenReview", apiVersion: V1 })],
    ["a spec of null", bodyOf({ kind: "TokenReview", apiVersion: V1, spec: null })],
    ["no token", bodyOf({ kind: "TokenReview", apiVersion: V1, spec: {} })],
    ["a token that is no text", bodyOf({ kind: "TokenReview", apiVersion: V1, spec: { token: [TOKEN] } })],
    [
      "audiences that are no list",
      bodyOf({ kind: "TokenReview", apiVersion: V1, spec: { token: TOKEN, audiences: "api" } }),
    ],
    [
      "an audience that is no text",
      bodyOf({ kind: "TokenReview", apiVersion: V1, spec: { token: TOKEN, audiences: ["api", 7] } }),
    ],
  ] as const
) {
  Deno.test(`parseTokenReview() refuses ${why}, and never quotes it`, () => {
    assert.throws(() => parseTokenReview(body), (e) => {
      assert(e instanceof TokenReviewError);
      assert.equal(e.code, "ERR_TOKEN_REVIEW");
      return !Deno.inspect(e, { depth: 10 }).includes("MadeUpToken");
    });
  });
}

Deno.test("formatAuthenticated() says who it is, and claims no audience but those that it is given", () => {
  const user = { username: "alice", uid: "u:1", groups: ["devs"], extra: { arn: ["acs:ram::1:user/alice"] } };
  assert.deepEqual(JSON.parse(formatAuthenticated(V1, user)), {
    apiVersion: V1,
    kind: "TokenReview",
    status: { authenticated: true, user },
  });
  assert.deepEqual(JSON.parse(formatAuthenticated(V1, user, ["api"])).status.audiences, ["api"]);
});

Deno.test("formatUnauthenticated() has an error only where there is one", () => {
  assert.deepEqual(JSON.parse(formatUnauthenticated(V1BETA1)), {
    apiVersion: V1BETA1,
    kind: "TokenReview",
    status: { authenticated: false },
  });
  assert.deepEqual(JSON.parse(formatUnauthenticated(V1, "STS cannot be asked")).status, {
    authenticated: false,
    error: "STS cannot be asked",
  });
});
