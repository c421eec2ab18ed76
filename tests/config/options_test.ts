import assert from "node:assert/strict";
import { environmentNames, loadOptions, optionsOf, shortOf } from "../../lib/config/command_options.ts";
import { OPTION_ROWS, OPTIONS, type SettingOf } from "../../lib/config/options.ts";
import { configurationDocument, DOCUMENT } from "../../scripts/document_options.ts";

Deno.test("docs/configuration.md is what scripts/document_options.ts makes of the table", async () => {
  assert.equal(await Deno.readTextFile(DOCUMENT), configurationDocument());
});

Deno.test("the document names every flag, variable and key of the table", () => {
  const document = configurationDocument();
  for (const [name, row] of OPTION_ROWS) {
    if (row.only !== "file") assert.ok(document.includes(`--${name}`), name);
    for (const variable of environmentNames([name, row])) assert.ok(document.includes(variable), variable);
    if (row.yaml !== undefined) assert.ok(document.includes(`\`${row.yaml}\``), row.yaml);
  }
});

Deno.test("no two options share a variable, a key of the config file, or a letter on one command", () => {
  assertUnique(OPTION_ROWS.flatMap((option) => environmentNames(option)));
  assertUnique(OPTION_ROWS.flatMap(([, row]) => row.yaml === undefined ? [] : [row.yaml.toLowerCase()]));
  for (const command of OPTIONS.help.commands) {
    assertUnique(optionsOf(command, OPTION_ROWS).flatMap(([, row]) => shortOf(row, command) ?? []));
  }
});

for (const command of OPTIONS.help.commands) {
  Deno.test(`what is loaded for ${command} is what the whole table has for it`, async () => {
    const options = await loadOptions(command);
    assert(options.length > 0);
    assert.deepEqual(options, optionsOf(command, OPTION_ROWS));
  });
}

Deno.test("every option belongs to a command, by use or by indulgence", () => {
  for (const [name, row] of OPTION_ROWS) {
    assert.ok(row.commands.length + (row.ignored?.by.length ?? 0) > 0, name);
    assert.ok(!row.help.endsWith("."), name);
  }
});

Deno.test("the type of a setting follows from its row", () => {
  const typed: [
    Same<SettingOf<"port">, number>,
    Same<SettingOf<"cluster-id">, string | undefined>,
    Same<SettingOf<"token-only">, boolean>,
    Same<SettingOf<"sts-network">, "auto" | "vpc" | "public">,
    Same<SettingOf<"clouds">, readonly ("alibaba" | "aws")[] | undefined>,
    Same<SettingOf<"sts-hosts">, readonly string[] | undefined>,
  ] = [true, true, true, true, true, true];
  assert.ok(typed.every(Boolean));
});

type Same<A, B> = [A, B] extends [B, A] ? true : false;

function assertUnique(names: readonly string[]): void {
  assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), []);
}
