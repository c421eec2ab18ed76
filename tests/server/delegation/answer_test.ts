import assert from "node:assert/strict";
import { formatDelegatedReview, MAX_ANSWER_BYTES, readDelegateAnswer } from "../../../lib/server/delegation/answer.ts";
import { DelegateFault, DelegateUnusable } from "../../../lib/server/delegation/fault.ts";

const V1 = "authentication.k8s.io/v1";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (status: unknown) => JSON.stringify({ apiVersion: V1, kind: "TokenReview", status });
const read = (body: string | Uint8Array, { status = 200, contentType = "application/json" } = {}) =>
  readDelegateAnswer({ status, contentType, body: typeof body === "string" ? bytes(body) : body });
const user = (of: unknown) => text({ authenticated: true, user: of });

Deno.test("the review for the delegate is our own, with the token and the audiences of the one that was asked", () => {
  const asked = { apiVersion: V1, token: 'a"b', audiences: ["api"] };
  const formatted = (review: typeof asked) => JSON.parse(new TextDecoder().decode(formatDelegatedReview(review)));
  assert.deepEqual(formatted(asked), {
    apiVersion: V1,
    kind: "TokenReview",
    spec: { token: 'a"b', audiences: ["api"] },
  });
  assert.deepEqual(formatted({ ...asked, audiences: [] }).spec, { token: 'a"b' });
});

Deno.test("an answer is read as kube-apiserver reads it", async (t) => {
  const GRACE = { username: "grace", uid: "", groups: [], extra: {} };
  const yes = (user: unknown, audiences: unknown = []) => ({ isAuthenticated: true, user, audiences });
  const rows: ReadonlyArray<readonly [what: string, body: string, want: unknown]> = [
    ["a user with everything", user({ username: "g", uid: "7", groups: ["a", "b"], extra: { k: ["v"], empty: [] } }), {
      ...yes({ username: "g", uid: "7", groups: ["a", "b"], extra: { k: ["v"], empty: [] } }),
    }],
    ["a user with nothing but a name", user({ username: "grace" }), yes(GRACE)],
    ["null for what is empty", user({ username: "grace", uid: null, groups: null, extra: null }), yes(GRACE)],
    ["audiences", text({ authenticated: true, user: { username: "grace" }, audiences: ["a"] }), yes(GRACE, ["a"])],
    [
      "members that nobody needs",
      JSON.stringify({
        apiVersion: "authentication.k8s.io/v1beta1",
        kind: "TokenReview",
        metadata: { creationTimestamp: null, generation: 12345678901234567890 },
        spec: { token: "echoed" },
        status: { authenticated: true, later: 1, user: { username: "grace", more: true } },
      }),
      yes(GRACE),
    ],
    [
      "a key that JavaScript knows",
      '{"apiVersion":"' + V1 + '","kind":"TokenReview","status":{"authenticated":true,' +
      '"user":{"username":"grace","extra":{"__proto__":["x"]}}}}',
      undefined,
    ],
    ["a refusal, of which Go leaves out everything", text({}), { isAuthenticated: false, error: undefined }],
    ["a refusal with a reason", text({ authenticated: false, error: "expired" }), {
      isAuthenticated: false,
      error: "expired",
    }],
    ["a refusal of a user", text({ authenticated: false, user: { username: "grace" } }), {
      isAuthenticated: false,
      error: undefined,
    }],
  ];
  for (const [what, body, want] of rows) {
    await t.step(what, () => {
      const answer = read(body);
      if (want === undefined) assert.deepEqual(answer.isAuthenticated && Object.keys(answer.user.extra), ["__proto__"]);
      else assert.deepEqual(answer, want);
    });
  }
  await t.step("without a content type, and with 201", () => {
    assert.ok(!read(text({}), { contentType: "", status: 201 }).isAuthenticated);
    assert.ok(!read(text({}), { contentType: "application/json; charset=utf-8" }).isAuthenticated);
  });
});

const many = (length: number) => Array.from({ length }, (_, i) => `g${i}`);

const REFUSED: ReadonlyArray<readonly [what: string, body: string | Uint8Array]> = [
  ["nothing", ""],
  ["no JSON", "<html>"],
  ["JSON with something behind", `${text({})} x`],
  ["a list", "[]"],
  ["bytes that are not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ["a lone surrogate", text({}).replace("{}", '{"error":"\\ud800"}')],
  ["a key that stands twice", text({}).replace("{}", '{"authenticated":false,"authenticated":true}')],
  ["another kind", text({}).replace("TokenReview", "SubjectAccessReview")],
  ["another version", text({}).replace("/v1", "/v1alpha1")],
  ["no status", JSON.stringify({ apiVersion: V1, kind: "TokenReview", spec: { token: "echoed" } })],
  ["a text for a status", text("ok")],
  ["a text for the verdict", text({ authenticated: "true", user: { username: "g" } })],
  ["a verdict and an error", text({ authenticated: true, user: { username: "g" }, error: "but" })],
  ["a verdict without a user", text({ authenticated: true })],
  ["a list of users", user([{ username: "g" }])],
  ["a number for a name", user({ username: 7 })],
  ["a number for a uid", user({ username: "g", uid: 7 })],
  ["a text for the groups", user({ username: "g", groups: "system:masters" })],
  ["a number for a group", user({ username: "g", groups: [7] })],
  ["null for a group", user({ username: "g", groups: [null] })],
  ["too many groups", user({ username: "g", groups: many(1_025) })],
  ["a list for the extra", user({ username: "g", extra: [] })],
  ["a text for an extra", user({ username: "g", extra: { k: "v" } })],
  ["too many extras", user({ username: "g", extra: Object.fromEntries(many(65).map((key) => [key, []])) })],
  ["too many values of an extra", user({ username: "g", extra: { k: many(65) } })],
  ["a value that is too long", user({ username: "g", extra: { k: ["x".repeat(4_097)] } })],
  ["a name that is too long", user({ username: "x".repeat(4_097) })],
  ["a text for the audiences", text({ authenticated: true, user: { username: "g" }, audiences: "api" })],
  ["too many audiences", text({ authenticated: true, user: { username: "g" }, audiences: many(65) })],
  ["deep nesting", `${text({}).slice(0, -1)},"metadata":${"[".repeat(9)}${"]".repeat(9)}}`],
];

for (const [what, body] of REFUSED) {
  Deno.test(`an answer is not used that has ${what}, and is not repeated`, () => {
    assert.throws(
      () => read(body),
      (failure) => failure instanceof DelegateUnusable && !/system:masters|echoed|html/.test(failure.message),
    );
  });
}

for (
  const [status, kind] of [
    [204, DelegateUnusable],
    [301, DelegateUnusable],
    [307, DelegateUnusable],
    [400, DelegateUnusable],
    [401, DelegateUnusable],
    [403, DelegateUnusable],
    [404, DelegateUnusable],
    [429, DelegateFault],
    [500, DelegateFault],
    [503, DelegateFault],
  ] as const
) {
  Deno.test(`HTTP ${status} is no verdict, whatever the body says`, () => {
    assert.throws(() => read(user({ username: "grace" }), { status }), kind);
  });
}

Deno.test("another content type is no answer", () => {
  assert.throws(() => read(text({}), { contentType: "text/html" }), DelegateUnusable);
  assert.throws(() => read(text({}), { contentType: "application/jsonp" }), DelegateUnusable);
});

Deno.test("a user of as many groups as there may be is read", () => {
  const groups = Array.from({ length: 1_024 }, (_, i) => `${"é".repeat(100)}${i}`);
  const body = bytes(user({ username: "g", groups }));
  assert.ok(body.length < MAX_ANSWER_BYTES);
  const answer = read(body);
  assert.deepEqual(answer.isAuthenticated && answer.user.groups, groups);
});
