import assert from "node:assert/strict";
import { shellWord } from "../lib/quote.ts";

for (const text of ["c1", "a/b:c", "my dev cluster", "it's", "$(id)", "`id`", "a\nb", "*", "~", ""]) {
  Deno.test(`a shell reads ${JSON.stringify(text)} as one word`, async () => {
    const { stdout } = await new Deno.Command("sh", { args: ["-c", `printf '%s.' ${shellWord(text)}`] }).output();
    assert.equal(new TextDecoder().decode(stdout), `${text}.`);
  });
}
