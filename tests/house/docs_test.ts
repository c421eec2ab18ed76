import assert from "node:assert/strict";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { run } from "../../lib/cli/run.ts";
import type { CommandName } from "../../lib/config/option.ts";
import { parseFlags } from "../../lib/config/flags.ts";
import { parseTemplate, placeholderFor } from "../../lib/mapping/template.ts";
import { fakeWorld, withFile } from "../config/fake_world.ts";
import { anchorOf } from "../support/project/page_items.ts";
import { shellCommands } from "../support/project/shell_commands.ts";

const DOCS = [
  "README.md",
  "README.zh-CN.md",
  "ARCHITECTURE.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  ...filesIn("docs", ".md"),
];

function filesIn(folder: string, ending: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? filesIn(path, ending) : name.endsWith(ending) ? [path] : [];
  });
}

/** The arguments of each `ram-auth` in a command line, up to where the shell takes over. */
function callsIn(line: string): string[][] {
  const words = line.replace(/ #.*$/, "").match(/'[^']*'|"[^"]*"|[^\s'"]+/g) ?? [];
  const starts = words.flatMap((word, at) => /(^|\/)ram-auth$/.test(word) && isProgram(words, at) ? [at] : []);
  return starts.map((at) => {
    const rest = words.slice(at + 1);
    const end = rest.findIndex((word) => /^(\||&&?|;|>|2>|\))/.test(word));
    return (end < 0 ? rest : rest.slice(0, end)).map((word) => word.replace(/^(['"])(.*)\1$/, "$2"));
  });
}

function isProgram(words: readonly string[], at: number): boolean {
  return at === 0 || /^(\||&&|;|sudo|if|then|\$\()$/.test(words[at - 1]!);
}

Deno.test("every command line of ram-auth in the documentation is one that it takes", async () => {
  let count = 0;
  for (const path of DOCS) {
    for (const args of shellCommands(await Deno.readTextFile(path)).flatMap(callsIn)) {
      count += 1;
      const two = args.slice(0, 2).join(" ");
      const name = (two in COMMANDS ? two : args[0]) as CommandName;
      assert.ok(name in COMMANDS, `${path}: ram-auth ${args.join(" ")}`);
      await assert.doesNotReject(() => parseFlags(name, args.slice(name.split(" ").length)), `${path}: ${args}`);
    }
  }
  assert.ok(count > 8, `only ${count} were found`);
});

Deno.test("every link between documents leads to a file, and to a heading of it", async () => {
  for (const path of DOCS) {
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "";
    for (const [, target = ""] of (await Deno.readTextFile(path)).matchAll(/\]\(((?!\w+:)[^)\s]*)\)/g)) {
      const [file, heading] = target.split("#");
      const where = file === "" ? path : new URL(`file:///${folder}${file}`).pathname.slice(1);
      const isThere = await Deno.stat(where || ".").then(() => true, () => false);
      assert.ok(isThere, `${path} links to ${target}`);
      if (heading === undefined) continue;
      const anchors = [...(await Deno.readTextFile(where)).matchAll(/^#+ (.*)$/gm)].map(([, text]) => anchorOf(text!));
      assert.ok(anchors.includes(heading), `${path} links to ${target}; there are ${anchors.join(", ")}`);
    }
  }
});

Deno.test("docs/troubleshooting.md quotes what the program says, and knows every reason of a refusal", async () => {
  const text = await Deno.readTextFile("docs/troubleshooting.md");
  const sources = (await Promise.all(filesIn("lib", ".ts").map((path) => Deno.readTextFile(path)))).join("\n");
  const [, reasons = ""] = /\| `reason`(.*?)\n\n/s.exec(text) ?? [];
  const told = [...reasons.matchAll(/^\| `(\w+)`/gm)].map(([, reason]) => reason!);
  const table = /RESULT_OF_REFUSAL: .* = \{(.*?)\n\};/s.exec(
    await Deno.readTextFile("lib/server/authenticate.ts"),
  )![1]!;
  assert.deepEqual(told.sort(), [...table.matchAll(/^ {2}(\w+):/gm)].map(([, reason]) => reason!).sort());
  const [, sayings = ""] = /\| The first line says(.*?)\n\n/s.exec(text) ?? [];
  const quoted = [...sayings.matchAll(/^\| `([^`]+)`/gm)].map(([, saying]) => saying!);
  assert.ok(quoted.length > 8);
  for (const saying of quoted) assert.ok(sources.includes(saying), saying);
});

Deno.test("ram-auth check finds nothing wrong with the mappings in docs/mapping.md", async () => {
  const page = await Deno.readTextFile("docs/mapping.md");
  const blocks = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block]) => block!);
  const mappings = blocks.filter((block) => /^(clusterID|apiVersion):/m.test(block));
  assert.equal(mappings.length, 2);
  for (const block of mappings) {
    await withFile(block, async (path) => {
      const world = fakeWorld();
      assert.equal(await run(["check", path], world), 0, world.out() + world.err());
      assert.match(world.out(), /2 rules in 1 file: nothing is wrong/);
    });
  }
});

Deno.test("docs/mapping.md explains every placeholder, and no other", async () => {
  const page = await Deno.readTextFile("docs/mapping.md");
  const [, table = ""] = /\| Placeholder(.*?)\n\n/s.exec(page) ?? [];
  const told = [...table.matchAll(/^\| `\{\{(\w+)\}\}`/gm)].map(([, name]) => name!);
  for (const name of told) assert.equal(placeholderFor(name), name);
  assert.throws(() => parseTemplate("{{Nowhere near any}}"), { message: new RegExp(`known are ${told.join(", ")}$`) });
});
