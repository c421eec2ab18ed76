import assert from "node:assert/strict";
import { DAMAGED_UNITS, OTHER, UNIT, UNITS, UNREADABLE_UNITS } from "../../support/control_plane_node/cases.ts";
import { type ControlPlaneNode, testOnNode, treeOf } from "../../support/control_plane_node/control_plane_node.ts";

const OTHER_FLAG = `--${OTHER}`;

/** Writes the unit, and returns its path and that of the drop-in. */
async function writeUnit(node: ControlPlaneNode, text: string): Promise<{ unit: string; dropIn: string }> {
  const unit = `${node.folder}/systemd/kube-apiserver.service`;
  await Deno.mkdir(`${node.folder}/systemd`, { recursive: true });
  await Deno.writeTextFile(unit, text);
  return { unit, dropIn: `${unit}.d/ram-auth.conf` };
}

for (const [what, text] of UNITS) {
  testOnNode(`a unit (${what}) gets a drop-in once, and loses it again`, async (node) => {
    const [execStart] = /^ExecStart[^]*?(?=\nRestart)/m.exec(text) ?? [];
    const { unit, dropIn } = await writeUnit(node, text);
    const before = treeOf(`${node.folder}/systemd`);
    const args = ["--file", unit, "--no-wait"];

    const dry = await node.configure(...args, "--dry-run");
    assert.equal(dry.code, 0, dry.stderr);
    assert(dry.stdout.includes(`\n+  ${node.flag}\n`), dry.stdout);
    assert.deepEqual(treeOf(`${node.folder}/systemd`), before);

    const first = await node.configure(...args);
    assert.equal(first.code, 0, first.stderr);
    assert.equal(Deno.statSync(dropIn).mode! & 0o777, 0o644);
    assert.equal(await Deno.readTextFile(unit), text);
    const [, command] = /\[Service\]\nExecStart=\n([^]*)\n$/.exec(await Deno.readTextFile(dropIn)) ?? [];
    assert.deepEqual(words(command!), [...words(execStart!), node.flag]);

    const after = treeOf(node.folder);
    assert.match((await node.configure(...args)).stdout, /^Already configured/);
    assert.deepEqual(treeOf(node.folder), after);

    // A change of the unit is taken over by a further run; the way back still leads to no drop-in at all.
    await Deno.writeTextFile(unit, text.replace("kube-apiserver ", "kube-apiserver --profiling=false "));
    assert.equal((await node.configure(...args)).code, 0);
    assert((await Deno.readTextFile(dropIn)).includes("--profiling=false"));
    await Deno.writeTextFile(unit, text);

    const undone = await node.undo(...args);
    assert.equal(undone.code, 0, undone.stderr);
    assert.deepEqual(treeOf(`${node.folder}/systemd`), before);
    assert.match((await node.undo(...args)).stdout, /^Already undone/);
  });
}

/** What systemd makes of the lines of an ExecStart, remarks left out. */
function words(lines: string): string[] {
  return lines.replaceAll(/^\s*#.*\n/gm, "").replaceAll("\\\n", " ").split(/\s+/).filter((word) => word !== "");
}

for (const [what, text] of [...DAMAGED_UNITS, ...UNREADABLE_UNITS]) {
  testOnNode(`a unit with ${what} is left alone`, async (node) => {
    const { unit } = await writeUnit(node, text);
    const before = treeOf(node.folder);
    const { code, stderr } = await node.configure("--file", unit, "--no-wait");
    assert.equal(code, 1);
    assert(stderr.includes(node.flag), stderr);
    assert.deepEqual(treeOf(node.folder), before);
  });
}

testOnNode("another drop-in that sets ExecStart is named", async (node) => {
  const { unit } = await writeUnit(node, UNIT);
  await Deno.mkdir(`${unit}.d`);
  await Deno.writeTextFile(`${unit}.d/site.conf`, "[Service]\nExecStart=\nExecStart=/bin/kube-apiserver\n");
  const { code, stderr } = await node.configure("--file", unit, "--no-wait");
  assert.equal(code, 1);
  assert.match(stderr, /site\.conf" sets ExecStart=, too/);
});

testOnNode("a webhook in the unit or its environment is named, found or replaced", async (node) => {
  const environment = `${node.folder}/apiserver.env`;
  const inUnit = UNIT.replace("--v=2", `--v=2 ${OTHER_FLAG}`);
  const inEnvironment = UNIT.replace("ExecStart", `EnvironmentFile=-${environment}\nExecStart`)
    .replace("--v=2", "$KUBE_API_ARGS");
  await Deno.writeTextFile(environment, `KUBE_API_ARGS="--v=2 ${OTHER_FLAG}"\n# ${node.flag}\n`);
  for (const [text, path] of [[inUnit, "kube-apiserver.service"], [inEnvironment, "apiserver.env"]] as const) {
    const { unit, dropIn } = await writeUnit(node, text);
    const refused = await node.configure("--file", unit, "--no-wait");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /has another webhook now, .*=\/etc\/other\/webhook\.yaml, .* --replace/);
    assert(refused.stderr.includes(path), refused.stderr);

    const replaced = await node.configure("--file", unit, "--no-wait", "--replace");
    assert.equal(replaced.code, 0, replaced.stderr);
    assert.equal(words(await Deno.readTextFile(dropIn)).at(-1), node.flag, "of two flags the last one counts");
    assert.match((await node.configure("--file", unit, "--no-wait")).stdout, /^Already configured/);
    assert.equal((await node.undo("--file", unit, "--no-wait")).code, 0);
    await assert.rejects(Deno.stat(dropIn), Deno.errors.NotFound);

    await Deno.writeTextFile(unit, text.replace(OTHER_FLAG, node.flag));
    await Deno.writeTextFile(environment, `KUBE_API_ARGS="${node.flag}"\n`);
    assert.match((await node.configure("--file", unit, "--no-wait")).stdout, /^Already configured: ".*" has the flag/);
    await Deno.writeTextFile(environment, `KUBE_API_ARGS="--v=2 ${OTHER_FLAG}"\n# ${node.flag}\n`);
  }
});
