import assert from "node:assert/strict";
import { run } from "../../lib/cli/run.ts";
import { VERSION } from "../../lib/version.ts";
import { type FakeWorld, fakeWorld, withFile } from "../config/fake_world.ts";

const idle = () => Promise.resolve(new AbortController().signal);

const { deno, v8 } = Deno.version;
const VERSION_TEXT = `ram-auth ${VERSION}
commit  source
deno    ${deno}
v8      ${v8}
target  ${Deno.build.target}
`;

for (
  const [what, args, out] of [
    ["version", ["version"], VERSION_TEXT],
    ["--version", ["--version"], VERSION_TEXT],
    [
      "version as JSON",
      ["version", "-o", "json"],
      `{"version":"${VERSION}","commit":"source","deno":"${deno}","v8":"${v8}","target":"${Deno.build.target}"}\n`,
    ],
    ["-v", ["-v"], VERSION_TEXT],
    [
      "a group of commands with --help",
      ["mappings", "--help"],
      /ram-auth mappings <command>.*\n {2}mappings list {2}List/s,
    ],
    ["help of a group of commands", ["help", "eks"], /\n {2}eks get-token {2}Drop-in/],
    ["help of all options", ["token", "--help", "--all"], /RAM_AUTH_EXTERNAL_ID/],
    ["help", ["help"], /^Commands:$/m],
    ["--help", ["--help"], /^Commands:$/m],
    ["-h", ["-h"], /^Commands:$/m],
    ["help help", ["help", "help"], /^Commands:$/m],
    ["help of a command", ["help", "config"], /^ram-auth config: .*--port <number>/s],
    ["a command with --help", ["config", "--help"], /^ram-auth config: .*--port <number>/s],
    ["a command with -h among others", ["config", "--port", "x", "-h"], /^ram-auth config: /],
  ] as const
) {
  Deno.test(`run() ends with 0 and writes to standard output for ${what}`, async () => {
    const world = fakeWorld();
    assert.equal(await run(args, world, idle), 0);
    assert.equal(world.err(), "");
    if (typeof out === "string") assert.equal(world.out(), out);
    else assert.match(world.out(), out);
  });
}

for (
  const [what, args, err] of [
    ["nothing", [], /^Commands:$/m],
    [
      "a group of commands",
      ["add"],
      /ram-auth add <command>.*\n {2}add user {2}Map a user.*\n {2}add role {2}Map a role/s,
    ],
    ["a group and a word that is no command", ["mappings", "lst"], /Cannot run "mappings lst".*mean "mappings list"\?/],
    ["a flag that is like none", ["token", "--colourful", "900"], /no such flag; check its name\n/],
    ["an argument that is missing", ["explain"], /write it as ram-auth explain <arn\|token\|->/],
    [
      "an unknown command",
      ["confg"],
      /^ram-auth: Cannot run "confg": .* did you mean "config"\?\ntry: ram-auth --help\n$/,
    ],
    ["help of an unknown command", ["help", "confg"], /did you mean "config"\?/],
    ["the name of an inherited property", ["constructor"], /^ram-auth: Cannot run "constructor"/],
    ["a flag in place of a command", ["--port", "1"], /^ram-auth: Cannot use "--port" here: flags follow a command/],
    ["an unknown flag", ["config", "--prot", "1"], /did you mean --port\?\ntry: ram-auth config --help\n$/],
    ["a wrong value", ["config", "--port", "x"], /from flag --port: .*\ntry: ram-auth config --help\n$/],
  ] as const
) {
  Deno.test(`run() ends with 2 and writes to standard error for ${what}`, async () => {
    const world = fakeWorld();
    assert.equal(await run(args, world, idle), 2);
    assert.equal(world.out(), "");
    assert.match(world.err(), err);
  });
}

Deno.test("run() ends with 1 for a config file that is wrong", () =>
  withFile("prot: 1", async (path) => {
    const world = fakeWorld();
    assert.equal(await run(["config", "-c", path], world, idle), 1);
    assert.equal(
      world.err(),
      `ram-auth: Cannot use the config file "${path}": 1 problem to correct\n` +
        `  ${path}:1:1: unknown key "prot"; check its name\n`,
    );
  }));

Deno.test("run() prints a notice for an option without effect and goes on", async () => {
  const world = fakeWorld();
  assert.equal(await run(["config", "--feature-gates", "A=true"], world, idle), 0);
  assert.match(world.err(), /^ram-auth: notice: Option "feature-gates" from flag --feature-gates has no effect.*\n$/);
});

Deno.test("run() makes one line of what nobody expected, and adds the stack only on request", async () => {
  for (const [environment, lines] of [[{}, 1], [{ RAM_AUTH_DEBUG: "1" }, 3]] as const) {
    const world = throwing(new RangeError("two\nlines"), environment);
    assert.equal(await run(["version"], world, idle), 1);
    assert.match(world.err(), /^ram-auth: internal error: "RangeError: two\\nlines"; please report it.*\n/);
    assert.ok(lines === 1 ? world.err().split("\n").length === 2 : world.err().split("\n").length > lines);
  }
});

Deno.test("run() is silent when the reader of its output has left", async () => {
  const world = throwing(new Deno.errors.BrokenPipe("Broken pipe"));
  assert.equal(await run(["version"], world, idle), 1);
  assert.equal(world.err(), "");
});

Deno.test("config prints each option of the server, its value and where it comes from", () =>
  withFile("server:\n  hostname: h\n  mapRoles: [{roleARN: x}, {roleARN: y}]\n", async (path) => {
    const world = fakeWorld({ RAM_AUTH_ADDRESS: "::1" });
    assert.equal(await run(["config", "-c", path, "--port", "8443"], world, idle), 0);
    const lines = world.out().replaceAll(path, "FILE").split("\n").map((line) => line.split(/ {2,}/));
    for (
      const want of [
        ["OPTION", "VALUE", "FROM"],
        ["cluster-id", "-", "not set"],
        ["address", "::1", "environment variable RAM_AUTH_ADDRESS"],
        ["port", "8443", "flag --port"],
        ["hostname", "h", "FILE:2:3"],
        ["map-roles", "2 entries", "FILE:3:3"],
        ["clouds", "alibaba", "default"],
      ]
    ) assert.ok(lines.some((line) => line.join("|") === want.join("|")), want.join(" "));
  }));

Deno.test("config prints JSON with whole values", () =>
  withFile("server:\n  mapRoles: [{roleARN: x, groups: [a]}]\n", async (path) => {
    const world = fakeWorld();
    assert.equal(await run(["config", "-c", path, "-o", "json"], world, idle), 0);
    const shown: { option: string; value: unknown }[] = JSON.parse(world.out());
    assert.deepEqual(shown.find(({ option }) => option === "map-roles")?.value, [{ roleARN: "x", groups: ["a"] }]);
    assert.equal(shown.find(({ option }) => option === "cluster-id")?.value, null);
    assert.ok(!shown.some(({ option }) => option === "help" || option === "output"));
  }));

function throwing(thrown: unknown, environment: Readonly<Record<string, string>> = {}): FakeWorld {
  const world = fakeWorld(environment);
  const write = (): void => {
    throw thrown;
  };
  return { ...world, stdout: { isTerminal: false, write } };
}

Deno.test("a full disk is named, and is no internal error", async () => {
  const command = new Deno.Command("/bin/sh", {
    args: ["-c", 'exec "$0" "$@" >/dev/full', Deno.execPath(), "run", "--no-prompt", "-R", "-E", "main.ts", "version"],
    stderr: "piped",
  });
  const { code, stderr } = await command.output();
  assert.equal(code, 1);
  assert.equal(
    new TextDecoder().decode(stderr),
    "ram-auth: Cannot write the output: the disk is full; free some space and run it again\n",
  );
});
