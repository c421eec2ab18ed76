import assert from "node:assert/strict";
import { run as runInit } from "../../../lib/cli/install/init.ts";
import { retire, rotate } from "../../../lib/cli/install/webhook_token.ts";
import { parseFlags } from "../../../lib/config/flags.ts";
import type { CommandName } from "../../../lib/config/option.ts";
import { loadSettings } from "../../../lib/config/settings.ts";
import { matchWebhookToken } from "../../../lib/state/token_match.ts";
import { realWorld } from "../../../lib/world.ts";
import { fakeWorld } from "../../config/fake_world.ts";
import { contentsOf, inFolder } from "../../state/stored_files.ts";

const COMMANDS = { "init": { run: runInit }, "webhook-token rotate": rotate, "webhook-token retire": retire };

/** Runs a command on the folder, and returns what it printed. */
async function run(name: CommandName & keyof typeof COMMANDS, folder: string, ...args: string[]): Promise<string> {
  const world = fakeWorld();
  const places = ["--state-dir", `${folder}/state`, "--generate-kubeconfig", `${folder}/kubeconfig`];
  const settings = await loadSettings(name, await parseFlags(name, [...places, ...args]), world);
  const stopSignal = () => Promise.resolve(new AbortController().signal);
  assert.equal(await COMMANDS[name].run({ settings, world, stopSignal }), 0);
  return world.out() + world.err();
}

Deno.test("rotate and retire say what they wrote and what to do next, and never the token", async () => {
  await inFolder(async (folder) => {
    const places = { stateDir: `${folder}/state`, kubeconfigPath: `${folder}/kubeconfig` };
    const printed = [await run("init", folder, "-i", "demo")];
    const rotated = await run("webhook-token rotate", folder);
    assert.match(rotated, /^renewed .*\/state\/webhook-tokens .*\nrenewed .*\/kubeconfig .*\n/);
    assert.match(
      rotated,
      /accepts the old token, too.*\n.*restart each kube-apiserver.*\n.*\n.*webhook-token retire\n/,
    );
    assert.deepEqual(await matchWebhookToken(realWorld(), places), {
      demanded: "always",
      tokens: 2,
      shown: "accepted",
    });
    const retired = await run("webhook-token retire", folder);
    assert.match(retired, /^renewed .*\/state\/webhook-tokens /);
    assert.match(await run("webhook-token retire", folder), /^kept /);
    for (const text of [...printed, rotated, retired]) assert.doesNotMatch(text, /ram-auth-webhook-|sha256/);
  });
});

Deno.test("rotate --dry-run and retire --dry-run show what would change, never the token, and change nothing", async () => {
  await inFolder(async (folder) => {
    const files = async () => [await contentsOf(`${folder}/state`), await Deno.readTextFile(`${folder}/kubeconfig`)];
    const unchanged = async (name: "webhook-token rotate" | "webhook-token retire") => {
      const before = await files();
      const output = await run(name, folder, "--dry-run");
      assert.deepEqual(await files(), before);
      assert.match(output, /\nNothing was changed: this was a dry run\.\n$/);
      assert.doesNotMatch(output, /ram-auth-webhook-|sha256/);
      return output.replaceAll(folder, "");
    };
    await run("init", folder, "-i", "demo");
    const tokens = "/state/webhook-tokens (0600): the digests of the webhook tokens\n";
    const kubeconfig = "would replace /kubeconfig (0600): the webhook kubeconfig\n";
    const rotated = await unchanged("webhook-token rotate");
    assert.ok(
      rotated.startsWith(
        `would replace ${tokens}${kubeconfig}\nThe kubeconfig would get a new token. The server would accept the old`,
      ),
      rotated,
    );
    const done = await unchanged("webhook-token retire");
    assert.ok(done.startsWith(`would keep ${tokens}\nOnly who shows`), done);
    await run("webhook-token rotate", folder);
    const retired = await unchanged("webhook-token retire");
    assert.ok(retired.startsWith(`would replace ${tokens}\nOnly who shows`), retired);
    await assert.rejects(unchanged("webhook-token rotate"), { code: "ERR_TOKEN_ROTATION" });
  });
});

Deno.test("rotate --dry-run shows that a kubeconfig without a token gets one", async () => {
  await inFolder(async (folder) => {
    await run("init", folder, "-i", "demo");
    await Deno.remove(`${folder}/state/webhook-tokens`);
    const text = await Deno.readTextFile(`${folder}/kubeconfig`);
    await Deno.writeTextFile(`${folder}/kubeconfig`, text.replace(/ +user:\n +token: \S+\n/, ""));
    const output = await run("webhook-token rotate", folder, "--dry-run");
    assert.match(output, /\n\+ +token: REDACTED\n/);
    assert.match(output, /would accept requests without a token as before, until/);
  });
});

Deno.test("the first rotation of a state that demands no token says that nothing changes until its end", async () => {
  await inFolder(async (folder) => {
    await run("init", folder, "-i", "demo");
    await Deno.remove(`${folder}/state/webhook-tokens`);
    assert.match(await run("webhook-token rotate", folder), /accepts requests without a token as before, until/);
  });
});

Deno.test("init says so where the kubeconfig has no token that is accepted, and it can add none", async () => {
  await inFolder(async (folder) => {
    await run("init", folder, "-i", "demo");
    await run("webhook-token rotate", folder);
    await Deno.remove(`${folder}/kubeconfig`);
    const before = (await contentsOf(`${folder}/state`))["webhook-tokens"];
    assert.match(
      await run("init", folder, "-i", "demo"),
      /no token that the server accepts; run "ram-auth webhook-tok/,
    );
    assert.equal((await contentsOf(`${folder}/state`))["webhook-tokens"], before);
  });
});
