import assert from "node:assert/strict";
import { initialize } from "../../lib/state/init.ts";
import { SERVER_PERMISSIONS } from "../../scripts/permissions.ts";
import { inFolder, optionsFor } from "./stored_files.ts";
import { matchWebhookToken } from "../../lib/state/token_match.ts";
import { realWorld } from "../../lib/world.ts";
import { waitFor } from "../support/wait_for.ts";

const INIT = ["run", "--quiet", ...SERVER_PERMISSIONS, "main.ts", "init", "-i", "demo"];

/** Names of the files in a folder. */
const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

/** Starts `init` in a folder, and kills it the moment that a draft shows. */
async function killAtDraft(stateDir: string): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...INIT, "--state-dir", stateDir, "--generate-kubeconfig", `${stateDir}/kubeconfig`],
    stdout: "null",
    stderr: "null",
  }).spawn();
  let isOver = false;
  const status = child.status.then(() => isOver = true);
  while (!isOver && !namesIn(stateDir).some((name) => name.endsWith(".tmp"))) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  if (!isOver) child.kill("SIGKILL");
  await status;
}

Deno.test("What init leaves when it is killed while it writes, the next run clears, and starts from what is whole", async () => {
  await waitFor("a draft that outlives its process", async () => {
    let isLeft = false;
    await inFolder(async (folder) => {
      await killAtDraft(folder);
      const left = namesIn(folder).filter((name) => name.endsWith(".tmp"));
      isLeft = left.length > 0;
      const options = { ...optionsFor(folder), port: 21_362, kubeconfigPath: `${folder}/kubeconfig` };
      const { files } = await initialize(realWorld(), options);
      assert.deepEqual(files.filter(({ status }) => status === "removed").map(({ path }) => path).sort(), [
        ...left.map((name) => `${folder}/${name}`).sort(),
      ]);
      assert.deepEqual(namesIn(folder).sort(), [
        "ca-key.pem",
        "ca.pem",
        "cert.pem",
        "key.pem",
        "kubeconfig",
        "webhook-tokens",
      ]);
    });
    return isLeft;
  });
});

/** How many runs are killed at any moment. */
const KILLS = Number(Deno.env.get("RAM_AUTH_TEST_KILLS") ?? 5);

/** Changes of the folder that one run makes, and more. */
const MAX_CHANGES = 40;

/** Starts `init` in a folder, and kills it at one of the changes that it makes there, if it makes so many. */
async function killAtChange(stateDir: string, nth: number): Promise<void> {
  using changes = Deno.watchFs(stateDir);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...INIT, "--state-dir", stateDir, "--generate-kubeconfig", `${stateDir}/kubeconfig`],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const status = child.status.finally(() => changes[Symbol.dispose]());
  let count = 0;
  for await (const _ of changes) if ((count += 1) === nth) break;
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
  await status;
}

Deno.test("init that is killed at any moment leaves what the next run completes, and the CA that it made stays", async () => {
  for (let times = 0; times < KILLS; times++) {
    await inFolder(async (folder) => {
      await killAtChange(folder, 1 + Math.floor(Math.random() * MAX_CHANGES));
      const ca = await Deno.readTextFile(`${folder}/ca.pem`).catch(() => undefined);
      const options = { ...optionsFor(folder), port: 21_362, kubeconfigPath: `${folder}/kubeconfig` };
      const { state } = await initialize(realWorld(), options);
      assert.equal(ca ?? state.caPem, state.caPem);
      // An empty lock file that stays locks nothing.
      assert.deepEqual(namesIn(folder).filter((name) => name !== ".lock").sort(), [
        "ca-key.pem",
        "ca.pem",
        "cert.pem",
        "key.pem",
        "kubeconfig",
        "webhook-tokens",
      ]);
      const { demanded, shown } = await matchWebhookToken(realWorld(), { ...options, stateDir: folder });
      assert.deepEqual({ demanded, shown }, { demanded: "always", shown: "accepted" });
    });
  }
});
