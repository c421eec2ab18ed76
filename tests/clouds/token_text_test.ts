import assert from "node:assert/strict";
import { MAX_TOKEN_BYTES, TokenError } from "../../lib/clouds/cloud.ts";
import { payloadOf } from "../../lib/clouds/token_text.ts";

const PREFIX = "k8s-made-up.";

Deno.test("payloadOf() is what stands behind the prefix, up to the cap and no further", () => {
  const longest = PREFIX.padEnd(MAX_TOKEN_BYTES, "a");
  assert.equal(payloadOf(`${PREFIX}abc`, PREFIX), "abc");
  assert.equal(payloadOf(longest, PREFIX), longest.slice(PREFIX.length));
});

for (
  const [what, token, reason] of [
    ["one character too many", PREFIX.padEnd(MAX_TOKEN_BYTES + 1, "a"), "too_large"],
    ["too much of anything else", "a".repeat(MAX_TOKEN_BYTES + 1), "too_large"],
    ["nothing", "", "malformed"],
    ["another prefix", "k8s-other.abc", "malformed"],
    ["the prefix in capitals", "K8S-MADE-UP.abc", "malformed"],
    ["a space before the prefix", ` ${PREFIX}abc`, "malformed"],
  ] as const
) {
  Deno.test(`payloadOf() refuses ${what}, and does not repeat it`, () => {
    assert.throws(() => payloadOf(token, PREFIX), (e) => {
      assert(e instanceof TokenError && e.reason === reason);
      assert(token === "" || !e.message.includes(token));
      return true;
    });
  });
}
