import assert from "node:assert/strict";
import { commandNamed, COMMANDS, splitCommandLine } from "../../lib/cli/commands.ts";
import { COMMAND_HELP } from "../../lib/cli/command_help.ts";
import { commandHelp, overview, styleFor } from "../../lib/cli/help.ts";
import { parseFlags } from "../../lib/config/flags.ts";
import { environmentNames, flagNames, isFileOnly, isIgnored, optionsOf } from "../../lib/config/command_options.ts";
import { OPTION_ROWS } from "../../lib/config/options.ts";
import { fakeWorld } from "../config/fake_world.ts";

const commands = Object.keys(COMMANDS).map((name) => commandNamed(name)!);

for (const command of commands) {
  Deno.test(`help of ${command.name} has every option of the command, and where else it may be set`, () => {
    const text = commandHelp(command.name, { width: 100, bold: false }, { all: true }).replaceAll(/\s+/g, " ");
    for (const [name, row] of optionsOf(command.name, OPTION_ROWS)) {
      const [flag] = flagNames([name, row], command.name);
      assert.ok(text.includes(isFileOnly(row, command.name) ? row.yaml ?? name : ` --${flag} `), name);
      assert.ok(text.includes(row.help), name);
      if (isIgnored(row, command.name)) continue;
      for (const variable of environmentNames([name, row], command.name)) assert.ok(text.includes(variable), variable);
      assert.ok(text.includes(row.yaml ?? ""), row.yaml ?? name);
    }
  });

  for (const width of [53, 80, 100]) {
    Deno.test(`help of ${command.name} fits ${width} columns`, () => {
      assertFits(commandHelp(command.name, { width, bold: false }), width);
      assertFits(commandHelp(command.name, { width, bold: false }, { all: true }), width);
    });
  }
}

Deno.test("the overview has every command and fits", () => {
  for (const width of [53, 80, 100]) {
    const text = overview({ width, bold: false });
    assertFits(text, width);
    for (const { name } of commands) assert.ok(text.includes(`\n  ${name} `), name);
  }
});

Deno.test("help of token fits a screen, names the options that it leaves out, and --all has each of them", () => {
  const style = { width: 80, bold: false };
  const short = commandHelp("token", style);
  assert.ok(short.split("\n").length <= 45, `${short.split("\n").length} lines`);
  for (const option of optionsOf("token", OPTION_ROWS).filter(([, row]) => !isFileOnly(row, "token"))) {
    assert.ok(short.includes(`--${flagNames(option, "token")[0]}`), option[0]);
  }
  assert.ok(!short.includes("[env RAM_AUTH_EXTERNAL_ID]"));
  assert.ok(commandHelp("token", style, { all: true }).includes("[env RAM_AUTH_EXTERNAL_ID]"));
});

Deno.test("every example is a command line that the command takes", async () => {
  for (const { name } of commands) {
    const { examples } = COMMAND_HELP[name];
    assert.ok(examples.length > 0, name);
    for (const { line } of examples) {
      const words = line.split(" ");
      const { word, rest } = splitCommandLine(words.slice(words.lastIndexOf("ram-auth") + 1));
      assert.equal(word, name);
      await parseFlags(name, rest);
    }
  }
});

for (
  const [what, environment, terminal, want] of [
    ["no terminal", {}, { isTerminal: false }, { width: 80, bold: false }],
    ["a terminal", {}, { isTerminal: true, columns: 90 }, { width: 90, bold: true }],
    ["a terminal of unknown width", {}, { isTerminal: true, columns: 0 }, { width: 80, bold: true }],
    ["a narrow terminal", {}, { isTerminal: true, columns: 20 }, { width: 53, bold: true }],
    ["a wide terminal", {}, { isTerminal: true, columns: 300 }, { width: 100, bold: true }],
    ["a terminal with NO_COLOR", { NO_COLOR: "1" }, { isTerminal: true, columns: 80 }, { width: 80, bold: false }],
  ] as const
) {
  Deno.test(`styleFor() on ${what}`, () => {
    const world = fakeWorld(environment, terminal);
    assert.deepEqual(styleFor(world.stdout, world), want);
  });
}

Deno.test("only headings are bold", () => {
  const bold = overview({ width: 80, bold: true });
  assert.ok(bold.includes("\x1b[1mUsage:\x1b[0m\n"));
  assert.equal(
    bold.replaceAll("\x1b[1m", "").replaceAll("\x1b[0m", ""),
    overview({ width: 80, bold: false }),
  );
});

function assertFits(text: string, width: number): void {
  assert.deepEqual(text.split("\n").filter((line) => line.length > width || line !== line.trimEnd()), []);
}
