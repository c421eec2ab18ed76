import assert from "node:assert/strict";
import { COMMANDS, type Need } from "../../lib/cli/commands.ts";
import { START_FLAGS } from "../../scripts/compile/bundle.ts";
import { binaryPermissions } from "../../scripts/permissions.ts";

/** What the table in SECURITY.md says of a need. */
const WORDS: Readonly<Record<Need, RegExp>> = {
  net: /^\| [^|]*\| yes /,
  write: /^\| [^|]*\|[^|]*\| yes /,
  run: /\| `\/bin\/sh` /,
  osRelease: /\bits release\b/,
  userId: /\bwho runs it\b/,
};

const lines = (await Deno.readTextFile("SECURITY.md")).split("\n").filter((line) => line.startsWith("| `"));

for (const [name, { needs }] of Object.entries(COMMANDS)) {
  Deno.test(`the table of permissions says what ram-auth ${name} may do`, () => {
    const [row, ...others] = lines.filter((line) => line.split("|")[1]!.includes(`\`${name}\``));
    assert(
      row !== undefined && others.length === 0,
      `${name} stands in ${row === undefined ? "no" : "more than one"} row`,
    );
    const said = Object.entries(WORDS).filter(([, word]) => word.test(row)).map(([need]) => need);
    assert.deepEqual(said.sort(), [...needs].sort());
  });
}

Deno.test("the wrapper in docs/install.md has the permissions of a binary", async () => {
  const [, wrapper = ""] = /exec deno run ([^]*?)\/opt\/ram-auth\/dist\/bundle\/ram-auth\.js/.exec(
    await Deno.readTextFile("docs/install.md"),
  ) ?? [];
  const words = wrapper.split(/[\s\\]+/).filter((word) => word !== "");
  assert.deepEqual(words, [...START_FLAGS, ...binaryPermissions(Deno.build.target)]);
});
