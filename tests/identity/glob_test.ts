import assert from "node:assert/strict";
import { foldAsciiCase } from "../../lib/identity/ascii_case.ts";
import { compileGlob } from "../../lib/identity/glob.ts";

const ROLE = "acs:ram::1234567890123456:role/";

for (
  const [why, pattern, text, want] of [
    ["a literal matches itself", "role/admin", "role/admin", true],
    ["the case of A to Z does not matter", "Role/ADMIN*", "rOLE/admin-x", true],
    ["* is any run", "role/admin*", "role/admin-eu", true],
    ["* is also nothing", "role/admin*", "role/admin", true],
    ["* takes a slash, as in IAM", "user/*/bob", "user/team/eu/bob", true],
    ["* may stand at both ends", "*admin*", "the-admin-x", true],
    ["* tries again after a false start", "*aab", "aaaab", true],
    ["two stars are one", "a**b", "axxb", true],
    ["* does not cross a colon", "acs:*:role/x", "acs:ram::1:role/x", false],
    ["each * stays within its segment", "acs:*:*:*:role/x", "acs:ram::1:role/x", true],
    ["a colon in the text needs one in the pattern", "*", "a:b", false],
    ["a * before a colon does not help after it", "*a:b", "xa:c:b", false],
    ["? is one character", "role/a?", "role/ab", true],
    ["? is not nothing", "role/a?", "role/a", false],
    ["? is not two", "role/a?", "role/abc", false],
    ["? is not a colon", "a?b", "a:b", false],
    ["nothing matches nothing", "", "", true],
    ["nothing matches no text", "", "a", false],
    ["S-9: * does not repeat the letter before it", "role/admin*", "role/admi", false],
    ["S-9: the start is anchored", "role/admin*", "evil-role/admin", false],
    ["S-9: the end is anchored", "role/*admin", "role/admin-not", false],
    ["S-9: a dot is a dot", "role/a.b*", "role/axb", false],
    ["S-9: brackets, plus, pipe and dollar are text", "a+[b]|(c)$^*", "a+[b]|(c)$^d", true],
    ["S-9: a pipe is not a choice", "role/a|role/b*", "role/b", false],
    ["S-9: a backslash is text", "a\\*", "a\\x", true],
    ["a line end is not a second chance for the anchor", "role/admin", "role/admin\n", false],
    ["the Kelvin sign is not a k", "role/k*", "role/\u212A1", false],
    ["a k is not the Kelvin sign", "role/\u212A*", "role/k1", false],
    ["the dotted capital I is not an i", "role/i*", "role/\u01301", false],
    ["the long s is not an s", "role/s*", "role/\u017F1", false],
    ["letters beyond ASCII have one case", "role/é*", "role/É1", false],
  ] as const
) {
  Deno.test(`a glob: ${why}`, () => assert.equal(compileGlob(pattern).matches(text), want));
}

for (
  const [why, pattern, other, want] of [
    ["itself", "role/a*b?", "role/A*b?", true],
    ["a text it matches", "role/*", "role/admin", true],
    ["a narrower glob", "role/*", "role/admin-*", true],
    ["one character, by a run of any", "role/*", "role/?", true],
    ["any run, by one character", "role/?", "role/*", false],
    ["a wider glob", "role/admin-*", "role/*", false],
    ["a glob that overlaps", "role/a*", "role/*a", false],
  ] as const
) {
  Deno.test(`a glob ${want ? "covers" : "does not cover"} ${why}`, () => {
    assert.equal(compileGlob(pattern).covers(other), want);
  });
}

Deno.test("a glob made to backtrack costs no more than its two lengths multiplied", () => {
  const glob = compileGlob(`${ROLE}${"a*".repeat(40)}b`);
  assert.equal(glob.matches(`${ROLE}${"a".repeat(20_000)}`), false);
});

Deno.test("a glob agrees with a naive reference on 200,000 random pairs, and covers only what it matches", () => {
  const random = seeded(20_261_121);
  const pick = (letters: string, most: number) =>
    Array.from({ length: Math.floor(random() * most) }, () => letters[Math.floor(random() * letters.length)]).join("");
  let matched = 0;
  let covered = 0;
  for (let i = 0; i < 200_000; i += 1) {
    const pattern = pick("aAb:**?.", 8);
    const text = pick("aBb:/.", 8);
    const glob = compileGlob(pattern);
    const want = naive(foldAsciiCase(pattern), foldAsciiCase(text));
    assert.equal(glob.matches(text), want, `seed 20261121, case ${i}: "${pattern}" on "${text}"`);
    const other = pick("ab:*?", 6);
    if (want) matched += 1;
    if (!glob.covers(other) || !compileGlob(other).matches(text)) continue;
    covered += 1;
    assert.ok(want, `seed 20261121, case ${i}: "${pattern}" covers "${other}", which matches "${text}"`);
  }
  assert.ok(matched > 1000 && covered > 1000, `too few of the pairs tell anything: ${matched}, ${covered}`);
});

/** The definition, read aloud. */
function naive(pattern: string, text: string): boolean {
  const [want, ...rest] = pattern;
  if (want === undefined) return text === "";
  if (want === "*") {
    return naive(rest.join(""), text) || (text !== "" && text[0] !== ":" && naive(pattern, text.slice(1)));
  }
  if (text === "") return false;
  return (want === "?" ? text[0] !== ":" : text[0] === want) && naive(rest.join(""), text.slice(1));
}

/** mulberry32: random numbers that are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
