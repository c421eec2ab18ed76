import assert from "node:assert/strict";
import { readStsEndpoint } from "../../lib/clouds/sts_endpoint.ts";
import { UsageError } from "../../lib/errors.ts";

for (
  const [text, want] of [
    ["sts.example.com", "sts.example.com"],
    ["sts.example.com:8443", "sts.example.com:8443"],
    ["https://sts.example.com", "sts.example.com"],
    ["https://sts.example.com/", "sts.example.com"],
    ["127.0.0.1:1", "127.0.0.1:1"],
    ["x", "x"],
  ] as const
) {
  Deno.test(`readStsEndpoint() reads ${text}`, () => assert.equal(readStsEndpoint(text, "sts.test"), want));
}

for (
  const text of [
    "",
    "https://",
    "http://sts.example.com",
    "https://https://sts.example.com",
    "user@sts.example.com",
    "sts.example.com/path",
    "sts.example.com?x",
    "sts.example.com#x",
    "sts.example.com//",
    "STS.example.com",
    "sts.example.com:0",
    "sts.example.com:65536",
    "sts.example.com:",
    "[::1]",
    "sts.example.com\n",
    " sts.example.com",
    "-sts.example.com",
    "sts.example.com.",
    "a".repeat(254),
    "sts..example.com",
    "sts-.example.com",
    `${"a".repeat(64)}.example.com`,
    `${"a.".repeat(127)}a`,
    "ｓｔｓ.example.com",
  ]
) {
  Deno.test(`readStsEndpoint() refuses ${JSON.stringify(text.slice(0, 40))}, and gives an example`, () => {
    assert.throws(
      () => readStsEndpoint(text, "sts.test"),
      (e) => e instanceof UsageError && e.message.includes('"sts.test"'),
    );
  });
}
