import assert from "node:assert/strict";
import { type JsonValue, parseStrictJson, StrictJsonError } from "../lib/strict_json.ts";

/** Maps as plain objects, to compare with JSON.parse(). */
function plain(value: JsonValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, member]) => [key, plain(member)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

for (
  const text of [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1.5e+10",
    "1234567890123456",
    '""',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\uD83D\\uDE80"',
    '"é🚀\u2028\u007f"',
    "[]",
    "[1,[2,[]],{}]",
    "{}",
    '{"a":{"b":[null]},"":1}',
    ' \t\r\n{ "a" : [ 1 , 2 ] } \n',
    "[[[[[[[1]]]]]]]",
  ]
) {
  Deno.test(`parseStrictJson() reads as JSON.parse() does: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(plain(parseStrictJson(text)), JSON.parse(text));
  });
}

Deno.test("parseStrictJson() gives no key a meaning", () => {
  const value = parseStrictJson('{"__proto__":{"admin":true},"constructor":1,"hasOwnProperty":2}');
  assert(value instanceof Map);
  assert.deepEqual([...value.keys()], ["__proto__", "constructor", "hasOwnProperty"]);
});

for (
  const [why, text] of [
    ["nothing", ""],
    ["white space alone", " \n"],
    ["a byte order mark", "\ufeff{}"],
    ["white space of another alphabet", "\u00a0{}"],
    ["text after the value", "{} {}"],
    ["a NUL after the value", "{}\0"],
    ["a key that stands twice", '{"a":1,"a":1}'],
    ["a key that stands twice in two spellings", '{"a":1,"\\u0061":2}'],
    ["a key that stands twice, deep inside", '[{"x":{"a":1,"b":2,"a":3}}]'],
    ["a lone high surrogate", '"\\ud800"'],
    ["a lone low surrogate", '"\\udc00x"'],
    ["a lone surrogate in a key", '{"\\ud800":1}'],
    ["an open string", '"a'],
    ["a line break in a string", '"a\nb"'],
    ["a NUL in a string", '"\0"'],
    ["an escape that is not known", '"\\x41"'],
    ["half an escape", '"\\u00"'],
    ["single quotes", "'a'"],
    ["a key without quotes", "{a:1}"],
    ["a key that is a number", "{1:1}"],
    ["a comma at the end of an object", '{"a":1,}'],
    ["a comma at the end of a list", "[1,]"],
    ["a comma at the start", "[,1]"],
    ["no comma", "[1 2]"],
    ["no colon", '{"a" 1}'],
    ["no value", '{"a":}'],
    ["an open object", '{"a":1'],
    ["an open list", "[1"],
    ["a comment", "{/* */}"],
    ["a plus sign", "+1"],
    ["a leading zero", "01"],
    ["a number without an integer", ".5"],
    ["a number without a fraction", "1."],
    ["half an exponent", "1e"],
    ["a number of 17 digits, which no double holds", "12345678901234567"],
    ["hexadecimal", "0x1"],
    ["NaN", "NaN"],
    ["Infinity", "-Infinity"],
    ["undefined", "undefined"],
    ["another case", "True"],
    ["nine levels", "[[[[[[[[[1]]]]]]]]]"],
    ["a hundred thousand levels", "[".repeat(100_000)],
    ["a hundred thousand objects in each other", '{"a":'.repeat(100_000)],
  ] as const
) {
  Deno.test(`parseStrictJson() refuses ${why}`, () => {
    assert.throws(() => parseStrictJson(text), (e) => e instanceof StrictJsonError && e.index <= text.length);
  });
}

for (const text of ["12345678901234567", "-0.12345678901234567890", "1e9999", "1e-0000001", "[98765432109876543210]"]) {
  Deno.test(`parseStrictJson() rounds ${text} where it is told to, and refuses it otherwise`, () => {
    assert.throws(() => parseStrictJson(text), StrictJsonError);
    assert.deepEqual(parseStrictJson(text, { roundsNumbers: true }), JSON.parse(text));
  });
}

for (const text of ["01", "1.", ".5", "+1", "1e", "0x1", "NaN", "-", "--1", "1_000"]) {
  Deno.test(`parseStrictJson() refuses ${text}, rounding or not`, () => {
    assert.throws(() => parseStrictJson(text, { roundsNumbers: true }), StrictJsonError);
  });
}

Deno.test("a refusal says the place, and never the text", () => {
  const thrown = refusal('{"a":"MadeUpSecret","a":1}');
  assert.equal(thrown.index, 23);
  assert.equal(thrown.message, "not strict JSON at character 23: a key stands twice");
  assert(!Deno.inspect(thrown).includes("MadeUpSecret"));
});

function refusal(text: string): StrictJsonError {
  try {
    parseStrictJson(text);
  } catch (thrown) {
    if (thrown instanceof StrictJsonError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was refused");
}
