import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { FAULT_WORDS, faultWords } from "../../lib/yaml/fault_words.ts";

Deno.test("every code of the package has words of ours, and none has been left behind", () => {
  const index = createRequire(import.meta.url).resolve("yaml");
  const types = Deno.readTextFileSync(index.replace(/index\.js$/, "errors.d.ts"));
  const codes = /type ErrorCode = (.*);/.exec(types)![1]!.split(" | ").map((code) => code.slice(1, -1));
  assert.deepEqual(Object.keys(FAULT_WORDS).sort(), codes.sort());
});

Deno.test("what is not known gets a general sentence, whatever the package says of it", () => {
  for (const code of ["NEW_CODE", "constructor", "__proto__"]) {
    assert.match(faultWords(code, "Implicit keys need to be on a single line", "x"), /^This is not YAML from here on/);
  }
});

Deno.test("a code whose wording has changed keeps words of ours", () => {
  for (const code of Object.keys(FAULT_WORDS)) assert.match(faultWords(code, "wholly other words", "@"), /^[A-Z]/);
  assert.match(faultWords("BAD_SCALAR_START", "", "@"), /cannot begin with "@"/);
});
