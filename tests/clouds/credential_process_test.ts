import assert from "node:assert/strict";
import { runCredentialProcess, splitCommand } from "../../lib/clouds/credential_process.ts";
import { CredentialsError } from "../../lib/clouds/signer.ts";
import { startProcess } from "../support/process.ts";
import { waitFor } from "../support/wait_for.ts";

const ATTEMPT = 'Cannot use profile "corp"';

for (
  const [command, words] of [
    ["/opt/keys --for me", ["/opt/keys", "--for", "me"]],
    ['  "/opt/my keys"   --for\t"a \\"b\\""  ', ["/opt/my keys", "--for", 'a "b"']],
    ["sh -c 'echo \"$HOME\"; true'", ["sh", "-c", 'echo "$HOME"; true']],
    ["a\\ b c''d \"\"", ["a b", "cd", ""]],
    ["keys $(id) `id` ~ * | cat", ["keys", "$(id)", "`id`", "~", "*", "|", "cat"]],
  ] as const
) {
  Deno.test(`the command ${command} is split into words, and nothing is expanded`, () => {
    assert.deepEqual(splitCommand(command, ATTEMPT, false), words);
  });
}

Deno.test("on Windows a backslash stands in a path", () => {
  assert.deepEqual(splitCommand('C:\\bin\\keys.exe "C:\\my keys\\"', ATTEMPT, true), [
    "C:\\bin\\keys.exe",
    "C:\\my keys\\",
  ]);
});

for (const command of ["", "  ", '""', "'open", '"open', "end\\"]) {
  Deno.test(`the command ${JSON.stringify(command)} is refused`, () => {
    assert.throws(() => splitCommand(command, ATTEMPT, false), (e) => {
      return e instanceof CredentialsError && e.message.startsWith(`${ATTEMPT}: its command`);
    });
  });
}

const sh = (script: string, deadlineMs = 60_000) =>
  runCredentialProcess({ words: ["/bin/sh", "-c", script], attempt: ATTEMPT, deadlineMs });

Deno.test("a program's output is returned, whatever it wrote to standard error", async () => {
  assert.equal(await sh("echo keys; echo note >&2"), "keys\n");
});

Deno.test("words reach the program as they are", async () => {
  const words = ["/usr/bin/printf", "<%s>", "$HOME", "a b", "`id`", ";", "-x", ""];
  assert.equal(await runCredentialProcess({ words, attempt: ATTEMPT }), "<$HOME><a b><`id`><;><-x><>");
});

for (
  const [what, script, message] of [
    [
      "fails",
      "echo secret; echo the vault is shut >&2; exit 3",
      /"\/bin\/sh" failed with exit code 3: the vault is shut$/,
    ],
    ["fails without a word", "exit 3", /failed with exit code 3$/],
    ["is killed", "kill -s TERM $$", /failed with SIGTERM$/],
    ["writes control characters", "printf '\\033[2Jgone\\n' >&2; exit 1", /exit code 1: \[2Jgone$/],
    ["prints too much", "yes secret", /printed over 65536 bytes/],
    ["writes too much to standard error", "yes x | head -c 200000 >&2; exit 1", /exit code 1: x x x .{0,500}…$/],
  ] as const
) {
  Deno.test(`a program that ${what} is an error with its reason`, async () => {
    await assert.rejects(sh(script), (e) => {
      assert(e instanceof CredentialsError);
      assert(e.message.startsWith(`${ATTEMPT}: `));
      assert.match(e.message, message);
      return !e.message.includes("secret");
    });
  });
}

Deno.test("a program that is not there is an error that names it", async () => {
  await assert.rejects(
    runCredentialProcess({ words: ["/not/there"], attempt: ATTEMPT }),
    /"\/not\/there" failed with exit code 127: .*not found/,
  );
});

Deno.test("a program that hangs is ended with the programs that it started", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const script =
      `sh -c 'sleep 600 & echo $! >> pids; wait; wait' & echo $! >> pids; sleep 600 & echo $! >> pids; wait`;
    const started = performance.now();
    await assert.rejects(
      sh(`cd ${folder}; echo waiting >&2; ${script}`, 8_000),
      /was stopped after 8 seconds: waiting$/,
    );
    assert(performance.now() - started < 30_000);
    const pids = (await Deno.readTextFile(`${folder}/pids`)).trim().split("\n");
    assert.equal(pids.length, 3);
    await waitFor("their end", async () => (await Promise.all(pids.map(isRunning))).every((running) => !running));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a login that is ended by SIGTERM ends the program that it waits for, and what that started", async () => {
  const home = await Deno.makeTempDir();
  try {
    const program = `sleep 600 & echo $! >> ${home}/pids; echo $$ >> ${home}/pids; wait`;
    await Deno.mkdir(`${home}/.aws`);
    await Deno.writeTextFile(`${home}/.aws/config`, `[default]\ncredential_process = /bin/sh -c '${program}'\n`);
    await using login = startProcess(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-env", "--allow-read", "--allow-run=/bin/sh", "main.ts"]
        .concat("token", "-i", "c1", "--cloud", "aws"),
      env: { HOME: home, PATH: Deno.env.get("PATH") ?? "" },
      clearEnv: true,
    });
    const pids = async () => (await Deno.readTextFile(`${home}/pids`).catch(() => "")).split("\n").slice(0, -1);
    await waitFor("the program", async () => (await pids()).length === 2);
    assert.equal((await login.stop("SIGTERM")).code, 1, login.stderr());
    assert.match(login.stderr(), /"\/bin\/sh" was stopped, because ram-auth is to end$/m);
    const ended = async () => (await Promise.all((await pids()).map(isRunning))).every((running) => !running);
    await waitFor("their end", ended);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("a program that leaves another behind is not waited for", async () => {
  const started = performance.now();
  assert.equal(await sh("sleep 20 & echo keys"), "keys\n");
  assert(performance.now() - started < 15_000);
});

async function isRunning(pid: string): Promise<boolean> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "stat=", "-p", pid] }).output();
  const state = new TextDecoder().decode(stdout).trim();
  return state !== "" && !state.startsWith("Z");
}
