import assert from "node:assert/strict";
import { foldAsciiCase, foldAsciiUnit } from "../../lib/identity/ascii_case.ts";

Deno.test("foldAsciiCase() makes A to Z small and leaves all else, such as letters that Unicode would fold to ASCII", () => {
  assert.equal(foldAsciiCase("acs:ram::1:role/Admin_Z[@]"), "acs:ram::1:role/admin_z[@]");
  assert.equal(foldAsciiCase("\u212A\u0130\u017FÉ"), "\u212A\u0130\u017FÉ");
});

Deno.test("foldAsciiUnit() agrees with foldAsciiCase() on every UTF-16 unit", () => {
  for (let unit = 0; unit <= 0xffff; unit += 1) {
    assert.equal(String.fromCharCode(foldAsciiUnit(unit)), foldAsciiCase(String.fromCharCode(unit)));
  }
});
