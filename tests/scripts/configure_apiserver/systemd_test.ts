import assert from "node:assert/strict";
import { waitFor } from "../../support/wait_for.ts";
import { type ControlPlaneNode, testOnNodes, treeOf } from "./control_plane_node.ts";
import { prepareFakeApiserver } from "./fake_apiserver.ts";

const OTHER_FLAG = "--authentication-token-webhook-config-file=/etc/other/webhook.yaml";

const SEVERAL_LINES = `[Unit]
Description=Kubernetes API Server

[Service]
ExecStart=/usr/local/bin/kube-apiserver \\
  --advertise-address=172.16.0.2 \\
  # a remark
  --secure-port=6443 \\
  --v=2
Restart=on-failure

[Install]
WantedBy=multi-user.target
`;

/** Writes the unit, and returns its path and that of the drop-in. */
async function writeUnit(node: ControlPlaneNode, text: string): Promise<{ unit: string; dropIn: string }> {
  const unit = `${node.folder}/systemd/kube-apiserver.service`;
  await Deno.mkdir(`${node.folder}/systemd`, { recursive: true });
  await Deno.writeTextFile(unit, text);
  return { unit, dropIn: `${unit}.d/ram-auth.conf` };
}

for (
  const [what, execStart] of [
    ["one line", "ExecStart=/usr/bin/kube-apiserver $KUBE_LOGTOSTDERR $KUBE_API_ARGS"],
    ["a space at its end", "ExecStart = -/usr/bin/kube-apiserver --v=2 "],
    ["several lines", "ExecStart=/usr/bin/kube-apiserver \\\n  --v=2 \\\n  # a remark\n  --secure-port=6443"],
    ["a continuation of nothing", "ExecStart=/usr/bin/kube-apiserver --v=2 \\\n"],
  ] as const
) {
  testOnNodes(`a unit whose ExecStart has ${what} gets a drop-in once, and loses it again`, async (node) => {
    const text = SEVERAL_LINES.replace(/^ExecStart=[^]*?(?=\nRestart)/m, execStart);
    assert(text.includes(execStart));
    const { unit, dropIn } = await writeUnit(node, text);
    const before = treeOf(`${node.folder}/systemd`);
    const args = ["--file", unit, "--no-wait"];

    const dry = await node.run(...args, "--dry-run");
    assert.equal(dry.code, 0, dry.stderr);
    assert(dry.stdout.includes(`\n+  ${node.flag}\n`), dry.stdout);
    assert.deepEqual(treeOf(`${node.folder}/systemd`), before);

    const first = await node.run(...args);
    assert.equal(first.code, 0, first.stderr);
    assert.equal(Deno.statSync(dropIn).mode! & 0o777, 0o644);
    assert.equal(await Deno.readTextFile(unit), text);
    const [, command] = /\[Service\]\nExecStart=\n([^]*)\n$/.exec(await Deno.readTextFile(dropIn)) ?? [];
    assert.deepEqual(words(command!), [...words(execStart), node.flag]);

    const after = treeOf(node.folder);
    assert.match((await node.run(...args)).stdout, /^Already configured/);
    assert.deepEqual(treeOf(node.folder), after);

    // A change of the unit is taken over by a further run; the way back still leads to no drop-in at all.
    await Deno.writeTextFile(unit, text.replace("kube-apiserver ", "kube-apiserver --profiling=false "));
    assert.equal((await node.run(...args)).code, 0);
    assert((await Deno.readTextFile(dropIn)).includes("--profiling=false"));
    await Deno.writeTextFile(unit, text);

    const undone = await node.run(...args, "--undo");
    assert.equal(undone.code, 0, undone.stderr);
    assert.deepEqual(treeOf(`${node.folder}/systemd`), before);
    assert.match((await node.run(...args, "--undo")).stdout, /^Already undone/);
  });
}

/** What systemd makes of the lines of an ExecStart, remarks left out. */
function words(lines: string): string[] {
  return lines.replaceAll(/^\s*#.*\n/gm, "").replaceAll("\\\n", " ").split(/\s+/).filter((word) => word !== "");
}

for (
  const [what, text, why] of [
    ["no ExecStart", "[Service]\nRestart=always\n", /has not one ExecStart= that begins with kube-apiserver/],
    ["two ExecStart", "[Service]\nExecStart=\nExecStart=/bin/kube-apiserver\n", /has not one ExecStart=/],
    ["a shell", '[Service]\nExecStart=/bin/sh -c "exec kube-apiserver"\n', /has not one ExecStart=/],
    ["ends of lines of Windows", "[Service]\r\nExecStart=/bin/kube-apiserver\r\n", /carriage return/],
  ] as const
) {
  testOnNodes(`a unit with ${what} is refused and left alone`, async (node) => {
    const { unit, dropIn } = await writeUnit(node, text);
    const { code, stderr } = await node.run("--file", unit, "--no-wait");
    assert.equal(code, 1);
    assert.match(stderr, why);
    assert(stderr.includes(node.flag), stderr);
    await assert.rejects(Deno.stat(dropIn), Deno.errors.NotFound);
  });
}

testOnNodes("another drop-in that sets ExecStart is named", async (node) => {
  const { unit } = await writeUnit(node, SEVERAL_LINES);
  await Deno.mkdir(`${unit}.d`);
  await Deno.writeTextFile(`${unit}.d/site.conf`, "[Service]\nExecStart=\nExecStart=/bin/kube-apiserver\n");
  const { code, stderr } = await node.run("--file", unit, "--no-wait");
  assert.equal(code, 1);
  assert.match(stderr, /site\.conf" sets ExecStart=, too/);
});

testOnNodes("a webhook in the unit or its environment is named, found or replaced", async (node) => {
  const environment = `${node.folder}/apiserver.env`;
  const inUnit = SEVERAL_LINES.replace("--v=2", `--v=2 ${OTHER_FLAG}`);
  const inEnvironment = SEVERAL_LINES.replace("ExecStart", `EnvironmentFile=-${environment}\nExecStart`);
  await Deno.writeTextFile(environment, `KUBE_API_ARGS="--v=2 ${OTHER_FLAG}"\n# ${node.flag}\n`);
  for (const [text, path] of [[inUnit, "kube-apiserver.service"], [inEnvironment, "apiserver.env"]] as const) {
    const { unit, dropIn } = await writeUnit(node, text);
    const refused = await node.run("--file", unit, "--no-wait");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /has another webhook now, .*=\/etc\/other\/webhook\.yaml, .* --replace/);
    assert(refused.stderr.includes(path), refused.stderr);

    const replaced = await node.run("--file", unit, "--no-wait", "--replace");
    assert.equal(replaced.code, 0, replaced.stderr);
    assert.equal(words(await Deno.readTextFile(dropIn)).at(-1), node.flag, "of two flags the last one counts");
    assert.match((await node.run("--file", unit, "--no-wait")).stdout, /^Already configured/);
    assert.equal((await node.run("--file", unit, "--no-wait", "--undo")).code, 0);
    await assert.rejects(Deno.stat(dropIn), Deno.errors.NotFound);

    await Deno.writeTextFile(unit, text.replace(OTHER_FLAG, node.flag));
    await Deno.writeTextFile(environment, `KUBE_API_ARGS="${node.flag}"\n`);
    assert.match((await node.run("--file", unit, "--no-wait")).stdout, /^Already configured: ".*" has the flag/);
    await Deno.writeTextFile(environment, `KUBE_API_ARGS="--v=2 ${OTHER_FLAG}"\n# ${node.flag}\n`);
  }
});

testOnNodes("the unit is restarted, and the new API server is told from the old one by its flag", async (node) => {
  const { unit, dropIn } = await writeUnit(node, SEVERAL_LINES);
  const start = await prepareFakeApiserver(node.folder);
  await using old = start(["--v=2"]);
  const asked = `${node.folder}/restart`;
  const args = ["--file", unit, "--health-command", "true", "--restart-command", `test -f ${dropIn} && touch ${asked}`];
  await using script = node.start(...args);
  await waitFor("the restart", () => script.stderr().includes("no kube-apiserver with the flag runs yet"));
  assert((await Deno.stat(asked)).isFile);
  await old.stop("SIGTERM");
  await using _new = start(["--v=2", node.flag]);
  await waitFor("the end", () => script.hasEnded());
  assert.equal((await script.stop("SIGTERM")).code, 0, script.stderr());
}, ["sh"]);
