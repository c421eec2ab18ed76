import assert from "node:assert/strict";
import type { JsonValue } from "../../lib/strict_json.ts";
import { StsDenied, StsFault, StsThrottled } from "../../lib/clouds/cloud.ts";
import { judgeMembers, readJsonAnswer, stsRefusal, textMember } from "../../lib/clouds/sts_answer.ts";

function answerOf(text: string | Uint8Array, contentType = "application/json") {
  return { status: 200, contentType, body: typeof text === "string" ? new TextEncoder().encode(text) : text };
}

for (
  const contentType of [
    "application/json",
    "Application/JSON",
    "application/json;charset=utf-8",
    "application/json ; x=y",
  ]
) {
  Deno.test(`readJsonAnswer() reads ${contentType}`, () => {
    assert.equal(readJsonAnswer(answerOf('{"Arn":"x"}', contentType)).get("Arn"), "x");
  });
}

for (
  const [why, answer] of [
    ["no media type", answerOf("{}", "")],
    ["HTML", answerOf("{}", "text/html")],
    ["a media type that starts alike", answerOf("{}", "application/json-patch+json")],
    ["two media types", answerOf("{}", "application/json, text/html")],
    ["nothing", answerOf("")],
    ["half of an object", answerOf('{"Arn":')],
    ["a list", answerOf("[]")],
    ["text", answerOf('"x"')],
    ["null", answerOf("null")],
    ["a key that stands twice", answerOf('{"Arn":"x","Arn":"y"}')],
    ["a second object", answerOf("{}{}")],
    ["bytes that are not UTF-8", answerOf(new Uint8Array([0x7b, 0xff, 0x7d]))],
  ] as const
) {
  Deno.test(`readJsonAnswer() takes ${why} for an outage`, () => {
    assert.throws(() => readJsonAnswer(answer), StsFault);
  });
}

for (const value of [undefined, "", 1, true, null]) {
  Deno.test(`textMember() takes ${JSON.stringify(value)} for an outage`, () => {
    assert.throws(() => textMember(new Map(value === undefined ? [] : [["Arn", value]]), "Arn"), StsFault);
  });
}

const THROTTLING = /^Throttling$/;

for (
  const [status, code, Failure] of [
    [400, "InvalidAccessKeyId", StsDenied],
    [403, "SignatureDoesNotMatch", StsDenied],
    [499, "Whatever", StsDenied],
    [400, "Throttling", StsThrottled],
    [503, "Throttling", StsThrottled],
    [429, "Whatever", StsThrottled],
    [200, "Whatever", StsFault],
    [302, "Whatever", StsFault],
    [500, "InternalError", StsFault],
    [503, "ServiceUnavailable", StsFault],
    [400, undefined, StsFault],
    [429, undefined, StsFault],
    [403, "", StsFault],
    [403, 7, StsFault],
    [403, "a b", StsFault],
    [403, "a\nb", StsFault],
    [403, "x".repeat(65), StsFault],
  ] as const
) {
  Deno.test(`HTTP ${status} with ${JSON.stringify(code)} is a ${Failure.name}`, () => {
    assert.equal(stsRefusal(status, { code, requestId: "r-1" }, THROTTLING).constructor, Failure);
  });
}

Deno.test("a request id that is no plain word is not repeated", () => {
  const { message, publicMessage } = stsRefusal(403, { code: "Denied", requestId: "<b>x</b>" }, THROTTLING);
  assert(message.includes('"unknown"') && !`${message}${publicMessage}`.includes("<b>"));
});

Deno.test("judgeMembers() lets a result grow, whatever its new members hold", () => {
  const list = [new Map([["Credentials", "x"]])];
  judgeMembers(
    new Map<string, JsonValue>([["Arn", "x"], ["credentials", null], ["MFA2", list], ["Session", new Map()]]),
  );
});

for (const name of ["Credentials", "__proto__", "", "Arn ", "a.b", "Arn\0", "ß", "x".repeat(129)]) {
  Deno.test(`judgeMembers() takes a result with ${JSON.stringify(name.slice(0, 20))} for an outage`, () => {
    assert.throws(() => judgeMembers(new Map([["Arn", "x"], [name, "x"]])), StsFault);
  });
}
