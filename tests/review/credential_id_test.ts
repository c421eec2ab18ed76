import assert from "node:assert/strict";
import { credentialIdOf } from "../../lib/review/credential_id.ts";

Deno.test("a token's credential id is its SHA-256 (FIPS 180-4, example of one block)", () => {
  assert.equal(
    credentialIdOf("abc"),
    "TOKENSHA256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});
