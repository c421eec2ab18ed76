import assert from "node:assert/strict";
import { nearest } from "../lib/nearest.ts";

const NAMES = ["--region", "--role-arn", "--profile", "mapUsers"];

for (
  const [what, word, want] of [
    ["a letter left out", "--regon", "--region"],
    ["two letters changed about", "--porfile", "--profile"],
    ["another case", "MAPUSERS", "mapUsers"],
    ["dashes left out", "region", "--region"],
    ["a word of its own", "--duration", undefined],
    ["a word that is too long to compare", "--region".padEnd(65, "x"), undefined],
    ["nothing", "", undefined],
  ] as const
) {
  Deno.test(`nearest() knows what ${what} was meant to be, or that nobody does`, () => {
    assert.equal(nearest(word, NAMES), want);
  });
}

Deno.test("nearest() of no candidates is none", () => assert.equal(nearest("a", []), undefined));
