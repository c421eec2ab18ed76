import assert from "node:assert/strict";
import { readRuntimeTarget, targetNamed, targetOfRuntime } from "../../scripts/compile/runtime.ts";

const ELF = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0];

for (
  const [what, start, target] of [
    ["a program for Linux on x86-64", [...ELF, 0x3e, 0], "x86_64-unknown-linux-gnu"],
    ["a program for Linux on ARM", [...ELF, 0xb7, 0], "aarch64-unknown-linux-gnu"],
    ["a program for macOS on x86-64", [0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1], "x86_64-apple-darwin"],
    ["a program for macOS on ARM", [0xcf, 0xfa, 0xed, 0xfe, 12, 0, 0, 1], "aarch64-apple-darwin"],
    ["a program for Windows", [0x4d, 0x5a, 0x90, 0], "x86_64-pc-windows-msvc"],
    ["a program for Linux on another machine", [...ELF, 0xf3, 0], undefined],
    ["a script", [0x23, 0x21, 0x2f], undefined],
    ["nothing", [], undefined],
  ] as const
) {
  Deno.test(`targetOfRuntime() takes ${what} for ${target ?? "none"}`, () => {
    const bytes = new Uint8Array(20);
    bytes.set(start);
    assert.equal(targetOfRuntime(bytes), target);
  });
}

Deno.test("readRuntimeTarget() knows the Deno that runs this", async () => {
  assert.equal(await readRuntimeTarget(Deno.execPath()), targetNamed(Deno.build.target));
});

for (
  const [what, path, message] of [
    ["is not there", "/nowhere/denort", /"\/nowhere\/denort": it does not exist; set DENORT_BIN to a denort, or unset/],
    ["is no program", "deno.json", /"deno.json": it is no program for a known target; set DENORT_BIN to a denort/],
  ] as const
) {
  Deno.test(`readRuntimeTarget() refuses a file that ${what}`, async () => {
    await assert.rejects(readRuntimeTarget(path), message);
  });
}
