import assert from "node:assert/strict";
import { testNeeding } from "../support/needs.ts";
import { inlineCommands, sectionOf, shellCommands } from "../support/project/shell_commands.ts";

const README = await Deno.readTextFile("README.md");

const DEMO =
  `npx -y deno@${Deno.version.deno} task demo   # or, with Deno ${Deno.version.deno} installed: deno task demo`;
const TEST = `npx -y deno@${Deno.version.deno} task test   # or: deno task test`;

async function run(command: string): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", command],
    env: { KUBEBUILDER_ASSETS: "", NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

Deno.test("every command of the README is run by a test", () => {
  // What the tutorial has, `tests/interop/readme_test.ts` runs in its order; the first two are run below.
  const tutorial = sectionOf(README, "Tutorial: five minutes");
  assert.deepEqual(shellCommands(README), [DEMO, TEST, ...shellCommands(tutorial)]);
  assert.deepEqual(inlineCommands(README, "ram-auth "), inlineCommands(tutorial, "ram-auth "));
});

testNeeding(["npx"], "the first command of the README prints what stands below it", async () => {
  const { code, out, err } = await run(DEMO);
  assert.equal(code, 0, err);
  const [, pasted = ""] = /^```text\n(.*?)^```/ms.exec(README) ?? [];
  const printed = out.replaceAll(/(?<=request(?: id)? )[0-9A-Fa-f-]{36}/g, "…");
  const parts = pasted.split("…\n\n").map((part) => part.trim());
  assert.equal(parts.length, 2, "the README leaves out one part of it");
  for (const part of parts) assert.ok(printed.includes(part), `${printed}\ndoes not hold\n${part}`);
});

testNeeding(["npx"], "the second command of the README ends as it says", async () => {
  // With a path: without one it would run this test, too.
  const { code, out, err } = await run(TEST.replace(" task test ", " task test tests/strict_json_test.ts "));
  assert.equal(code, 0, err);
  assert.match(out.trimEnd().split("\n").at(-1)!, /^[1-9]\d* passed, 0 failed$/);
});
